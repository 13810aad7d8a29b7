"""The keys of the call: letters, hold to talk, help; where they are off, and where the focus goes."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, sent, waiter
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


def by_tab(page: Page, name: str) -> None:
    """The focus comes to this control by the Tab key."""
    for _ in range(40):
        if page.evaluate("(name) => document.activeElement.id === name", name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not come to #{name}")


def await_keeper(page: Page) -> None:
    """What looks after the focus comes with the first key that is released: nothing was noted before."""
    page.evaluate("() => import('/app/parts/keep-focus.js').then(() => null)")


def test_a_notice_that_was_answered_gives_the_focus_back(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(1)])
    expect(page.locator("#door")).to_be_visible()
    page.keyboard.press("Tab")
    await_keeper(page)
    by_tab(page, "door-admit")
    page.keyboard.press("Enter")
    sent(page, "admit")
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(2)])
    expect(page.locator("#door")).to_contain_text("Waiter 2")
    expect(page.locator("#door-admit")).to_be_focused()  # made anew for who comes next
    page.evaluate("fake.meeting.wait([])")
    expect(page.locator("#door")).to_be_hidden()
    expect(page.locator("#leave")).to_be_focused()  # from where one came


def test_the_row_of_who_left_gives_the_focus_to_one_that_stays(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(1)])
    page.keyboard.press("p")
    await_keeper(page)
    waiting = page.locator(".waiter .button")
    by_tab(page, "people-search")
    page.keyboard.press("Tab")
    expect(waiting.first).to_be_focused()
    page.keyboard.press("Enter")
    sent(page, "admit")
    page.evaluate("fake.meeting.wait([])")
    expect(page.locator("#people-search")).to_be_focused()


def test_the_tab_key_closes_a_menu_and_goes_on_from_its_button(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    by_tab(page, "more")
    page.keyboard.press("Enter")
    expect(page.locator("[role=menu] :focus")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator("[role=menu]")).to_have_count(0)
    expect(page.locator("#leave")).to_be_focused()


def test_joining_keeps_the_focus_at_its_button_also_where_it_fails(open_page: OpenPage) -> None:
    page = open_page(LINK, failEnter="full")
    page.wait_for_selector("#preview-cam:not(.is-off)")
    by_tab(page, "name")
    page.keyboard.type("Eve")
    by_tab(page, "join")
    page.keyboard.press("Enter")
    expect(page.locator("#join-error")).to_be_visible()
    expect(page.locator("#join")).to_be_focused()


def test_the_focus_does_not_go_behind_the_sheet_of_a_phone(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, size=(390, 844)))
    by_tab(page, "people")
    page.keyboard.press("Enter")
    expect(page.locator("#tab-people")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert not page.evaluate("Boolean(document.activeElement.closest('.bar, .stage, .strip'))")
    page.keyboard.press("Escape")
    expect(page.locator("#people")).to_be_focused()


def test_alt_and_a_digit_types_its_sign_in_a_text_field(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.click("#chat")
    page.focus("#chat-text")
    page.evaluate("addEventListener('keydown', (event) => (window.eaten = event.defaultPrevented))")
    page.keyboard.press("Alt+2")
    assert page.evaluate("eaten") is False
    page.focus("#people")
    page.keyboard.press("Alt+1")
    sent(page, "emote")
    assert page.evaluate("eaten") is True
    assert page.evaluate("fake.sent.filter(({ type }) => type === 'emote').map(({ emoji }) => emoji)") == [
        "👍"
    ]
