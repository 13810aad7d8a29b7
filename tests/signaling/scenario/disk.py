"""The database without threads, so that a whole step takes no virtual time; and one that can be stopped."""

from collections.abc import Callable
from typing import Any

import trio

from treble.api import ApiError

GIVES_UP_S = 2.0


class Disk:
    def __init__(self, database: Any) -> None:
        self._store = database._store
        self.is_stopped = False
        database.read, database.write = self.read, self.write

    async def read(self, work: Callable[[Any], Any]) -> Any:
        return await self._do(self._store.read, work)

    async def write(self, work: Callable[[Any], Any]) -> Any:
        return await self._do(self._store.write, work)

    async def _do(self, transact: Callable[[Any], Any], work: Callable[[Any], Any]) -> Any:
        await trio.lowlevel.checkpoint()
        if self.is_stopped:
            await trio.sleep(GIVES_UP_S)
            raise ApiError("busy", "stopped")
        return transact(work)
