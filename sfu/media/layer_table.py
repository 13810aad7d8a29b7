"""The Layers of one video Track: which flow, which rest because nobody wants them, what each costs, and what the
publisher is asked for.

A Layer that nobody receives may be switched off at the publisher. So one that does not flow is either resting
(wanting it brings it within a moment) or missing (the publisher cannot or will not), and which of the two is
told by what was asked::

    flowing -- not wanted for 5 s, told off, stops --> resting -- wanted: told at once --> expected
    flowing -- stops while wanted --> missing            expected -- not there within 3 s --> missing
    missing, expected -- starts --> flowing

The smallest Layer is never told off: a newcomer and somebody whose bandwidth drops find it at once. A missing
one stays wanted, so that it comes back when the publisher can.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sfu.media.ladder import Ladder, Step, make_ladder
from treble.api import LayerShape
from treble.units import MILLISECOND, SECOND

REST_AFTER_NS: Final = 5 * SECOND
EXPECT_NS: Final = 3 * SECOND
# Measured rates cover the last second; so long after its start a Layer's are not its own yet.
SETTLED_NS: Final = 1_200 * MILLISECOND
# Shares of a new measurement, four a second. Up quickly, because what is underestimated makes a queue; down slowly,
# slower still for a screen, whose next page comes at any moment.
UP: Final = 0.5
DOWN: Final = 0.1
DOWN_OF_TEXT: Final = 0.02
# A ladder changes when a rate has moved by more than this; then all who see the Track are allocated anew.
NEWS: Final = 0.1

Rates = Sequence[Sequence[int]]
"""Bits per second of each [spatial][temporal] layer."""


class LayerTable:
    """`layers`: simulcast Layers, 1 without simulcast; then the spatial layers that are seen or told count."""

    def __init__(self, layers: int, *, is_text: bool, now_ns: int) -> None:
        self._simulcast = layers
        self._is_text = is_text
        self._count = layers
        self._rates: dict[int, list[float]] = {}
        self._shapes: tuple[LayerShape, ...] = ()
        self._flowing_since_ns: dict[int, int] = {}
        self._wanted_ns: dict[int, int] = {}  # when somebody wanted it last
        self._asked_since_ns: dict[int, int] = {}  # of those that the publisher was not told to switch off
        self._told: tuple[bool, ...] = ()  # empty: nothing yet, which means all
        self._is_told = True
        self._made_ns = now_ns
        self._ladder: Ladder | None = None
        self._seen: Ladder | None = None  # by `refresh`
        self._used: list[Step] = []  # what the present ladder was made from

    @property
    def is_svc(self) -> bool:
        return self._simulcast == 1 and self._count > 1

    @property
    def ladder(self) -> Ladder:
        if self._ladder is None:
            self._ladder = make_ladder(self._used, is_svc=self.is_svc, is_text=self._is_text)
        return self._ladder

    @property
    def flowing(self) -> Iterable[int]:
        return self._flowing_since_ns.keys()

    def shape(self, layer: int) -> LayerShape | None:
        return self._shapes[layer] if layer < len(self._shapes) else None

    # --- inputs

    def handle_shapes(self, shapes: Sequence[LayerShape], now_ns: int) -> None:
        """What the publisher says that it offers."""
        self._shapes = tuple(shapes)
        self._count_anew()
        self._make(now_ns)

    def handle_started(self, layer: int, now_ns: int) -> None:
        self._flowing_since_ns[layer] = now_ns
        self._make(now_ns)

    def handle_stopped(self, layer: int, now_ns: int) -> None:
        self._flowing_since_ns.pop(layer, None)
        if not self._is_simulcast:
            self._flowing_since_ns.clear()
        self._make(now_ns)

    def handle_rates(self, layer: int, rates: Rates, now_ns: int) -> None:
        """What was measured of a Layer over about the last second; `refresh` follows."""
        if self._is_simulcast:
            self._smooth(layer, rates[0] if rates else (), now_ns)
            return
        for spatial, temporal_rates in enumerate(rates):
            is_there = any(temporal_rates) and bool(self._flowing_since_ns)
            if is_there:
                self._flowing_since_ns.setdefault(spatial, now_ns)
            elif spatial:
                self._flowing_since_ns.pop(spatial, None)
            self._smooth(spatial, temporal_rates, now_ns)
        for spatial in [each for each in self._flowing_since_ns if each and each >= len(rates)]:
            del self._flowing_since_ns[spatial]
        self._count_anew(len(rates))

    def refresh(self, now_ns: int) -> bool:
        """After measurements or time: whether the ladder is another one now."""
        self._make(now_ns)
        before, self._seen = self._seen, self.ladder
        return self._seen is not before

    # --- demand

    def want(self, layers: Iterable[int], now_ns: int) -> None:
        """Somebody receives these or is about to; to be said again within 5 s."""
        for layer in layers:
            self._wanted_ns[layer] = now_ns

    def take_demand(self, now_ns: int) -> list[bool] | None:
        """What to tell the publisher where that is news."""
        if self._count < 2:
            return None
        wanted = [
            layer == 0 or now_ns - self._wanted_ns.get(layer, self._made_ns) < REST_AFTER_NS
            for layer in range(self._count)
        ]
        if self.is_svc:  # an upper one is made from those below
            wanted = [any(wanted[layer:]) for layer in range(self._count)]
        demand = tuple(wanted)
        if self._is_told and demand == (self._told or (True,) * self._count):
            return None
        self._is_told = True
        for layer, is_wanted in enumerate(demand):
            if is_wanted:
                self._asked_since_ns.setdefault(layer, now_ns)
            else:
                self._asked_since_ns.pop(layer, None)
        self._told = demand
        self._make(now_ns)
        return list(demand)

    def forget_told(self) -> None:
        """The room server could not be told: tell it again."""
        self._is_told = False

    # --- inside

    @property
    def _is_simulcast(self) -> bool:
        return self._simulcast > 1

    def _count_anew(self, seen: int = 0) -> None:
        if not self._is_simulcast:
            self._count = max(1, len(self._shapes), seen, self._count if seen else 1)

    def _smooth(self, step: int, rates: Sequence[int], now_ns: int) -> None:
        since_ns = self._flowing_since_ns.get(step)
        if since_ns is None or now_ns - since_ns < SETTLED_NS or not any(rates):
            return
        known = self._rates.setdefault(step, [])
        del known[len(rates) :]
        for temporal, rate in enumerate(rates):
            if temporal == len(known):
                known.append(float(rate))
            elif rate > known[temporal]:
                known[temporal] += UP * (rate - known[temporal])
            else:
                known[temporal] -= (DOWN_OF_TEXT if self._is_text else DOWN) * (known[temporal] - rate)

    def _is_available(self, layer: int, now_ns: int) -> bool:
        if layer in self._flowing_since_ns:
            return True
        if not self._flowing_since_ns:
            return False  # no picture at all
        if self._shapes and layer >= len(self._shapes):
            return False
        if layer < len(self._told) and not self._told[layer]:
            return True
        return now_ns - self._asked_since_ns.get(layer, self._made_ns) < EXPECT_NS

    def _make(self, now_ns: int) -> None:
        steps = [
            Step(
                is_available=self._is_available(layer, now_ns),
                rates=tuple(map(round, self._rates.get(layer, ()))),
                shape=self.shape(layer),
            )
            for layer in range(self._count)
        ]
        if len(steps) != len(self._used) or any(map(_is_news, self._used, steps)):
            self._used = steps
            self._ladder = None


def _is_news(used: Step, now: Step) -> bool:
    if (used.is_available, used.shape, len(used.rates)) != (now.is_available, now.shape, len(now.rates)):
        return True
    return abs(sum(used.rates) - sum(now.rates)) > NEWS * sum(used.rates)
