"""What synthetic peers send: RTP packets whose payload says where it came from and when.

The stamp survives every rewrite, so that a check can compare what left a publisher with what reached a receiver.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct, pack

from tests.oracle import red

VP8, OPUS = 1, 5
RED = 63
"""Payload type of RFC 2198 with Opus in it."""

MID, RID, REPAIRED_RID, ABS_SEND_TIME, TRANSPORT_SEQUENCE, AUDIO_LEVEL = range(6)
EXTENSION_IDS = {MID: 4, RID: 10, REPAIRED_RID: 11, ABS_SEND_TIME: 2, TRANSPORT_SEQUENCE: 3, AUDIO_LEVEL: 1}
EXTENSION_KINDS = {number: kind for kind, number in EXTENSION_IDS.items()}

VP8_HEADER = 16
"""Six bytes of descriptor (X, I, L, T, K), ten of the key frame's header or of filler."""
STAMP_OFFSET = {VP8: VP8_HEADER, OPUS: 1}

_STAMP = Struct("!QHBIHHB")


@dataclass(frozen=True, slots=True)
class Stamp:
    sent_ns: int
    publisher: int
    layer: int
    frame: int
    index: int
    """Of the packet in its frame."""
    count: int
    """Packets of the frame."""
    keyframe: bool

    def encode(self) -> bytes:
        return _STAMP.pack(
            self.sent_ns, self.publisher, self.layer, self.frame, self.index, self.count, self.keyframe
        )

    @property
    def identity(self) -> tuple[int, int, int, int]:
        return self.publisher, self.layer, self.frame, self.index

    @property
    def begins_keyframe(self) -> bool:
        return self.keyframe and self.index == 0


STAMP_SIZE = _STAMP.size


def read_stamp(codec: int, payload: bytes) -> Stamp:
    *numbers, keyframe = _STAMP.unpack_from(payload, STAMP_OFFSET[codec])
    sent_ns, publisher, layer, frame, index, count = numbers
    return Stamp(sent_ns, publisher, layer, frame, index, count, bool(keyframe))


def audio_frames(payload_type: int, payload: bytes) -> list[bytes]:
    """The Opus frames in a packet, its own the last."""
    if payload_type != RED or not payload:
        return [payload]
    blocks = red.parse(payload)
    assert blocks is not None, "malformed RED"
    return [octets for _, _, octets in blocks]


def vp8_payload(
    stamp: Stamp, picture_id: int, tl0: int, size: int, temporal: int = 0, *, sync: bool = False
) -> bytes:
    """RFC 7741: a 15-bit picture id, temporal layer (`sync`: the Y bit), then the frame header or more of the
    frame."""
    first = 0x90 if stamp.index == 0 else 0x80
    layer = temporal << 6 | sync << 5
    descriptor = pack("!BBHBB", first, 0xF0, 0x8000 | picture_id & 0x7FFF, tl0 & 0xFF, layer)
    if stamp.index == 0 and stamp.keyframe:
        header = bytes.fromhex("10 02 00 9d012a 8002 6801")
    elif stamp.index == 0:
        header = b"\x11" + bytes(9)
    else:
        header = b"\xaa" * 10
    body = descriptor + header + stamp.encode()
    return body + bytes(max(0, size - len(body)))


def opus_payload(stamp: Stamp, size: int) -> bytes:
    body = b"\x78" + stamp.encode()
    return body + bytes(max(0, size - len(body)))


def rtp_packet(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool = False,
    extensions: Mapping[int, bytes] | None = None,
) -> bytes:
    """`extensions` by kind; one-byte form (RFC 8285)."""
    block = b"".join(
        bytes([EXTENSION_IDS[kind] << 4 | len(value) - 1]) + value
        for kind, value in (extensions or {}).items()
    )
    block += bytes(-len(block) % 4)
    header = pack(
        "!BBHII",
        0x90 if block else 0x80,
        marker << 7 | payload_type,
        sequence & 0xFFFF,
        timestamp & 0xFFFFFFFF,
        ssrc,
    )
    if block:
        header += pack("!HH", 0xBEDE, len(block) // 4) + block
    return header + payload


def unwrap(last: int, value: int, bits: int = 16) -> int:
    """The number nearest to `last` with these low bits."""
    half = 1 << bits - 1
    return last + (value - last + half) % (2 * half) - half


def abs_send_time(now_ns: int) -> bytes:
    return ((now_ns << 18) // 1_000_000_000 & 0xFFFFFF).to_bytes(3, "big")
