"""Stories: real Chromium windows in rooms with the default settings of the real server, in the browser tests' namespace.

`TREBLE_SHOTS` names the folder of the screenshots; `TREBLE_STORIES` plays all stories, not only the short ones. Every story
is played with the mouse and by keys alone (`keyboard.py`); `TREBLE_KEYS` chooses: "1" keys, "0" the mouse.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.conftest import (  # noqa: F401  fixtures and the hook are found by their names
    _in_namespace,
    driver,
    open_chromium,
    pytest_collection_finish,
)
from tests.browser.server import Server, run_server
from tests.stories.ledger import LINES, Ledger, table
from tests.stories.theatre import Theatre

SHOTS = Path(os.environ.get("TREBLE_SHOTS", Path(__file__).parents[2] / "build" / "stories"))

HANDS = {"1": ["keys"], "0": ["mouse"]}.get(os.environ.get("TREBLE_KEYS", ""), ["mouse", "keys"])
SHORT_BY_KEYS = {"test_a_guest_knocks_and_is_admitted"}  # also where the long stories are not played


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "hands" in metafunc.fixturenames:
        named = metafunc.definition.name in SHORT_BY_KEYS
        is_chosen = named or "TREBLE_STORIES" in os.environ or "TREBLE_KEYS" in os.environ
        metafunc.parametrize("hands", HANDS if is_chosen else ["mouse"])


@pytest.fixture
async def server_environment() -> dict[str, str]:
    """More of the server's configuration; stories that need it have a fixture of this name."""
    return {}


@pytest.fixture
async def safe_server(tmp_path: Path, server_environment: dict[str, str]) -> AsyncIterator[Server]:
    """`treble dev` as it comes: rooms are safe."""
    async with run_server(tmp_path, more_environment=server_environment, options=()) as server:
        yield server


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Ledger:
    return Ledger(request.node.name.removeprefix("test_").replace("_", " "))


@pytest.fixture
async def theatre(
    request: pytest.FixtureRequest,
    safe_server: Server,  # which outlives the last pictures
    open_chromium: OpenChromium,  # noqa: F811
    ledger: Ledger,
    hands: str,
) -> AsyncIterator[Theatre]:
    """Opens windows; an error in any page fails the story, and a failed story leaves pictures of where it stood."""
    by_keys = hands == "keys"
    theatre = Theatre(open_chromium, ledger, SHOTS / "keys" if by_keys else SHOTS, by_keys=by_keys)
    yield theatre
    with trio.fail_after(120):
        await theatre.end(request.node.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LINES:
        terminalreporter.section("stories: measured against expected")
        terminalreporter.write_line(table())
