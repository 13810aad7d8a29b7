"""How well a network carries a participant's media: four steps, as a strip of bars shows them."""

from dataclasses import dataclass
from typing import Final

from treble.api import NetworkLevel

BEST_FIRST: Final = tuple(NetworkLevel)
# Loss before repair, delay there and back with the queues that stand, and how much of what the receiver would use
# it gets. The worst of them counts. Repair hides one per cent; conversation suffers from 300 ms on (ITU-T G.114: 150
# one way); at a quarter of the bits pictures are small.
_BOUNDS: Final = {
    NetworkLevel.EXCELLENT: (0.01, 150.0, 0.95),
    NetworkLevel.GOOD: (0.04, 300.0, 0.6),
    NetworkLevel.FAIR: (0.10, 600.0, 0.25),
}
# To rise it must be so much better than the bound, and then by one step at a time.
SLACK: Final = 0.75


@dataclass(frozen=True, slots=True)
class Way:
    """Both directions together; `served` is sent over wished, 1 where nothing more is wanted."""

    loss: float = 0.0
    delay_ms: float = 0.0
    served: float = 1.0
    is_silent: bool = False


def network_level(way: Way, now: NetworkLevel | None = None) -> NetworkLevel:
    """The next level; `now`: the present one, None at the start."""
    measured = _level(way, 1.0)
    if now is None or BEST_FIRST.index(measured) >= BEST_FIRST.index(now):
        return measured
    if BEST_FIRST.index(_level(way, SLACK)) >= BEST_FIRST.index(now):
        return now
    return BEST_FIRST[BEST_FIRST.index(now) - 1]


def _level(way: Way, slack: float) -> NetworkLevel:
    if way.is_silent:
        return NetworkLevel.POOR
    for level, (loss, delay_ms, served) in _BOUNDS.items():
        if way.loss <= loss * slack and way.delay_ms <= delay_ms * slack and way.served >= served:
            return level
    return NetworkLevel.POOR
