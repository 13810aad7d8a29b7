"""Chromium windows by Playwright.

Playwright speaks asyncio, so one thread of its own runs an event loop with the driver; Trio submits
coroutines to it. Each window is a browser process of its own, so that one can be killed without the others
noticing.
"""

import asyncio
import os
import signal
import threading
import uuid
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import trio
from playwright.async_api import Browser, Error, Page, Playwright, async_playwright

from tests.browser.window import AT_REST, BEGIN, PageError
from tests.chromium import EXECUTABLE, FAKE_DEVICES, QUIET

T = TypeVar("T")

TIMEOUT_MS = 60_000
FLAGS = [*QUIET, f"{FAKE_DEVICES}=fps=15,display-media-type=monitor"]


class Driver:
    """Playwright's driver process and the thread with the event loop that talks to it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="playwright", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.playwright: Playwright = self._submit(async_playwright().start()).result(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._submit(self.playwright.stop()).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` in the driver's loop, cancelled with the Trio task; raises `PageError`."""
        finished = trio.Event()
        token = trio.lowlevel.current_trio_token()
        future = self._submit(coroutine)

        def wake(_: "Future[T]") -> None:
            try:
                token.run_sync_soon(finished.set)
            except trio.RunFinishedError:
                pass

        future.add_done_callback(wake)
        try:
            await finished.wait()
        finally:
            future.cancel()
        try:
            return future.result()
        except Error as error:
            raise PageError(error.message) from None


class OpenChromium(Protocol):
    """The fixture `open_chromium`: opens windows that the test's end closes."""

    async def __call__(self, name: str, *flags: str) -> "Chromium": ...


class Chromium:
    """A `Window`."""

    def __init__(self, driver: Driver, name: str, flags: tuple[str, ...]) -> None:
        self.name = name
        self.log: list[str] = []
        self._driver = driver
        self._flags = flags
        self._mark = f"--treble-window={uuid.uuid4().hex}"
        self._browser: Browser
        self._page: Page
        self._pid = 0

    @classmethod
    async def launch(cls, driver: Driver, name: str, *flags: str) -> Self:
        """`flags` are for this window alone."""
        window = cls(driver, name, flags)
        await driver.call(window._launch())
        window._pid = _process_with(window._mark)
        return window

    async def _launch(self) -> None:
        self._browser = await self._driver.playwright.chromium.launch(
            executable_path=EXECUTABLE, args=[*FLAGS, *self._flags, self._mark], timeout=30_000
        )
        context = await self._browser.new_context(
            ignore_https_errors=True, viewport={"width": BEGIN[0], "height": BEGIN[1]}
        )
        context.set_default_timeout(TIMEOUT_MS)
        self._page = await context.new_page()
        self._page.on("console", lambda message: self.log.append(f"{message.type}: {message.text}"))
        self._page.on("pageerror", lambda error: self.log.append(f"uncaught: {error}"))

    async def begin_with(self, script: str) -> None:
        """Every page of this window runs this script before its own."""
        await self._driver.call(self._page.add_init_script(script))

    async def open(self, url: str) -> None:
        await self._driver.call(self._page.goto(url))

    async def evaluate(self, expression: str) -> Any:
        return await self._driver.call(self._page.evaluate(expression))

    def frame(self, origin: str) -> "Frame":
        """The page of `origin` in a frame of this page, for `wait_for`."""
        return Frame(self, origin)

    async def evaluate_in(self, origin: str, expression: str) -> Any:
        found = [frame for frame in self._page.frames if frame.url.startswith(f"{origin}/")]
        if len(found) != 1:
            raise PageError(f"{len(found)} frames of {origin}")
        return await self._driver.call(found[0].evaluate(expression))

    async def click(self, selector: str) -> None:
        await self._driver.call(self._page.click(selector))

    async def fill(self, selector: str, text: str) -> None:
        await self._driver.call(self._page.fill(selector, text))

    async def press_key(self, key: str) -> None:
        """A real key goes down and up, as Playwright names it: `Tab`, `Shift+Tab`, `Enter`, `m`."""
        await self._driver.call(self._page.keyboard.press(key))

    async def type_text(self, text: str) -> None:
        await self._driver.call(self._page.keyboard.type(text))

    async def offer_file(self, path: Path) -> None:
        """What the user picks when the page asks for files next; the system's own window is not shown."""

        async def wait() -> None:
            self._page.once("filechooser", lambda chooser: chooser.set_files(path))

        await self._driver.call(wait())

    async def screenshot(self, path: Path, size: tuple[int, int]) -> None:
        await self._driver.call(self._page.set_viewport_size({"width": size[0], "height": size[1]}))
        await self.evaluate(AT_REST)
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._driver.call(self._page.screenshot(path=path))

    async def close(self) -> None:
        if self._browser.is_connected():
            await self._driver.call(self._page.close(run_before_unload=False))
            await self._driver.call(self._browser.close())

    async def kill(self) -> None:
        os.killpg(self._pid, signal.SIGKILL)  # the driver starts each browser as the leader of a group


class Frame:
    def __init__(self, window: Chromium, origin: str) -> None:
        self.name, self.log = window.name, window.log
        self._window, self._origin = window, origin

    async def evaluate(self, expression: str) -> Any:
        return await self._window.evaluate_in(self._origin, expression)


def _process_with(mark: str) -> int:
    """The browser process that was started with `mark` on its command line."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in arguments and not any(argument.startswith(b"--type=") for argument in arguments):
            pid = int(folder.name)
            if os.getpgid(pid) == pid:
                return pid
    raise ProcessLookupError(f"no process with {mark}")
