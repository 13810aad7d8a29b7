"""HTTP/1.1 for one connection of the listener: anycorn's connection handler with HTTP/2 taken out.

anycorn speaks to anyio streams and picks its protocol by ALPN, by `Upgrade: h2c` and by the HTTP/2 preface.
The stream here says `http/1.1`; the two other ways are refused at each request of a connection, not only at
its first (contracts 1). Internals used: `TCPServer._read_data`, `H11Protocol._check_protocol` and
`_send_error_response`; so anycorn is pinned to 0.20.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import anyio
import anyio.abc
import anyio.streams.tls
import h11
import trio
from anycorn.app_wrappers import ASGIWrapper
from anycorn.config import Config
from anycorn.events import Closed, Event
from anycorn.protocol.h11 import H11Protocol
from anycorn.tcp_server import TCPServer
from anycorn.typing import ConnectionState
from anycorn.worker_context import WorkerContext

from signaling.request_head import asks_for_http2
from signaling.tls_stream import TlsStream

KEEP_ALIVE_SECONDS: Final = 20
READ_SECONDS: Final = 30  # nothing at all received, also while an answer is being made
SEND_SECONDS: Final = 20  # one piece of an answer
CLOSE_SECONDS: Final = 1
MAX_REQUESTS: Final = 10_000


def http_config() -> Config:
    config = Config()
    config.alpn_protocols = ["http/1.1"]
    config.include_server_header = False
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.keep_alive_max_requests = MAX_REQUESTS
    config.read_timeout = READ_SECONDS
    config.errorlog = logging.getLogger("signaling.http1")
    return config


class HttpServer:
    """Serves an ASGI application on connections that are given to it."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = ASGIWrapper(app)
        self._config = http_config()
        self._context = WorkerContext(None)

    async def serve(self, stream: TlsStream, received: bytes) -> None:
        """Until the connection ends; `received` is what was read from it already."""
        adapted = cast("anyio.abc.SocketStream", _Stream(stream, received))
        await _Connection(self._app, self._config, self._context, {}, adapted).run()


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Http1Only(H11Protocol):
    async def handle(self, event: Event) -> None:
        try:
            await super().handle(event)
        except _Refused as refused:
            await self._send_error_response(refused.status)
            await self.send(Closed())

    async def _check_protocol(self, event: h11.Request) -> None:
        upgrade = b",".join(value for name, value in event.headers if name == b"upgrade")
        if asks_for_http2(upgrade, event.http_version):
            raise _Refused(505)
        if upgrade:  # a WebSocket has a connection of its own, known by its first request
            raise _Refused(400)
        names = {name for name, _ in event.headers}
        if {
            b"content-length",
            b"transfer-encoding",
        } <= names:  # two lengths are an attack (RFC 9112 section 6.3)
            raise _Refused(400)


class _Connection(TCPServer):
    async def _read_data(self) -> None:
        chosen = self.protocol.protocol
        self.protocol = _Http1Only(  # type: ignore[assignment]  # in place of the wrapper that switches
            self.app,
            self.config,
            self.context,
            self._task_group,
            ConnectionState({}),
            chosen.client,
            chosen.server,
            self.protocol_send,
            chosen.tls,
        )
        await super()._read_data()


class _Stream(anyio.abc.ByteStream):
    """A Trio TLS stream as anyio sees streams."""

    def __init__(self, stream: TlsStream, received: bytes) -> None:
        self._stream = stream
        self._received = received

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return {
            anyio.abc.SocketAttribute.raw_socket: lambda: self._stream.transport_stream.socket,
            anyio.streams.tls.TLSAttribute.alpn_protocol: lambda: "http/1.1",
        }

    async def receive(self, max_bytes: int = 65536) -> bytes:
        if self._received:
            received, self._received = self._received, b""
            return received
        try:
            data = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError:
            raise anyio.BrokenResourceError from None
        except trio.ClosedResourceError:
            raise anyio.ClosedResourceError from None
        if not data:
            raise anyio.EndOfStream
        return bytes(data)

    async def send(self, item: bytes) -> None:
        try:
            with trio.fail_after(SEND_SECONDS):
                await self._stream.send_all(item)
        except (trio.BrokenResourceError, trio.TooSlowError):
            await trio.aclose_forcefully(self._stream)
            raise anyio.BrokenResourceError from None
        except trio.ClosedResourceError:
            raise anyio.ClosedResourceError from None

    async def send_eof(self) -> None:
        """TLS over `https_compatible` has no half-close."""

    async def aclose(self) -> None:
        with trio.move_on_after(CLOSE_SECONDS):
            await self._stream.aclose()
