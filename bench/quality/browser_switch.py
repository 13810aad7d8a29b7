"""A tile goes from a thumbnail to the full screen and back: how long until a real decoder shows the other layer."""

from collections.abc import Callable
from functools import partial

import trio

from bench.link.model import GOOD
from bench.quality.browser_rig import Capture, bounded, open_rig
from bench.quality.browser_seen import look, median, series
from bench.quality.case import Case, Figure, Options, Result

CAPTURE = Capture(640, 360)
SMALL, LARGE = (160, 90), (1920, 1080)
RAMP_SECONDS = 60
SWITCH_SECONDS = 5
SHORT_STAY = 2.0
LONG_STAY = 8.0  # by then the publisher has switched off what nobody watches
BAR_SECONDS = 0.7


async def switch(codec: str, make: str, name: str, seed: int, stays: list[float]) -> Result:
    async with open_rig() as rig:
        sender = await rig.publisher("sender", CAPTURE, codec)
        viewer = await rig.receiver("viewer", make, down=GOOD, seed=seed)
        began = await viewer.view(sender, *LARGE)
        await viewer.until_top(CAPTURE, RAMP_SECONDS)
        await trio.sleep(3)
        asked: list[tuple[str, float]] = []
        for stay in stays:
            asked.append(("down", await viewer.view(sender, *SMALL)))
            await viewer.until(f"bench.frames.at(-1)[2] <= {CAPTURE.below_top}", SWITCH_SECONDS)
            await trio.sleep(stay)
            asked.append(("long" if stay == LONG_STAY else "up", await viewer.view(sender, *LARGE)))
            await viewer.until_top(CAPTURE, SWITCH_SECONDS)
            await trio.sleep(SHORT_STAY)
        seen = await look(viewer, sender)
        times = {
            kind: [
                seen.shown_after(
                    at,
                    (lambda h: h <= CAPTURE.below_top)
                    if kind == "down"
                    else (lambda h: h > CAPTURE.below_top),
                )
                for each, at in asked
                if each == kind
            ]
            for kind in ("up", "long", "down")
        }
        ended = asked[-1][1] + 1
        figures = [
            Figure("higher layer shown, median", median(times["up"]), "s", BAR_SECONDS),
            Figure("higher layer shown, slowest", max(times["up"]), "s"),
            Figure("after its layer was switched off, median", median(times["long"]), "s", BAR_SECONDS),
            Figure("lower layer shown, median", median(times["down"]), "s"),
            Figure("freezes, as the browser counts", seen.grown("freezes", asked[0][1], ended), ""),
            Figure("longest still picture", seen.longest_still(asked[0][1], ended), "s"),
            Figure("keyframes asked for in vain", seen.grown("plis", asked[0][1], ended), ""),
        ]
        return Result(name, figures, series(seen, began), [f"{len(times['up'])} times up; {codec}, {make}"])


def run(codec: str, make: str, name: str, options: Options) -> Result:
    short, full = [SHORT_STAY] * 3 + [LONG_STAY], ([SHORT_STAY] * 4 + [LONG_STAY]) * 2
    stays = short if options.short else full
    return bounded(name, partial(switch, codec, make, name, options.seed, stays))


def _case(codec: str, make: str) -> Case:
    name = f"browser-switch-{codec}" + ("" if make == "chromium" else f"-{make}")
    title = f"Tile enlarged to full screen: {codec.upper()} in {make.capitalize()}"
    runner: Callable[[Options], Result] = partial(run, codec, make, name)
    return Case(name, title, "browser", runner)


CASES = [
    _case("vp8", "chromium"),
    _case("vp9", "chromium"),
    _case("av1", "chromium"),
    _case("h264", "chromium"),
    _case("vp8", "firefox"),
]
