"""Reactions in the call: by menu and by key, over whom they are of, and what a screen reader hears of them."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, sent, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser


def emote(page: Page, participant: str, *emoji: str) -> None:
    page.evaluate(
        """([participant, emoji]) => fake.push({ type: "emoted",
          emotions: emoji.map((one) => ({ participant, emoji: one })) })""",
        [participant, list(emoji)],
    )


def first(page: Page) -> str:
    found: str = page.evaluate("[...fake.people.keys()][0]")
    return found


def test_by_menu_and_by_key(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.click("#reactions")
    expect(page.locator("#react-1")).to_be_focused()
    expect(page.locator("#react-2")).to_have_attribute("title", "React with ❤️ (Alt+2)")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#reactions")).to_be_focused()
    until(page, "fake.sent.filter(({ type }) => type === 'emote').length === 1")
    page.keyboard.press("Alt+5")
    until(page, "fake.sent.filter(({ type }) => type === 'emote').length === 2")
    assert [message["emoji"] for message in sent(page, "emote")] == ["❤️", "🎉"]
    page.evaluate("fake.options.fail = { emote: 'slow' }")
    page.keyboard.press("Alt+1")
    expect(page.locator(".toast")).to_have_text("Too many reactions. Wait 2 s.")


STAND = """(participant) => {
  const all = [...document.querySelectorAll(`.tile[data-participant="${participant}"] .emote`)];
  const looks = ({ x, width }, { textContent: text, ariaHidden: hidden }) => ({ x, width, text, hidden });
  return all.length === 3 && all.map((one) => looks(one.getBoundingClientRect(), one));
}"""
EMOTE_OF_SELF = "document.querySelector('.tile.is-self .emote')"
STILL = f"({EMOTE_OF_SELF} && getComputedStyle({EMOTE_OF_SELF}))"


def test_one_stands_over_its_sender_and_is_told_to_screen_readers(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    participant = first(page)
    emote(page, participant, "👍", "🎉", "👍")
    shown = page.locator(f".tile[data-participant='{participant}'] .emote")
    # At once: they go after three seconds.
    stand = page.wait_for_function(STAND, arg=participant).json_value()
    assert [one["text"] for one in stand] == ["👍", "🎉", "👍"]
    assert all(one["hidden"] == "true" for one in stand)
    assert stand[1]["x"] >= stand[0]["x"] + stand[0]["width"] * 0.5
    expect(shown).to_have_count(0)
    expect(page.locator(".unseen", has_text="reactions")).to_have_text("3 reactions: 👍 🎉", timeout=10_000)
    page.emulate_media(reduced_motion="reduce")
    emote(page, "you-0001", "👍")
    until(page, f"{STILL}?.animationName === 'none' && {STILL}.opacity === '1'")


def test_on_a_phone_they_stand_under_more(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=9, size=(390, 844)))
    expect(page.locator("#reactions")).to_be_hidden()
    page.click("#more")
    page.click("#react-6")
    until(page, "fake.sent.some(({ type, emoji }) => type === 'emote' && emoji === '🙏')")
    last = page.evaluate("[...fake.people.keys()].at(-1)")
    expect(page.locator(f".tile[data-participant='{last}']:visible")).to_have_count(0)
    emote(page, last, "👍")  # of somebody on another page
    name = page.evaluate("[...fake.people.values()].at(-1).name")
    expect(page.locator(".stage > .emote")).to_contain_text(name)


def test_who_may_not_react_has_no_button(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker", verdicts={"react": "deny"}))
    expect(page.locator("#reactions")).to_be_hidden()
    page.keyboard.press("Alt+1")
    page.evaluate("fake.meeting.setVerdicts({ react: 'ask' })")
    page.click("#reactions")
    expect(page.locator(".hint-card")).to_contain_text("Only hosts may react here.")
    assert page.evaluate("fake.sent.every(({ type }) => type !== 'emote')")
