"""One direction of a network path: loss, then a bottleneck with a queue, then delay; all from one seeded generator.

Packets keep their order unless `reorder` holds one back: real paths reorder far less than naive jitter would.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.sim.clock import MS, SECOND, Clock


@dataclass(frozen=True)
class Bursts:
    """Gilbert-Elliott: a good state without loss and a bad one; the mean length of a burst is 1 / `leave`."""

    enter: float
    """Probability per packet to fall into the bad state."""
    leave: float
    loss: float = 1.0
    """Of a packet in the bad state."""


@dataclass(frozen=True)
class Conditions:
    delay_ns: int = 25 * MS
    jitter_ns: int = 0
    """Up to so much more, packets kept in order."""
    loss: float = 0.0
    """Of each packet for itself."""
    bursts: Bursts | None = None
    rate_bps: int = 0
    """Capacity of the bottleneck, 0 without one."""
    queue_ns: int = 300 * MS
    """The bottleneck drops what would wait longer than this."""
    reorder: float = 0.0
    """Probability that a packet is held back by `reorder_ns`."""
    reorder_ns: int = 4 * MS
    duplicate: float = 0.0


GOOD = Conditions()


class Link:
    def __init__(
        self, clock: Clock, seed: str, conditions: Conditions, deliver: Callable[[bytes], None]
    ) -> None:
        self.conditions = conditions
        self.sent = 0
        self.lost = 0
        self.is_up = True
        self._clock = clock
        self._rng = random.Random(seed)
        self._deliver = deliver
        self._free_ns = 0
        self._last_ns = 0
        self._is_bad = False

    def send(self, datagram: bytes) -> None:
        self.sent += 1
        for _ in range(2 if self._happens(self.conditions.duplicate) else 1):
            if self._is_lost():
                self.lost += 1
            else:
                self._carry(datagram)

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self._rng.random() < probability

    def _is_lost(self) -> bool:
        bursts = self.conditions.bursts
        if bursts is not None:
            self._is_bad = not self._happens(bursts.leave) if self._is_bad else self._happens(bursts.enter)
            if self._is_bad and self._happens(bursts.loss):
                return True
        return not self.is_up or self._happens(self.conditions.loss)

    def _carry(self, datagram: bytes) -> None:
        start = max(self._clock.now_ns, self._free_ns)
        if start - self._clock.now_ns > self.conditions.queue_ns:
            self.lost += 1
            return
        if self.conditions.rate_bps:
            start += len(datagram) * 8 * SECOND // self.conditions.rate_bps
            self._free_ns = start
        jitter = self._rng.randrange(self.conditions.jitter_ns + 1)
        arrival = self._last_ns = max(self._last_ns, start + self.conditions.delay_ns + jitter)
        if self._happens(self.conditions.reorder):
            arrival += self.conditions.reorder_ns
        self._clock.at(arrival, lambda: self._deliver(datagram))
