"""From the link into the call, muted and back, as a screen reader has it; and the whole of it by keys alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

UNNAMED = """() => {
  const kinds = "button, a[href], input, select, textarea, [role=menuitem], [tabindex='0']";
  const all = [...document.querySelectorAll(kinds)];
  const said = (one) => one.ariaLabel || one.innerText.trim() || one.title;
  const named = (one) => said(one) || one.getAttribute("aria-labelledby") || one.labels?.length;
  return all.filter((one) => one.checkVisibility() && !named(one)).map((one) => one.outerHTML.slice(0, 120));
}"""


def check_names(page: Page) -> None:
    """Every control says what it is, and ids are of one thing each."""
    assert page.evaluate(UNNAMED) == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert sorted(ids) == sorted(set(ids))


def test_a_screen_readers_way_from_the_link_into_the_call_and_out(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    check_names(page)
    expect(page.locator("main")).to_match_aria_snapshot("""
      - main:
        - button "Mute microphone"
        - button "Turn camera off"
        - heading "Ready to join?" [level=1]
        - text: Your name
        - textbox "Your name"
        - button "Join"
    """)
    page.fill("#name", "Eve")
    page.press("#name", "Enter")
    page.wait_for_selector("body[data-screen=call]")
    expect(page.locator("main")).to_be_focused()
    expect(page).to_have_title("Meeting · Treble")
    check_names(page)
    expect(page.locator("main")).to_match_aria_snapshot("""
      - main "Meeting blue-otter":
        - heading "Meeting" [level=1]
        - timer "Time in the meeting"
        - toolbar "Meeting controls":
          - button "Mute microphone"
          - button "Microphone and speaker options"
          - button "Turn camera off"
          - button "Camera options"
          - button "Share your screen"
          - button "Raise your hand"
          - button "Reactions"
          - button "Chat"
          - button "People, 2"
          - button "More"
          - button "Leave"
        - region "Participants":
          - group "You"
          - group "Ada Lovelace"
    """)
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Unmute microphone")).to_be_visible()
    expect(page.get_by_role("group", name="You, microphone off", exact=True)).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Mute microphone")).to_be_visible()
    page.get_by_role("button", name="People, 2").click()
    expect(page.get_by_role("tabpanel", name="People")).to_be_visible()
    check_names(page)
    page.evaluate("fake.push({ type: 'ended', reason: 'ended' })")
    expect(page.get_by_role("alert")).to_have_text("The host ended the meeting for everyone.")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def focus_on(page: Page, name: str) -> None:
    """By the Tab key, as far as it takes, once it is there: a part may still be on its way."""
    page.wait_for_selector(f"#{name}")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("(name) => document.activeElement.id === name", name):
            assert page.evaluate(SEEN), f"#{name} has the focus and cannot be seen"
            return
    raise AssertionError(f"the Tab key does not come to #{name}")


SEEN = """() => {
  const { x, y, width, height } = document.activeElement.getBoundingClientRect();
  const there = document.elementFromPoint(x + width / 2, y + height / 2);
  return document.activeElement.contains(there);
}"""


def test_the_whole_of_it_by_keys_alone(open_page: OpenPage) -> None:
    page = open_page(LINK, people=3)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    focus_on(page, "name")
    page.keyboard.type("Eve")
    focus_on(page, "join")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-screen=call]")
    until(page, "treble.pc?.connectionState === 'connected'")
    focus_on(page, "mic")
    page.keyboard.press("Enter")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    focus_on(page, "hand")
    page.keyboard.press(" ")
    until(page, "fake.sent.some(({ type, raised }) => type === 'hand' && raised)")
    focus_on(page, "reactions")
    page.keyboard.press("Enter")
    expect(page.locator("#react-1")).to_be_focused()
    page.keyboard.press("Enter")
    until(page, "fake.sent.some(({ type }) => type === 'emote')")
    expect(page.locator("#reactions")).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("#chat-text")).to_be_focused()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    expect(page.locator(".message-text")).to_have_text("Hello")
    page.keyboard.press("Escape")
    expect(page.locator("#chat")).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator("#people-panel")).to_be_visible()
    focus_on(page, "tab-people")
    page.keyboard.press("End")
    expect(page.locator("#tab-settings")).to_be_focused()
    focus_on(page, "pref-shortcuts")
    page.keyboard.press(" ")
    expect(page.locator("#pref-shortcuts")).not_to_be_checked()
    check_names(page)
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    page.keyboard.press("m")  # switched off just now
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    focus_on(page, "more")
    page.keyboard.press("Enter")
    expect(page.locator("[role=menu]")).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    expect(page.locator("#more")).to_be_focused()
    focus_on(page, "leave")
    page.keyboard.press("Enter")
    expect(page.locator("#leave-heir")).to_be_visible()
    focus_on(page, "leave-just")
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-screen=left]")
    expect(page.locator("#rejoin")).to_be_focused()
