"""Tells gateways what was said: in order, several at a time, once. A gateway that misses some finds out by itself when
it compares numbers (`chat_heads`), and fetches them."""

from collections import deque
from typing import Final

import trio

from signaling.calls import GATEWAY_SECONDS, Others
from treble.api import ApiError, ChatItem, DeliverChat

MAX_WAITING: Final = 10_000  # while a gateway is away
MAX_ITEMS: Final = 200
MAX_BYTES: Final = 512 * 1024  # of one call


class Announcer:
    """For the one gateway there is; presence knows one gateway only."""

    def __init__(self, others: Others) -> None:
        self._others = others
        self._waiting: deque[ChatItem] = deque(maxlen=MAX_WAITING)
        self._wake = trio.Event()

    def put(self, items: list[ChatItem]) -> None:
        self._waiting.extend(items)
        self._wake.set()

    async def run(self) -> None:
        while True:
            while self._waiting:
                await self._deliver(self._take())
            self._wake = trio.Event()
            await self._wake.wait()

    def _take(self) -> list[ChatItem]:
        items = [self._waiting.popleft()]
        size = len(items[0].message)
        while self._waiting and len(items) < MAX_ITEMS and size + len(self._waiting[0].message) < MAX_BYTES:
            items.append(self._waiting.popleft())
            size += len(items[-1].message)
        return items

    async def _deliver(self, items: list[ChatItem]) -> None:
        gateway = self._others.gateway
        if gateway is None:
            return
        try:
            await self._others.ask(
                "deliver chat", gateway.deliver_chat(DeliverChat(items=items)), GATEWAY_SECONDS
            )
        except ApiError:
            pass  # counted; the gateway fetches what it missed
