"""A tile grows from 180 lines to the full screen: how soon is the higher layer decoded?"""

import math

from bench.quality.case import Case, Figure, Options, Result
from bench.quality.measure import flowing, percentile, plots, worst
from tests.sim.clock import MS
from tests.sim.link import Conditions
from tests.sim.meeting import SIMULCAST, Meeting
from tests.sim.offer import Shape
from treble.api import Tile

CAPACITY = 3_000_000
ENLARGE_S, END_S = 15, 25


class Run:
    def __init__(self, seed: int) -> None:
        self.meeting = meeting = Meeting(seed)
        down = Conditions(delay_ns=25 * MS, rate_bps=CAPACITY)
        self.viewer = meeting.join(Shape(microphone=False, layers=0, slots=3), down=down)
        publisher = meeting.join(Shape(slots=0))
        self.record = meeting.watch(self.viewer)
        meeting.set_view(self.viewer, [Tile(participant=publisher.name, width=320, height=180)])
        meeting.run(ENLARGE_S)
        before = list(self.viewer.video[0].display.decoded)
        self.was_small = bool(before) and before[-1].layer == 0
        meeting.set_view(self.viewer, [Tile(participant=publisher.name, width=1280, height=720)])
        self.enlarged_ns = meeting.clock.now_ns
        meeting.run(END_S - ENLARGE_S)

    @property
    def decoded_ms(self) -> float:
        times = [
            each.when_ns
            for each in self.viewer.video[0].display.decoded
            if each.layer == 2 and each.when_ns > self.enlarged_ns
        ]
        return (times[0] - self.enlarged_ns) / MS if times else math.nan


def run(options: Options) -> Result:
    runs = [Run(seed) for seed in options.seeds(20, 3)]
    times = [run.decoded_ms for run in runs]
    begin, end = runs[0].meeting.start_ns, runs[0].meeting.clock.now_ns
    begin += (ENLARGE_S + 2) * 1000 * MS
    figures = [
        Figure("higher layer decoded", worst(times), "ms", 700),
        Figure("the same, median", percentile(times, 0.5), "ms"),
        Figure("small before", min(run.was_small for run in runs), "", 1, False),
        flowing(worst((run.record.video_bps(begin, end) for run in runs), most=False), SIMULCAST[-1]),
    ]
    remarks = [
        f"worst of {len(runs)} runs; from the page's wish on: 25 ms of signalling each way, the publisher's top layers "
        "switched off before and 100 ms from being switched on to the first packet, RTT 50 ms"
    ]
    return Result("tile-enlarged", figures, plots(runs[0].meeting, runs[0].record), remarks)


CASES = [Case("tile-enlarged", "Tile enlarged from 180p to full screen", "simulation", run)]
