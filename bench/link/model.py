"""One direction of a network path, as a seeded function of what enters it and when.

In this order: a packet is lost or not, waits for a bottleneck of a given rate behind what is already queued there
(drop-tail), is serialised, and travels. All from one generator, so one seed and the same packets give the same
deliveries. Nothing here reads a clock: the relay hands in real time, the simulation virtual time.

Sizes are octets of UDP payload. Packets keep their order unless `reorder` holds one back: real paths reorder far
less than naive jitter would. What has entered the queue leaves it at the rate of that moment: a change of
conditions is felt by what enters after it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from treble.units import MILLISECOND as MS, SECOND


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

Schedule = Sequence[tuple[int, Conditions]]
"""(from when in ns, what then holds), in order."""


class Direction:
    """`conditions` may be set at any time and hold from the next packet on, until the `schedule` has its next entry."""

    def __init__(self, seed: str, conditions: Conditions = GOOD, schedule: Schedule = ()) -> None:
        self.conditions = conditions
        self.is_up = True
        self.sent = 0
        self.lost = 0
        """All that did not arrive, `overflowed` included; each copy of a duplicate counts."""
        self.overflowed = 0
        self._rng = random.Random(seed)
        self._schedule = list(schedule)
        self._free_ns = 0
        self._last_ns = 0
        self._is_bad = False

    def send(self, size: int, now_ns: int) -> list[int]:
        """When a packet of `size` octets that enters now arrives: once, more than once, or (empty) never.

        `now_ns` may not be before that of the last call.
        """
        while self._schedule and self._schedule[0][0] <= now_ns:
            self.conditions = self._schedule.pop(0)[1]
        self.sent += 1
        arrivals = []
        for _ in range(2 if self._happens(self.conditions.duplicate) else 1):
            arrival = None if self._is_lost() else self._carry(size, now_ns)
            if arrival is None:
                self.lost += 1
            else:
                arrivals.append(arrival)
        return arrivals

    def queue_ns(self, now_ns: int) -> int:
        """How long a packet that enters now waits before its first bit is sent."""
        return max(0, self._free_ns - now_ns)

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self._rng.random() < probability

    def _is_lost(self) -> bool:
        bursts = self.conditions.bursts
        if bursts is not None:
            self._is_bad = not self._happens(bursts.leave) if self._is_bad else self._happens(bursts.enter)
            if self._is_bad and self._happens(bursts.loss):
                return True
        return not self.is_up or self._happens(self.conditions.loss)

    def _carry(self, size: int, now_ns: int) -> int | None:
        conditions = self.conditions
        start = max(now_ns, self._free_ns)
        if start - now_ns > conditions.queue_ns:
            self.overflowed += 1
            return None
        if conditions.rate_bps:
            start += size * 8 * SECOND // conditions.rate_bps
            self._free_ns = start
        jitter = self._rng.randrange(conditions.jitter_ns + 1)
        arrival = self._last_ns = max(self._last_ns, start + conditions.delay_ns + jitter)
        return arrival + conditions.reorder_ns if self._happens(conditions.reorder) else arrival
