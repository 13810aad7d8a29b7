"""Real browsers in one room through the real server: everybody sees and hears everybody, in time."""

import os
import statistics
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from tests.browser.chromium import Chromium
from tests.browser.firefox import Firefox
from tests.browser.person import Person, Remote
from tests.browser.server import Server
from tests.browser.window import DESKTOP, PHONE

pytestmark = pytest.mark.browser

OUT = Path(__file__).parent / "out"
COUNTED_SECONDS = 60 if os.environ.get("TREBLE_LONG") else 12
LEAST_RATE = 8  # decoded frames per second of a camera that gives 15, four browsers on two cores
MOST_SKEW_MS = 80
SETTLE_SECONDS = (
    40  # Firefox starts with its smallest Layer; receivers move sound and picture together slowly
)


async def test_three_chromiums_and_a_firefox_see_and_hear_each_other(
    server: Server, open_chromium: Callable[[str], Awaitable[Chromium]], firefox: Firefox
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

    await settle(people)
    samples = await watch(people, COUNTED_SECONDS)
    for person in people:
        others = {other.name for other in people if other is not person}
        for name in others:
            check_reception(person.name, [sample[name] for sample in samples[person.name]])
    for person in people:
        for shape, size in (("desktop", DESKTOP), ("phone", PHONE)):
            await person.window.screenshot(OUT / f"call-{person.window.name}-{shape}.png", size)

    await people[-1].leave()
    for person in people[:-1]:
        await person.until_gone("Dora", 3)
        assert await person.offers_since_entering() == 0, person.name
        assert [line for line in person.window.log if line.startswith("uncaught")] == []


async def settle(people: list[Person]) -> None:
    """Wait until sound and picture of everybody are together everywhere."""
    skews: dict[str, float | None] = {}
    with trio.move_on_after(SETTLE_SECONDS):
        while True:
            for person in people:
                for name, remote in (await person.remotes()).items():
                    skews[f"{name} at {person.name}"] = remote.skew
            if all(skew is not None and abs(skew) <= MOST_SKEW_MS for skew in skews.values()):
                return
            await trio.sleep(0.5)
    pytest.fail(f"sound and picture do not come together: {skews}")


async def watch(people: list[Person], seconds: float) -> dict[str, list[dict[str, Remote]]]:
    """What everybody sees, about once a second, by name."""
    samples: dict[str, list[dict[str, Remote]]] = {person.name: [] for person in people}
    deadline = trio.current_time() + seconds
    while True:
        for person in people:
            samples[person.name].append(await person.remotes())
        if trio.current_time() >= deadline:
            return samples
        await trio.sleep(1)


def check_reception(who: str, seen: list[Remote]) -> None:
    """One person as seen by `who` over the whole watch."""
    first, last = seen[0], seen[-1]
    story = f"{who} sees {last}"
    assert last.frames - first.frames >= COUNTED_SECONDS * LEAST_RATE, story
    assert (last.width, last.height) == (640, 360), story
    assert last.energy > first.energy, story
    assert last.turn == first.turn, "nobody changed Slots"
    skews = [remote.skew for remote in seen if remote.skew is not None]
    assert len(skews) > len(seen) / 2, story
    assert abs(statistics.median(skews)) <= MOST_SKEW_MS, f"{story}: {skews}"
