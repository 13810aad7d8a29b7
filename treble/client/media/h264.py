"""H264 in RTP (RFC 6184, packetization mode 1): a picture in Annex B into packets and back."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from treble.client.media.rtp import MAX_PAYLOAD

START: Final = b"\x00\x00\x00\x01"
IDR, SPS, STAP_A, FU_A = 5, 7, 24, 28
_BORDER: Final = re.compile(rb"\x00\x00\x00?\x01")


def packetise(picture: bytes, limit: int = MAX_PAYLOAD) -> list[bytes]:
    """Each NAL unit in a packet, or in fragments where it is too long."""
    payloads: list[bytes] = []
    for unit in units(picture):
        payloads += [unit] if len(unit) <= limit else list(_fragments(unit, limit - 2))
    return payloads


def units(picture: bytes) -> list[bytes]:
    """NAL units between start codes."""
    return [unit for unit in _BORDER.split(picture) if unit]


def _fragments(unit: bytes, room: int) -> Iterator[bytes]:
    indicator, kind = unit[0] & 0xE0 | FU_A, unit[0] & 0x1F
    body = unit[1:]
    for start in range(0, len(body), room):
        first, last = start == 0, start + room >= len(body)
        yield bytes([indicator, kind | first << 7 | last << 6]) + body[start : start + room]


def join(payloads: Sequence[bytes]) -> bytes | None:
    """The picture in Annex B; None where something of it is missing or malformed."""
    picture = bytearray()
    in_fragment = False
    for payload in payloads:
        if len(payload) < 2:
            return None
        kind = payload[0] & 0x1F
        if kind == FU_A:
            begins, ends = payload[1] & 0x80, payload[1] & 0x40
            if bool(begins) == in_fragment:
                return None
            if begins:
                picture += START + bytes([payload[0] & 0xE0 | payload[1] & 0x1F])
            picture += payload[2:]
            in_fragment = not ends
        elif in_fragment:
            return None
        elif kind == STAP_A:
            for unit in _aggregated(payload):
                picture += START + unit
        else:
            picture += START + payload
    return bytes(picture) if picture and not in_fragment else None


def is_keyframe(picture: bytes) -> bool:
    """With its parameter sets: without them nobody can begin there."""
    kinds = {unit[0] & 0x1F for unit in units(picture)}
    return IDR in kinds and SPS in kinds


def _aggregated(payload: bytes) -> Iterator[bytes]:
    at = 1
    while at + 2 < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        yield payload[at + 2 : at + 2 + size]
        at += 2 + size
