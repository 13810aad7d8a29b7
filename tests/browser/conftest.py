"""Moves pytest into a network namespace when browser tests were selected; opens windows for tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from tests.browser import namespace
from tests.browser.chromium import Chromium, Driver
from tests.browser.firefox import Firefox, open_firefox


class _Entered:
    error: namespace.NamespaceFailed | None = None


def pytest_collection_finish(session: pytest.Session) -> None:
    if (
        any(item.get_closest_marker("browser") for item in session.items)
        and not session.config.option.collectonly
    ):
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
async def chromium(driver: Driver) -> AsyncIterator[Chromium]:
    window = await Chromium.launch(driver)
    yield window
    with trio.CancelScope(shield=True), trio.move_on_after(10):
        await window.close()


@pytest.fixture
async def firefox(tmp_path: Path) -> AsyncIterator[Firefox]:
    async with open_firefox(tmp_path) as window:
        yield window
