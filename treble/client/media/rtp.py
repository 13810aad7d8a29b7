"""RTP packets as we write them (RFC 3550, RFC 8285 one-byte extensions); reading is `_fastpath.packet`."""

import struct
from collections.abc import Mapping
from typing import Final

ONE_BYTE_PROFILE: Final = 0xBEDE
# Payload of one packet: what is left of 1200 bytes beside headers, extensions, SRTP's tag and RTX's number.
MAX_PAYLOAD: Final = 1120


def write_packet(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool = False,
    extensions: Mapping[int, bytes] = {},
) -> bytes:
    """`extensions`: id (1 to 14) -> 1 to 16 bytes."""
    first = 0x90 if extensions else 0x80
    second = payload_type | (0x80 if marker else 0)
    header = struct.pack("!BBHII", first, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    if not extensions:
        return header + payload
    block = b"".join(bytes([number << 4 | len(data) - 1]) + data for number, data in extensions.items())
    block += bytes(-len(block) % 4)
    return header + struct.pack("!HH", ONE_BYTE_PROFILE, len(block) // 4) + block + payload


def unwrap(near: int, number: int, bits: int = 16) -> int:
    """The full number nearest to `near` whose low bits are `number`."""
    span = 1 << bits
    return near + ((number - near + span // 2) % span) - span // 2


def is_at_or_after(timestamp: int, start: int) -> bool:
    """In 32-bit RTP arithmetic: timestamps wrap around."""
    return (timestamp - start) & 0xFFFFFFFF < 0x80000000
