"""Writes that may come after their effect: a restriction is in force first and stored as soon as it can be (contracts 4).

While the database is away they wait here in order and are tried again; what follows from them in memory stands meanwhile.
They are lost with the process: a restriction of a room server that dies before the database is back is gone.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
import trio
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from signaling.database import Database
from treble.api import ApiError

PATIENCE_S: Final = 0.05  # a host is answered `applied` when the database needs longer
RETRY_S: Final = 0.25
MAX_WAITING: Final = 10_000  # beyond it the oldest go, counted in the log

_log = structlog.get_logger("signaling.pending")


class Pending:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[tuple[Callable[[Connection], object], trio.Event]] = deque()
        self._wake = trio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, work: Callable[[Connection], object]) -> trio.Event:
        """Store this after what was put before; the event is set when it is durable."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            _log.error("a write was given up", waiting=MAX_WAITING)
        stored = trio.Event()
        self._waiting.append((work, stored))
        self._wake.set()
        return stored

    async def stored(self, work: Callable[[Connection], object], patience_s: float = PATIENCE_S) -> bool:
        """Whether it was durable within `patience_s`; it will be later otherwise."""
        event = self.put(work)
        with trio.move_on_after(patience_s):
            await event.wait()
        return event.is_set()

    async def run(self) -> None:
        while True:
            while self._waiting:
                await self._write(*self._waiting[0])
            self._wake = trio.Event()
            await self._wake.wait()

    async def _write(self, work: Callable[[Connection], object], stored: trio.Event) -> None:
        try:
            await self._database.write(work)
        except ApiError as error:
            _log.warning("a write waits", cause=error.detail, waiting=len(self._waiting))
            return await trio.sleep(RETRY_S)
        except SQLAlchemyError as error:  # the row is gone, say: waiting does not cure it
            _log.error("a write was refused", kind=type(error).__name__)
        if self._waiting and self._waiting[0][1] is stored:
            self._waiting.popleft()
        stored.set()
        return None
