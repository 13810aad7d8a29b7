"""Parts that come when they are wanted: what is said where they do not come, and the way on."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import OpenPage
from tests.web.test_page import LINK, join

pytestmark = pytest.mark.browser

PART = "**/parts/quality-dialog.js"


def open_quality(page: Page, *, server_answers: bool) -> None:
    """The key A, while the dialog's module cannot be had."""
    page.route(PART, lambda route: route.abort())
    page.evaluate(f"fake.options.unreachable = {str(not server_answers).lower()}")
    page.keyboard.press("a")


def test_a_part_that_the_network_does_not_give_can_be_tried_again(open_page: OpenPage) -> None:
    page = join(open_page(LINK))
    open_quality(page, server_answers=False)
    expect(page.locator("#part-notice")).to_contain_text("could not be loaded")
    expect(page.locator("#part-retry")).to_be_focused()
    page.keyboard.press("m")  # the notice is in nobody's way
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    page.unroute(PART)
    page.keyboard.press("Enter")
    expect(page.locator("#quality-dialog")).to_be_visible()
    expect(page.locator("#part-notice")).to_have_count(0)


def test_settings_that_do_not_come_are_told_and_tried_again(open_page: OpenPage) -> None:
    page = join(open_page(LINK))
    page.route("**/parts/settings-view.js", lambda route: route.abort())
    page.evaluate("fake.options.unreachable = true")
    page.click("#people")
    page.click("#tab-settings")
    expect(page.locator("#part-notice")).to_contain_text("could not be loaded")
    page.unroute("**/parts/settings-view.js")
    page.click("#part-retry")
    expect(page.locator("#settings-panel #pref-shortcuts")).to_be_visible()


def test_a_part_that_the_server_has_no_more_asks_for_a_reload(open_page: OpenPage) -> None:
    page = join(open_page(LINK))
    open_quality(page, server_answers=True)
    expect(page.locator("#part-notice")).to_contain_text("Treble was updated.")
    page.unroute(PART)
    page.click("#part-reload")
    page.wait_for_selector("body[data-screen=prejoin]")


def test_a_part_that_is_slow_says_what_is_slow(open_page: OpenPage) -> None:
    page = join(open_page(LINK))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(PART, hold)
    page.clock.install()
    page.keyboard.press("a")
    page.clock.fast_forward(1_000)
    expect(page.locator("#part-notice")).to_have_text("Loading…")
    page.clock.fast_forward(10_000)
    expect(page.locator("#part-notice")).to_have_text("Still loading. Your connection is slow.")
    held[0].continue_()
    expect(page.locator("#quality-dialog")).to_be_visible()
    expect(page.locator("#part-notice")).to_have_count(0)
