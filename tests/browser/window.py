"""What the tests ask of a browser window, whatever its make, and how they wait for a page."""

import json
from pathlib import Path
from typing import Any, Protocol

import trio

from tests.browser.patience import patient

POLL_SECONDS = 0.1

BEGIN = (960, 600)  # CSS pixels; four tiles still deserve 360 lines, and painting in software costs little
DESKTOP = (1440, 900)
PHONE = (390, 844)


# After a new size: laid out, painted, and moved to where it belongs.
AT_REST = """(async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ends = document.getAnimations().map(({ finished }) => finished.catch(() => {}));
  await Promise.race([Promise.all(ends), new Promise((done) => setTimeout(done, 1000))]);
  return true;
})()"""


class Window(Protocol):
    """One browser process with one page in it.

    `log` collects console lines and uncaught errors of the page, for the message of a failing test.
    """

    name: str
    log: list[str]

    async def open(self, url: str) -> None:
        """Load `url`; returns after the page's load event."""

    async def evaluate(self, expression: str) -> Any:
        """The JSON value of a JavaScript expression, a promise awaited; raises `PageError`."""

    async def click(self, selector: str) -> None:
        """A real click (user activation included) in the middle of the element."""

    async def fill(self, selector: str, text: str) -> None:
        """Type into a field, replacing what is there."""

    async def screenshot(self, path: Path, size: tuple[int, int]) -> None:
        """A PNG of the viewport at `size` CSS pixels."""

    async def close(self) -> None:
        """Close as a user does: the page unloads."""

    async def kill(self) -> None:
        """SIGKILL to all its processes: nothing more leaves this browser."""


class PageError(Exception):
    """The page threw, or what was looked for is not there."""


class Late(Exception):
    """What a test waited for did not come; carries the last value seen and the page's log."""


async def wait_for(window: Window, expression: str, seconds: float) -> Any:
    """Evaluate `expression` again and again until it is truthy; returns the value. Raises `Late` after
    `patient(seconds)`."""
    value: Any = None
    error: PageError | None = None
    with trio.move_on_after(patient(seconds)):
        while True:
            try:
                value, error = await window.evaluate(expression), None
            except PageError as thrown:
                error = thrown
            if value:
                return value
            await trio.sleep(POLL_SECONDS)
    log = "\n".join(window.log[-40:])
    raise Late(f"{window.name}: after {seconds} s still {error or value!r}: {expression}\n{log}")


def quote(text: str) -> str:
    """A JavaScript string literal."""
    return json.dumps(text)
