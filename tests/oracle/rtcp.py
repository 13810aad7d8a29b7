"""RTCP compounds, slowly (RFC 3550 section 6, RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb)."""

from struct import unpack_from
from typing import Any

MOST = 64  # the test face names at most so many


def split(data: bytes) -> tuple[list[tuple[int, int, bytes, int]], bool]:
    """(type, count, body without padding, whole size) of each part, and whether all was well-formed."""
    parts = []
    while data:
        if len(data) < 4 or data[0] >> 6 != 2:
            return parts, False
        size = 4 + 4 * unpack_from("!H", data, 2)[0]
        body = data[4:size]
        if len(data) < size:
            return parts, False
        if data[0] & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                return parts, False
            body = body[: -body[-1]]
        parts.append((data[1], data[0] & 31, body, size))
        data = data[size:]
    return parts, True


def report_blocks(body: bytes, count: int) -> list[tuple[int, ...]]:
    blocks: list[tuple[int, ...]] = []
    while len(body) >= 24 and len(blocks) < count:
        ssrc, loss, highest, jitter, last, delay = unpack_from("!IIIIII", body)
        lost = loss & 0xFFFFFF
        blocks.append((ssrc, loss >> 24, lost - (lost >> 23 << 24), highest, jitter, last, delay))
        body = body[24:]
    return blocks


def nack_list(fci: bytes) -> list[int]:
    lost = []
    for position in range(0, len(fci) - 3, 4):
        first, mask = unpack_from("!HH", fci, position)
        lost.append(first)
        lost += [(first + 1 + bit) % 65536 for bit in range(16) if mask >> bit & 1]
    return lost[:MOST]


def remb(body: bytes) -> int:
    if len(body) < 16 or body[8:12] != b"REMB":
        return 0
    word = int.from_bytes(body[13:16], "big")
    value = (word & 0x3FFFF) << (word >> 18)
    return value if word >> 18 <= 46 else (2**64 - 1 if value else 0)


def parse(data: bytes) -> tuple[list[dict[str, Any]], bool]:
    parts, whole = split(data)
    return [describe(*part) for part in parts], whole


def describe(kind: int, count: int, body: bytes, size: int) -> dict[str, Any]:
    part: dict[str, Any] = {
        "kind": kind, "count": count, "size": size, "body_size": len(body),
        "blocks": [], "nack": [], "fir": [], "remb": 0, "bye": [],
    }  # fmt: skip
    if kind == 200:
        part["blocks"] = report_blocks(body[24:], count)
        if len(body) >= 24:
            part["sender_info"] = unpack_from("!IQIII", body)
    elif kind == 201:
        part["blocks"] = report_blocks(body[4:], count)
    elif kind == 203:
        part["bye"] = [unpack_from("!I", body, 4 * i)[0] for i in range(min(count, len(body) // 4))]
    elif kind in (205, 206) and len(body) >= 8:
        part["feedback"] = unpack_from("!II", body)
    if (kind, count) == (205, 1):
        part["nack"] = nack_list(body[8:])
    elif (kind, count) == (206, 4):
        entries = range(8, len(body) - 7, 8)
        part["fir"] = [unpack_from("!I", body, position)[0] for position in entries][:MOST]
    elif (kind, count) == (206, 15):
        part["remb"] = remb(body)
    return part


def nack_words(sequences: list[int]) -> list[tuple[int, int]]:
    """PID and BLP of ascending sequence numbers."""
    words: list[tuple[int, int]] = []
    for sequence in sequences:
        distance = (sequence - words[-1][0]) % 65536 if words else 99
        if distance > 16:
            words.append((sequence, 0))
        elif distance:
            words[-1] = (words[-1][0], words[-1][1] | 1 << distance - 1)
    return words
