"""A real browser's downlink falls to a tenth and comes back: the first row of the table, for each codec and make."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import monotonic

import trio

from bench.link.model import Conditions
from bench.quality.browser_rig import Caller, Capture, bounded, open_rig
from bench.quality.browser_seen import Seen, estimates, left_layer, look, offered, queue_p95, series
from bench.quality.case import Case, Figure, Options, Result
from treble.units import MILLISECOND

WIDE = Conditions(delay_ns=25 * MILLISECOND, rate_bps=3_000_000, queue_ns=300 * MILLISECOND)
NARROW = replace(WIDE, rate_bps=300_000)
CAPTURE = Capture(960, 540)
"""The smallest that has three simulcast layers: 150, 300 and 1000 kbit/s."""
FLOWING = 0.7  # a bar counts only while pictures flow
FREEZES = (
    "a freeze is a gap of three pictures' time; browsers count the slow pictures out of the full queue as one and the "
    "switch that follows as another: the bar is on their sum"
)
RAMP_SECONDS = 60
SETTLE_SECONDS = 6


class Run:
    """One drop. Times in s of CLOCK_MONOTONIC."""

    def __init__(self, viewer: Caller, seen: Seen, dropped: float, back: float, ended: float) -> None:
        self.viewer = viewer
        self.seen = seen
        self.dropped = dropped
        self.back = back
        self.ended = ended

    def figures(self) -> list[Figure]:
        seen, viewer, dropped, back, ended = self.seen, self.viewer, self.dropped, self.back, self.ended
        below = CAPTURE.below_top
        guesses = estimates(viewer, dropped + 2, back)
        return [
            Figure("left the top layer after the drop", left_layer(viewer, dropped), "s", 1),
            Figure("lower layer shown after the drop", seen.shown_after(dropped, lambda h: h <= below), "s"),
            Figure("longest still picture", seen.longest_still(dropped, ended), "s", 1),
            Figure("frozen in all, as the browser counts", seen.grown("frozen", dropped - 1, ended), "s", 1),
            Figure("freezes, as the browser counts", seen.grown("freezes", dropped - 1, ended), ""),
            Figure("highest estimate from 2 s on", max(guesses, default=math.nan) / 1000, "kbit/s", 330),
            Figure("time in the queue from 3 s on, p95", queue_p95(viewer, dropped + 3, back), "ms", 60),
            *self._audio(),
            Figure("audio concealed", seen.share_concealed(dropped - 1, ended), "%"),
            Figure(
                "video received in the drop, of the smallest layer",
                100 * seen.video_bps(dropped + 5, back) / offered(viewer, dropped + 5, back, largest=False),
                "%",
                100 * FLOWING,
                at_most=False,
            ),
            Figure(
                "top layer shown after the link is back", seen.shown_after(back, lambda h: h > below), "s", 8
            ),
        ]

    def _audio(self) -> list[Figure]:
        lost, late = (
            self.seen.grown("audioLost", since, self.ended) for since in (self.dropped - 1, self.dropped + 1)
        )
        if self.viewer.make != "firefox":
            return [Figure("audio lost after repair", lost, "packets", 0)]
        heard = lost + self.seen.grown("audioPackets", self.dropped - 1, self.ended)
        return [
            Figure("audio lost (Firefox repairs none)", 100 * lost / heard, "%", 0.5),
            Figure("the same from 1 s after the drop on", late, "packets", 0),
        ]


async def drop(codec: str, make: str, seed: int, seconds: float) -> Run:
    async with open_rig() as rig:
        sender = await rig.publisher("sender", CAPTURE, codec)
        viewer = await rig.receiver("viewer", make, down=WIDE, seed=seed)
        await viewer.view(sender, 1920, 1080)
        await viewer.until_top(CAPTURE, RAMP_SECONDS)
        await trio.sleep(SETTLE_SECONDS)
        assert viewer.link is not None
        dropped = await viewer.link.change(down=NARROW)
        await trio.sleep(seconds)
        back = await viewer.link.change(down=WIDE)
        await trio.sleep(10)
        ended = monotonic()
        return Run(viewer, await look(viewer, sender), dropped, back, ended)


async def drops(codec: str, make: str, name: str, options: Options) -> Result:
    seconds = 10 if options.short else 20
    runs = [await drop(codec, make, seed, seconds) for seed in options.seeds(full=3, short=1)]
    first = runs[0]
    plot = series(first.seen, first.dropped - SETTLE_SECONDS)
    remarks = [f"worst of {len(runs)} runs; {codec}, {make}", FREEZES]
    return Result(name, worst([each.figures() for each in runs]), plot, remarks)


def run(codec: str, make: str, name: str, options: Options) -> Result:
    return bounded(name, partial(drops, codec, make, name, options))


def worst(runs: list[list[Figure]]) -> list[Figure]:
    """Of each figure the worst of all runs; one that was not measured is the worst of all."""

    def worse(figure: Figure) -> tuple[bool, float]:
        return math.isnan(figure.measured), figure.measured if figure.at_most else -figure.measured

    return [max(same, key=worse) for same in zip(*runs, strict=True)]


def _case(codec: str, make: str) -> Case:
    name = f"browser-drop-{codec}" + ("" if make == "chromium" else f"-{make}")
    title = f"Downlink 3 Mbit/s, 300 kbit/s, 3 Mbit/s: {codec.upper()} in {make.capitalize()}"
    runner: Callable[[Options], Result] = partial(run, codec, make, name)
    return Case(name, title, "browser", runner)


CASES = [
    _case("vp8", "chromium"),
    _case("vp9", "chromium"),
    _case("av1", "chromium"),
    _case("h264", "chromium"),
    _case("vp8", "firefox"),
]
