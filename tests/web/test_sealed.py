"""End-to-end encryption as the page shows it: the option, the link, what is missing, the code, and going on without."""

import os
import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.web.calls import join, knock, sent
from tests.web.conftest import OpenPage

SECRET = "MXaCrs1mPt2QmVx0bq5z4k9e"
SEALED = f"/r/blue-otter?debug&capture=320x180@10&load=off#kd83-hs7q&e2ee={SECRET}"
BARE = SEALED.partition("&e2ee=")[0]
SHOTS = os.environ.get("TREBLE_SHOTS")


def shoot(page: Page, name: str) -> None:
    """For looking at, where `TREBLE_SHOTS` names a folder: wide and on a phone."""
    if not SHOTS:
        return
    for shape, size in (("wide", (1440, 900)), ("phone", (390, 844))):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.wait_for_timeout(300)
        page.screenshot(path=Path(SHOTS) / f"{name}-{shape}.png")
    page.set_viewport_size({"width": 1280, "height": 720})


def test_a_new_encrypted_meeting_has_its_secret_in_the_link_only(open_page: OpenPage) -> None:
    page = open_page("/?debug&capture=320x180@10&load=off#new", people=1, state={"e2ee": True})
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.click("#meeting-options summary")
    page.check("#meeting-e2ee")
    shoot(page, "sealed-options")
    knock(page)
    expect(page.locator("#sealed-badge")).to_have_text("Encrypted")
    secret = page.url.partition("&e2ee=")[2]
    assert len(secret) == 24
    assert page.evaluate("fake.wishes.settings.e2ee") is True
    assert secret not in page.evaluate("JSON.stringify([fake.wishes, fake.sent])")
    page.click("#more")
    page.click("#copy-invitation")
    expect(page.locator(".toast")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"&e2ee={secret}")
    assert page.evaluate("JSON.parse(localStorage['treble.recent'])[0].secret") == secret


def test_whoever_sends_in_clear_or_by_another_key_is_not_shown(open_page: OpenPage) -> None:
    page = join(open_page(SEALED, people=2, state={"e2ee": True}))
    tile = page.locator(".tile:not(.is-self)")
    expect(tile).to_have_attribute("data-reason", "sealed")
    expect(tile).to_have_attribute("data-picture", "off")
    expect(tile.locator(".tile-reason")).to_contain_text("cannot be decrypted: they use another key.")
    sent(page, "sendkeys")
    page.click("#sealed-badge")
    expect(page.locator("#safety-code")).to_have_text(re.compile(r"^(\d{4} ){5}\d{4}$"))
    shoot(page, "sealed-code")
    page.keyboard.press("Escape")
    expect(page.locator("#sealed-badge")).to_be_focused()


def test_a_link_without_the_secret_asks_for_the_passphrase(open_page: OpenPage) -> None:
    page = join(open_page(BARE, people=2, state={"e2ee": True}))
    expect(page.locator("[data-alert=sealed]")).to_contain_text("your link lacks its key")
    expect(page.locator(".tile:not(.is-self)")).to_have_attribute("data-reason", "sealed-own")
    shoot(page, "sealed-missing")
    assert page.evaluate("!fake.sent.some(({ type }) => type === 'sendkeys')")
    page.click("#sealed-enter")
    page.fill("#sealed-secret", SECRET)
    shoot(page, "sealed-enter")
    page.click("#sealed-use")
    expect(page.locator("#sealed-badge")).to_have_attribute("data-state", "on")
    expect(page.locator("[data-alert=sealed]")).to_have_count(0)
    sent(page, "sendkeys")
    assert SECRET not in page.evaluate("JSON.stringify(fake.sent)")
    assert page.url.endswith(f"#kd83-hs7q&e2ee={SECRET}")
    assert page.evaluate("JSON.parse(localStorage['treble.recent'])[0].secret") == SECRET
    page.click("#more")
    page.click("#copy-invitation")
    expect(page.locator(".toast")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"&e2ee={SECRET}")


def test_nothing_goes_out_in_clear_before_one_has_agreed(open_page: OpenPage) -> None:
    page = join(open_page(SEALED, people=2, state={"e2ee": True}))
    before = page.evaluate("fake.sent.filter(({ type }) => type === 'offer').length")
    page.evaluate("fake.meeting.setState({ plain: ['recording'] })")
    alert = page.locator("[data-alert=sealed]")
    expect(alert).to_contain_text("This meeting is recorded")
    badge = page.locator("#sealed-badge")
    expect(badge).to_have_text("Not encrypted")
    expect(badge.locator("use")).to_have_attribute("href", "#icon-shield-off")
    shoot(page, "sealed-alone")
    assert page.evaluate("fake.sent.filter(({ type }) => type === 'offer').length") == before
    page.click("#sealed-go-without")
    expect(page.locator("#sealed-badge")).to_be_hidden()
    expect(page.locator(".tile:not(.is-self)")).to_have_attribute("data-picture", "on")
    page.evaluate("fake.meeting.setState({ plain: [] })")
    expect(badge).to_have_text("Encrypted")
    expect(badge.locator("use")).to_have_attribute("href", "#icon-shield")
    expect(page.locator(".tile:not(.is-self)")).to_have_attribute("data-reason", "sealed")


def test_a_browser_that_cannot_says_so(open_page: OpenPage) -> None:
    page = open_page(SEALED, people=2, state={"e2ee": True}, without=["RTCRtpScriptTransform"])
    knock(page)
    expect(page.locator("#join-error")).to_have_attribute("data-code", "e2ee.unsupported")
    shoot(page, "sealed-unsupported")


def test_what_encrypts_is_fetched_again_where_it_did_not_come(open_page: OpenPage) -> None:
    page = open_page(SEALED, people=2, state={"e2ee": True})
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.abort()

    page.route("**/e2ee/exchange.js", refuse, times=1)
    join(page)
    sent(page, "sendkeys")
    assert len(refused) == 1
