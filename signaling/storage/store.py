"""Opens the database and runs work in transactions: SQLite in the data folder, or PostgreSQL by its URL.

`read` and `write` take a function of a connection and answer with its result. A write's result is returned
after the commit has reached the disk, so an acknowledged write is a durable one. Whatever keeps the database
from doing its part (locked, full, read-only, gone) becomes `ApiError("busy")`: the caller may try again.
Nothing was changed then, but for one case: a connection that is lost while PostgreSQL commits leaves open whether
it did; so what is written again carries the id that the first attempt had.
"""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, Self, TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, TimeoutError as PoolTimeout

from signaling.keyring import Keyring
from signaling.storage import postgresql, sqlite
from signaling.storage.blind_index import BlindIndex
from signaling.storage.columns import ColumnCipher
from treble.api import ApiError

T = TypeVar("T")

RETRY_AFTER_SECONDS: Final = 1.0
SQLITE: Final = "sqlite"
DATABASE_FILE: Final = "treble.db"
DATA_KEYS: Final = Path("keys/data")
TOKEN_KEYS: Final = Path("keys/token")

_MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """One open database and the cipher of its personal columns. Blocking; for any number of threads."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self.cipher = ColumnCipher(keyring)
        self.index = BlindIndex(keyring)

    @classmethod
    def open(cls, data: Path, url: str | None = None) -> Self:
        """Open the database, made (SQLite) and migrated if need be; `ApiError("busy")` if it cannot be now.

        `url`: None or `sqlite` for the file in the data folder, else `postgresql://user@host/name`. The keys are in
        the data folder in either case.
        """
        store = cls.connect(data, url)
        try:
            store.write(migrate)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def connect(cls, data: Path, url: str | None = None) -> Self:
        """The same with whatever tables there are."""
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(_engine(data, url), Keyring(data / DATA_KEYS))

    @property
    def readers(self) -> int:
        """How many transactions may read side by side."""
        return postgresql.READERS if _is_postgresql(self._engine) else sqlite.READERS

    @property
    def writers(self) -> int:
        """How many may write: SQLite has one writer, and waiting outside is cheaper than in its lock."""
        return postgresql.WRITERS if _is_postgresql(self._engine) else 1

    def close(self) -> None:
        self._engine.dispose()

    def read(self, work: Callable[[Connection], T]) -> T:
        return self._transact(work, writes=False)

    def write(self, work: Callable[[Connection], T]) -> T:
        return self._transact(work, writes=True)

    def _transact(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        try:
            with closing(self._engine.connect()) as connection:
                connection = _for_writing(connection) if writes else _for_reading(connection)
                with connection.begin():
                    return work(connection)
        except (IntegrityError, DataError):
            raise  # two callers wanted the same id, or our mistake: not cured by waiting
        except (DBAPIError, PoolTimeout) as error:
            raise ApiError("busy", _cause(error), RETRY_AFTER_SECONDS) from error


def _cause(error: DBAPIError | PoolTimeout) -> str:
    """The driver's words without the statement and its values, which may be personal."""
    return str(error.orig) if isinstance(error, DBAPIError) else "no free connection"


def _engine(data: Path, url: str | None) -> Engine:
    if url is not None and url != SQLITE:
        return postgresql.open_postgresql(url)
    path = data / DATABASE_FILE
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return sqlite.open_sqlite(path)


def _is_postgresql(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def _for_reading(connection: Connection) -> Connection:
    return postgresql.for_reading(connection) if _is_postgresql(connection.engine) else connection


def _for_writing(connection: Connection) -> Connection:
    return connection if _is_postgresql(connection.engine) else sqlite.for_writing(connection)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to this version. One write transaction: of two processes that start, one waits."""
    if _is_postgresql(connection.engine):
        postgresql.begin_migration(connection)
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revisions() -> list[str]:
    """Of the schema, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()]


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
