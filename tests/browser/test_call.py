"""Real browsers in one room through the real server: everybody sees and hears everybody, in time."""

import math
import statistics
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.firefox import Firefox
from tests.browser.patience import STRICT
from tests.browser.person import Person, Remote
from tests.browser.server import Server
from tests.browser.window import DESKTOP, PHONE

pytestmark = pytest.mark.browser

OUT = Path(__file__).parent / "out"
COUNTED_SECONDS = 60 if STRICT else 12  # `make test-browsers-long`
# Decoded frames per second of a camera that gives 15, four browsers on two cores.
LEAST_RATE = 8 if STRICT else 2
# A busy machine moves them together in steps; a wrong clock is off by far more.
MOST_SKEW_MS = 80 if STRICT else 200
SKEW_SAMPLES = 30 if STRICT else 7
SAMPLE_SECONDS = 1
SETTLE_SECONDS = 120  # Firefox starts with its smallest Layer; lip-sync takes its time on a busy machine


async def test_three_chromiums_and_a_firefox_see_and_hear_each_other(
    server: Server, open_chromium: OpenChromium, firefox: Firefox
) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    link = await ada.invitation()
    people = [ada]
    for window, name in (
        (await open_chromium("bea"), "Bea"),
        (await open_chromium("cleo"), "Cleo"),
        (firefox, "Dora"),
    ):
        people.append(await Person.join(window, link, name))
    for person in people:
        await person.sees(*(other.name for other in people if other is not person))
    for person in people:
        for other in people:
            if other is not person:
                await person.sees_size(other.name, 640, 360, SETTLE_SECONDS)

    watches = await watch_each_other(people)
    for person in people:
        for shape, size in (("desktop", DESKTOP), ("phone", PHONE)):
            await person.window.screenshot(OUT / f"call-{person.window.name}-{shape}.png", size)
    for watch in watches:
        watch.check()

    await people[-1].leave()
    for person in people[:-1]:
        await person.until_gone("Dora", 3)
        assert await person.offers_since_entering() == 0, person.name
        assert [line for line in person.window.log if line.startswith("uncaught")] == []


@dataclass
class Watch:
    """One person as another sees and hears them, about once a second."""

    who: str
    by: str
    seen: list[tuple[float, Remote]] = field(default_factory=list)

    @property
    def skew(self) -> float:
        """Audio against video in ms: the best median of `SKEW_SAMPLES` in a row.

        A machine that stops a browser for a moment makes single ones meaningless; a wrong clock spoils them all.
        """
        skews = [remote.skew for _, remote in self.seen if remote.skew is not None]
        rows = (skews[at : at + SKEW_SAMPLES] for at in range(len(skews) - SKEW_SAMPLES + 1))
        return min((abs(statistics.median(row)) for row in rows), default=math.inf)

    def check(self) -> None:
        (began, first), (ended, last) = self.seen[0], self.seen[-1]
        story = f"{self.who} at {self.by}: {first} ... {last}"
        assert last.frames - first.frames >= (ended - began) * LEAST_RATE, story
        sizes = [(remote.width, remote.height) for _, remote in self.seen]
        assert (640, 360) in (sizes[-1:] if STRICT else sizes), story
        assert last.energy > first.energy, story
        assert last.turn == first.turn, f"nobody changed Slots: {story}"
        assert self.skew <= MOST_SKEW_MS, f"{story}: {[remote.skew for _, remote in self.seen]}"


async def watch_each_other(people: list[Person]) -> list[Watch]:
    """Watch for `COUNTED_SECONDS`, and longer while receivers still move sound and picture together."""
    watches = {
        (one.name, by.name): Watch(one.name, by.name) for one in people for by in people if one is not by
    }
    began = trio.current_time()
    with trio.move_on_after(COUNTED_SECONDS + SETTLE_SECONDS):
        while True:
            for by in people:
                for name, remote in (await by.remotes()).items():
                    watches[name, by.name].seen.append((trio.current_time(), remote))
            together = all(watch.skew <= MOST_SKEW_MS for watch in watches.values())
            if together and trio.current_time() - began >= COUNTED_SECONDS:
                break
            await trio.sleep(SAMPLE_SECONDS)
    return list(watches.values())
