"""What a memory BIO loses: the borders of DTLS datagrams."""

from typing import Final

# Path MTU 1280 (IPv6's minimum) less IPv6, UDP and TURN's channel header leaves 1228.
MTU: Final = 1200
_RECORD_HEADER: Final = 13


def pack_records(flight: bytes, mtu: int = MTU) -> list[bytes]:
    """Cut a flight at its record headers (RFC 6347 section 4.1) and pack whole records into datagrams up to `mtu`."""
    datagrams: list[bytes] = []
    start = end = 0
    while end < len(flight):
        size = _RECORD_HEADER + int.from_bytes(flight[end + 11 : end + 13], "big")
        if end > start and end + size - start > mtu:
            datagrams.append(flight[start:end])
            start = end
        end += size
    if end > start:
        datagrams.append(flight[start:end])
    return datagrams
