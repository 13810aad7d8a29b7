"""Random loss on a real browser's downlink: pictures without freezes, sound without holes."""

from collections.abc import Callable
from functools import partial
from time import monotonic

import trio

from bench.link.model import GOOD, Conditions
from bench.quality.browser_rig import Capture, bounded, open_rig
from bench.quality.browser_seen import look, offered, series
from bench.quality.case import Case, Figure, Options, Result

CAPTURE = Capture(640, 360)
RAMP_SECONDS = 60
SETTLE_SECONDS = 5
FLOWING = 0.7
STILL_SECONDS = 0.5  # a repair of the repair at 50 ms, and what a busy machine adds
REPAIRED = {"chromium": 1.2}
"""Per cent of the sound that may be made up at 10 % loss. Firefox knows no RED and asks for no lost Opus packet: told."""


async def video(codec: str, make: str, percent: float, name: str, seed: int, seconds: float) -> Result:
    async with open_rig() as rig:
        sender = await rig.publisher("sender", CAPTURE, codec)
        viewer = await rig.receiver("viewer", make, down=GOOD, seed=seed)
        began = await viewer.view(sender, 1920, 1080)
        await viewer.until_top(CAPTURE, RAMP_SECONDS)
        assert viewer.link is not None
        await viewer.link.change(down=Conditions(loss=percent / 100))
        await trio.sleep(SETTLE_SECONDS)  # until the loss is known and what answers it is in place
        since = monotonic()
        await trio.sleep(seconds)
        until = monotonic()
        seen = await look(viewer, sender)
        path = viewer.link.of("down", since, until)
        lost, packets = sum(each.lost for each in path), sum(each.packets for each in path)
        figures = [
            Figure("lost on the path", 100 * lost / packets, "%"),
            Figure("longest still picture", seen.longest_still(since, until), "s", STILL_SECONDS),
            Figure("freezes, as the browser counts", seen.grown("freezes", since, until), ""),
            Figure("losses that needed a keyframe", seen.grown("plis", since, until), "", 0),
            Figure("pictures dropped", seen.grown("dropped", since, until), ""),
            Figure("repaired by retransmission", seen.grown("retransmitted", since, until), "packets"),
            Figure("FEC packets used", seen.grown("fec", since, until), "packets"),
            Figure(
                "video received, of the top layer",
                100 * seen.video_bps(since, until) / offered(viewer, since, until, largest=True),
                "%",
                100 * FLOWING,
                at_most=False,
            ),
            Figure("sound concealed", seen.share_concealed(since, until), "%"),
        ]
        return Result(name, figures, series(seen, began), [f"{seconds:.0f} s; {codec}, {make}, RTT 50 ms"])


async def audio(make: str, name: str, seed: int, seconds: float) -> Result:
    async with open_rig() as rig:
        sender = await rig.publisher("sender", Capture(320, 180))
        viewer = await rig.receiver("viewer", make, down=GOOD, seed=seed)
        began = monotonic()
        await viewer.window.evaluate("(bench.room.setView([]), true)")
        await viewer.until("bench.samples.at(-1)?.audioPackets > 100", RAMP_SECONDS)
        assert viewer.link is not None
        await viewer.link.change(down=Conditions(loss=0.1))
        await trio.sleep(SETTLE_SECONDS)
        since = monotonic()
        await trio.sleep(seconds)
        until = monotonic()
        seen = await look(viewer, sender)
        figures = [
            Figure("sound concealed", seen.share_concealed(since, until), "%", REPAIRED.get(make)),
            Figure("concealments", seen.grown("concealments", since, until), ""),
            Figure("packets lost after repair", seen.grown("audioLost", since, until), "packets"),
            Figure("packets received", seen.grown("audioPackets", since, until), "packets"),
        ]
        return Result(name, figures, series(seen, began), [f"{seconds:.0f} s; {make}, RTT 50 ms"])


def run_video(codec: str, make: str, percent: float, name: str, options: Options) -> Result:
    seconds = 15 if options.short else 60
    return bounded(name, partial(video, codec, make, percent, name, options.seed, seconds))


def run_audio(make: str, name: str, options: Options) -> Result:
    return bounded(name, partial(audio, make, name, options.seed, 20 if options.short else 600))


def _video(codec: str, make: str, percent: int) -> Case:
    name = f"browser-loss-{percent}-{codec}" + ("" if make == "chromium" else f"-{make}")
    title = f"{percent} % random loss: {codec.upper()} in {make.capitalize()}"
    runner: Callable[[Options], Result] = partial(run_video, codec, make, percent, name)
    return Case(name, title, "browser", runner)


def _audio(make: str) -> Case:
    name = "browser-audio-loss-10" + ("" if make == "chromium" else f"-{make}")
    return Case(name, f"Sound at 10 % loss in {make.capitalize()}", "browser", partial(run_audio, make, name))


CASES = [
    *(_video(codec, "chromium", percent) for codec in ("vp8", "vp9", "av1", "h264") for percent in (5, 10)),
    _video("vp8", "firefox", 5),
    _video("vp8", "firefox", 10),
    _audio("chromium"),
    _audio("firefox"),
]
