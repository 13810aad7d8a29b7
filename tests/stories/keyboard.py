"""A window that is used by its keyboard alone: no pointer, and no focus but where keys bring it.

What would be clicked is gone to by Tab, Shift+Tab and arrows, or by the shortcut that it names, and pressed by Enter or the
space bar. On the way the focus has to be seen at every stop, nothing may keep it, and nothing that closes may lose it.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import trio

from tests.browser.chromium import Chromium
from tests.browser.window import PageError, quote, wait_for

EYES = (Path(__file__).with_name("keyboard.js")).read_text()
MOST_KEYS = 80  # to one control; the fullest page has about half as many stops
SHOWN_SECONDS = 30  # until what is gone to is there
PATIENCE_SECONDS = 15  # until what was pressed has opened, closed, or given the focus back
BETWEEN_PAGES = 100  # looks that find no page
BY_HAND = re.compile(r"\.(click|focus|requestSubmit)\(")


class Unreachable(Exception):
    """What cannot be come to by keys, cannot be left by keys, or lost the focus: says what, and where the focus was."""


@dataclass(frozen=True)
class Look:
    """What `keyboard.js` sees, with respect to one control where one was asked for."""

    at: str
    number: int
    id: str
    lost: bool
    used: bool
    unseen: str
    field: bool
    exists: bool
    there: bool
    next: str
    kind: str
    shortcut: str
    overlay: str
    isMenu: bool  # noqa: N815  as the script names it
    covered: bool
    inside: bool
    place: str


class Keyboard:
    """A `Window`."""

    surveyed: set[str] = set()  # places whose whole circle of stops was walked, in this run

    def __init__(self, window: Chromium, patience: float) -> None:
        self.name = window.name
        self.log = window.log
        self._window = window
        self._patience = patience
        self._pressed: set[str] = set()
        self._presses = 0
        self._last = "the page was opened"

    @classmethod
    async def of(cls, window: Chromium, patience: float = PATIENCE_SECONDS) -> Self:
        await window.begin_with(EYES)
        return cls(window, patience)

    # --- as every window ----------------------------------------------------------------------------------------

    async def open(self, url: str) -> None:
        await self._window.open(url)
        await self._forgive()

    async def evaluate(self, expression: str) -> Any:
        assert not BY_HAND.search(expression), f"not by keys: {expression}"
        return await self._window.evaluate(expression)

    async def screenshot(self, path: Path, size: tuple[int, int]) -> None:
        await self._window.screenshot(path, size)
        await self._forgive()

    async def offer_file(self, path: Path) -> None:
        await self._window.offer_file(path)

    async def close(self) -> None:
        await self._window.close()

    async def kill(self) -> None:
        await self._window.kill()

    async def click(self, selector: str) -> None:
        """Press what would be clicked."""
        await self.go_to(selector)
        await self.press_here(selector)

    async def fill(self, selector: str, text: str) -> None:
        await self._walk(selector)
        await self._window.press_key("Control+a")
        await self._window.press_key("Backspace")
        await self._window.type_text(text)

    # --- keys ---------------------------------------------------------------------------------------------------

    async def go_to(self, selector: str) -> None:
        """The focus comes to a control; nothing is pressed yet. Whoever was there before knows its shortcut."""
        await self._survey()
        if not await self._knows(selector):
            await self._walk(selector)

    async def press_here(self, selector: str) -> float:
        """Press the control that was gone to; returns when (Trio's clock)."""
        look = await self._look(selector)
        self._last = f"{selector} was pressed"
        began = trio.current_time()
        if look.there:
            self._presses += 1
            turn = "Space" if self._presses % 2 else "Enter"
            await self._window.press_key({"box": "Space", "button": turn}.get(look.kind, "Enter"))
        else:
            await self._window.press_key(_key(look.shortcut))
            self._last = f"{look.shortcut} was pressed for {selector}"
        self._pressed.add(selector)
        await self._settled()
        return began

    async def _knows(self, selector: str) -> bool:
        """Whether its shortcut is known and works here."""
        look = await self._look(selector)
        works = not look.overlay and (not look.field or len(look.shortcut) > 1)
        return selector in self._pressed and bool(look.shortcut) and works

    async def _walk(self, selector: str) -> None:
        await wait_for(self, f"document.querySelector({quote(selector)})?.checkVisibility()", SHOWN_SECONDS)
        look = await self._settled(selector)
        if look.covered:
            look = await self._close_overlay(selector)
        elif look.overlay and not look.inside:
            look = await self._until_inside(selector)
        way = [look.at]
        for _ in range(MOST_KEYS):
            if look.there:
                return
            if not look.exists:
                raise Unreachable(f"{self.name}: {selector} went away; the focus was at {' > '.join(way)}")
            key, before = look.next, look.number
            await self._window.press_key(key)
            look = await self._seen(selector)
            way.append(f"[{key}] {look.at}")
            if look.number == before and not look.lost:
                raise Unreachable(f"{self.name}: {key} does not leave {look.at}, on the way to {selector}")
        raise Unreachable(f"{self.name}: {MOST_KEYS} keys do not lead to {selector}: {' > '.join(way[-45:])}")

    async def _close_overlay(self, selector: str) -> Look:
        """By Escape: what lies over the page goes, and the focus comes back to where it was."""
        over = (await self._look(selector)).overlay
        await self._window.press_key("Escape")
        self._last = f"Escape closed {over}"
        look = await self._settled(selector)
        if look.overlay == over:
            raise Unreachable(f"{self.name}: Escape does not close {over}; the focus is at {look.at}")
        return look

    async def _until_inside(self, selector: str) -> Look:
        """What has just opened takes the focus by itself."""
        look = await self._look_until(lambda look: look.inside, selector)
        if look.inside:
            return look
        raise Unreachable(f"{self.name}: {look.overlay} is open, and the focus stays at {look.at}")

    async def _survey(self) -> None:
        """Where nobody was before: the Tab key comes to every control and back to the first, both ways round."""
        look = await self._settled()
        if look.place in Keyboard.surveyed or look.isMenu or not look.used:
            return
        Keyboard.surveyed.add(look.place)
        for key in ("Tab", "Shift+Tab"):
            missing = await self._missed(key) and await self._missed(
                key
            )  # again where the page changed meanwhile
            if missing:
                raise Unreachable(f"{self.name}: {key} does not come to {missing} ({look.place})")
        await self._seen()

    async def _missed(self, key: str) -> list[str]:
        """Stops that were there all the time and that a whole circle did not come to."""
        before = dict(await self._window.evaluate("byKeys.stops()"))
        visited: list[int] = []
        while len(visited) <= MOST_KEYS:
            await self._window.press_key(key)
            look = await self._seen()
            if visited and look.number == visited[-1] and not look.lost:
                raise Unreachable(f"{self.name}: {key} does not leave {look.at}")
            visited.append(look.number)
            if look.number in visited[:-1] and not look.lost:
                break
        after = dict(await self._window.evaluate("byKeys.stops()"))
        return [name for number, name in after.items() if number in before and number not in visited]

    # --- eyes ---------------------------------------------------------------------------------------------------

    async def _look(self, selector: str = "") -> Look:
        return Look(**await self._window.evaluate(f"byKeys.look({quote(selector)})"))

    async def _look_until(self, holds: Callable[[Look], bool], selector: str) -> Look:
        """The last look, whatever it shows after a while; three at least, so that a slow page is not a wrong one."""
        deadline = trio.current_time() + self._patience
        for count in itertools.count(1):
            try:
                look = await self._look(selector)
                if holds(look) or (count > 2 and trio.current_time() > deadline):
                    return look
            except PageError:  # between two pages
                if count > BETWEEN_PAGES:
                    raise
            await trio.sleep(0.05)
        raise AssertionError

    async def _seen(self, selector: str = "") -> Look:
        """Where the focus is, once it can be seen there (what appears may take its time)."""
        look = await self._look_until(lambda look: not look.unseen, selector)
        if look.unseen:
            raise Unreachable(f"{self.name}: {look.at} has the focus and {look.unseen}")
        return look

    async def _settled(self, selector: str = "") -> Look:
        """After a deed: the focus is somewhere, and can be seen there. A page that is new has none yet."""
        look = await self._look_until(_is_settled, selector)
        if _is_settled(look):
            return look
        why = look.unseen or "the focus is lost"
        raise Unreachable(f"{self.name}: {look.at}: {why}, after {self._last}")

    async def _forgive(self) -> None:
        await self._window.evaluate("byKeys.forgive()")


def _is_settled(look: Look) -> bool:
    return not look.unseen and not (look.lost and look.used)


def _key(shortcut: str) -> str:
    """As Playwright names it."""
    return shortcut.lower() if len(shortcut) == 1 else shortcut
