"""The keys of the call: letters, hold to talk, help; where they are off, and where the focus goes."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, sent
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser


def is_on(page: Page, on: bool) -> None:
    expect(page.locator("#mic")).to_have_attribute("data-on", "true" if on else "false")


def test_the_space_bar_is_held_to_talk(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.keyboard.press("m")
    is_on(page, False)
    page.keyboard.down(" ")
    is_on(page, True)
    page.keyboard.up(" ")
    is_on(page, False)
    page.focus("#chat")  # a control has the focus: the space bar is its own
    page.keyboard.press(" ")
    expect(page.locator("#chat-panel")).to_be_visible()
    is_on(page, False)
    page.keyboard.type("m m")
    expect(page.locator("#chat-text")).to_have_value("m m")
    is_on(page, False)
    page.keyboard.press("Escape")
    expect(page.locator("#chat-panel")).to_be_hidden()
    expect(page.locator("#chat")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.down(" ")
    is_on(page, True)
    page.evaluate(
        "dispatchEvent(new Event('blur'))"
    )  # another window takes the keyboard: no key comes up here
    is_on(page, False)


def test_help_names_the_keys_and_gives_the_focus_back(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.focus("#people")
    page.keyboard.press("?")
    dialog = page.locator("#help-dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator("kbd", has_text="PageDown")).to_have_count(1)
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("m")  # what it covers does not hear keys
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("#people")).to_be_focused()
    is_on(page, True)
    page.keyboard.press("p")
    expect(page.locator("#people-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#people")).to_be_focused()


def test_single_letters_can_be_switched_off(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    page.evaluate(
        "(prefs) => localStorage.setItem('treble.prefs', prefs)",
        json.dumps({"shortcuts": False, "name": "Eve"}),
    )
    page.reload()
    join(page)
    expect(page.locator("#mic")).to_have_attribute("title", "Mute microphone")
    expect(page.locator("#mic[aria-keyshortcuts]")).to_have_count(0)
    page.keyboard.press("m")
    page.keyboard.press("?")
    page.keyboard.press("Alt+1")
    expect(page.locator("#help-dialog")).to_have_count(0)
    is_on(page, True)
    assert [message["emoji"] for message in sent(page, "emote")] == ["👍"]
