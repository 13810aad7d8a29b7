"""What only SQLite does: pragmas, locks of the whole file, a full disk."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.storage import sqlite
from signaling.storage.store import DATABASE_FILE, Store
from tests.signaling.storage.writers import busy, create, ids
from treble.api import ApiError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)


def test_wal_and_full_sync_and_a_file_of_the_owners(store: Store, tmp_path: Path) -> None:
    def pragmas(connection: object) -> tuple:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)

    assert store.read(pragmas) == ("wal", 2, 1)
    assert (tmp_path / DATABASE_FILE).stat().st_mode & 0o077 == 0


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
