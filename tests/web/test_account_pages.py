"""Signing in and one's account, in Chromium, with a server inside the page (`harness/fake_accounts.js`)."""

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

LINK = "/r/blue-otter?debug&capture=320x180@10&load=off#kd83-hs7q"


def asked(page: Page, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "(key) => fakeAccounts.asked.filter((one) => one.key === key)", key
    )
    return found


def sign_in(page: Page, password: str = "right horse") -> None:
    page.fill("#email", "ada@example.org")
    page.fill("#password", password)
    page.click("#sign-in-submit")


def test_signing_in_leads_back_to_where_one_came_from(open_page: OpenPage) -> None:
    page = open_page(LINK)
    page.click("#go-sign-in")
    sign_in(page, "wrong")
    expect(page.locator("#sign-in-error")).to_have_text("That e-mail or password is not right.")
    sign_in(page)
    page.wait_for_selector("body[data-screen=prejoin]")
    assert page.url.endswith("/r/blue-otter?debug&capture=320x180@10&load=off#kd83-hs7q")
    expect(page.locator("#name")).to_have_value("Ada Lovelace")
    expect(page.locator("#account-menu")).to_contain_text("Ada Lovelace")


def test_joining_without_an_account_makes_one_a_guest_of_this_browser(open_page: OpenPage) -> None:
    page = open_page(LINK)
    page.fill("#name", "Eve")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    assert [one["body"] for one in asked(page, "POST /api/session/guest")] == [{"name": "Eve"}]


def test_no_token_and_no_password_is_kept_by_the_page(open_page: OpenPage) -> None:
    page = open_page("/account/sign-in")
    sign_in(page)
    page.wait_for_selector("body[data-screen=home]")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "token-" not in kept
    assert "right horse" not in kept


def test_providers_are_offered_only_where_the_server_has_them(open_page: OpenPage) -> None:
    page = open_page("/account/sign-in")
    expect(page.locator(".providers")).to_be_hidden()
    page = open_page("/account/sign-in", providers=["google"], oauth="oauth.refused")
    page.click("#with-google")
    expect(page.locator("#page-error")).to_have_text("You did not allow it there, so nothing was changed.")
    assert page.url.endswith("/account/sign-in")


def test_a_way_by_a_provider_leads_on_to_the_meeting(open_page: OpenPage) -> None:
    page = open_page(LINK, providers=["google"], account={})
    page.click("#go-sign-in")
    page.click("#with-google")
    page.wait_for_selector("body[data-screen=prejoin]")
    assert "#kd83-hs7q" in page.url
    assert "oauth" not in page.url
    expect(page.locator("#account-menu")).to_be_visible()


def test_signing_up_says_to_look_into_the_mail_and_its_link_confirms(open_page: OpenPage) -> None:
    page = open_page("/account/sign-up")
    page.fill("#name", "Ada")
    page.fill("#email", "ada@example.org")
    page.fill("#password", "short")
    page.click("#sign-up-submit")
    expect(page.locator("#password-error")).to_have_text("Use at least 8 characters.")
    page.fill("#password", "a long enough one")
    page.click("#sign-up-submit")
    page.wait_for_selector("body[data-screen=verify]")
    expect(page.locator("main")).to_contain_text("We sent a mail to ada@example.org.")
    page = open_page("/account/verify#good-code")
    page.click("#verify-submit")
    page.wait_for_selector("body[data-screen=sign-in]")
    expect(page.locator("#page-news")).to_contain_text("Your e-mail is confirmed.")
    expect(page.locator("#email")).to_have_value("ada@example.org")


def test_an_old_link_says_so(open_page: OpenPage) -> None:
    page = open_page("/account/verify#old-code")
    page.click("#verify-submit")
    expect(page.locator("#verify-error")).to_contain_text("used already, or it is too old")


def test_a_forgotten_password_is_chosen_anew(open_page: OpenPage) -> None:
    page = open_page("/account/reset")
    page.fill("#email", "ada@example.org")
    page.click("#reset-submit")
    expect(page.locator("#reset-news")).to_contain_text("If ada@example.org has an account")
    page = open_page("/account/reset#good-code")
    page.fill("#password", "a long enough one")
    page.click("#reset-new-submit")
    page.wait_for_selector("body[data-screen=sign-in]")
    expect(page.locator("#page-news")).to_contain_text("Your password is changed.")


def test_the_profile_asks_for_a_login_first(open_page: OpenPage) -> None:
    page = open_page("/account/profile")
    page.wait_for_selector("body[data-screen=sign-in]")
    sign_in(page)
    page.wait_for_selector("body[data-screen=profile]")


def test_a_picture_is_cropped_to_a_square_before_it_is_sent(open_page: OpenPage) -> None:
    page = open_page("/account/profile", account={})
    picture = BytesIO()
    wide = Image.new("RGB", (900, 300), (255, 0, 0))
    wide.paste((0, 0, 255), (600, 0, 900, 300))
    wide.save(picture, "PNG")
    page.evaluate("""() => {
      const real = fetch;
      window.fetch = async (url, init) => {
        if (init?.body instanceof Blob) window.squarePicture = init.body;
        return real(url, init);
      };
    }""")
    page.set_input_files(
        "#picture-file", {"name": "a.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.wait_for_selector("#crop")
    for _ in range(60):
        page.press("#crop", "ArrowRight")
    page.click("#crop-keep")
    expect(page.locator("#picture-remove")).to_be_visible()
    corner = page.evaluate("""async () => {
      const map = await createImageBitmap(squarePicture);
      const canvas = new OffscreenCanvas(map.width, map.height);
      canvas.getContext("2d").drawImage(map, 0, 0);
      const at = (x) => [...canvas.getContext("2d").getImageData(x, 5, 1, 1).data];
      return { type: squarePicture.type, size: [map.width, map.height], left: at(5), right: at(map.width - 5) };
    }""")
    assert (corner["type"], corner["size"]) == ("image/jpeg", [512, 512])
    assert corner["right"][2] > 200, "the blue third on the right was moved in"
    page.set_input_files("#picture-file", {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator("#picture-error")).to_contain_text("This picture cannot be read.")


def test_the_profile_changes_name_password_and_logins(open_page: OpenPage) -> None:
    page = open_page("/account/profile", account={"providers": ["google"]}, providers=["google", "facebook"])
    page.fill("#account-name", "Ada King")
    page.click("#rename-submit")
    expect(page.locator("#rename-news")).to_have_text("Saved.")
    expect(page.locator("#account-menu")).to_contain_text("Ada King")
    page.fill("#password-old", "wrong")
    page.fill("#password-new", "a long enough one")
    page.click("#password-change-submit")
    expect(page.locator("#password-old-error")).to_contain_text("not right")
    expect(page.locator("#logins li")).to_have_count(3)
    page.locator("#logins .revoke").first.click()
    expect(page.locator("#logins li")).to_have_count(2)
    page.click("#revoke-others")
    expect(page.locator("#logins li")).to_have_count(1)
    page.click("#unlink-google")
    expect(page.locator("#link-google")).to_be_visible()


def test_an_account_is_deleted_only_with_its_password(open_page: OpenPage) -> None:
    page = open_page("/account/profile", account={})
    page.click("#account-delete")
    page.fill("#delete-password", "wrong")
    page.click("#delete-form-submit")
    expect(page.locator("#delete-password-error")).to_contain_text("not right")
    page.fill("#delete-password", "right")
    page.click("#delete-form-submit")
    page.wait_for_selector("body[data-screen=home]")
    expect(page.locator("#go-sign-in")).to_be_visible()


def test_signing_out_forgets_the_meetings_of_this_browser(open_page: OpenPage) -> None:
    page = open_page(LINK, account={})
    page.evaluate("localStorage.setItem('treble-session', '1')")
    page.reload()
    page.wait_for_selector("#account-menu")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    page.click("#leave")
    page.click("#home")
    expect(page.locator("#recent li")).to_have_count(1)
    page.click("#account-menu")
    page.click("#sign-out")
    expect(page.locator("#recent")).to_be_hidden()
    expect(page.locator("#go-sign-in")).to_be_visible()


def test_a_new_meeting_is_as_safe_as_the_server_makes_it_unless_told_otherwise(open_page: OpenPage) -> None:
    page = open_page("/?debug&capture=320x180@10&load=off#new")
    page.fill("#name", "Hedy")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    assert page.evaluate("fake.wishes") == {"name": "Hedy"}
    page = open_page("/?debug&capture=320x180@10&load=off#new", account={})
    page.evaluate("localStorage.setItem('treble-session', '1')")
    page.reload()
    page.click("#meeting-options summary")
    page.fill("#meeting-title", "Design")
    page.fill("#meeting-alias", "A b")
    page.click("#join")
    expect(page.locator("#meeting-alias-error")).to_contain_text("small letters")
    page.fill("#meeting-alias", "design-team")
    expect(page.locator(".alias-link")).to_have_text(re.compile(r".*/r/design-team$"))
    page.uncheck("#meeting-wait")
    page.check("#meeting-keep")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    assert page.evaluate("fake.wishes") == {
        "name": "Ada Lovelace",
        "title": "Design",
        "alias": "design-team",
        "settings": {
            "persistent": True,
            "has_password": True,
            "wait_for_host": False,
            "e2ee": False,
            "policy": {"speaker": {"enter": "ask"}, "viewer": {"enter": "ask"}},
        },
    }
