"""Taking turns by a name, for a transaction that reads first and writes what follows from it."""

from sqlalchemy import Connection

from signaling.storage import postgresql


def serialise(connection: Connection, name: str) -> None:
    """Until this write ends no other that gives the same name goes on; SQLite's writes are one after another anyway."""
    if connection.dialect.name == "postgresql":
        postgresql.lock(connection, name)
