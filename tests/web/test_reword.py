"""Another language in the middle of a call: every word at once, and nothing else changes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.calls import LINK, join, until, waiter
from tests.web.conftest import OpenPage

STRINGS = Path(__file__).parents[2] / "web" / "app" / "strings"
FILE = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"three hundred metres of cable"}
SHARED = {"file": "f1", "name": "plan.txt", "media_type": "text/plain", "size": 29}

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


def words_of(language: str) -> dict[str, str]:
    files = (STRINGS / folder / f"{language}.json" for folder in ("", "more"))
    return {key: text for file in files for key, text in json.loads(file.read_text()).items()}


def only_in(language: str, other: str) -> list[str]:
    """What is said in one language, and never in the other, as patterns."""
    others = set(words_of(other).values())
    telling = (
        text for text in words_of(language).values() if re.search(r"\w{3}", re.sub(r"\{\w+\}", "", text))
    )
    return [
        re.sub(r"\\\{\w+\\\}", ".+", re.escape(text).replace("/", r"\/"))
        for text in telling
        if text not in others
    ]


def left_of(page: Page, patterns: list[str]) -> list[str]:
    """Words of the page, also hidden ones, that are of a language by these patterns."""
    found: list[str] = page.evaluate(
        """(patterns) => {
          const of = new RegExp(`^(?:${patterns.join("|")})( \\\\(\\\\w+\\\\))?$`);
          const theirs = (element) => element.closest("[dir=auto]");
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
          const found = [document.title];
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node instanceof Text) !theirs(node.parentElement) && found.push(node.data.trim());
            else for (const name of ["aria-label", "title", "placeholder"]) found.push(node.getAttribute(name) ?? "");
          }
          return found.filter((text) => of.test(text));
        }""".replace("\\\\", "\\"),
        patterns,
    )
    return found


INSIDE = "documentPictureInPicture.window?.document"


def test_nothing_that_was_begun_is_lost(open_page: OpenPage) -> None:
    chat = [{"sender": "p-0001-Ada", "name": "Ada", "text": f"line {n}"} for n in range(40)]
    options: dict[str, Any] = {"people": 6, "chat": chat, "state": {"captions": "en", "plain": ["captions"]}}
    page = join(open_page(LINK, size=(390, 844), **options))
    held: list[Route] = []
    page.route("**/api/rooms/*/files", lambda route: held.append(route))
    page.keyboard.press("PageDown")
    expect(page.locator(".dots")).to_have_attribute("aria-label", "Page 2 of 2")
    page.click("#more")
    page.click("#small-window")
    until(page, f"{INSIDE}?.querySelector('.tile')?.dataset.participant")
    page.click("#captions-badge")
    expect(page.locator("#captions")).to_be_visible()
    page.click("#chat")
    page.locator(".chat-log").evaluate("(log) => (log.scrollTop = 120)")
    expect(page.locator("#chat-latest")).to_be_visible()
    page.set_input_files("#chat-files", [FILE])
    until(page, "document.querySelector('.chat-uploads progress')")
    page.fill("#chat-text", "People")
    page.evaluate("fake.push({ type: 'stopped', source: 'camera', by: 'Ada' })")
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(1)])
    expect(page.locator("#stopped-show")).to_be_visible()
    expect(page.locator("#door")).to_be_visible()
    page.evaluate("""Object.assign(window, {
      call: document.querySelector(".call"),
      small: documentPictureInPicture.window,
      scrolled: document.querySelector(".chat-log").scrollTop,
    })""")
    page.click("#tab-settings")
    page.wait_for_selector("#pref-language")
    page.select_option("#pref-language", "es")
    expect(page.locator("#leave")).to_have_attribute("aria-label", "Salir")
    expect(page.locator("#tab-settings")).to_have_text("Ajustes")
    assert left_of(page, only_in("en", "es")) == []
    assert page.evaluate(
        "call === document.querySelector('.call') && small === documentPictureInPicture.window"
    )
    assert page.evaluate(f"{INSIDE}.title") == words_of("es")["pip.title"]
    assert page.evaluate(f"{INSIDE}.documentElement.lang") == "es"
    expect(page.locator(".dots")).to_have_attribute("aria-label", "Página 2 de 2")
    expect(page.locator("#captions")).to_have_count(1)  # behind the panel
    expect(page.locator("#stopped-show")).to_have_text(words_of("es")["host.camera"])
    expect(page.locator("#door")).to_contain_text("Waiter 1")
    page.click("#tab-chat")
    expect(page.locator("#chat-text")).to_have_value("People")
    expect(page.locator(".chat-uploads li")).to_contain_text("plan.txt")
    assert page.evaluate("document.querySelector('.chat-log').scrollTop === scrolled")
    until_held(page, held)
    held[0].fulfill(json=SHARED)
    expect(page.locator(".chat-uploads progress")).to_have_count(0)
    page.click("#chat-send")
    expect(page.locator(".message").last).to_contain_text("People")
    page.click("#tab-settings")
    page.select_option("#pref-language", "zh")
    expect(page.locator("#tab-settings")).to_have_text(words_of("zh")["panel.settings"])
    assert left_of(page, only_in("es", "zh")) == []


def until_held(page: Page, held: list[Route]) -> None:
    """Its request has come here."""
    for _ in range(100):
        if held:
            return
        page.wait_for_timeout(50)
    raise AssertionError("no upload was asked for")


def test_a_language_that_cannot_be_loaded_leaves_the_one_that_is_spoken(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    open_settings(page)
    page.context.route("**/strings/*/zh.json", lambda route: route.abort())
    page.select_option("#pref-language", "zh")
    expect(page.locator("#pref-language-error")).to_contain_text("could not be loaded")
    expect(page.locator("#pref-language")).to_have_value("")
    expect(page.locator("#leave")).to_have_attribute("aria-label", "Leave")
    until(page, "document.documentElement.lang === 'en'")
