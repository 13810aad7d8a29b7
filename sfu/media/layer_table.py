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
from itertools import accumulate
from typing import Final

from _fastpath.engine import Codec, LayerStats
from sfu.media.ladder import Ladder, Step, make_ladder
from treble.api import LayerShape
from treble.units import MILLISECOND, SECOND

REST_AFTER_NS: Final = 5 * SECOND
EXPECT_NS: Final = 3 * SECOND
# Measured rates cover the last second. A keyframe in it, as at the start of a Layer, makes them too high, and is no
# matter of rates but of the pacer. Where keyframes come all the time, they count after all.
KEYFRAME_NS: Final = 1_300 * MILLISECOND
PATIENCE_NS: Final = 4 * SECOND
# Shares of a new measurement, four a second. A leap is followed quickly, because what is underestimated makes a
# queue; a screen's rate falls slowly, as its next page comes at any moment.
LEAP: Final = 1.3
FOLLOW_LEAP: Final = 0.5
FOLLOW: Final = 0.1
FOLLOW_TEXT_DOWN: Final = 0.02
# A ladder changes when the rate of an option has moved by more than this; then all who see the Track are shared out
# anew.
NEWS: Final = 0.08


class LayerTable:
    """`layers`: simulcast Layers, 1 without simulcast; then the spatial layers that are seen or told count."""

    def __init__(self, layers: int, *, is_text: bool, now_ns: int) -> None:
        self._simulcast = layers
        self._is_text = is_text
        self._count = layers
        self._rates: dict[int, list[float]] = {}
        self._temporals: dict[int, int] = {}
        self._keyframes: dict[int, tuple[int, int]] = {}  # of each Layer: how many, and when the last came
        self._smoothed_ns: dict[int, int] = {}
        self._is_key_only = False
        self.codec = 0
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
    def needs_descriptor(self) -> bool:
        """Without the dependency descriptor a receiver gets the lowest spatial layer only."""
        return self.is_svc and self.codec == Codec.AV1

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
        self._flowing_since_ns[layer] = self._smoothed_ns[layer] = now_ns
        self._make(now_ns)

    def handle_stopped(self, layer: int, now_ns: int) -> None:
        self._flowing_since_ns.pop(layer, None)
        if not self._is_simulcast:
            self._flowing_since_ns.clear()
        self._make(now_ns)

    def handle_stats(self, layer: int, stats: LayerStats, now_ns: int) -> None:
        """What was measured of a Layer; `refresh` follows."""
        rates = stats.rates
        if self._keyframes.get(layer, (-1, 0))[0] != stats.keyframes:
            self._keyframes[layer] = (stats.keyframes, now_ns)
        self._is_key_only = stats.key_only
        if self.codec != stats.codec:  # who sees it may be limited by it
            self.codec, self._ladder = stats.codec, None
        if self._is_simulcast:
            self._smooth(layer, rates[0] if rates else (), now_ns)
            return
        for spatial, temporal_rates in enumerate(rates):
            is_there = any(temporal_rates) and bool(self._flowing_since_ns)
            if is_there:
                self._flowing_since_ns.setdefault(spatial, now_ns)
                self._smoothed_ns.setdefault(spatial, now_ns)
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
        if step not in self._flowing_since_ns or not any(rates):
            return
        self._temporals[step] = len(rates)
        _, keyframe_ns = self._keyframes[step if self._is_simulcast else 0]
        if now_ns - keyframe_ns < KEYFRAME_NS and now_ns - self._smoothed_ns[step] < PATIENCE_NS:
            return
        self._smoothed_ns[step] = now_ns
        known = self._rates.setdefault(step, [])
        del known[len(rates) :]
        known += map(float, rates[len(known) :])
        for temporal, rate in enumerate(rates):
            known[temporal] += self._follow(known[temporal], rate) * (rate - known[temporal])

    def _follow(self, known: float, rate: int) -> float:
        if rate > LEAP * known:
            return FOLLOW_LEAP
        return FOLLOW_TEXT_DOWN if self._is_text and rate < known else FOLLOW

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
                temporals=self._temporals.get(layer, 1),
                shape=self.shape(layer),
                stands_alone=self._is_key_only,
            )
            for layer in range(self._count)
        ]
        if len(steps) != len(self._used) or any(map(_is_news, self._used, steps)):
            self._used = steps
            self._ladder = None


def _is_news(used: Step, now: Step) -> bool:
    if used._replace(rates=()) != now._replace(rates=()) or len(used.rates) != len(now.rates):
        return True
    before, after = list(accumulate(used.rates)), list(accumulate(now.rates))
    return any(abs(a - b) > NEWS * b for a, b in zip(after, before, strict=True))
