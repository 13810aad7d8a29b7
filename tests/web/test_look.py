"""How the page looks, as far as it can be measured: letters, headings, what is one tap away, what is no success."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

LETTERS = """(selector) => {
  const { fontSize, lineHeight } = getComputedStyle(document.querySelector(selector));
  return `${fontSize} / ${lineHeight}`;
}"""
LEVELS = """[...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.checkVisibility())
  .map(({ localName }) => Number(localName[1]))"""


def test_letters_have_the_sizes_of_the_tokens(open_page: OpenPage) -> None:
    page = open_page("/")
    found = {one: page.evaluate(LETTERS, one) for one in ("h1", ".lead", "#new-meeting", ".home-join label")}
    assert found == {
        "h1": "32px / 38px",
        ".lead": "18px / 26px",
        "#new-meeting": "15px / 22px",
        ".home-join label": "13px / 18px",
    }


def check_levels(page: Page) -> None:
    levels = page.evaluate(LEVELS)
    assert levels[0] == 1
    assert max(levels) > 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_no_level_of_headings_is_left_out(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.click("#people")
    expect(page.locator("[data-group='people.call']")).to_be_visible()
    check_levels(page)
    page.click("#tab-settings")
    expect(page.locator("#pref-theme")).to_be_visible()
    check_levels(page)


def test_on_a_phone_audio_only_is_one_tap_away(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, size=(390, 844), touch=True))
    button = page.locator("#audio-only-now")
    button.tap()
    expect(page.locator("#audio-only-bar")).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "true")
    button.tap()
    expect(page.locator("#audio-only-bar")).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(button).to_be_hidden()


def test_who_was_signed_out_is_told_so_and_not_as_a_success(open_page: OpenPage) -> None:
    page = open_page("/account/profile", account={})
    page.wait_for_selector("body[data-screen=profile]")
    page.evaluate(
        """fake.options.failAccount = { "POST /api/session/refresh": "session.ended",
          "PATCH /api/account": "auth.missing" }"""
    )
    page.fill("#account-name", "Ada B.")
    page.click("#rename-submit")
    expect(page.locator("#page-news")).to_have_text("You were signed out. Sign in to go on.")
    expect(page.locator("#page-news")).to_have_class("notice")


@pytest.mark.parametrize(("size", "seconds"), [((1440, 900), "0.18s"), ((390, 844), "0.24s")])
def test_panels_and_sheets_come_in_the_time_of_the_tokens(
    open_page: OpenPage, size: tuple[int, int], seconds: str
) -> None:
    page = join(open_page(LINK, people=2, size=size))
    page.keyboard.press("p")
    expect(page.locator("#people-panel")).to_be_visible()
    expect(page.locator("#panel")).to_have_css("animation-duration", seconds)
    assert page.evaluate("document.scrollingElement.scrollHeight - innerHeight") == 0
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator("#panel")).to_have_css("animation-duration", "0s")
