"""Test face of RED; the engine calls the functions of red.pxd, nobody else this."""

from typing_extensions import Buffer

def parse(data: Buffer) -> list[tuple[int, int, bytes]] | None:
    """(payload type, timestamp offset, octets) of each block, the primary last; None: malformed."""
