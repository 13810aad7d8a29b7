"""A downlink that falls to a tenth and comes back: with one person on the page, and with three of whom one is pinned."""

import math
from dataclasses import replace
from itertools import pairwise

from bench.quality.case import Case, Figure, Options, Result
from bench.quality.measure import best_set, first_time, flowing, percent, percentile, plots, worst
from tests.sim.clock import MS, SECOND
from tests.sim.encoder import SPEAKING
from tests.sim.link import Conditions
from tests.sim.meeting import SIMULCAST, Meeting
from tests.sim.offer import Shape
from tests.sim.person import Person
from tests.sim.record import Record
from treble.api import Tile

WIDE, NARROW = 3_000_000, 300_000
DROP_S, BACK_S, END_S = 20, 50, 70
DOWN = Conditions(delay_ns=25 * MS, rate_bps=WIDE, queue_ns=300 * MS)
ONE = (720,)
THREE = (720, 720, 180)
"""Of the tiles, the pinned one first."""


class Run:
    """One seed."""

    def __init__(self, seed: int, heights: tuple[int, ...], *, audio_nack: bool = True) -> None:
        self.heights = heights
        self.meeting = Meeting(seed)
        viewer = Shape(microphone=False, layers=0, slots=len(heights))
        self.viewer = self.meeting.join(replace(viewer, audio_nack=audio_nack), down=DOWN)
        publishers = [self.meeting.join(Shape(slots=0), dtx=True) for _ in heights]
        self.pinned: Person = publishers[0]
        self.pinned.studio.level = SPEAKING
        tiles = [
            Tile(
                participant=person.name,
                width=height * 16 // 9,
                height=height,
                priority=3 * (person is self.pinned),
            )
            for person, height in zip(publishers, heights, strict=True)
        ]
        self.meeting.set_view(self.viewer, tiles)
        self.record: Record = self.meeting.watch(self.viewer)
        self.meeting.change_down(self.viewer, DROP_S, rate_bps=NARROW)
        self.meeting.change_down(self.viewer, BACK_S, rate_bps=WIDE)
        self.meeting.run(END_S)
        self.slot = next(
            number for number, state in self.viewer.slots.items() if state.participant == self.pinned.name
        )

    def at(self, seconds: float) -> int:
        return self.meeting.start_ns + int(seconds * SECOND)

    @property
    def down_s(self) -> float:
        """From the drop until the pinned tile's Row has left the top layer."""
        return first_time(self.record.samples, self.at(DROP_S), lambda s: s.rows[self.slot][1] < 2)

    @property
    def highest_estimate(self) -> float:
        """From two seconds after the drop until the link is back."""
        samples = self.record.between(self.at(DROP_S + 2), self.at(BACK_S))
        return worst(float(s.estimate_bps) if s.estimate_bps else math.nan for s in samples)

    @property
    def queue_ms(self) -> float:
        return percentile(self.record.waits_ms(self.at(DROP_S + 3), self.at(BACK_S)), 0.95)

    @property
    def still_s(self) -> float:
        """The longest time without a new picture in the pinned tile, from the drop on."""
        shown = [t for t in self.viewer.video[self.slot].display.shown_ns if t >= self.at(DROP_S)]
        times = [self.at(DROP_S), *shown, self.at(END_S)]
        return max(b - a for a, b in pairwise(times)) / SECOND

    @property
    def freezes(self) -> list[float]:
        display = self.viewer.video[self.slot].display
        return [
            each.duration_ns / SECOND for each in display.freezes_between(self.at(DROP_S - 1), self.at(END_S))
        ]

    def audio_lost(self, since_s: float = DROP_S) -> int:
        return sum(when >= self.at(since_s) for lane in self.viewer.audio.values() for when in lane.lost_at)

    @property
    def audio_lost_percent(self) -> float:
        """Of the packets from the drop until the link is back."""
        return percent(self.audio_lost(), 50 * (BACK_S - DROP_S))

    @property
    def estimate_back_s(self) -> float:
        return first_time(self.record.samples, self.at(BACK_S), lambda s: s.estimate_bps >= 0.8 * WIDE)

    @property
    def top_back_s(self) -> float:
        """Until a picture of the top layer is shown again."""
        changes = self.viewer.video[self.slot].display.changes
        times = [each.when_ns for each in changes if each.layer == 2 and each.when_ns >= self.at(BACK_S)]
        was_never_away = changes and changes[-1].layer == 2 and changes[-1].when_ns < self.at(BACK_S)
        return 0.0 if was_never_away else (times[0] - self.at(BACK_S)) / SECOND if times else math.nan

    def flowing(self, begin_s: float, end_s: float, capacity: int) -> float:
        best = best_set(capacity, [SIMULCAST if height > 180 else SIMULCAST[:1] for height in self.heights])
        return percent(self.record.video_bps(self.at(begin_s), self.at(end_s)), best)


def run(options: Options, name: str, heights: tuple[int, ...], full: int) -> Result:
    runs = [Run(seed, heights) for seed in options.seeds(full, 2)]
    seeds = options.seeds(full, 2)[: 2 if options.short else 5]
    without_nack = [Run(seed, heights, audio_nack=False) for seed in seeds]
    freezes = [each.freezes for each in runs]
    figures = [
        Figure("left the top layer after the drop", worst(r.down_s for r in runs), "s", 1),
        Figure("longest still picture of the pinned tile", worst(r.still_s for r in runs), "s", 1),
        Figure(
            "highest estimate from 2 s after the drop",
            worst(r.highest_estimate for r in runs),
            "bit/s",
            330e3,
        ),
        Figure("time in the queue from 3 s on, p95", worst(r.queue_ms for r in runs), "ms", 60),
        Figure("audio lost after repair", worst(r.audio_lost() for r in runs), "packets", 0),
        Figure(
            "audio lost, receiver without NACK", worst(r.audio_lost_percent for r in without_nack), "%", 0.5
        ),
        Figure(
            "the same from 1 s after the drop on",
            worst(r.audio_lost(DROP_S + 1) for r in without_nack),
            "packets",
            0,
        ),
        Figure("freezes", worst(float(len(each)) for each in freezes), "", 1),
        Figure("longest freeze", max((max(each, default=0) for each in freezes), default=0), "s", 1),
        Figure("2.4 Mbit/s estimated after the link is back", worst(r.estimate_back_s for r in runs), "s", 8),
        Figure("top layer shown after the link is back", worst(r.top_back_s for r in runs), "s", 8),
        flowing(worst((r.flowing(10, DROP_S, WIDE) for r in runs), most=False), 100),
        flowing(worst((r.flowing(DROP_S + 5, BACK_S, NARROW) for r in runs), most=False), 100),
        flowing(worst((r.flowing(BACK_S + 8, END_S, WIDE) for r in runs), most=False), 100),
    ]
    names = ("before the drop", "during the drop", "after it")
    figures[-3:] = [
        Figure(f"{f.name}, {name}", f.measured, f.unit, f.bar, f.at_most)
        for f, name in zip(figures[-3:], names, strict=True)
    ]
    series = plots(runs[0].meeting, runs[0].record)
    series["capacity (bit/s)"] = [
        (0, WIDE),
        (DROP_S, WIDE),
        (DROP_S, NARROW),
        (BACK_S, NARROW),
        (BACK_S, WIDE),
    ]
    series["capacity (bit/s)"].append((END_S, WIDE))
    lines = ", ".join(map(str, heights))
    remarks = [
        f"worst of {len(runs)} runs; {len(heights)} at 100/300/1000 kbit/s in tiles of {lines} lines, the first pinned"
        " and speaking; audio lost without NACK in per cent of the 30 s of the drop"
    ]
    return Result(name, figures, series, remarks)


def run_one(options: Options) -> Result:
    return run(options, "downlink-drop", ONE, 20)


def run_three(options: Options) -> Result:
    return run(options, "downlink-drop-three", THREE, 5)


TITLE = "Downlink 3 Mbit/s, 300 kbit/s, 3 Mbit/s"
CASES = [
    Case("downlink-drop", TITLE, "simulation", run_one),
    Case("downlink-drop-three", f"{TITLE}, three people", "simulation", run_three),
]
