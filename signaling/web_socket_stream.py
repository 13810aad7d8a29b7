"""The stream below trio-websocket: gives back the head that the listener has read, guards what comes, and
lets frames that are already encoded go out between the library's own.

The library encodes each message for each socket. A push to a room is the same bytes for all, so it is framed
once and written here (contracts 5); one lock keeps frames whole.

`send_now` writes without a task in between where the socket has room: a push to 500 costs a quarter so. Internals of
trio's `SSLStream` used: `_ssl_object`, `_outgoing`, `_inner_send_lock`; of trio-websocket's connection `_wsproto` and
`_handshake_headers`; so both are pinned.
"""

import fcntl
import os
import termios
from typing import Final

import trio
from trio_websocket import WebSocketConnection

from signaling.frame_guard import FrameGuard
from signaling.tls_stream import TlsStream, send_in_pieces

# A reader that takes nothing for this long is as good as gone.
SEND_SECONDS: Final = 5.0

# What a socket has room for beside its unacknowledged bytes; Linux gives a connection 16 kB to send at the least.
MAX_AT_ONCE: Final = 8 * 1024
MAX_UNSENT: Final = 4 * 1024

CLOSE_POLICY: Final = 1008
CLOSE_TOO_BIG: Final = 1009
_CLOSE_FRAME: Final = 0x88
_PONG: Final = 0x8A
_MASKED: Final = 0x80
_HEADER_BYTES: Final = 6  # of a short masked frame
_MAX_CONTROL_BYTES: Final = 125  # of payload (RFC 6455 section 5.5)
PING: Final = b"\x89\x00"  # a whole frame


class WebSocketStream(trio.abc.Stream):
    """`received` is what the listener has read, of which the first `head_bytes` are the HTTP request."""

    def __init__(self, stream: TlsStream, received: bytes, head_bytes: int, max_bytes: int) -> None:
        self.refusal: str | None = None
        self.heard_at = trio.current_time()  # when anything came last
        self.guard = FrameGuard(max_bytes)
        self._stream = stream
        self._head = received[:head_bytes]
        self._early = received[head_bytes:]
        self._lock = trio.Lock()
        self._close_was_sent = False
        self._is_broken = False  # half a record is out: nothing can follow

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self._head:
            await trio.lowlevel.checkpoint()
            head, self._head = self._head[:max_bytes], self._head[len(self._head[:max_bytes]) :]
            return head
        if self.refusal:
            return b""
        data, self._early = self._early or await self._stream.receive_some(max_bytes), b""
        self.heard_at = trio.current_time()
        is_pong = self.guard.is_between_frames and _is_pong(data)
        self.refusal = self.guard.feed(bytes(data))
        while is_pong and self.refusal is None:  # said all; costly in the library
            data = await self._stream.receive_some(max_bytes)
            self.heard_at = trio.current_time()
            is_pong = _is_pong(data)
            self.refusal = self.guard.feed(bytes(data))
        if self.refusal is None:
            return data
        code = CLOSE_TOO_BIG if self.refusal == "message length" else CLOSE_POLICY
        await self.send_all(bytes((_CLOSE_FRAME, 2)) + code.to_bytes(2, "big"))
        return b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """What the library sends: the handshake, then whole frames."""
        async with self._lock:
            if data and data[0] == _CLOSE_FRAME:
                if self._close_was_sent:
                    return
                self._close_was_sent = True
            await self._send(data)

    async def send_frame(self, frame: bytes) -> None:
        """One encoded frame; silently nothing after a close frame, which is the last one (RFC 6455 section 5.5.1)."""
        async with self._lock:
            if not self._close_was_sent:
                await self._send(frame)

    def send_now(self, frame: bytes) -> bool:
        """Write a whole frame if that needs no waiting; false if nothing was written, or not all can be."""
        stream = self._stream
        if len(frame) > MAX_AT_ONCE or self._close_was_sent or self._is_broken:
            return False
        if self._lock.locked() or stream._inner_send_lock.locked():
            return False
        descriptor = stream.transport_stream.socket.fileno()
        if descriptor < 0 or _unsent(descriptor) > MAX_UNSENT:
            return False
        try:
            stream._ssl_object.write(frame)
            record = stream._outgoing.read()
            self._is_broken = os.write(descriptor, record) != len(record)
        except OSError:  # reset by the peer, say; whoever sends next finds it
            self._is_broken = True
        return not self._is_broken

    async def _send(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_broken:
            await trio.aclose_forcefully(self._stream)
            raise trio.BrokenResourceError("half a record was sent")
        try:
            with trio.fail_after(SEND_SECONDS):
                await send_in_pieces(self._stream, data)
        except trio.TooSlowError:
            # Half a frame may be out: nothing can follow.
            await trio.aclose_forcefully(self._stream)
            raise trio.BrokenResourceError("the peer reads too slowly") from None

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await trio.aclose_forcefully(self._stream)


def _is_pong(data: bytes | bytearray) -> bool:
    """Whether this is a pong and nothing else."""
    length = len(data) - _HEADER_BYTES
    return 0 <= length <= _MAX_CONTROL_BYTES and data[0] == _PONG and data[1] == _MASKED | length


class _Over:
    """Stands where wsproto keeps a handshake, and asks it for events with every message."""

    def events(self) -> tuple[()]:
        return ()


_OVER: Final = _Over()


def forget_handshake(connection: WebSocketConnection) -> None:
    """Let go of the upgrade request's parser and headers, which the library keeps as long as the socket."""
    connection._wsproto.handshake = _OVER  # type: ignore[assignment]
    connection._handshake_headers = ()


def _unsent(descriptor: int) -> int:
    """Bytes that the peer has not acknowledged yet (SIOCOUTQ, tcp(7))."""
    return int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), "little")
