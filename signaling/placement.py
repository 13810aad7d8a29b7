"""Which media server takes a Peer: a pure choice among those that are alive.

A Room stays together where it is while there is room to spare, because every further Worker costs a Trunk.
Peers that have been sent somewhere and are not yet in that server's own figures count as well (`assigned`):
else a burst of joins all goes to the one that looked idle a moment ago.
"""

from collections.abc import Iterable

import msgspec


class MediaLoad(msgspec.Struct, frozen=True, kw_only=True):
    """One living media server. `peers` is its own figure, `assigned` what was sent there since."""

    name: str
    peers: int
    assigned: int = 0
    capacity: int
    region: str = ""

    @property
    def load(self) -> float:
        return (self.peers + self.assigned) / self.capacity if self.capacity > 0 else 1.0

    @property
    def has_room(self) -> bool:
        return self.load < 1.0


def place(servers: Iterable[MediaLoad], *, region: str = "", at: str | None = None) -> str | None:
    """The server for the next Peer of a Room that is now `at`; None where all are full or none is alive."""
    free = [server for server in servers if server.has_room]
    if any(server.name == at for server in free):
        return at
    best = min(free, key=lambda server: (server.region != region, server.load, server.name), default=None)
    return None if best is None else best.name
