"""VP8 in RTP (RFC 7741): a frame into packets and back."""

from collections.abc import Sequence

from treble.client.media.rtp import MAX_PAYLOAD

DESCRIPTOR = 4  # X, I, and a picture id of 15 bits


def packetise(frame: bytes, picture_id: int, limit: int = MAX_PAYLOAD) -> list[bytes]:
    """Payloads of about equal size; S is set in the first."""
    room = limit - DESCRIPTOR
    count = -(-len(frame) // room)
    size = -(-len(frame) // max(count, 1))
    tail = bytes([0x80, 0x80 | picture_id >> 8 & 0x7F, picture_id & 0xFF])
    return [
        bytes([0x90 if start == 0 else 0x80]) + tail + frame[start : start + size]
        for start in range(0, len(frame), size)
    ]


def join(payloads: Sequence[bytes]) -> bytes | None:
    """The frame of these payloads, which are all between two markers; None where its beginning or more is missing."""
    if not payloads or not begins_frame(payloads[0]):
        return None
    parts = [_strip(payload) for payload in payloads]
    return None if None in parts else b"".join(part for part in parts if part)


def is_keyframe(frame: bytes) -> bool:
    """The inverse of its first bit says so (RFC 6386 section 9.1)."""
    return bool(frame) and frame[0] & 1 == 0


def begins_frame(payload: bytes) -> bool:
    return bool(payload) and payload[0] & 0x17 == 0x10


def _strip(payload: bytes) -> bytes | None:
    """Without the descriptor."""
    at = 1
    if payload[:1] and payload[0] & 0x80:
        flags = payload[at] if len(payload) > at else 0
        at += 1
        if flags & 0x80:
            at += 2 if len(payload) > at and payload[at] & 0x80 else 1
        at += bool(flags & 0x40) + bool(flags & 0x30)
    return payload[at:] if at < len(payload) else None
