"""Everything that only PostgreSQL understands: isolation, time limits, locks by name.

Writes run at READ COMMITTED: what is read first and written later must be locked (`SELECT ... FOR UPDATE`), written
conditionally, or done under `serialise`. Reads see one moment (REPEATABLE READ, read only), as they do on SQLite. A
pooler in between must keep a session (PgBouncer: `pool_mode = session`).
"""

import hashlib
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, func, make_url, select

READERS: Final = 4
WRITERS: Final = 4

# As long as SQLite waits for a lock; then the caller is told `busy`.
LOCK_TIMEOUT_MS: Final = 2_000
STATEMENT_TIMEOUT_MS: Final = 10_000
MIGRATION_TIMEOUT_MS: Final = 600_000
CONNECT_TIMEOUT_S: Final = 5

# Of the kernel: how long bytes may stay unacknowledged before a server whose machine is gone counts as lost.
TCP_USER_TIMEOUT_MS: Final = 10_000
_MIGRATION: Final = "treble migration"


def open_postgresql(url: str) -> Engine:
    """Connects with the first transaction, not here."""
    options = {
        "lock_timeout": LOCK_TIMEOUT_MS,
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": STATEMENT_TIMEOUT_MS,
        "synchronous_commit": "on",  # acknowledged means on the disk, whatever the server's default
    }
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        pool_size=READERS + WRITERS,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT_S,
        connect_args={
            "application_name": "treble",
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )


def for_reading(connection: Connection) -> Connection:
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def begin_migration(connection: Connection) -> None:
    """Of servers that start together one migrates and the others wait; the lock ends with the transaction."""
    for name in ("lock_timeout", "statement_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {name} = {MIGRATION_TIMEOUT_MS}")
    lock(connection, _MIGRATION)


def lock(connection: Connection, name: str) -> None:
    """Until the transaction ends nobody else passes with this name, which may be personal and stays here."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(number)))
