"""A UDP relay between browsers and the server that loses some of the server's media on its way to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tests.browser.namespace import ADDRESS

MAX_DATAGRAM = 2048
EMPTY = 60  # header with extensions, the number that is repeated, authentication tag


class Relay:
    """Datagrams of each client go on from a socket of its own, so that the server can tell them apart."""

    def __init__(self) -> None:
        self.port = 0
        self.target_port = 0
        self.loses_every = 0
        """Of so many media packets in a row the last one; 0 none."""
        self.delay_s = 0.0
        """Each way."""
        self.withheld: set[int] = set()
        """SSRCs of retransmissions that do not arrive; empty ones do."""
        self.lost = 0
        self._media = 0
        self._upstreams: dict[tuple[str, int], trio.socket.SocketType] = {}

    async def run(self, near: trio.socket.SocketType, nursery: trio.Nursery) -> None:
        while True:
            data, client = await near.recvfrom(MAX_DATAGRAM)
            far = self._upstreams.get(client)
            if far is None:
                far = self._upstreams[client] = trio.socket.socket(
                    trio.socket.AF_INET, trio.socket.SOCK_DGRAM
                )
                await far.bind((ADDRESS, 0))
                nursery.start_soon(self._back, far, near, client)
            nursery.start_soon(self._pass, far, data, (ADDRESS, self.target_port))

    async def _back(
        self, far: trio.socket.SocketType, near: trio.socket.SocketType, client: tuple[str, int]
    ) -> None:
        while True:
            data, _ = await far.recvfrom(MAX_DATAGRAM)
            if is_media(data) and self._is_lost(data):
                self.lost += 1
            elif self.delay_s:
                trio.lowlevel.spawn_system_task(self._pass, near, data, client)
            else:
                await near.sendto(data, client)

    def close(self) -> None:
        for far in self._upstreams.values():
            far.close()

    def _is_lost(self, media: bytes) -> bool:
        if int.from_bytes(media[8:12], "big") in self.withheld and len(media) > EMPTY:
            return True
        self._media += 1
        return self.loses_every > 0 and self._media % self.loses_every == 0

    async def _pass(self, socket: trio.socket.SocketType, data: bytes, address: tuple[str, int]) -> None:
        await trio.sleep(self.delay_s)
        try:
            await socket.sendto(data, address)
        except OSError:
            pass  # the test is over


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
