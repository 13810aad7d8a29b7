"""The store on both databases: migrations, failed writes, two processes, kill -9. No acknowledged write is ever lost."""

import os
import signal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from signaling.storage.rooms import Rooms
from signaling.storage.store import Store
from signaling.storage.tables import metadata
from tests.signaling.storage.writers import acknowledged, create, ids, record, start_writer
from treble.api import ApiError

# --- what is stored -----------------------------------------------------------------------------------------


def test_migrations_make_what_the_schema_says(store: Store) -> None:
    def differences(connection: object) -> list:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert store.read(differences) == []


def test_opening_again_keeps_everything(store: Store, tmp_path: Path, database_url: str) -> None:
    create(store, "a")
    again = Store.open(tmp_path, database_url)
    assert ids(again) == {"a"}
    again.close()


def test_an_id_that_is_taken_is_no_busy_database(store: Store) -> None:
    create(store, "a")
    with pytest.raises(IntegrityError):
        create(store, "a")


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def write(connection: object) -> None:
        Rooms(store.cipher, store.index).create(connection, record("half"), "p", "d")
        raise RuntimeError("our own mistake")

    with pytest.raises(RuntimeError):
        store.write(write)
    assert ids(store) == set()


def test_an_error_tells_no_values(store: Store) -> None:
    with pytest.raises(ApiError) as error:
        store.read(
            lambda connection: connection.execute(text("select :name from nowhere"), {"name": "Zo\u00eb"})
        )
    assert "Zo" not in str(error.value)


# --- two processes ------------------------------------------------------------------------------------------


def test_two_processes_start_and_write_side_by_side(tmp_path: Path, new_database_url: str) -> None:
    """Both find a database without tables; one migrates it."""
    writers = [start_writer(tmp_path, new_database_url, name, 40) for name in "ab"]
    written = {room for writer in writers for room in acknowledged(writer)}
    assert [writer.returncode for writer in writers] == [0, 0]
    store = Store.open(tmp_path, new_database_url)
    assert ids(store) == written == {f"{name}{number}" for name in "ab" for number in range(40)}
    store.close()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, database_url: str) -> None:
    writer = start_writer(tmp_path, database_url, "k", 100_000)
    assert writer.stdout is not None
    lines = [writer.stdout.readline().strip() for _ in range(30)]
    os.kill(writer.pid, signal.SIGKILL)
    written = {*lines, *acknowledged(writer)}
    store = Store.open(tmp_path, database_url)
    assert written <= ids(store)
    assert len(ids(store)) <= len(written) + 1
    store.close()
