"""One direction of a network path on the virtual clock: `bench/link/model.py` says when, the clock delivers."""

from collections.abc import Callable
from functools import partial

from bench.link.model import GOOD, Bursts, Conditions, Direction
from tests.sim.clock import Clock

__all__ = ["GOOD", "Bursts", "Conditions", "Link"]


class Link:
    def __init__(
        self, clock: Clock, seed: str, conditions: Conditions, deliver: Callable[[bytes], None]
    ) -> None:
        self.path = Direction(seed, conditions)
        self._clock = clock
        self._deliver = deliver

    def send(self, datagram: bytes) -> None:
        for arrival_ns in self.path.send(len(datagram), self._clock.now_ns):
            self._clock.at(arrival_ns, partial(self._deliver, datagram))

    @property
    def conditions(self) -> Conditions:
        return self.path.conditions

    @conditions.setter
    def conditions(self, conditions: Conditions) -> None:
        self.path.conditions = conditions

    @property
    def is_up(self) -> bool:
        return self.path.is_up

    @is_up.setter
    def is_up(self, is_up: bool) -> None:
        self.path.is_up = is_up

    @property
    def sent(self) -> int:
        return self.path.sent

    @property
    def lost(self) -> int:
        return self.path.lost
