"""A bounded queue that never makes its writer wait: where one item too many comes, the oldest goes."""

from collections import deque
from typing import Generic, Self, TypeVar

import trio

T = TypeVar("T")


class Inbox(Generic[T]):
    """Written without waiting, read by `async for` until it is closed and empty."""

    def __init__(self, most: int) -> None:
        self.dropped = 0
        self._items: deque[T] = deque(maxlen=most)
        self._waiting = trio.lowlevel.ParkingLot()
        self._is_closed = False

    def put(self, item: T) -> None:
        if self._is_closed:
            return
        self.dropped += len(self._items) == self._items.maxlen
        self._items.append(item)
        self._waiting.unpark_all()

    def close(self) -> None:
        self._is_closed = True
        self._waiting.unpark_all()

    def __len__(self) -> int:
        return len(self._items)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if self._items:
            await trio.lowlevel.checkpoint()
        while not self._items:
            if self._is_closed:
                raise StopAsyncIteration
            await self._waiting.park()
        return self._items.popleft()
