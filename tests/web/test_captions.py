"""Captions as the page shows them: wanted or not, under the stage, typed, started and stopped, chosen in the settings."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.window import AT_REST
from tests.web.calls import LINK, check_no_overflow, join, sent, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("TREBLE_SHOTS")
ON = {"captions": "en", "plain": ["captions"]}


def shoot(page: Page, name: str) -> None:
    """For looking at, where `TREBLE_SHOTS` names a folder."""
    if SHOTS:
        page.wait_for_timeout(300)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def caption(page: Page, number: int, text: str, **changes: Any) -> None:
    """Somebody's line, by the place in the roster."""
    page.evaluate(
        """([number, text, changes]) => fake.meeting.caption(
          { participant: [...fake.people.keys()][number], key: text, text, ...changes })""",
        [number, text, changes],
    )


def show(page: Page) -> Page:
    page.click("#captions-badge")
    expect(page.locator("#captions")).to_be_visible()
    until(page, "fake.sent.some(({ type, wanted }) => type === 'wantcaptions' && wanted)")
    page.evaluate(AT_REST)
    return page


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found
    return dict(found)


def test_nothing_is_sent_or_loaded_until_one_wants_them(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    expect(page.locator("#captions-badge")).to_have_count(0)
    assert page.evaluate(
        "!performance.getEntriesByType('resource').some(({ name }) => /captions\\.(js|css)/.test(name)"
        " && !name.includes('/sdk/'))"
    )
    page.evaluate("fake.meeting.setState({ captions: 'es', plain: ['captions'] })")
    expect(page.locator(".toast")).to_contain_text("This meeting has captions: Spanish.")
    expect(page.locator("#captions-badge")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("fake.sent.every(({ type }) => type !== 'wantcaptions')")
    page.click("#captions-show-now")
    expect(page.locator("#captions-badge")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#captions")).to_contain_text("Captions are on.")
    assert [message["wanted"] for message in sent(page, "wantcaptions")] == [True]
    assert page.evaluate("JSON.parse(localStorage['treble.prefs']).captions") is True
    page.click("#captions-badge")
    expect(page.locator("#captions")).to_have_count(0)
    until(page, "fake.sent.filter(({ type }) => type === 'wantcaptions').at(-1).wanted === false")
    page.evaluate("fake.meeting.setState({ captions: null, plain: [] })")
    expect(page.locator("#captions-badge")).to_be_hidden()


def test_lines_stand_under_the_stage_with_who_speaks(open_page: OpenPage) -> None:
    page = show(join(open_page(LINK, people=3, state=ON)))
    caption(page, 0, "Good mor", key="a", final=False)
    expect(page.locator(".caption")).to_have_text("Ada LovelaceGood mor ")
    expect(page.locator(".caption-text [data-final=false]")).to_have_attribute("lang", "en")
    caption(page, 0, "Good morning, everybody.", key="a")
    caption(page, 1, "Buenos días", language="es")
    expect(page.locator(".caption")).to_have_count(2)
    expect(page.locator(".caption").nth(0)).to_contain_text("Good morning, everybody.")
    expect(page.locator(".caption").nth(1).locator("[lang=es]")).to_have_text("Buenos días")
    expect(page.locator(".caption-text > [dir=auto]")).to_have_count(2)
    page.evaluate(AT_REST)
    shoot(page, "captions-wide")
    area, bar = box(page, "#captions"), box(page, ".bar")
    assert area["y"] + area["height"] <= bar["y"]
    for tile in page.locator(".tile:visible").all():
        found = tile.bounding_box()
        assert found
        assert found["y"] + found["height"] <= area["y"]


def test_the_area_keeps_its_size_whatever_is_said(open_page: OpenPage) -> None:
    page = show(join(open_page(LINK, people=4, state=ON)))
    before, stage = box(page, "#captions"), box(page, ".stage")
    caption(page, 0, "A long sentence that goes on and on. " * 13)
    caption(page, 1, "A short one.")
    caption(page, 2, "Another long one, of which the end is what one wants to read now. " * 7)
    expect(page.locator(".caption")).to_have_count(3)
    page.evaluate(AT_REST)
    shoot(page, "captions-long")
    assert box(page, "#captions") == before
    assert box(page, ".stage") == stage
    page.click("#chat")
    expect(page.locator("#chat-text")).to_be_visible()
    panel, area = box(page, ".panel"), box(page, "#captions")
    assert area["x"] + area["width"] <= panel["x"] + 1
    assert panel["y"] + panel["height"] >= area["y"] + area["height"] - 1
    shoot(page, "captions-panel")


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (320, 640)])
def test_on_a_phone(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = join(open_page(LINK, people=3, size=size, touch=True, state=ON))
    show(page)
    caption(page, 0, "Whoever cannot hear reads what is said, in the language of the meeting.")
    caption(page, 1, "Yes.")
    expect(page.locator(".caption")).to_have_count(2)
    check_no_overflow(page)
    name = f"captions-{size[0]}"
    shoot(page, name)
    area, bar = box(page, "#captions"), box(page, ".bar")
    if size[0] > size[1]:
        assert area["x"] + area["width"] <= bar["x"]
    else:
        assert area["y"] + area["height"] <= bar["y"]
    badge = box(page, "#captions-badge")
    assert min(badge["width"], badge["height"]) >= 44
    page.click("#more")
    page.click("#captions-type")
    expect(page.locator("#caption-text")).to_be_focused()
    check_no_overflow(page)
    shoot(page, f"{name}-type")
    assert box(page, ".stage")["height"] > 60


def test_who_may_starts_types_and_stops_them(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    page.click("#more")
    expect(page.locator("#captions-show")).to_have_count(0)
    page.click("#captions-start")
    expect(page.locator("#captions-language")).to_have_value("en")
    expect(page.locator("#captions-plain")).to_have_count(0)
    page.select_option("#captions-language", label="Spanish")
    shoot(page, "captions-start")
    page.click("#captions-start-do")
    expect(page.locator("#captions")).to_be_visible()
    assert sent(page, "setcaptions")[0]["language"] == "es"
    page.click("#more")
    shoot(page, "captions-menu")
    page.click("#captions-type")
    field = page.locator("#caption-text")
    expect(field).to_be_focused()
    page.evaluate(
        "fake.push({ type: 'speakers', speakers: [{ participant: [...fake.people.keys()][1], level: 20 }] })"
    )
    expect(page.locator("#caption-speaker option").first).to_have_text("Whoever speaks (Grace Hopper)")
    field.type("Buenos")
    until(page, "fake.sent.some(({ type, text }) => type === 'saycaption' && text === 'Buenos')")
    field.type(" días")
    shoot(page, "captions-type")
    page.keyboard.press("Enter")
    expect(field).to_have_value("")
    until(page, "fake.sent.some(({ type, final }) => type === 'saycaption' && final)")
    lines = sent(page, "saycaption")
    assert {line["key"] for line in lines} == {lines[0]["key"]}
    assert {line["participant"] for line in lines} == {page.evaluate("[...fake.people.keys()][1]")}
    assert (lines[-1]["text"], lines[-1]["final"]) == ("Buenos días", True)
    expect(page.locator(".caption")).to_have_text("Grace HopperBuenos días ")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(page.locator("#more")).to_be_focused()
    page.click("#more")
    page.click("#captions-stop")
    expect(page.locator("#captions")).to_have_count(0)
    expect(page.locator(".toast").last).to_have_text("The captions have been stopped.")


def test_what_was_begun_is_taken_back_and_a_refusal_is_said(open_page: OpenPage) -> None:
    page = show(join(open_page(LINK, people=2, state=ON)))
    page.click("#more")
    page.click("#captions-type")
    page.select_option("#caption-speaker", label="Ada Lovelace")
    expect(page.locator("#caption-text")).to_be_focused()
    page.locator("#caption-text").type("Perhaps")
    expect(page.locator(".caption")).to_contain_text("Perhaps")
    page.keyboard.press("Escape")
    expect(page.locator("#caption-text")).to_have_count(0)
    expect(page.locator(".caption")).to_have_count(0)
    page.click("#more")
    page.click("#captions-type")
    page.evaluate("fake.options.fail = { saycaption: 'forbidden' }")
    page.locator("#caption-text").type("No")
    page.keyboard.press("Enter")
    expect(page.locator("#caption-error")).to_have_text("You may not do this here. Ask the host.")
    page.evaluate("fake.meeting.setVerdicts({ caption: 'deny' })")
    expect(page.locator("#caption-text")).to_have_count(0)


def test_who_may_not_only_shows_them_and_may_ask_where_that_is_possible(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker", state=ON))
    page.click("#more")
    expect(page.locator("#captions-show")).to_have_attribute("aria-checked", "false")
    expect(page.locator("#captions-type, #captions-stop, #captions-ask")).to_have_count(0)
    page.click("#captions-show")
    expect(page.locator("#captions")).to_be_visible()
    page.evaluate("fake.meeting.setVerdicts({ caption: 'ask' })")
    page.click("#more")
    page.click("#captions-ask")
    expect(page.locator(".toast").last).to_have_text("Asked the host.")
    assert sent(page, "ask")[0]["action"] == "caption"


def test_settings_choose_size_and_whether_they_are_read_out(open_page: OpenPage) -> None:
    page = show(join(open_page(LINK, people=3, state=ON)))
    caption(page, 0, "Not read out")
    expect(page.locator(".caption")).to_have_count(1)
    expect(page.locator("#captions-heard")).to_be_empty()
    page.click("#more")
    page.click("#devices")
    expect(page.locator("#pref-captions")).to_be_checked()
    before = box(page, "#captions")["height"]
    page.select_option("#pref-captionSize", "large")
    expect(page.locator("#captions")).to_have_attribute("data-size", "large")
    assert box(page, "#captions")["height"] > before
    page.check("#pref-captionsSpoken")
    caption(page, 1, "Read", key="x", final=False)
    caption(page, 1, "Read out", key="x")
    expect(page.locator("#captions-heard p")).to_have_text(["Grace Hopper: Read out"])
    shoot(page, "captions-settings")
    page.uncheck("#pref-captions")
    expect(page.locator("#captions")).to_have_count(0)


def test_in_an_encrypted_meeting_the_host_is_told_what_it_means(open_page: OpenPage) -> None:
    sealed = f"{LINK}&e2ee=MXaCrs1mPt2QmVx0bq5z4k9e"
    page = join(open_page(sealed, people=1, state={"e2ee": True}))
    page.click("#more")
    page.click("#captions-start")
    expect(page.locator("#captions-plain")).to_contain_text("not end-to-end encrypted while captions are on")
    shoot(page, "captions-start-sealed")
    page.click("#captions-start-do")
    expect(page.locator("[data-alert=sealed]")).to_contain_text("Captions are on")
    expect(page.locator("#sealed-badge")).to_have_attribute("data-state", "alone")
