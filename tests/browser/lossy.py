"""A UDP relay between browsers and the server that loses some of the server's media on its way to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tests.browser.namespace import ADDRESS

MAX_DATAGRAM = 2048
MAX_WAITING = 10_000
LOSES_EVERY = 20
EMPTY = 60  # header with extensions, the number that is repeated, authentication tag

Way = trio.MemorySendChannel[tuple[float, bytes]]


class Relay:
    """Datagrams of each client go on from a socket of its own, so that the server can tell them apart."""

    def __init__(self) -> None:
        self.port = 0
        self.target_port = 0
        self.delay_s = 0.0
        """Each way."""
        self.lets_in: range | None = None
        """Ports of clients; datagrams from others do not arrive."""
        self.kept_out = 0
        self.withheld: set[int] = set()
        """SSRCs of retransmissions that do not arrive; empty ones do."""
        self._losing: set[int] = set()
        self._passed = 0
        self._to_lose = 0
        self._has_lost = trio.Event()
        self._upstreams: dict[tuple[str, int], tuple[trio.socket.SocketType, Way]] = {}

    async def lose(self, packets: int, ssrcs: set[int]) -> None:
        """Of `LOSES_EVERY` packets of these SSRCs the last one does not arrive, until it is so many."""
        self._losing, self._to_lose, self._has_lost = ssrcs, packets, trio.Event()
        await self._has_lost.wait()

    async def run(self, near: trio.socket.SocketType, nursery: trio.Nursery) -> None:
        while True:
            data, client = await near.recvfrom(MAX_DATAGRAM)
            if self.lets_in and client[1] not in self.lets_in:
                self.kept_out += 1
                continue
            if client not in self._upstreams:
                far = trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM)
                await far.bind((ADDRESS, 0))
                self._upstreams[client] = (
                    far,
                    await nursery.start(self._way, far, (ADDRESS, self.target_port)),
                )
                nursery.start_soon(self._back, far, await nursery.start(self._way, near, client))
            self._upstreams[client][1].send_nowait((trio.current_time(), data))

    async def _back(self, far: trio.socket.SocketType, way: Way) -> None:
        while True:
            data, _ = await far.recvfrom(MAX_DATAGRAM)
            if not (is_media(data) and self._is_lost(data)):
                way.send_nowait((trio.current_time(), data))

    async def _way(
        self, socket: trio.socket.SocketType, address: tuple[str, int], *, task_status: trio.TaskStatus[Way]
    ) -> None:
        """Datagrams to one address, in their order."""
        send, receive = trio.open_memory_channel[tuple[float, bytes]](MAX_WAITING)
        task_status.started(send)
        async with send, receive:
            async for came, data in receive:
                await trio.sleep_until(came + self.delay_s)
                await socket.sendto(data, address)

    def close(self) -> None:
        for far, _ in self._upstreams.values():
            far.close()

    def _is_lost(self, media: bytes) -> bool:
        ssrc = int.from_bytes(media[8:12], "big")
        if ssrc in self.withheld and len(media) > EMPTY:
            return True
        if ssrc not in self._losing or self._to_lose == 0:
            return False
        self._passed += 1
        if self._passed % LOSES_EVERY:
            return False
        self._to_lose -= 1
        if self._to_lose == 0:
            self._has_lost.set()
        return True


def is_media(datagram: bytes) -> bool:
    """RTP and not RTCP (RFC 7983, RFC 5761)."""
    return len(datagram) > 1 and 128 <= datagram[0] < 192 and not 192 <= datagram[1] <= 223


@asynccontextmanager
async def lossy_relay() -> AsyncIterator[Relay]:
    relay = Relay()
    near = trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM)
    await near.bind((ADDRESS, 0))
    relay.port = near.getsockname()[1]
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.run, near, nursery)
            yield relay
            nursery.cancel_scope.cancel()
    finally:
        near.close()
        relay.close()
