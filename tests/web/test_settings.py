"""What one sets for oneself: in the call's panel, on home and before one joins; each choice at once, and remembered."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, check_no_overflow, join, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser


def remembered(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.evaluate("localStorage.getItem('treble.prefs') ?? '{}'"))
    return found


def open_settings(page: Page) -> Page:
    page.click("#more")
    page.click("#devices")
    page.wait_for_selector("#pref-theme")
    return page


def test_one_panel_at_a_time_with_tabs_that_arrows_move_between(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    page.click("#people")
    expect(page.locator("#tab-people")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="People")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tabpanel", name="Chat")).to_be_visible()
    expect(page.locator("#people-panel")).to_be_hidden()
    expect(page.locator("#tab-chat")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("tabpanel", name="Settings")).to_be_visible()
    expect(page.locator("#pref-theme")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="People", selected=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("#people")).to_be_focused()


def test_the_settings_of_a_call_give_the_focus_back_to_more(open_page: OpenPage) -> None:
    page = open_settings(join(open_page(LINK, people=2)))
    expect(page.locator("#tab-settings")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#more")).to_be_focused()


def test_every_choice_holds_at_once_and_is_remembered(open_page: OpenPage) -> None:
    page = open_settings(join(open_page(LINK, people=2)))
    page.select_option("#pref-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    frame = page.evaluate("[...document.querySelectorAll('[name=theme-color]')].map(({ media }) => media)")
    assert frame == ["not all", "all"]  # the browser's own, around the page
    for box in ("#pref-knockSound", "#pref-handSound", "#pref-joinSound", "#pref-shortcuts"):
        page.locator(box).uncheck()
    page.select_option("#pref-receive", "360")
    page.locator("#pref-audio-only").check()
    expect(page.locator("#audio-only-bar")).to_be_visible()
    kept = {key: remembered(page)[key] for key in ("theme", "receiveCap", "audioOnly", "shortcuts")}
    assert kept == {"theme": "dark", "receiveCap": 360, "audioOnly": True, "shortcuts": False}
    assert [remembered(page)[f"{name}Sound"] for name in ("knock", "hand", "join")] == [False] * 3


def test_the_level_of_the_microphone_is_seen_while_it_is_muted_and_nothing_is_sent(
    open_page: OpenPage,
) -> None:
    page = join(open_page(LINK, people=2))
    page.keyboard.press("m")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    open_settings(page)
    expect(page.locator("#pref-level[data-loud=true]")).to_be_visible()  # the browser's test sound beeps
    assert page.evaluate("treble.room.localParticipant.track('microphone').enabled") is False


def test_the_microphone_is_changed_in_the_settings_without_an_offer(open_page: OpenPage) -> None:
    page = open_settings(join(open_page(LINK, people=2)))
    before = page.evaluate("treble.room.localParticipant.track('microphone').id")
    until(page, "document.querySelector('#device-audioinput').options.length > 1")
    [chosen] = page.select_option("#device-audioinput", index=1)
    microphone = "treble.room.localParticipant.track('microphone')"
    page.wait_for_function(f"(id) => ![id, undefined].includes({microphone}?.id)", arg=before)
    expect(page.locator("#device-audioinput")).to_have_value(chosen)
    assert remembered(page)["mic"] == chosen
    expect(page.locator("#pref-level")).to_be_visible()
    assert page.evaluate("fake.sent.filter(({ type }) => type === 'offer').length") == 1


def test_home_has_the_settings_and_opens_a_microphone_only_when_asked(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate("""() => {
      window.opened = [];
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await real(wanted);
        opened.push(...stream.getTracks());
        return stream;
      };
    }""")
    page.click("#go-settings")
    expect(page.locator("#pref-level")).to_be_hidden()
    assert page.evaluate("opened.length") == 0
    page.click("#pref-test-mic")
    expect(page.locator("#pref-level[data-loud=true]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#settings-dialog")).to_have_count(0)
    expect(page.locator("#go-settings")).to_be_focused()
    until(page, "opened.every(({ readyState }) => readyState === 'ended')")


def test_before_one_joins_the_settings_leave_the_devices_to_the_screen(open_page: OpenPage) -> None:
    page = open_page(LINK)
    page.click("#go-settings")
    page.select_option("#pref-send", "360")
    expect(page.locator("#device-audioinput")).to_have_count(1)
    page.select_option("#pref-language", "es")
    page.wait_for_selector("html[lang=es]")  # opened anew
    join(page)
    assert remembered(page)["sendCap"] == 360


@pytest.mark.parametrize("size", [(320, 568), (844, 390)])
def test_settings_fit_a_phone(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = open_page("/", size=size)
    page.click("#go-settings")
    page.wait_for_selector("#pref-theme")
    check_no_overflow(page)
    page.goto(LINK)
    open_settings(join(page))
    check_no_overflow(page)
    page.locator("#pref-theme").scroll_into_view_if_needed()
    expect(page.locator("#pref-theme")).to_be_in_viewport()
