"""Finds sockets that are dead without a word: one task for all of a gateway, since one for each costs 4 kB a socket.

Browsers answer pings without the page.
"""

from collections.abc import Collection
from typing import Final, Protocol

import trio

TICK_SECONDS: Final = 1.0


class Pingable(Protocol):
    def is_ping_due(self, now: float) -> bool: ...
    async def ping(self) -> None: ...


async def ping_all(sockets: Collection[Pingable]) -> None:
    """Ping each whenever it says so, until cancelled. `sockets` may change meanwhile."""
    async with trio.open_nursery() as nursery:
        while True:
            await trio.sleep(TICK_SECONDS)
            now = trio.current_time()
            for socket in list(sockets):
                if socket.is_ping_due(now):
                    nursery.start_soon(socket.ping)
