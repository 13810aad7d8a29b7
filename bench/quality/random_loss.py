"""Packets lost at random on the way to one receiver: what stays lost, and what server-made FEC is worth."""

from bench.quality.case import Case, Figure, Options, Result
from bench.quality.measure import flowing, percent, plots, worst
from tests.sim.clock import MS, SECOND
from tests.sim.encoder import SPEAKING
from tests.sim.link import Conditions
from tests.sim.meeting import SIMULCAST, Meeting
from tests.sim.offer import Shape
from treble.api import Tile

WARM_UP_S = 10
BARS = {1: 0.0, 5: 0.01, 10: 0.05, 20: 0.5}
"""Percent lost: percent that may stay lost."""


class Run:
    """One publisher at 100/300/1000 kbit/s, one receiver behind a lossy path that is never full."""

    def __init__(
        self, seed: int, loss: float, rtt_ms: int, seconds: int, *, fec: bool = True, server_fec: bool = True
    ) -> None:
        self.seconds = seconds
        self.meeting = meeting = Meeting(seed, server_fec=server_fec)
        half = rtt_ms * MS // 2
        viewer = Shape(microphone=False, layers=0, slots=1, fec=fec)
        self.viewer = meeting.join(
            viewer, up=Conditions(delay_ns=half), down=Conditions(delay_ns=half, loss=loss)
        )
        self.publisher = meeting.join(Shape(slots=0))
        self.publisher.studio.level = SPEAKING
        meeting.set_view(self.viewer, [Tile(participant=self.publisher.name, width=1280, height=720)])
        self.record = meeting.watch(self.viewer)
        meeting.run(WARM_UP_S + seconds)

    @property
    def begin_ns(self) -> int:
        return self.meeting.start_ns + WARM_UP_S * SECOND

    @property
    def end_ns(self) -> int:
        return self.begin_ns + self.seconds * SECOND

    @property
    def video_bps(self) -> float:
        return self.record.video_bps(self.begin_ns, self.end_ns)

    @property
    def lost(self) -> int:
        return sum(when >= self.begin_ns for when in self.viewer.video[0].lost_at)

    @property
    def freezes(self) -> int:
        return len(self.viewer.video[0].display.freezes_between(self.begin_ns, self.end_ns))

    @property
    def frozen_s(self) -> float:
        found = self.viewer.video[0].display.freezes_between(self.begin_ns, self.end_ns)
        return sum(each.duration_ns for each in found) / SECOND


def run_loss(percent_lost: int, options: Options) -> Result:
    seconds = 30 if options.short else 120
    runs = [Run(seed, percent_lost / 100, 50, seconds) for seed in options.seeds(5)]
    packets = sum(run.viewer.video[0].packets for run in runs)
    residual = percent(sum(run.lost for run in runs), packets)
    figures = [
        Figure("video packets that stay lost", residual, "%", BARS[percent_lost]),
        Figure("freezes", sum(run.freezes for run in runs) / len(runs) / seconds * 60, "per minute"),
        flowing(worst((run.video_bps for run in runs), most=False), SIMULCAST[-1]),
    ]
    remarks = [
        f"{packets} packets in {len(runs)} runs; what has not come within 1 s after it was missed is lost"
    ]
    return Result(f"loss-{percent_lost}", figures, plots(runs[0].meeting, runs[0].record), remarks)


def run_fec(options: Options) -> Result:
    """The same receiver with and without FEC; and one that did not offer it and so waits a round trip for repairs."""
    seconds = 30 if options.short else 120
    seeds = options.seeds(5, 2)
    with_fec = [Run(seed, 0.05, 250, seconds) for seed in seeds]
    nack_only = [Run(seed, 0.05, 250, seconds, server_fec=False) for seed in seeds]
    not_offered = [Run(seed, 0.05, 250, seconds, fec=False) for seed in seeds]
    frozen = sum(run.freezes for run in with_fec)
    minutes = len(seeds) * seconds / 60
    figures = [
        Figure(
            "freezes, of those with NACK alone",
            ratio(frozen, sum(run.freezes for run in nack_only)),
            "",
            1 / 3,
        ),
        Figure(
            "the same, against a receiver that did not offer FEC",
            ratio(frozen, sum(run.freezes for run in not_offered)),
            "",
        ),
        Figure("freezes with FEC", frozen / minutes, "per minute"),
        Figure("freezes with NACK alone", sum(run.freezes for run in nack_only) / minutes, "per minute"),
        Figure("freezes, FEC not offered", sum(run.freezes for run in not_offered) / minutes, "per minute"),
        Figure("time frozen with FEC", sum(run.frozen_s for run in with_fec) / minutes, "s per minute"),
        flowing(worst((run.video_bps for run in with_fec), most=False), SIMULCAST[-1]),
    ]
    remarks = [
        f"{len(seeds)} runs of {seconds} s each",
        "libwebrtc, and this receiver, delay pictures by a round trip for repairs only where FEC was not negotiated: so "
        "one that did not offer it freezes less here, a quarter of a second later; what FEC leaves to NACK is too late",
    ]
    return Result("loss-5-rtt-250", figures, plots(with_fec[0].meeting, with_fec[0].record), remarks)


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else float(bool(part))


def loss_case(percent_lost: int) -> Case:
    return Case(
        f"loss-{percent_lost}",
        f"Random loss {percent_lost} %, RTT 50 ms",
        "simulation",
        lambda options: run_loss(percent_lost, options),
    )


CASES = [
    *(loss_case(percent_lost) for percent_lost in BARS),
    Case(
        "loss-5-rtt-250", "Random loss 5 %, RTT 250 ms, server FEC against NACK alone", "simulation", run_fec
    ),
]
