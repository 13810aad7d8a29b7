"""Another language in the middle of a call: every word at once, and nothing else changes."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser


def open_settings(page: Page) -> None:
    page.click("#more")
    page.click("#devices")
    page.wait_for_selector("#pref-language")


def test_the_language_is_changed_in_a_call_and_the_call_goes_on(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    page.evaluate("(window.before = treble.pc, window.sound = document.querySelector('audio'))")
    page.keyboard.press("c")
    page.fill("#chat-text", "half a sen")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    pinned = page.locator(".tile[data-pinned=true]")
    expect(pinned).to_have_count(1)
    name = pinned.get_attribute("data-name")
    page.evaluate("fake.meeting.say({ sender: 'p-0001-Ada', name: 'Ada', text: 'Hello' })")
    expect(page.locator("#chat .count")).to_have_text("1")
    open_settings(page)
    page.focus("#pref-language")
    page.select_option("#pref-language", "es")
    expect(page.locator("#leave")).to_have_attribute("aria-label", "Salir")
    expect(page.locator("#pref-language")).to_be_focused()
    expect(page.locator("#pref-language")).to_have_value("es")
    expect(page.locator("#tab-settings")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".tile.is-self .tile-name")).to_have_text("Tú")
    expect(pinned).to_have_attribute("data-name", name or "")
    expect(page.locator("#chat .count")).to_have_text("1")
    assert page.evaluate("document.documentElement.lang") == "es"
    assert page.title() == "Reunión · Treble"
    assert page.evaluate("treble.pc === before && treble.room.state === 'connected'")
    assert page.evaluate("sound === document.querySelector('audio') && !sound.paused")
    page.click("#tab-chat")
    expect(page.locator("#chat-text")).to_have_value("half a sen")
    assert page.locator("body").inner_text().count("Settings") == 0


def test_a_language_that_cannot_be_loaded_leaves_the_one_that_is_spoken(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    open_settings(page)
    page.context.route("**/strings/*/zh.json", lambda route: route.abort())
    page.select_option("#pref-language", "zh")
    expect(page.locator("#pref-language-error")).to_contain_text("could not be loaded")
    expect(page.locator("#pref-language")).to_have_value("")
    expect(page.locator("#leave")).to_have_attribute("aria-label", "Leave")
    until(page, "document.documentElement.lang === 'en'")
