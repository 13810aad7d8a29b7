"""Each screen in four sizes, light and dark, right to left, with large letters: pictures, axe, nothing sideways."""

import os

import pytest
from playwright.sync_api import Browser

from tests.client.conftest import OpenState
from tests.client.moments import MOMENTS
from tests.client.screens import CHOSEN, SCREENS, SHORT
from tests.client.show import Looks
from tests.client.steps import State

pytestmark = pytest.mark.browser

ALL = bool(os.environ.get("TREBLE_CLIENT"))
Sizes = dict[str, tuple[int, int]]
MOUSE: Sizes = {"desktop": (1440, 900), "tablet": (1024, 768)}
TOUCH: Sizes = {"phone": (390, 844), "phone-lying": (844, 390)}
NARROW = {"320x568": (320, 568), "320x256, 1280x1024 at 400 %": (320, 256)}
THEMES = ("light", "dark")
BY_NAME = {state.name: state for state in SCREENS}
SEEN = [*SCREENS, *MOMENTS] if ALL else []
PHONED = [state for state in SEEN if not state.only]
TURNED = CHOSEN if ALL else ()


def look(looks: Looks, folder: str, sizes: Sizes) -> None:
    for name, (width, height) in sizes.items():
        looks.page.set_viewport_size({"width": width, "height": height})
        looks.sideways(f"{folder} {name}")
        for theme in THEMES:
            looks.page.emulate_media(color_scheme=theme)
            looks.axe(f"{folder} {name} {theme}")
            looks.shoot(folder, f"{name}.{theme}")


def look_narrow(looks: Looks, folder: str) -> None:
    for name, (width, height) in NARROW.items():
        looks.page.set_viewport_size({"width": width, "height": height})
        looks.sideways(f"{folder} {name}")


@pytest.mark.parametrize("state", SEEN, ids=[state.name for state in SEEN])
def test_with_a_mouse(chromium: Browser, open_in: OpenState, state: State) -> None:
    looks = Looks(open_in(chromium, state, MOUSE["desktop"]), state)
    look(looks, "screens", MOUSE)
    assert looks.wrong == []


@pytest.mark.parametrize("state", PHONED, ids=[state.name for state in PHONED])
def test_by_touch(chromium: Browser, open_in: OpenState, state: State) -> None:
    looks = Looks(open_in(chromium, state, TOUCH["phone"], touch=True), state)
    look(looks, "screens", TOUCH)
    look_narrow(looks, "screens")
    assert looks.wrong == []


@pytest.mark.parametrize("name", TURNED)
def test_from_right_to_left(chromium: Browser, open_in: OpenState, name: str) -> None:
    state = BY_NAME[name]
    path = state.in_language("ar-XB")
    wide = Looks(open_in(chromium, state, MOUSE["desktop"], path=path), state)
    look(wide, "right-to-left", {"desktop": MOUSE["desktop"]})
    phone = Looks(open_in(chromium, state, TOUCH["phone"], path=path, touch=True), state)
    look(phone, "right-to-left", {"phone": TOUCH["phone"]})
    look_narrow(phone, "right-to-left")
    assert wide.wrong + phone.wrong == []


@pytest.mark.parametrize("name", TURNED)
def test_with_letters_of_twice_the_size(large_chromium: Browser, open_in: OpenState, name: str) -> None:
    state = BY_NAME[name]
    wide = Looks(open_in(large_chromium, state, MOUSE["desktop"]), state)
    look(wide, "large-letters", {"desktop": MOUSE["desktop"]})
    phone = Looks(open_in(large_chromium, state, TOUCH["phone"], touch=True), state)
    look(phone, "large-letters", {"phone": TOUCH["phone"]})
    assert wide.wrong + phone.wrong == []


@pytest.mark.skipif(ALL, reason="is a part of what is looked at anyway")
@pytest.mark.parametrize("name", SHORT)
def test_the_main_screens(chromium: Browser, open_in: OpenState, name: str) -> None:
    state = BY_NAME[name]
    looks = Looks(open_in(chromium, state, MOUSE["desktop"]), state)
    looks.axe("desktop light")
    look_narrow(looks, "screens")
    assert looks.wrong == []
