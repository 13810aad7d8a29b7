"""What has been kept long enough goes, every ten minutes."""

from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
import trio

from signaling.database import Database
from signaling.retention import Retention
from signaling.storage.retention import drop, tables_that_go
from treble.api import ApiError

PERIOD_S: Final = 600.0

_log = structlog.get_logger("signaling.housekeeping")


class Housekeeping:
    """Any number of room servers may do it at once. `wall_ns` is Unix time."""

    def __init__(self, database: Database, retention: Retention, wall_ns: Callable[[], int]) -> None:
        self._database = database
        self._retention = retention
        self._wall_ns = wall_ns

    async def run(self) -> None:
        while True:
            try:
                await self.once()
            except ApiError as error:  # the database is away; it is all there the next time
                _log.warning("housekeeping put off", cause=error.detail)
            await trio.sleep(PERIOD_S)

    async def once(self) -> None:
        now_ns = self._wall_ns()
        for table in tables_that_go():
            work = partial(drop, table=table, retention=self._retention, now_ns=now_ns)
            while await self._database.write(work):
                pass
