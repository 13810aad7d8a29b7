"""What only PostgreSQL does: row locks, lost connections, restarts, a full disk, time limits."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError

from signaling.storage import postgresql
from signaling.storage.rooms import Rooms
from signaling.storage.serialise import serialise
from signaling.storage.store import Store
from tests.signaling.storage.conftest import needs_postgresql
from tests.signaling.storage.postgres import PostgresServer, running_server
from tests.signaling.storage.writers import LATER, NOW, acknowledged, busy, create, ids, record, start_writer
from treble.api import ApiError

pytestmark = needs_postgresql


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as made:
        yield made


@pytest.fixture
def store(tmp_path: Path, url: str) -> Iterator[Store]:
    opened = Store.open(tmp_path, url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def durable() -> Iterator[PostgresServer]:
    with running_server(durable=True) as server:
        yield server


def scalar(store: Store, statement: str) -> object:
    return store.read(lambda connection: connection.execute(text(statement)).scalar())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous_commit", "on"),
        ("transaction_read_only", "on"),
        ("transaction_isolation", "repeatable read"),
    ],
)
def test_how_a_read_runs(store: Store, setting: str, value: str) -> None:
    assert scalar(store, f"show {setting}") == value


def test_a_write_is_read_committed_after_a_read_too(store: Store) -> None:
    scalar(store, "select 1")
    level = text("select current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    assert store.write(lambda connection: tuple(connection.execute(level).one())) == ("read committed", "off")


def test_a_locked_row_is_busy_and_then_works(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "LOCK_TIMEOUT_MS", 50)
    store = Store.open(tmp_path, url)
    create(store, "a")
    keep = lambda connection: Rooms(store.cipher, store.index).keep(connection, "a", LATER + 1)  # noqa: E731

    def hold(connection: Connection) -> None:
        connection.execute(text("select id from rooms for update"))
        with pytest.raises(ApiError) as error:
            store.write(keep)
        assert busy(error)
        assert ids(store) == {"a"}  # readers do not wait for writers

    store.write(hold)
    store.write(keep)
    store.close()


def test_a_statement_that_takes_too_long_is_busy(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "STATEMENT_TIMEOUT_MS", 1_000)  # also holds while the store opens
    store = Store.open(tmp_path, url)
    with pytest.raises(ApiError) as error:
        scalar(store, "select pg_sleep(30)")
    assert busy(error)
    store.close()


def test_lost_connections_are_busy_and_then_there_are_new_ones(
    store: Store, postgres: PostgresServer
) -> None:
    create(store, "a")
    name = scalar(store, "select current_database()")
    postgres.admin(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
    with pytest.raises(ApiError) as error:
        create(store, "b")
    assert busy(error)
    create(store, "b")
    assert ids(store) == {"a", "b"}


def test_a_connection_lost_within_a_write_leaves_nothing(store: Store, postgres: PostgresServer) -> None:
    def half(connection: Connection) -> None:
        Rooms(store.cipher, store.index).keep(connection, "a", LATER + 1)
        pid = connection.execute(text("select pg_backend_pid()")).scalar()
        postgres.admin(f"select pg_terminate_backend({pid})")
        connection.execute(text("select 1"))

    create(store, "a")
    with pytest.raises(ApiError) as error:
        store.write(half)
    assert busy(error)
    assert (
        store.read(lambda connection: Rooms(store.cipher, store.index).expires_at(connection, "a")) == LATER
    )


def test_no_server_is_busy_at_start(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as error:
        Store.open(tmp_path, f"postgresql://treble:geheim@/none?host={tmp_path}")
    assert busy(error)
    assert "geheim" not in str(error.value)


def test_a_server_that_accepts_no_writes_is_busy(store: Store, postgres: PostgresServer) -> None:
    name = scalar(store, "select current_database()")
    postgres.admin(f"alter database {name} set default_transaction_read_only = on")
    postgres.admin(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
    for _ in range(2):  # the first finds its connection gone
        with pytest.raises(ApiError) as error:
            create(store, "a")
    assert busy(error)
    assert "read-only" in error.value.detail
    assert ids(store) == set()


def test_a_full_disk_is_busy_and_harms_nothing(tmp_path: Path) -> None:
    """This server may make no file of more than 20 MB: as on a full disk a table cannot grow."""

    def fill(connection: Connection) -> None:
        for number in range(40):
            Rooms(store.cipher, store.index).create(
                connection, record(f"r{number}"), "x" * (1 << 20), f"d{number}"
            )

    with running_server(max_file=20 << 20) as server, server.database() as url:
        store = Store.open(tmp_path, url)
        create(store, "before")
        with pytest.raises(ApiError) as error:
            store.write(fill)
        assert busy(error)
        assert "could not extend file" in error.value.detail
        assert ids(store) == {"before"}
        server.admin("vacuum")
        create(store, "after")
        assert ids(store) == {"before", "after"}
        store.close()


@pytest.mark.slow
def test_what_was_acknowledged_survives_a_crash_of_the_server(
    tmp_path: Path, durable: PostgresServer
) -> None:
    with durable.database() as url:
        writer = start_writer(tmp_path, url, "k", 100_000)
        assert writer.stdout is not None
        lines = [writer.stdout.readline().strip() for _ in range(30)]
        durable.stop()  # at once, without a checkpoint
        written = {*lines, *acknowledged(writer)}
        assert writer.returncode == 1  # told `busy`
        durable.start()
        store = Store.open(tmp_path, url)
        assert written <= ids(store)
        assert len(ids(store)) <= len(written) + 1
        store.close()


@pytest.mark.slow
def test_a_store_works_on_when_the_server_is_back(tmp_path: Path, durable: PostgresServer) -> None:
    with durable.database() as url:
        store = Store.open(tmp_path, url)
        create(store, "a")
        durable.stop()
        for _ in range(2):
            with pytest.raises(ApiError) as error:
                create(store, "b")
            assert busy(error)
        durable.start()
        create(store, "b")
        assert ids(store) == {"a", "b"}
        store.close()


def test_writes_under_one_name_are_one_after_another(store: Store) -> None:
    """Each reads how many rooms there are and makes one of that number: side by side two would take the same."""

    def next_room(connection: Connection) -> None:
        serialise(connection, "rooms")
        count = connection.execute(text("select count(*) from rooms")).scalar_one()
        insert = text(
            f"insert into rooms (id, password, created_at, expires_at, settings) values (:id, '', 0, {NOW}, '')"
        )
        connection.execute(insert, {"id": f"n{count}"})

    def five() -> None:
        for _ in range(5):
            store.write(next_room)

    threads = [threading.Thread(target=five) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(store) == {f"n{number}" for number in range(20)}


def test_text_that_cannot_be_stored_is_no_busy_database(store: Store) -> None:
    with pytest.raises(DataError):
        create(store, "a" * 65)
