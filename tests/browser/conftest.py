"""Moves pytest into a network namespace when browser tests were selected; opens windows for tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from tests.browser import namespace
from tests.browser.chromium import Chromium, Driver, OpenChromium
from tests.browser.firefox import Firefox, open_firefox
from tests.browser.server import Server, run_server


class _Entered:
    done = False
    error: namespace.NamespaceFailed | None = None


def pytest_collection_finish(session: pytest.Session) -> None:
    wanted = any(item.get_closest_marker("browser") for item in session.items)
    if wanted and not session.config.option.collectonly and not _Entered.done:
        _Entered.done = True
        try:
            namespace.enter()
        except namespace.NamespaceFailed as error:
            _Entered.error = error


@pytest.fixture(autouse=True)
def _in_namespace() -> None:
    if _Entered.error is not None:
        pytest.fail(str(_Entered.error))


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    with Driver() as driver:
        yield driver


@pytest.fixture
async def open_chromium(driver: Driver) -> AsyncIterator[OpenChromium]:
    """Opens any number of windows; all are closed at the end."""
    windows: list[Chromium] = []

    async def open_one(name: str, *flags: str) -> Chromium:
        windows.append(await Chromium.launch(driver, name, *flags))
        return windows[-1]

    yield open_one
    for window in windows:
        with trio.CancelScope(shield=True), trio.move_on_after(10):
            await window.close()


@pytest.fixture
async def chromium(open_chromium: OpenChromium) -> Chromium:
    return await open_chromium("chromium")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with run_server(tmp_path) as server:
        yield server


@pytest.fixture
async def firefox(tmp_path: Path) -> AsyncIterator[Firefox]:
    async with open_firefox(tmp_path) as window:
        yield window
