"""Test face of FlexFEC payloads; the engine calls the function of flexfec.pxd, nobody else this."""

from collections.abc import Mapping

def write(packets: Mapping[int, bytes], ssrc: int, base: int) -> bytes:
    """The FEC payload over RTP packets, each at its bit of the mask (0 to 63)."""
