"""RFC 8867 sections 5.1 and 5.2: a bottleneck whose capacity changes, for one receiver, and for two who share it.

Both receivers of 5.2 watch the same three people, so that their wishes exceed what there is. With two flows neither can
know the whole: each estimate is held from below against the fair share, and from above against what the other flow leaves
of the capacity, or the fair share where that is more.
"""

from collections.abc import Sequence
from itertools import pairwise

from bench.quality.case import Case, Figure, Options, Result, Series
from bench.quality.measure import best_set, percent, percentile, plots, worst
from tests.sim.clock import MS, SECOND
from tests.sim.encoder import SPEAKING
from tests.sim.link import Conditions
from tests.sim.meeting import SIMULCAST, Meeting
from tests.sim.offer import Shape
from tests.sim.path import Path
from tests.sim.record import Record
from treble.api import Tile

SINGLE = ((0, 1_000_000), (40, 2_500_000), (60, 600_000), (80, 1_000_000), (100, 0))
"""(from second, capacity): table 1, with the reference of 1 Mbit/s."""
DOUBLE = ((0, 4_000_000), (25, 2_000_000), (50, 3_500_000), (75, 1_000_000), (100, 2_000_000), (125, 0))
"""Table 2, with the reference of 2 Mbit/s."""
DOWN = Conditions(delay_ns=50 * MS, jitter_ns=0, queue_ns=300 * MS)
STEADY_S = 10
"""Of each stretch, the last seconds are the steady state."""
TILES = 3

Schedule = Sequence[tuple[int, int]]


class Run:
    def __init__(self, seed: int, schedule: Schedule, receivers: int) -> None:
        self.schedule = schedule
        self.meeting = meeting = Meeting(seed)
        capacity = schedule[0][1]
        path = Path(meeting.clock, f"{seed} bottleneck", Conditions(**{**vars(DOWN), "rate_bps": capacity}))
        viewer = Shape(microphone=False, layers=0, slots=TILES)
        viewers = [meeting.join(viewer, down=path) for _ in range(receivers)]
        people = [meeting.join(Shape(slots=0), dtx=True) for _ in range(TILES)]
        people[0].studio.level = SPEAKING
        for each in viewers:
            tiles = [Tile(participant=person.name, width=1280, height=720) for person in people]
            meeting.set_view(each, tiles)
        self.records = [meeting.watch(each) for each in viewers]
        for second, capacity in schedule[1:-1]:
            meeting.change_down(viewers[0], second, rate_bps=capacity)
        meeting.run(schedule[-1][0])

    def at(self, seconds: float) -> int:
        return self.meeting.start_ns + int(seconds * SECOND)

    @property
    def stretches(self) -> list[tuple[int, int, int]]:
        """(begin of the steady state, its end, capacity)."""
        return [
            (self.at(end - STEADY_S), self.at(end), capacity)
            for (_, capacity), (end, _) in pairwise(self.schedule)
        ]

    def estimate_percents(
        self, record: Record, begin_ns: int, end_ns: int, capacity: int
    ) -> tuple[float, float]:
        """The mean estimate, of the least and of the most that it should be."""
        samples = record.between(begin_ns, end_ns)
        estimate = sum(sample.estimate_bps for sample in samples) / len(samples)
        seconds = (samples[-1].time_ns - samples[0].time_ns) / SECOND
        others = 0.0
        for other in self.records:
            if other is not record:
                found = other.between(begin_ns, end_ns)
                others += (found[-1].received - found[0].received) * 8 / seconds
        fair = capacity / len(self.records)
        return percent(estimate, fair), percent(estimate, max(fair, capacity - others))

    @property
    def estimates(self) -> list[tuple[float, float]]:
        return [
            self.estimate_percents(record, *stretch) for stretch in self.stretches for record in self.records
        ]

    @property
    def sent(self) -> list[float]:
        """Video of all flows, of the best set for all."""
        flows = len(self.records)
        found = []
        for begin, end, capacity in self.stretches:
            best = best_set(capacity / flows, [SIMULCAST] * TILES) * flows
            found.append(percent(sum(record.video_bps(begin, end) for record in self.records), best))
        return found

    @property
    def queue_ms(self) -> float:
        return percentile(self.records[0].waits_ms(self.at(5), self.at(self.schedule[-1][0])), 0.95)


def measure(name: str, schedule: Schedule, receivers: int, options: Options) -> Result:
    runs = [Run(seed, schedule, receivers) for seed in options.seeds(5)]
    estimates = [estimate for run in runs for estimate in run.estimates]
    figures = [
        Figure(
            "estimate in steady state, lowest",
            worst((e for e, _ in estimates), most=False),
            "% of what there is",
            85,
            False,
        ),
        Figure(
            "estimate in steady state, highest", worst(e for _, e in estimates), "% of what there is", 105
        ),
        Figure(
            "sent in steady state",
            worst([s for r in runs for s in r.sent], most=False),
            "% of the best set",
            90,
            False,
        ),
        Figure("time in the queue, p95", worst(r.queue_ms for r in runs), "ms", 100),
    ]
    series: dict[str, Series] = {}
    for number, record in enumerate(runs[0].records):
        series |= plots(runs[0].meeting, record, f"flow {number + 1}" if receivers > 1 else "")
    steps = [(float(end), float(c)) for (begin, c), (stop, _) in pairwise(schedule) for end in (begin, stop)]
    series["capacity (bit/s)"] = steps
    by_stretch = [
        f"{low:.0f}" if receivers == 1 else f"{low:.0f} ({high:.0f})" for low, high in runs[0].estimates
    ]
    sent = [f"{value:.0f}" for value in runs[0].sent]
    remarks = [
        f"worst of {len(runs)} runs; steady state: the last {STEADY_S} s of each stretch, means of all samples",
        f"first run, stretch by stretch: estimate {', '.join(by_stretch)} %; sent {', '.join(sent)} %",
    ]
    return Result(name, figures, series, remarks)


CASES = [
    Case(
        "rfc8867-5.1",
        "RFC 8867 5.1: variable capacity, one flow",
        "simulation",
        lambda options: measure("rfc8867-5.1", SINGLE, 1, options),
    ),
    Case(
        "rfc8867-5.2",
        "RFC 8867 5.2: variable capacity, two flows",
        "simulation",
        lambda options: measure("rfc8867-5.2", DOUBLE, 2, options),
    ),
]
