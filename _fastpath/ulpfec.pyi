"""Test face of ULPFEC payloads; the engine calls the functions of ulpfec.pxd, nobody else this."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import Buffer

def write(packets: Mapping[int, bytes], base: int) -> bytes:
    """The FEC payload over RTP packets, each at its bit of the mask (0 to 47)."""

def read(data: Buffer) -> dict[str, Any] | None:
    """Protected numbers, header fields and parity; None: malformed."""
