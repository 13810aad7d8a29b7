"""The client, state by state, with a server inside the page; `TREBLE_CLIENT` asks for all of it (`make test-client`).

`TREBLE_SHOTS` names the folder of the screenshots.
"""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.conftest import (  # found by their names
    _in_namespace,  # noqa: F401
    pytest_collection_finish as enter_namespace,
)
from tests.chromium import EXECUTABLE
from tests.client import axe, ledger
from tests.client.show import PATIENCE_MS, play
from tests.client.steps import State
from tests.web.conftest import FAKE_SERVER, FLAGS, origin  # noqa: F401

TWICE = "--blink-settings=defaultFontSize=32"  # a browser's default is 16

OpenState = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    wanted = any(item.path.parent.name == "client" for item in session.items)
    if wanted and not session.config.option.collectonly:
        axe.install()  # there is no registry inside the namespace
    enter_namespace(session)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def large_chromium(playwright: Playwright) -> Iterator[Browser]:
    """Whose user has asked for letters of twice the size."""
    launched = playwright.chromium.launch(executable_path=EXECUTABLE, args=[*FLAGS, TWICE])
    yield launched
    launched.close()


@pytest.fixture
def open_in(origin: str) -> Iterator[OpenState]:  # noqa: F811
    """`open_in(browser, state, size, touch=True)` plays the state; uncaught errors of the page fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(
        browser: Browser, state: State, size: tuple[int, int], *, touch: bool = False, path: str = ""
    ) -> Page:
        context = browser.new_context(
            base_url=origin,
            locale="en-US",
            viewport={"width": size[0], "height": size[1]},
            permissions=["camera", "microphone", "clipboard-read", "clipboard-write"],
            has_touch=touch,
            reduced_motion="reduce",
            color_scheme="light",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        for script in (f"window.fakeOptions = {json.dumps(state.options)}", FAKE_SERVER, *state.before):
            page.add_init_script(script)
        page.goto(path or state.path)
        page.wait_for_selector("body[data-screen]")
        play(page, state.steps)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ledger.ACCOUNTS:
        terminalreporter.section("client: measured against expected")
        terminalreporter.write_line(ledger.table())
