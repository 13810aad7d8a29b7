"""Accounts through the real pages: signing up with the link of a mail, a provider's login, and whom a host sees then."""

import os
from collections.abc import Iterator

import pytest

from tests.browser.person import debug_link
from tests.browser.server import Server
from tests.signaling.oauth_provider import OAuthProvider
from tests.stories.accounts import PASSWORD, become_verified, mail_to, sign_up
from tests.stories.actor import Actor
from tests.stories.ledger import Ledger
from tests.stories.theatre import Theatre

pytestmark = pytest.mark.browser
long_only = pytest.mark.skipif(not os.environ.get("TREBLE_STORIES"), reason="one of `make test-stories`")


@pytest.fixture
def provider() -> Iterator[OAuthProvider]:
    with OAuthProvider() as provider:
        yield provider


@pytest.fixture
async def server_environment(provider: OAuthProvider) -> dict[str, str]:
    """The server knows both providers."""
    return {f"TREBLE_{name.upper()}": value for name, value in provider.settings.items()}


@long_only
async def test_signing_up_by_e_mail_and_being_known_at_the_door(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = Actor(await theatre.window("Bea"), "Bea")
    link = await sign_up(safe_server, bea, "bea@example.org")
    await theatre.shoot(bea, "sign-up-1-look-into-your-mail", phone=True)
    await bea.window.open(link)
    await bea.until("document.querySelector('#verify-submit')?.checkVisibility()")
    await theatre.shoot(bea, "sign-up-2-confirm")
    await bea.press("#verify-submit")
    await bea.until("document.querySelector('#account-menu')?.checkVisibility()")
    ledger.equal("after the mail's link one is", await bea.text("#account-menu"), "BBea")
    await theatre.shoot(bea, "sign-up-3-signed-in", phone=True)

    await bea.knock(await ada.invitation())
    await ada.reads("#door", "bea@example.org")
    ledger.equal("the host reads of her", (await ada.text("#door .hint")).split(" · ")[0], "bea@example.org")
    await theatre.shoot(ada, "sign-up-4-known-at-the-door")
    await ada.admit("Bea")
    await bea.be_in()

    # The link of a mail works once.
    thief = await theatre.window("Mallory")
    await thief.open(link)
    mallory = Actor(thief, "Mallory")
    await mallory.press("#verify-submit")
    await mallory.reads("#verify-error", "This link was used already, or it is too old.")

    # A second tab of the same account takes the place of the first.
    ledger.equal("the account's name in the room", await ada.names(), ["Bea"])


@long_only
async def test_a_forgotten_password_is_chosen_anew_and_ends_other_logins(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    bea = Actor(await theatre.window("Bea"), "Bea")
    await become_verified(safe_server, bea, "bea@example.org")
    phone = Actor(await theatre.window("Phone"), "Bea")
    await phone.window.open(f"{safe_server.url}/account/reset")
    await phone.window.fill("#email", "bea@example.org")
    await phone.press("#reset-submit")
    await phone.reads("#reset-news", "a mail is on its way")
    await phone.window.open(await mail_to(safe_server, "bea@example.org", "/account/reset#"))
    await phone.until("document.querySelector('#reset-new')?.checkVisibility()")
    await phone.window.fill("#password", "quite another secret")
    await phone.press("#reset-new-submit")
    await phone.reads("#page-news", "Your password is changed.")
    await phone.window.fill("#password", PASSWORD)
    await phone.press("#sign-in-submit")
    await phone.reads("#sign-in-error", "That e-mail or password is not right.")
    await phone.window.fill("#password", "quite another secret")
    await phone.press("#sign-in-submit")
    await phone.until("document.querySelector('#account-menu')?.checkVisibility()")
    await theatre.shoot(phone, "reset-1-signed-in")
    await bea.window.open(f"{safe_server.url}/account/profile")
    await bea.until("document.body.dataset.screen === 'sign-in'")
    ledger.equal("the other browser is sent to", await bea.screen(), "sign-in")


@long_only
async def test_a_login_by_a_provider_leads_into_the_meeting(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    zoe = Actor(await theatre.window("Zoe"), "Zoë Provider")
    await zoe.window.open(debug_link(await ada.invitation()))
    await zoe.press("#go-sign-in")
    await zoe.until("document.querySelector('#with-google')?.checkVisibility()")
    await theatre.shoot(zoe, "oauth-1-providers", phone=True)
    await zoe.press("#with-google")
    await zoe.press("button[value=cancel]")
    await zoe.reads("#page-error", "You did not allow it there, so nothing was changed.")
    await theatre.shoot(zoe, "oauth-2-cancelled")
    await zoe.press("#with-google")
    await zoe.until("document.querySelector('button[value=continue]')?.checkVisibility()")
    await theatre.shoot(zoe, "oauth-3-at-the-provider")
    await zoe.press("button[value=continue]")
    await zoe.until("document.body.dataset.screen === 'prejoin'")
    address = str(await zoe.window.evaluate("location.href"))
    await zoe.until("document.querySelector('#account-menu')?.checkVisibility()")  # loaded late
    ledger.equal("one is back at the meeting's link", _room(address), _room(await ada.invitation()))
    ledger.equal("signed in as", await zoe.text("#account-menu span:last-child"), "Zoë Provider")
    ledger.equal(
        "the name to join with",
        await zoe.window.evaluate("document.querySelector('#name').value"),
        "Zoë Provider",
    )
    await theatre.shoot(zoe, "oauth-4-back", phone=True)
    await zoe.knock(await ada.invitation())  # loaded anew: the cookie says who it is
    await ada.reads("#door", "zoe@example.org")
    await ada.admit("Zoë Provider")
    await zoe.be_in()
    ledger.equal("the host sees", await ada.names(), ["Zoë Provider"])
    guest = await ada.window.evaluate("[...treble.room.remoteParticipants.values()][0].guest")
    ledger.equal("... as a guest", guest, False)

    # Facebook does not say whether an e-mail is proven, so it is not added.
    await zoe.leave()
    await zoe.window.open(f"{safe_server.url}/account/profile")
    await zoe.press("#link-facebook")
    await zoe.until("document.querySelector('#links-error')?.checkVisibility()")
    ledger.equal(
        "adding Facebook is answered by",
        await zoe.text("#links-error"),
        "Both e-mails have to be confirmed before accounts can be connected.",
    )
    await theatre.shoot(zoe, "oauth-5-profile", phone=True)


def _room(link: str) -> str:
    return link.partition("?")[0].partition("#")[0]
