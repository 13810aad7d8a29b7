"""Test face of the RTP parser; the engine calls `parse_rtp` (packet.pxd), nobody else this."""

from collections.abc import Mapping
from typing import Final, TypedDict

from typing_extensions import Buffer

EXTENSION_COUNT: Final[int]

class Packet(TypedDict):
    header_size: int
    payload_size: int
    padding_size: int
    payload_type: int
    marker: int
    sequence: int
    timestamp: int
    ssrc: int
    extensions: dict[int, bytes]
    """By EXT_* number; those of length 0 are as good as absent."""

def parse(data: Buffer, extensions: Mapping[int, int] | None = None) -> Packet | None:
    """`extensions`: id on the wire -> EXT_* number. None: malformed."""
