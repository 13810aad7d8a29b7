"""What a WebSocket library bounds by bytes only, bounded here by pieces.

wsproto and trio-websocket limit a message's length, but not the number of its fragments (empty ones cost
nothing against the length and are kept in a list), nor in how many reads it trickles in (each becomes an
object of its own), nor how many control frames ask for an answer. This guard follows the frame headers of the
incoming bytes (RFC 6455 section 5.2) and says when a peer has gone too far. It judges nothing else.
"""

from typing import Final

# 512 kB arrive in 370 TCP segments; Chromium sends fragments of 128 kB. A client of ours is far below this.
MAX_PIECES: Final = 2048
# Browsers send a pong for each of our pings and nothing else by themselves.
MAX_CONTROL_FRAMES: Final = 32

_MASK_BYTES: Final = 4


class FrameGuard:
    """Feed what comes after the handshake; `feed` returns why the connection must end, or None.

    `max_bytes` bounds one message (all its fragments); it may be changed between messages.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._header = bytearray()
        self._payload_left = 0
        self._message_bytes = 0
        self._pieces = 0
        self._control_frames = 0
        self._is_final = False  # the frame that is being read ends its message
        self._is_control = False

    def feed(self, data: bytes) -> str | None:
        self._pieces += 1
        at = 0
        while at < len(data):
            if self._payload_left:
                taken = min(self._payload_left, len(data) - at)
                self._payload_left -= taken
                at += taken
                if not self._payload_left:
                    self._end_frame()
            else:
                self._header.append(data[at])
                at += 1
                if (length := _payload_length(self._header)) is not None and (reason := self._begin(length)):
                    return reason
        return "pieces" if self._pieces > MAX_PIECES else None

    @property
    def is_between_frames(self) -> bool:
        return not self._payload_left and not self._header

    def renew_control_frames(self) -> None:
        """Called at intervals: a peer may send `MAX_CONTROL_FRAMES` in each."""
        self._control_frames = 0

    def _begin(self, length: int) -> str | None:
        self._is_control = bool(self._header[0] & 0x08)
        self._is_final = bool(self._header[0] & 0x80) and not self._is_control
        self._header.clear()
        self._payload_left = length
        if self._is_control:
            self._control_frames += 1
        else:
            self._pieces += 1
            self._message_bytes += length
        if not length:
            self._end_frame()
        if self._control_frames > MAX_CONTROL_FRAMES:
            return "control frames"
        if self._pieces > MAX_PIECES:
            return "pieces"
        return "message length" if self._message_bytes > self.max_bytes else None

    def _end_frame(self) -> None:
        if self._is_final:
            self._message_bytes = 0
            self._pieces = 0


def _payload_length(header: bytearray) -> int | None:
    """The payload's length once the header is whole (mask key included), else None."""
    if len(header) < 2:
        return None
    short = header[1] & 0x7F
    extended = {126: 2, 127: 8}.get(short, 0)
    if len(header) < 2 + extended + (_MASK_BYTES if header[1] & 0x80 else 0):
        return None
    return int.from_bytes(header[2 : 2 + extended], "big") if extended else short


def text_frame(message: bytes) -> bytes:
    """One unmasked text frame, as servers send it: encoded once, the same bytes for every socket."""
    length = len(message)
    if length < 126:
        return bytes((0x81, length)) + message
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2, "big") + message
    return b"\x81\x7f" + length.to_bytes(8, "big") + message
