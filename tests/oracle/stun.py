"""STUN binding checks with the standard library's HMAC and CRC (RFC 8489, RFC 8445)."""

import hmac
import zlib
from struct import pack, unpack_from
from typing import Any


def integrity(message: bytes, password: bytes) -> bytes:
    """Over `message` up to the attribute, the length field counting the attribute too (RFC 8489 14.5)."""
    adjusted = message[:2] + pack("!H", len(message) - 20 + 24) + message[4:]
    return hmac.new(password, adjusted, "sha1").digest()


def fingerprint(message: bytes) -> int:
    return zlib.crc32(message) ^ 0x5354554E


def attributes(data: bytes) -> list[tuple[int, int, bytes]] | None:
    """(offset, type, value) of each, None where one leaves the message."""
    found = []
    position = 20
    while position < len(data):
        kind, length = unpack_from("!HH", data, position)
        value = data[position + 4 : position + 4 + length]
        if len(value) < length:
            return None
        found.append((position, kind, value))
        position += 4 + (length + 3) // 4 * 4
    return found


def in_order(kinds: list[int]) -> bool:
    """Exactly one integrity, after it at most a fingerprint, which is the last."""
    if kinds.count(0x0008) != 1 or kinds.count(0x8028) > 1:
        return False
    return kinds[kinds.index(0x0008) + 1 :] in ([], [0x8028])


def parse(data: bytes, password: bytes | None = None) -> dict[str, Any] | None:
    if len(data) < 20 or len(data) % 4:
        return None
    kind, length, cookie = unpack_from("!HHI", data)
    if (kind, length, cookie) != (0x0001, len(data) - 20, 0x2112A442):
        return None
    found = attributes(data)
    if found is None or not in_order([kind for _, kind, _ in found]):
        return None
    first: dict[int, tuple[int, bytes]] = {}
    for offset, kind, value in found:
        wrong_size = {0x0024: len(value) != 4, 0x802A: len(value) != 8, 0x0008: len(value) != 20}
        if wrong_size.get(kind, False):
            return None
        if kind == 0x8028 and value != pack("!I", fingerprint(data[:offset])):
            return None
        if kind == 0x0024 and kind in first and first[kind][1] == bytes(4):
            first[kind] = (offset, value)  # priority 0 is no priority (RFC 8445 5.1.2)
        first.setdefault(kind, (offset, value))
    username = first.get(0x0006, (0, b""))[1]
    if b":" not in username or len(username) > 513:
        return None
    offset = first[0x0008][0]
    result = {
        "transaction_id": data[8:20],
        "username": username,
        "local_size": username.index(b":"),
        "integrity_offset": offset,
        "has_fingerprint": 0x8028 in first,
        "use_candidate": 0x0025 in first,
        "controlling": 0x802A in first,
        "priority": int.from_bytes(first.get(0x0024, (0, b""))[1], "big"),
    }
    if password is not None:
        result["verified"] = hmac.compare_digest(first[0x0008][1], integrity(data[:offset], password))
    return result


def attribute(kind: int, value: bytes) -> bytes:
    return pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def answer(transaction_id: bytes, password: bytes, address: bytes, port: int) -> bytes:
    key = pack("!I", 0x2112A442) + transaction_id
    mapped = bytes(a ^ b for a, b in zip(address, key, strict=False))
    family = 1 if len(address) == 4 else 2
    body = attribute(0x0020, pack("!HH", family, port ^ 0x2112) + mapped)
    message = pack("!HH", 0x0101, 0) + key + body
    message += attribute(0x0008, integrity(message, password))
    message = message[:2] + pack("!H", len(message) - 20 + 8) + message[4:]
    return message + attribute(0x8028, pack("!I", fingerprint(message)))
