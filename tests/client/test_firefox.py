"""Each screen and state in Firefox, with the same server inside the page: it is reached, and its words are seen."""

import json
import os
from pathlib import Path

import pytest

from tests.browser.firefox import Firefox, open_firefox
from tests.browser.window import DESKTOP, Late, PageError, wait_for
from tests.client import ledger
from tests.client.moments import MOMENTS
from tests.client.rows import ROWS, pattern_of
from tests.client.screens import IN_CALL, SCREENS
from tests.client.show import OFFERS, SAYS, SHOTS
from tests.client.states import STATES
from tests.client.steps import Click, Fill, Run, State, Step, Until
from tests.web.conftest import FAKE_SERVER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.environ.get("TREBLE_CLIENT"), reason="minutes: one of `make test-client`"),
]

SECONDS = 30
SEEN = "states seen in Firefox"
ROWS_SEEN = "rows of words seen in Firefox"
OUTSIDE = [state for state in SCREENS if state not in IN_CALL]
HALF = len(STATES) // 2
GROUPS = {
    "screens": OUTSIDE,
    "in-call": IN_CALL,
    "moments": MOMENTS,
    "states": STATES[:HALF],
    "more-states": STATES[HALF:],
}


async def play(window: Firefox, steps: tuple[Step, ...]) -> None:
    for step in steps:
        match step:
            case Click(selector):
                await wait_for(
                    window, f"document.querySelector({json.dumps(selector)})?.checkVisibility()", SECONDS
                )
                await window.click(selector)
            case Fill(selector, text):
                await window.fill(selector, text)
            case Run(script):
                await window.evaluate(f"(async () => {{ await ({script}); }})()")
            case Until(expression):
                await wait_for(window, f"Boolean({expression})", SECONDS)


async def show(window: Firefox, origin: str, state: State) -> None:
    """Play it in a browser that remembers nothing of what was before."""
    await window.open(f"{origin}/app/icon.svg")
    await window.evaluate("(localStorage.clear(), sessionStorage.clear(), history.replaceState(null, ''))")
    options = f"window.fakeOptions = {json.dumps(state.options)};"
    script = await window.before_load("\n".join((options, FAKE_SERVER, *state.before)))
    try:
        await window.open(f"{origin}{state.path}")
        await wait_for(window, "document.body.dataset.screen", SECONDS)
        await play(window, state.steps)
    finally:
        await window.forget_before_load(script)


async def check_words(window: Firefox, state: State) -> list[str]:
    wrong = []
    for name in state.rows:
        missing = []
        checks = [(SAYS, ROWS[name].pattern), *((OFFERS, pattern_of(text)) for text in ROWS[name].buttons)]
        for function, pattern in checks:
            try:
                await wait_for(window, f"({function})({json.dumps(pattern)})", SECONDS)
            except Late:
                missing.append(pattern)
        ledger.note(ROWS_SEEN, f"{state.name} {name}", not missing, "; ".join(missing))
        wrong += [f"{state.name}: {one}" for one in missing]
    return wrong


@pytest.mark.parametrize("group", GROUPS)
async def test_in_firefox(origin: str, tmp_path: Path, group: str) -> None:
    wrong = []
    async with open_firefox(tmp_path) as window:
        await window.set_size(DESKTOP)
        for state in GROUPS[group]:
            if (
                state.only == "chromium"
            ):  # without a device that takes sound no AudioContext of Firefox ever runs
                continue
            try:
                await show(window, origin, state)
                wrong += await check_words(window, state)
                await window.screenshot(SHOTS / "firefox" / f"{state.name}.png", DESKTOP)
            except (Late, PageError) as error:
                wrong.append(f"{state.name}: {error}")
                ledger.note(SEEN, state.name, False, str(error))
            else:
                ledger.note(SEEN, state.name, True)
    assert wrong == []
