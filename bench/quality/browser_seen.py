"""What a real browser saw and heard, as figures and as series for the plot."""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bench.link.record import percentile
from bench.quality.browser_rig import Caller, monotonic
from bench.quality.case import Series


@dataclass(frozen=True)
class Shown:
    at: float
    """s of CLOCK_MONOTONIC."""
    height: int


class Seen:
    """Everything that one receiver's page has collected of one sender; times in s of CLOCK_MONOTONIC."""

    def __init__(
        self, caller: Caller, of: str, frames: list[Any], samples: list[Any], told: list[Any]
    ) -> None:
        self.caller = caller
        self.frames = [
            Shown(monotonic(at), height) for at, participant, height in frames if participant == of
        ]
        self.samples = [_timed(each) for each in samples if each["participant"] == of]
        self.told = [_timed(each) for each in told if each["participant"] == of]

    def shown_after(self, since: float, wanted: Callable[[int], bool]) -> float:
        """Seconds until a picture of such a height is shown; not a number: never."""
        return next(
            (each.at - since for each in self.frames if each.at >= since and wanted(each.height)), math.nan
        )

    def longest_still(self, since: float, until: float) -> float:
        """Seconds without a new picture."""
        times = [since, *(each.at for each in self.frames if since < each.at < until), until]
        return max(after - before for before, after in pairwise(times))

    def rate(self, since: float, until: float) -> float:
        """Pictures shown per second."""
        return sum(since <= each.at < until for each in self.frames) / (until - since)

    def grown(self, name: str, since: float, until: float) -> float:
        """By how much a counter of the browser's statistics grew; not a number where there are none."""
        inside = [each[name] for each in self.samples if since <= each["at"] <= until]
        return inside[-1] - inside[0] if inside else math.nan

    def video_bps(self, since: float, until: float) -> float:
        return self.grown("octets", since, until) * 8 / (until - since)

    def share_concealed(self, since: float, until: float) -> float:
        """Per cent of the samples played that the browser had to make up."""
        heard = self.grown("heard", since, until)
        return 100 * self.grown("concealed", since, until) / heard if heard else math.nan


def _timed(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"at": monotonic(entry["at"])}


async def look(caller: Caller, of: Caller) -> Seen:
    """Fetch all that is known of how `caller` sees and hears `of`."""
    fields = "[bench.frames, bench.samples, bench.slots]"
    return Seen(caller, of.id, *await caller.window.evaluate(fields))


async def encoded(sender: Caller, since: float, until: float) -> float:
    """Pictures per second that the publisher's browser encoded of its largest layer; times as above."""
    history = await sender.look("sent")
    inside = [
        max(((height, count) for _, height, count, _ in rows), default=(0, 0))[1]
        for at, rows in history
        if since <= monotonic(at) <= until
    ]
    return (inside[-1] - inside[0]) / (until - since) if inside else math.nan


def estimates(caller: Caller, since: float, until: float) -> list[float]:
    """Of the engine, where it has any yet."""
    return [stats.estimate_bps for at, stats in caller.stats if since <= at <= until and stats.estimate_bps]


def left_layer(caller: Caller, since: float) -> float:
    """Seconds until the server sends less than it did then: a lower Layer, or a lower spatial one; NaN: never."""
    before = [layers for at, layers in caller.layers if at <= since]
    if not before:
        return math.nan
    return next((at - since for at, layers in caller.layers if at > since and layers < before[-1]), math.nan)


def offered(caller: Caller, since: float, until: float, *, largest: bool) -> float:
    """bit/s that the publisher sent in its largest or smallest layer, on average."""
    rates = [top if largest else low for at, low, top in caller.offered if since <= at <= until and top]
    return statistics.mean(rates) if rates else math.nan


def queue_p95(caller: Caller, since: float, until: float) -> float:
    """ms that packets waited in the link's queue towards this receiver."""
    assert caller.link is not None
    waits = [wait for each in caller.link.of("down", since, until) for wait in each.queues]
    return percentile(waits, 0.95) if waits else math.nan


def median(values: list[float]) -> float:
    return statistics.median(values) if values else math.nan


def series(seen: Seen, began: float) -> dict[str, Series]:
    """For the plot of a run."""
    caller = seen.caller
    found: dict[str, Series] = {}
    if caller.link is not None:
        down = [each for each in caller.link.of("down") if each.at >= began]
        found["received (bit/s)"] = [(each.at - began, each.delivered_bps) for each in down]
        found["time in the queue (ms)"] = [(each.at - began, each.queue_max) for each in down]
        found["lost (packets)"] = [(each.at - began, float(each.lost + each.overflowed)) for each in down]
    found["estimate (bit/s)"] = [
        (at - began, float(stats.estimate_bps))
        for at, stats in caller.stats
        if at >= began and stats.estimate_bps
    ]
    found["height shown (lines)"] = [
        (frame.at - began, float(frame.height)) for frame in seen.frames[::3] if frame.at >= began
    ]
    return found
