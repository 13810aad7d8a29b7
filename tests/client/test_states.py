"""Each state in Chromium: its words and buttons are seen, axe finds nothing serious, nothing scrolls sideways at 320 px."""

import os

import pytest
from playwright.sync_api import Browser

from tests.client.conftest import OpenState
from tests.client.show import Looks
from tests.client.states import STATES
from tests.client.steps import State

pytestmark = pytest.mark.browser

DESKTOP, NARROW = (1440, 900), (320, 568)
SHORT = ("auth.wrong", "chat.empty")
PARTS = [state for state in STATES if os.environ.get("TREBLE_CLIENT") or state.name in SHORT]


@pytest.mark.parametrize("state", PARTS, ids=[state.name for state in PARTS])
def test_a_state_says_what_happened_and_what_to_do(
    chromium: Browser, open_in: OpenState, state: State
) -> None:
    page = open_in(chromium, state, DESKTOP)
    looks = Looks(page, state)
    looks.words()
    looks.shoot("states", "desktop.light")
    looks.axe("desktop light")
    page.emulate_media(color_scheme="dark")
    looks.axe("desktop dark")
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    looks.sideways("320x568")
    looks.shoot("states", "narrow.dark")
    looks.axe("narrow dark")
    assert looks.wrong == []
