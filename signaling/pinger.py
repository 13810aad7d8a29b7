"""Finds sockets that are dead without a word: one task for all of a gateway, since one for each costs 4 kB a socket.

Browsers answer pings without the page.
"""

from collections.abc import Collection
from typing import Final, Protocol

import trio

TICK_SECONDS: Final = 1.0


class Mortal(Protocol):
    def is_alive(self, now: float) -> bool: ...
    async def give_up(self) -> None: ...


async def ping_all(sockets: Collection[Mortal]) -> None:
    """Let each look whether its peer lives, until cancelled. `sockets` may change meanwhile."""
    async with trio.open_nursery() as nursery:
        while True:
            await trio.sleep(TICK_SECONDS)
            now = trio.current_time()
            for socket in list(sockets):
                if not socket.is_alive(now):
                    nursery.start_soon(socket.give_up)
