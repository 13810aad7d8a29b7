"""The store on real SQLite files: two processes, locks, a full disk, kill -9. No acknowledged write is ever lost."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from signaling.settings import Settings
from signaling.storage import sqlite, store as store_module
from signaling.storage.rooms import RoomRecord, Rooms
from signaling.storage.store import DATABASE_FILE, Store
from signaling.storage.tables import metadata
from treble.api import ApiError

NOW = 1_800_000_000 * 10**9
LATER = NOW + 24 * 3600 * 10**9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)


def record(room: str) -> RoomRecord:
    return RoomRecord(id=room, created_at=NOW, expires_at=LATER, settings=Settings())


def create(store: Store, room: str, password: str = "pass-word") -> None:
    rooms = Rooms(store.cipher, store.index)
    store.write(lambda connection: rooms.create(connection, record(room), password, f"d-{room}"))


def ids(store: Store) -> set[str]:
    return set(
        store.read(lambda connection: connection.execute(text("select id from rooms")).scalars().all())
    )


def busy(error: pytest.ExceptionInfo[ApiError]) -> bool:
    return error.value.code == "busy" and error.value.retry_after is not None


# --- what is stored -----------------------------------------------------------------------------------------


def test_wal_and_full_sync_and_a_file_of_the_owners(store: Store, tmp_path: Path) -> None:
    def pragmas(connection: object) -> tuple:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)

    assert store.read(pragmas) == ("wal", 2, 1)
    assert (tmp_path / DATABASE_FILE).stat().st_mode & 0o077 == 0


def test_migrations_make_what_the_schema_says(store: Store) -> None:
    def differences(connection: object) -> list:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert store.read(differences) == []


def test_opening_again_keeps_everything(store: Store, tmp_path: Path) -> None:
    create(store, "a")
    again = Store.open(tmp_path)
    assert ids(again) == {"a"}
    again.close()


def test_a_raw_dump_holds_no_password_in_clear(store: Store, tmp_path: Path) -> None:
    create(store, "a", "k7tr-0q9z-secret")
    store.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("treble.db*"))
    assert b"rooms" in raw
    assert b"k7tr" not in raw


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


# --- a database that cannot ---------------------------------------------------------------------------------


def test_a_locked_database_is_busy_and_then_works(impatient: None, store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ApiError) as error:
        create(store, "a")
    assert busy(error)
    assert ids(store) == set()  # readers do not wait for writers
    other.execute("COMMIT")
    other.close()
    create(store, "a")
    assert ids(store) == {"a"}


def test_a_full_disk_is_busy_and_harms_nothing(store: Store) -> None:
    create(store, "before")

    def limit(pages: int) -> None:
        def work(connection: object) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        store.read(work)

    limit(1)  # SQLite takes the present size for the least
    written = {"before"}

    def fill() -> None:
        for number in range(1000):
            create(store, f"r{number}", "x" * 2000)
            written.add(f"r{number}")

    with pytest.raises(ApiError) as error:
        fill()
    assert busy(error)
    assert "full" in error.value.detail
    assert ids(store) == written
    assert (
        store.read(lambda connection: connection.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    )
    limit(100_000)
    create(store, "after")
    assert ids(store) == written | {"after"}


def test_a_read_only_database_is_busy(store: Store) -> None:
    create(store, "before")
    store.read(lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON"))
    with pytest.raises(ApiError) as error:
        create(store, "a")
    assert busy(error)
    assert ids(store) == {"before"}


def test_a_file_that_is_no_database_is_busy_at_start(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(ApiError) as error:
        Store.open(tmp_path)
    assert "not a database" in error.value.detail


def test_an_error_tells_no_values(store: Store) -> None:
    with pytest.raises(ApiError) as error:
        store.read(
            lambda connection: connection.execute(text("select :name from nowhere"), {"name": "Zo\u00eb"})
        )
    assert "Zo" not in str(error.value)


# --- two processes ------------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from tests.signaling.storage.test_store import Store, create
store = Store.open(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    room = f"{sys.argv[2]}{number}"
    create(store, room)
    print(room, flush=True)
"""


def start_writer(data: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(data), name, str(count)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(store_module.__file__).parents[2]
    )


def test_two_processes_start_and_write_side_by_side(tmp_path: Path) -> None:
    writers = [start_writer(tmp_path, name, 40) for name in "ab"]
    acknowledged = {
        line.strip() for writer in writers for line in writer.communicate(timeout=60)[0].splitlines()
    }
    assert [writer.returncode for writer in writers] == [0, 0]
    store = Store.open(tmp_path)
    assert ids(store) == acknowledged == {f"{name}{number}" for name in "ab" for number in range(40)}
    store.close()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    writer = start_writer(tmp_path, "k", 100_000)
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(30)]
    os.kill(writer.pid, signal.SIGKILL)
    lines += writer.communicate(timeout=60)[0].splitlines()
    acknowledged = {line.strip() for line in lines if line.strip()}
    store = Store.open(tmp_path)
    assert acknowledged <= ids(store)
    assert len(ids(store)) <= len(acknowledged) + 1
    assert (
        store.read(lambda connection: connection.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    )
    store.close()
