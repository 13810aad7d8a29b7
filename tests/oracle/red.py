"""RED said slowly (RFC 2198): what a packet contains, and what a sender repeats."""

LONGEST_FRAME = 5760
MAX_PACKET = 1200

Block = tuple[int, int, bytes]


def parse(payload: bytes) -> list[Block] | None:
    """(payload type, timestamp offset, octets) of each block, the primary last; None: malformed."""
    heads: list[tuple[int, int, int]] = []
    rest = payload
    while rest and rest[0] & 0x80:
        if len(rest) < 4 or len(heads) == 31:
            return None
        bits = int.from_bytes(rest[:4], "big")
        heads.append((bits >> 24 & 0x7F, bits >> 10 & 0x3FFF, bits & 0x3FF))
        rest = rest[4:]
    if not rest:
        return None
    primary, rest = rest[0], rest[1:]
    blocks = []
    for kind, offset, size in heads:
        if size > len(rest):
            return None
        blocks.append((kind, offset, rest[:size]))
        rest = rest[size:]
    return [*blocks, (primary, 0, rest)]


def write(blocks: list[Block]) -> bytes:
    """The payload that `parse` reads; the primary block is the last."""
    *earlier, (primary, _, last) = blocks
    heads = b"".join(
        ((0x80 | kind) << 24 | offset << 10 | len(data)).to_bytes(4, "big") for kind, offset, data in earlier
    )
    return heads + bytes([primary]) + b"".join(data for _, _, data in earlier) + last


def repeated(
    stored: dict[int, tuple[int, bytes]], sequence: int, distance: int, header_size: int
) -> list[tuple[int, bytes]]:
    """(timestamp offset, payload) of what goes in front of a packet, the oldest first.

    `stored`: sequence -> (timestamp, payload) of everything that came before it and since the source began.
    """
    timestamp, payload = stored[sequence]
    size = header_size + len(payload) + 1
    found: list[tuple[int, bytes]] = []
    for back in range(1, distance + 1):
        if sequence - back not in stored:
            break
        before, data = stored[sequence - back]
        offset = timestamp - before
        size += 4 + len(data)
        if (
            not 0 < offset <= min(back * LONGEST_FRAME, 0x3FFF)
            or not 2 < len(data) < 1024
            or size > MAX_PACKET
        ):
            break
        found.insert(0, (offset, data))
    return found
