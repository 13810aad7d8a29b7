"""RTP header and extensions, slowly: RFC 3550 section 5.1 and RFC 8285 read aloud."""

from collections.abc import Iterator, Mapping
from struct import unpack_from
from typing import Any


class Malformed(Exception):
    pass


def one_byte_elements(block: bytes) -> Iterator[tuple[int, bytes]]:
    while block:
        first, block = block[0], block[1:]
        if first == 0:
            continue
        number, length = first >> 4, (first & 15) + 1
        if number in (0, 15):
            return
        if len(block) < length:
            raise Malformed
        yield number, block[:length]
        block = block[length:]


def two_byte_elements(block: bytes) -> Iterator[tuple[int, bytes]]:
    while block:
        number, block = block[0], block[1:]
        if number == 0:
            continue
        if not block or len(block) < 1 + block[0]:
            raise Malformed
        yield number, block[1 : 1 + block[0]]
        block = block[1 + block[0] :]


def elements(profile: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    if profile == 0xBEDE:
        return one_byte_elements(block)
    if profile >> 4 == 0x100:
        return two_byte_elements(block)
    return iter(())


def parse(data: bytes, extensions: Mapping[int, int] | None = None) -> dict[str, Any] | None:
    try:
        return _parse(data, extensions or {})
    except Malformed:
        return None


def _parse(data: bytes, extensions: Mapping[int, int]) -> dict[str, Any]:
    if not 12 <= len(data) <= 65535:
        raise Malformed
    first, second, sequence, timestamp, ssrc = unpack_from("!BBHII", data)
    rest = data[12 + 4 * (first & 15) :]
    if first >> 6 != 2 or len(data) < 12 + 4 * (first & 15):
        raise Malformed
    found: dict[int, bytes] = {}
    if first & 0x10:
        if len(rest) < 4:
            raise Malformed
        profile, words = unpack_from("!HH", rest)
        block, rest = rest[4 : 4 + 4 * words], rest[4 + 4 * words :]
        if len(block) < 4 * words:
            raise Malformed
        for number, value in elements(profile, block):
            if number in extensions:
                found[extensions[number]] = value
    padding = 0
    if first & 0x20:
        padding = rest[-1] if rest else 0
        if not 0 < padding <= len(rest):
            raise Malformed
    return {
        "header_size": len(data) - len(rest),
        "payload_size": len(rest) - padding,
        "padding_size": padding,
        "payload_type": second & 127,
        "marker": second >> 7,
        "sequence": sequence,
        "timestamp": timestamp,
        "ssrc": ssrc,
        "extensions": {kind: value for kind, value in found.items() if value},
    }
