"""A downlink that one or several receivers share, with a note of how long each packet waited in its queue."""

from collections.abc import Callable

from tests.sim.clock import SECOND, Clock
from tests.sim.link import Conditions, Link


class Path:
    def __init__(self, clock: Clock, seed: str, conditions: Conditions) -> None:
        self.link = Link(clock, seed, conditions, self._deliver)
        self.waits: list[tuple[int, int]] = []
        """(when it was sent, how long it waited in the bottleneck's queue), ns; of what was not lost."""
        self.overflowed: list[int] = []
        """When packets were lost."""
        self._clock = clock
        self._free_ns = 0
        self._to: dict[int, Callable[[bytes], None]] = {}

    def send(self, datagram: bytes, deliver: Callable[[bytes], None]) -> None:
        link, now = self.link, self._clock.now_ns
        lost = link.lost
        self._to[id(datagram)] = deliver  # the link keeps the object until it is delivered
        link.send(datagram)
        if link.lost != lost:
            self.overflowed.append(now)
        elif rate := link.conditions.rate_bps:
            start = max(now, self._free_ns)
            self.waits.append((now, start - now))
            self._free_ns = start + len(datagram) * 8 * SECOND // rate

    def _deliver(self, datagram: bytes) -> None:
        self._to[id(datagram)](datagram)
