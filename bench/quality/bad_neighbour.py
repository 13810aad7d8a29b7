"""One receiver on a bad link: what the others and the publisher notice of it."""

from bench.quality.case import Case, Figure, Options, Result
from bench.quality.measure import flowing, percent, percentile, plots, worst
from tests.sim.clock import MS, SECOND
from tests.sim.encoder import SPEAKING
from tests.sim.link import Bursts, Conditions
from tests.sim.meeting import SIMULCAST, Meeting
from tests.sim.offer import Shape
from treble.api import Tile

WARM_UP_S = 10
GOOD = Conditions(delay_ns=25 * MS, rate_bps=5_000_000)
BAD = Conditions(delay_ns=100 * MS, jitter_ns=30 * MS, rate_bps=400_000, bursts=Bursts(0.03, 0.2))
"""400 kbit/s, and 13 % lost in bursts of five."""


class Run:
    def __init__(self, seed: int, seconds: int, third: Conditions) -> None:
        self.seconds = seconds
        self.meeting = meeting = Meeting(seed)
        viewer = Shape(microphone=False, layers=0, slots=1)
        self.viewers = [meeting.join(viewer, down=down) for down in (GOOD, GOOD, third)]
        self.publisher = meeting.join(Shape(slots=0))
        self.publisher.studio.level = SPEAKING
        for each in self.viewers:
            meeting.set_view(each, [Tile(participant=self.publisher.name, width=1280, height=720)])
        self.records = [meeting.watch(each) for each in self.viewers]
        meeting.run(WARM_UP_S + seconds)

    @property
    def span(self) -> tuple[int, int]:
        begin = self.meeting.start_ns + WARM_UP_S * SECOND
        return begin, begin + self.seconds * SECOND

    @property
    def fps(self) -> float:
        """Pictures shown a second by the worse of the good two."""
        begin, end = self.span
        shown = [each.video[0].display.shown_ns for each in self.viewers[:2]]
        return min(sum(begin <= t < end for t in times) for times in shown) / self.seconds

    @property
    def freezes(self) -> int:
        return sum(len(each.video[0].display.freezes_between(*self.span)) for each in self.viewers[:2])

    @property
    def queue_ms(self) -> float:
        return max(percentile(record.waits_ms(*self.span), 0.95) for record in self.records[:2])

    @property
    def bps(self) -> float:
        return min(record.video_bps(*self.span) for record in self.records[:2])

    @property
    def keyframe_requests(self) -> int:
        """The most that reach the publisher for one layer in any second."""
        most = 0
        for video in self.publisher.studio.video:
            times = video.requests_ns
            for index, begin in enumerate(times):
                most = max(most, sum(begin <= t < begin + SECOND for t in times[index:]))
        return most


def run(options: Options) -> Result:
    seconds = 20 if options.short else 60
    seeds = options.seeds(5)
    without = [Run(seed, seconds, GOOD) for seed in seeds]
    runs = [Run(seed, seconds, BAD) for seed in seeds]
    pairs = list(zip(runs, without, strict=True))
    longer = [bad.queue_ms - good.queue_ms for bad, good in pairs]
    fps = [percent(bad.fps, good.fps) for bad, good in pairs]
    bps = [percent(bad.bps, good.bps) for bad, good in pairs]
    bad = worst((run.records[2].video_bps(*run.span) for run in runs), most=False)
    figures = [
        Figure("the others' pictures a second, of those without it", worst(fps, most=False), "%", 99, False),
        Figure("the others' bit rate, of that without it", worst(bps, most=False), "%", 98, False),
        Figure(
            "freezes of the others", sum(run.freezes for run in runs), "", sum(r.freezes for r in without)
        ),
        Figure("the others' packets wait longer, p95", worst(longer), "ms", 5),
        Figure("keyframe requests for a layer in a second", worst(r.keyframe_requests for r in runs), "", 1),
        flowing(worst((run.bps for run in runs), most=False), SIMULCAST[-1]),
        Figure("received on the bad link", bad, "bit/s"),
    ]
    remarks = [
        f"worst of {len(runs)} runs of {seconds} s; three receivers of one person, the third at 400 kbit/s with 13 % loss "
        "in bursts of five, 30 ms jitter and an RTT of 125 ms; against the same run with three good links"
    ]
    return Result("bad-neighbour", figures, plots(runs[0].meeting, runs[0].records[2], "bad link"), remarks)


CASES = [Case("bad-neighbour", "One receiver on a bad link", "simulation", run)]
