"""A TCP proxy that a test can cut: all connections end at once, new ones are refused until it is mended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tests.browser.namespace import ADDRESS


class Proxy:
    """Carries bytes between `port` and the server; TLS goes through untouched."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.accepted = 0
        self._target_port = target_port
        self._cut = False
        self._scopes: set[trio.CancelScope] = set()

    @property
    def url(self) -> str:
        return f"https://{ADDRESS}:{self.port}"

    def cut(self) -> None:
        self._cut = True
        for scope in self._scopes:
            scope.cancel()

    def mend(self) -> None:
        self._cut = False

    async def carry(self, client: trio.SocketStream) -> None:
        if self._cut:
            await trio.aclose_forcefully(client)
            return
        self.accepted += 1
        async with (
            client,
            await trio.open_tcp_stream(ADDRESS, self._target_port) as server,
            trio.open_nursery() as nursery,
        ):
            self._scopes.add(nursery.cancel_scope)
            nursery.start_soon(_pump, client, server)
            nursery.start_soon(_pump, server, client)
        self._scopes.discard(nursery.cancel_scope)


async def _pump(source: trio.SocketStream, sink: trio.SocketStream) -> None:
    try:
        async for data in source:
            await sink.send_all(data)
        await sink.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass


@asynccontextmanager
async def cuttable_proxy(target_port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(target_port)
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host=ADDRESS)
        proxy.port = listener.socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, proxy.carry, [listener])
        yield proxy
        nursery.cancel_scope.cancel()
