"""Opens the database of a data folder and runs work in transactions.

`read` and `write` take a function of a connection and answer with its result. A write's result is returned
after the commit has reached the disk, so an acknowledged write is a durable one. Whatever keeps the database
from doing its part (locked, full, read-only, gone) becomes `ApiError("busy")`: the caller may try again,
nothing was changed.
"""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, Self, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, TimeoutError as PoolTimeout

from signaling.keyring import Keyring
from signaling.storage.blind_index import BlindIndex
from signaling.storage.columns import ColumnCipher
from signaling.storage.sqlite import WRITE, open_sqlite
from treble.api import ApiError

T = TypeVar("T")

RETRY_AFTER_SECONDS: Final = 1.0
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
    def open(cls, data: Path) -> Self:
        """Open the data folder's database, made and migrated if need be; `ApiError("busy")` if it cannot be
        now.
        """
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = data / DATABASE_FILE
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        store = cls(open_sqlite(path), Keyring(data / DATA_KEYS))
        try:
            store.write(_migrate)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        self._engine.dispose()

    def read(self, work: Callable[[Connection], T]) -> T:
        return self._transact(work, writes=False)

    def write(self, work: Callable[[Connection], T]) -> T:
        return self._transact(work, writes=True)

    def _transact(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        try:
            with closing(self._engine.connect()) as connection:
                connection = connection.execution_options(**{WRITE: writes})
                with connection.begin():
                    return work(connection)
        except IntegrityError:
            raise  # two callers wanted the same id, or our mistake: not cured by waiting
        except (DBAPIError, PoolTimeout) as error:
            raise ApiError("busy", _cause(error), RETRY_AFTER_SECONDS) from error


def _cause(error: DBAPIError | PoolTimeout) -> str:
    """The driver's words without the statement and its values, which may be personal."""
    return str(error.orig) if isinstance(error, DBAPIError) else "no free connection"


def _migrate(connection: Connection) -> None:
    """Bring the tables to this version. One write transaction: of two processes that start, one waits."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
