"""Everything that only SQLite understands: pragmas, and where a transaction begins.

Python's sqlite3 opens transactions by itself, too late and only before writes; here SQLAlchemy's `begin` does
it, and a write says so at once (`BEGIN IMMEDIATE`): a transaction that reads first and writes later fails
with BUSY_SNAPSHOT as soon as another process has written between the two, and no waiting helps (contracts 5).
"""

import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event

# How long a statement waits for another process's write before the caller is told `busy`. An fsynced write
# takes 1 to 4 ms, so two seconds are hundreds of writers in line; longer would hold the caller's request past
# its deadline.
BUSY_TIMEOUT_MS: Final = 2_000
RETRY_S: Final = 0.005
READERS: Final = 4
_WRITE: Final = "treble_write"  # execution option: this connection's transaction writes


def open_sqlite(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=READERS + 1,
        max_overflow=0,
        pool_timeout=5,
        pool_use_lifo=True,  # a connection's pages in memory are worth most while no other one has written
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def for_writing(connection: Connection) -> Connection:
    return connection.execution_options(**{_WRITE: True})


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are ours, see `_begin`
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # acknowledged means on the disk, not in the kernel
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted leaves no text in free pages
    cursor.close()


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """Of two processes that open a new file at once one is told `locked`, whatever its busy timeout: SQLite does not wait
    for this pragma. Raises `sqlite3.OperationalError` after BUSY_TIMEOUT_MS.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(RETRY_S)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
