"""Our ICE candidates: host candidates by UDP, and by passive TCP on the same port (RFC 8839, RFC 6544)."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

# RFC 8445 section 5.1.2.2 recommends 126 for host candidates; TCP lower, so that UDP is used wherever it
# passes (RFC 6544 section 4.2).
_UDP_PREFERENCE: Final = 126
_TCP_PREFERENCE: Final = 90
# A browser pairs every candidate of ours with every one of its own; more would only slow its checks.
MAX_ADDRESSES: Final = 16


def candidate_lines(addresses: Sequence[str], port: int, *, with_tcp: bool) -> tuple[str, ...]:
    """`a=candidate` lines without `a=`, the first address the most preferred. Raises `ValueError` for a bad address."""
    return tuple(_lines(addresses[:MAX_ADDRESSES], port, with_tcp))


def _lines(addresses: Sequence[str], port: int, with_tcp: bool) -> Iterator[str]:
    for index, text in enumerate(addresses):
        address = ipaddress.ip_address(text)
        local = 65535 - index
        yield f"candidate:{index + 1} 1 udp {_priority(_UDP_PREFERENCE, local)} {address} {port} typ host"
    if not with_tcp:
        return
    for index, text in enumerate(addresses):
        address = ipaddress.ip_address(text)
        priority = _priority(_TCP_PREFERENCE, 65535 - index)
        yield f"candidate:{index + 101} 1 tcp {priority} {address} {port} typ host tcptype passive"


def _priority(type_preference: int, local_preference: int) -> int:
    """RFC 8445 section 5.1.2.1, component 1."""
    return (type_preference << 24) + (local_preference << 8) + 255
