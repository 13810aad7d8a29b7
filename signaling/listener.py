"""The one TLS port: accepts, secures, reads the head of each connection and gives it to whoever serves it.

    accept -> limits -> TLS handshake (5 s) -> head (5 s, 16 kB) -> WebSocket on /ws | everything else

Every connection runs under a guard of its own: whatever a peer or our own code does there ends that
connection, is counted, and nothing else (contracts 1). Accepting survives a process without file descriptors:
`trio.serve_listeners` waits and tries again.
"""

import errno
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
import trio

from signaling.attempts import network
from signaling.counters import Counters
from signaling.request_head import (
    END_OF_HEAD,
    MAX_HEAD_BYTES,
    BadHead,
    RequestHead,
    is_http2_preface,
    parse_head_untrusted,
)
from signaling.tls import TlsContext
from signaling.tls_stream import SmallReads, TlsStream

HANDSHAKE_SECONDS: Final = 5.0
HEAD_SECONDS: Final = 5.0
BACKLOG: Final = 1024
_TLS_HANDSHAKE: Final = 0x16  # first byte of a ClientHello record (RFC 8446 section 5.1)

_STATUS = {"too long": "431 Request Header Fields Too Large", "http2": "505 HTTP Version Not Supported"}
# What a peer's misbehaviour or a lost network looks like from here.
_PEER_ERRORS = (trio.BrokenResourceError, trio.ClosedResourceError, ssl.SSLError, OSError, trio.TooSlowError)

_log = structlog.get_logger("signaling.listener")


class ListenError(Exception):
    """The port cannot be had; the text names it and the configuration key."""


class Arrival:
    """A connection whose head has been read: `received` begins with `head_bytes` of it."""

    __slots__ = ("address", "head", "head_bytes", "received", "stream")

    def __init__(
        self, stream: TlsStream, address: str, received: bytes, head: RequestHead, head_bytes: int
    ) -> None:
        self.stream = stream
        self.address = address
        self.received = received
        self.head = head
        self.head_bytes = head_bytes

    def forget_head(self) -> None:
        """For a connection that lives long: what has been read, with its token, is of no more use."""
        del self.head, self.received


class Listener:
    """`serve` gets each `Arrival`; when it returns, the connection is closed."""

    def __init__(
        self,
        tls: TlsContext,
        serve: Callable[[Arrival], Awaitable[None]],
        counters: Counters,
        max_connections: int,
        max_connections_per_address: int,
    ) -> None:
        self._tls = tls
        self._serve = serve
        self._counters = counters
        self._max_connections = max_connections
        self._max_per_address = max_connections_per_address
        self._streams: set[trio.SocketStream] = set()
        self._addresses: Counter[str] = Counter()

    @property
    def connections(self) -> int:
        return len(self._streams)

    async def handle(self, stream: trio.SocketStream) -> None:
        """Serve one connection from accept to close; raises `Cancelled` only."""
        address = peer_address(stream)
        if refusal := self._refusal(address):
            self._counters.count("connections refused", refusal)
            return
        subscriber = network(address)
        self._streams.add(stream)
        self._addresses[subscriber] += 1
        self._counters.count("connections")
        try:
            await self._secure_and_serve(stream, address)
        except* _PEER_ERRORS as group:
            self._counters.count("connections lost", type(group.exceptions[0]).__name__)
        except* Exception as group:
            self._counters.count("connections failed", type(group.exceptions[0]).__name__)
            _log.error("connection failed", address=address, exc_info=group)
        finally:
            self._streams.discard(stream)
            self._addresses[subscriber] -= 1
            if not self._addresses[subscriber]:
                del self._addresses[subscriber]

    def close_all(self) -> None:
        """Forcefully: whoever waits on one of these sockets is told that it is closed."""
        for stream in list(self._streams):
            stream.socket.close()

    def _refusal(self, address: str) -> str | None:
        if not address:
            return "gone"
        if len(self._streams) >= self._max_connections:
            return "too many"
        return "too many of address" if self._addresses[network(address)] >= self._max_per_address else None

    async def _secure_and_serve(self, transport: trio.SocketStream, address: str) -> None:
        with trio.fail_after(HANDSHAKE_SECONDS):
            if not await _speaks_tls(transport):
                self._counters.count("connections refused", "no TLS")
                return await _answer_plain(transport)
            stream = trio.SSLStream(
                SmallReads(transport), self._tls.context, server_side=True, https_compatible=True
            )
            await stream.do_handshake()
        if arrival := await self._arrival(stream, address):
            await self._serve(arrival)
        return None

    async def _arrival(self, stream: TlsStream, address: str) -> Arrival | None:
        try:
            with trio.fail_after(HEAD_SECONDS):
                return await _read_head(stream, address)
        except trio.TooSlowError:
            self._counters.count("heads refused", "too slow")
        except BadHead as error:
            self._counters.count("heads refused", error.reason)
            with trio.fail_after(HEAD_SECONDS):
                await _refuse(stream, error.reason)
        return None


def peer_address(stream: trio.SocketStream) -> str:
    """The peer's address, IPv4 ones in their own form; empty if it is gone already."""
    try:
        address = str(stream.socket.getpeername()[0])
    except OSError:
        return ""
    return address.removeprefix("::ffff:")


async def open_listeners(host: str, port: int) -> list[trio.SocketListener]:
    """Listen on `host`; on "0.0.0.0" and "::" on every address of both families, as far as the machine has
    them. Raises `ListenError`.
    """
    if host not in ("0.0.0.0", "::"):
        return await _listen(host, port)
    listeners = await _listen("0.0.0.0", port)
    try:
        return listeners + await _listen("::", listeners[0].socket.getsockname()[1])
    except ListenError:
        return listeners  # no IPv6 here


async def _listen(host: str, port: int) -> list[trio.SocketListener]:
    try:
        return list(await trio.open_tcp_listeners(port, host=host, backlog=BACKLOG))
    except OSError as error:
        raise ListenError(_explanation(error, host, port)) from None


def _explanation(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port: port {port} is already in use on {host}; stop what uses it or choose another port"
    if error.errno == errno.EACCES:
        return f"port: no permission for port {port}; choose one above 1023"
    return f"host: cannot listen on {host}: {error.strerror or error}"


async def _speaks_tls(transport: trio.SocketStream) -> bool:
    first = await transport.socket.recv(1, trio.socket.MSG_PEEK)
    return not first or first[0] == _TLS_HANDSHAKE


async def _read_head(stream: TlsStream, address: str) -> Arrival:
    """Raises `BadHead` and what streams raise."""
    received = bytearray()
    while (end := received.find(END_OF_HEAD)) < 0:
        if is_http2_preface(bytes(received[:32])):
            raise BadHead("http2")
        if len(received) >= MAX_HEAD_BYTES:
            raise BadHead("too long")
        more = await stream.receive_some(MAX_HEAD_BYTES - len(received))
        if not more:
            raise BadHead("ended")
        received += more
    end += len(END_OF_HEAD)
    head = parse_head_untrusted(bytes(received[:end]))
    return Arrival(stream, address, bytes(received), head, end)


async def _refuse(stream: TlsStream, reason: str) -> None:
    if reason == "ended":
        return
    status = _STATUS.get(reason, "400 Bad Request")
    await stream.send_all(_plain_answer(status, f"This server speaks HTTP/1.1 only. Refused: {reason}.\n"))
    await stream.aclose()


async def _answer_plain(transport: trio.SocketStream) -> None:
    """Somebody typed http:// in front of our port."""
    await transport.send_all(
        _plain_answer("400 Bad Request", "This port speaks HTTPS: write https:// in front.\n")
    )
    await transport.send_eof()


def _plain_answer(status: str, text: str) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\nConnection: close"
    )
    return f"{head}\r\n\r\n{text}".encode("ascii")
