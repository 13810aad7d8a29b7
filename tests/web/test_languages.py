"""The page in other languages: which words are fetched, what is remembered, and that longer ones fit."""

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.web.calls import LINK, check_no_overflow, join
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser


def test_the_browsers_language_is_spoken_and_only_it_is_fetched(browser: Browser, origin: str) -> None:
    context = browser.new_context(base_url=origin, locale="es-MX")
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto("/")
    expect(page.locator("#new-meeting")).to_have_text("Nueva reunión")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert [url.rsplit("/", 1)[1] for url in fetched if "/strings/" in url] == ["es.json"]
    context.close()


def test_a_choice_is_kept_by_the_browser(open_page: OpenPage) -> None:
    page = open_page("/", locale="es-ES")
    prefs = json.dumps({"language": "zh"})
    page.evaluate("(prefs) => localStorage.setItem('treble.prefs', prefs)", prefs)
    page.reload()
    expect(page.locator("#new-meeting")).to_have_text("新会议")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_a_language_that_is_not_spoken_becomes_english(open_page: OpenPage) -> None:
    page = open_page("/", locale="fr-FR")
    expect(page.locator("#new-meeting")).to_have_text("New meeting")


@pytest.mark.parametrize("language", ["en-XA", "ar-XB"])
def test_a_call_on_a_small_phone_fits_in_every_language(open_page: OpenPage, language: str) -> None:
    page = open_page(LINK.replace("debug", f"debug&lang={language}"), size=(320, 640), people=2)
    check_no_overflow(page)
    join(page)
    check_no_overflow(page)
    page.click("#people")
    check_no_overflow(page)
    page.click("#panel-close")
    page.click("#more")
    check_no_overflow(page)
