"""One Chromium for all tests of the page; each test gets a page with a server inside it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chromium import EXECUTABLE, FAKE_DEVICES, QUIET
from tests.web.serve import serve

HARNESS = Path(__file__).parent / "harness"
PARTS = ("fake_accounts.js", "fake_meeting.js", "fake_server.js")
FAKE_SERVER = "".join((HARNESS / name).read_text() for name in PARTS)
FLAGS = [*QUIET, FAKE_DEVICES, "--auto-select-desktop-capture-source=Entire screen"]
TIMEOUT_MS = 20_000

expect.set_options(timeout=15_000)  # machines may be busy; a page that is right does not use it up

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serve() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, origin: str) -> Iterator[OpenPage]:
    """`open_page("/r/room#password", size=(w, h), people=3, ...)`; uncaught errors of the page fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(
        path: str,
        *,
        size: tuple[int, int] = (1280, 720),
        locale: str = "en-US",
        touch: bool = False,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=origin,
            locale=locale,
            viewport={"width": size[0], "height": size[1]},
            has_touch=touch,
            permissions=["camera", "microphone", "clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(f"window.fakeOptions = {json.dumps(options)}")
        page.add_init_script(FAKE_SERVER)
        page.goto(path)
        page.wait_for_selector("body[data-screen]")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []
