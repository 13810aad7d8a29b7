"""One of two real receivers gets a bad link: the other and the publisher notice nothing."""

from functools import partial
from time import monotonic
from typing import Any

import trio

from bench.link.model import GOOD, Conditions
from bench.quality.browser_rig import Caller, Capture, bounded, open_rig
from bench.quality.browser_seen import encoded, look, series
from bench.quality.case import Case, Figure, Options, Result

CAPTURE = Capture(640, 360)
BAD = Conditions(rate_bps=300_000, loss=0.05)
RAMP_SECONDS = 60
NOISE = 0.1  # of the pictures, on a busy machine


async def apart(name: str, seed: int, seconds: float) -> Result:
    async with open_rig() as rig:
        sender = await rig.publisher("sender", CAPTURE)
        good = await rig.receiver("good", down=GOOD, seed=seed)
        bad = await rig.receiver("bad", down=GOOD, seed=seed + 1)
        began = await good.view(sender, 1920, 1080)
        await bad.view(sender, 1920, 1080)
        for each in (good, bad):
            await each.until_top(CAPTURE, RAMP_SECONDS)
        await trio.sleep(3)
        calm = monotonic()
        await trio.sleep(seconds)
        assert bad.link is not None
        troubled = await bad.link.change(down=BAD)
        requests = await _requests(sender)
        await trio.sleep(seconds)
        ended = monotonic()
        asked = {rid: count - requests.get(rid, 0) for rid, count in (await _requests(sender)).items()}
        seen = await look(good, sender)
        made_before = await encoded(sender, calm, troubled)
        made_after = await encoded(sender, troubled, ended)
        before, after = seen.rate(calm, troubled) / made_before, seen.rate(troubled, ended) / made_after
        lowest = min((each.height for each in seen.frames if each.at > troubled), default=0)
        figures = [
            Figure("pictures shown, of those encoded", 100 * after, "%", 100 * (before - NOISE), False),
            Figure("the same before", 100 * before, "%"),
            Figure("pictures encoded", made_after, "per s"),
            Figure("pictures encoded before", made_before, "per s"),
            Figure("its lowest picture", lowest, "lines", CAPTURE.below_top + 1, False),
            Figure("its freezes", seen.grown("freezes", troubled, ended), ""),
            Figure("its freezes before", seen.grown("freezes", calm, troubled), ""),
            Figure("its longest still picture", seen.longest_still(troubled, ended), "s"),
            Figure("its longest still picture before", seen.longest_still(calm, troubled), "s"),
            Figure("its sound concealed", seen.share_concealed(troubled, ended), "%"),
            Figure("its sound concealed before", seen.share_concealed(calm, troubled), "%"),
            Figure(
                "keyframe requests to the publisher per layer",
                max(asked.values()) / (ended - troubled),
                "per s",
                1,
            ),
        ]
        return Result(
            name, figures, series(seen, began), [f"{seconds:.0f} s before and after; VP8, Chromium"]
        )


async def _requests(sender: Caller) -> dict[Any, int]:
    """By layer: picture loss indications and full intra requests that arrived so far."""
    return {each["rid"]: each["requests"] for each in await sender.look("outbound")}


def run(name: str, options: Options) -> Result:
    return bounded(name, partial(apart, name, options.seed, 10 if options.short else 40))


NAME = "browser-bad-neighbour"
CASES = [Case(NAME, "One receiver on a bad link: the other's figures", "browser", partial(run, NAME))]
