"""On a phone: what stays in the window covers nothing that one needs."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, waiter
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("TREBLE_SHOTS")
PHONES = [(390, 844), (844, 390), (320, 640)]
ASKED = {"approval": "a1", "participant": "p-0001-Ada", "name": "Ada Lovelace", "action": "share"}


COVERED = """() => {
  const all = [...document.querySelectorAll(".call :is(button, a, input, select, textarea)")];
  const shown = all.filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }));
  const covers = (one) => {
    one.scrollIntoView({ block: "nearest", behavior: "instant" });
    const { left, top, width, height } = one.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, top + height / 2);
    const mine = there && (one.contains(there) || there.closest(".toast")); // which is gone in five seconds
    return mine ? [] : [`${one.id || one.className || one.ariaLabel}: ${there?.id || there?.className}`];
  };
  const { scrollWidth } = document.documentElement;
  return [...shown.flatMap(covers), ...(scrollWidth > innerWidth ? ["the page scrolls sideways"] : [])];
}"""


def check_nothing_is_covered(page: Page, name: str) -> None:
    """On each phone, a finger on the middle of any control that is shown meets it, once it is scrolled to."""
    for width, height in PHONES:
        page.set_viewport_size({"width": width, "height": height})
        found: list[str] = page.evaluate(COVERED)
        for _ in range(50):
            if not found:
                break
            page.wait_for_timeout(100)  # tiles glide to their places
            found = page.evaluate(COVERED)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png")
        assert found == [], (name, width)


def test_what_waits_for_an_answer_covers_nothing(open_page: OpenPage) -> None:
    chat = [{"sender": "p", "name": "Ada", "text": "Hi"}]
    page = join(open_page(LINK, people=3, size=PHONES[0], touch=True, chat=chat))
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(1, email="kay@example.org")])
    expect(page.locator("#door")).to_be_visible()
    check_nothing_is_covered(page, "one")
    page.click("#chat")
    expect(page.locator("#chat-export")).to_be_visible()
    check_nothing_is_covered(page, "one-chat")
    page.click("#panel-close")
    page.evaluate("(one) => fake.meeting.approvals([one])", ASKED)
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(n) for n in (1, 2, 3)])
    page.evaluate("fake.push({ type: 'stopped', source: 'camera', by: 'Ada' })")
    expect(page.locator("#stopped-show")).to_be_visible()
    check_nothing_is_covered(page, "many")
    page.evaluate("fake.options.unreachable = true; fake.dropSockets()")
    expect(page.locator("#banner")).to_be_visible()
    page.click("#people")
    check_nothing_is_covered(page, "many-people")
    page.click("#tab-chat")
    expect(page.locator("#chat-export")).to_be_visible()
    check_nothing_is_covered(page, "many-chat")


def test_who_is_alone_reaches_the_menu_of_the_own_tile(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=0, size=PHONES[0], touch=True))
    expect(page.locator("#alone")).to_be_visible()
    check_nothing_is_covered(page, "alone")


def test_a_dialog_in_a_low_window_shows_its_buttons_beside_what_has_the_focus(open_page: OpenPage) -> None:
    page = join(open_page(f"{LINK}&e2ee=secret", people=2, size=(844, 300), touch=True, state={"e2ee": True}))
    page.click("#more")
    page.click("#captions-start")
    expect(page.locator("#captions-plain")).to_be_visible()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "low-dialog.png")
    assert page.evaluate(
        """[document.activeElement, document.querySelector("#captions-start-do")].map((one) => {
             const { left, top, width, height } = one.getBoundingClientRect();
             return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
           })"""
    ) == [True, True]
