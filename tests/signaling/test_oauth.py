"""Signing in by Google and Facebook, end to end: browser, gateway, and a real provider on a port of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.signaling.account_world import EMAIL, PASSWORD, AccountWorld, Browser, account_world, code_of
from tests.signaling.gateway_world import HUNG_SECONDS
from tests.signaling.oauth_provider import OAuthProvider

ZOE = {"sub": "1001", "name": "Zoë Provider", "email": EMAIL, "verified": "yes", "answer": "continue"}
MAX = {"sub": "1002", "name": "Max", "email": "max@example.org", "verified": "yes", "answer": "continue"}


@pytest.fixture
def provider() -> Iterator[OAuthProvider]:
    with OAuthProvider() as running:
        yield running


@pytest.fixture
async def world(tmp_path: Path, provider: OAuthProvider) -> AsyncIterator[AccountWorld]:
    async with account_world(tmp_path, **provider.settings) as opened:
        provider.now_s = lambda: opened.wall["ns"] // 10**9
        yield opened


async def start(browser: Browser, provider: str = "google", **body: object) -> str:
    answer = await browser.post(f"/api/oauth/{provider}/start", body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


async def at_provider(url: str, person: dict[str, str]) -> str:
    """The person fills the provider's form; where its redirect leads."""
    async with httpx.AsyncClient(timeout=HUNG_SECONDS) as client:
        page = await client.get(url)
        assert ">Continue</button>" in page.text
        answer = await client.post(url, data=person)
    assert answer.status_code == 302
    return str(answer.headers["location"])


async def come_back(browser: Browser, location: str) -> str:
    """The browser follows the redirect: a navigation, so without Origin; the result that the page reads."""
    answer = await browser.client.get(location)
    assert answer.status_code == 302, answer.text
    target = urlsplit(answer.headers["location"])
    assert target.netloc == ""
    browser.back = target.path  # type: ignore[attr-defined]
    return parse_qs(target.query)["oauth"][0]


async def sign_in(browser: Browser, person: dict[str, str], provider: str = "google", **body: object) -> str:
    return await come_back(browser, await at_provider(await start(browser, provider, **body), person))


def changed(location: str, **values: str | None) -> str:
    parts = urlsplit(location)
    query = {key: value[0] for key, value in parse_qs(parts.query).items()} | values
    return f"{location.partition('?')[0]}?{urlencode({k: v for k, v in query.items() if v is not None})}"


# --- the good way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["google", "facebook"])
async def test_signing_in_makes_an_account_and_finds_it_again(world: AccountWorld, kind: str) -> None:
    first, second = world.browser(), world.browser()
    assert (await first.get("/api/oauth")) == {"providers": ["facebook", "google"]}
    assert await sign_in(first, ZOE, kind, back="/r/abc") == "ok"
    assert first.back == "/r/abc"
    assert (await first.refresh()).status_code == 200
    account = first.account
    assert (account["name"], account["guest"], account["providers"]) == ("Zoë Provider", False, [kind])
    assert account["has_password"] is False
    # Facebook's word on an e-mail does not count.
    assert (account["email"], account["verified"]) == ((EMAIL, True) if kind == "google" else (None, False))
    assert await sign_in(second, ZOE | {"name": "Renamed", "email": "other@example.org"}, kind) == "ok"
    await second.refresh()
    assert second.account == account


async def test_an_unverified_e_mail_is_none(world: AccountWorld) -> None:
    browser = world.browser()
    assert await sign_in(browser, ZOE | {"verified": ""}) == "ok"
    await browser.refresh()
    assert (browser.account["email"], browser.account["verified"]) == (None, False)


async def test_a_name_that_cannot_be_shown_is_replaced(world: AccountWorld) -> None:
    browser = world.browser()
    assert await sign_in(browser, ZOE | {"name": "\u202e\u202e"}) == "ok"
    await browser.refresh()
    assert browser.account["name"] == "Guest"


async def test_a_guest_becomes_the_account_and_keeps_its_id_and_name(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.guest("Zoë the guest")
    id_ = browser.account["id"]
    assert await sign_in(browser, ZOE) == "ok"
    await browser.refresh()
    assert (browser.account["id"], browser.account["guest"]) == (id_, False)
    assert (browser.account["name"], browser.account["email"]) == ("Zoë the guest", EMAIL)
    assert world.ended == []
    other = world.browser()
    await other.guest("Another")
    assert await sign_in(other, ZOE) == "ok"  # there is an account already: it stays as it is
    await other.refresh()
    assert other.account["id"] == id_


async def test_pkce_nonce_state_and_redirect_are_asked_for(
    world: AccountWorld, provider: OAuthProvider
) -> None:
    query = {key: value[0] for key, value in parse_qs(urlsplit(await start(world.browser())).query).items()}
    assert query["redirect_uri"] == f"{world.origin}/api/oauth/google/callback"
    assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
    assert min(len(query[each]) for each in ("state", "nonce", "code_challenge")) >= 43
    browser = world.browser()
    answer = await browser.post("/api/oauth/google/start", {})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-treble-oauth=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


# --- what an attacker brings ------------------------------------------------------------------------------------


async def test_a_wrong_state_opens_nothing(world: AccountWorld) -> None:
    browser = world.browser()
    location = await at_provider(await start(browser), ZOE)
    for state in ("x" * 43, "", None):
        assert await come_back(browser, changed(location, state=state)) == "oauth.expired"
    assert browser.cookie == ""


async def test_another_browsers_redirect_opens_nothing(world: AccountWorld) -> None:
    """Mallory hands her own code and state to Zoë, who would be signed in as Mallory without knowing."""
    mallory, zoe = world.browser(), world.browser()
    location = await at_provider(await start(mallory), MAX)
    await start(zoe)
    assert await come_back(zoe, location) == "oauth.expired"
    assert zoe.cookie == ""
    assert await come_back(world.browser(), location) == "oauth.expired"


async def test_a_code_comes_once(world: AccountWorld, provider: OAuthProvider) -> None:
    browser = world.browser()
    location = await at_provider(await start(browser), ZOE)
    cookies = httpx.Cookies(browser.client.cookies)
    assert await come_back(browser, location) == "ok"
    browser.client.cookies = cookies
    assert await come_back(browser, location) == "oauth.expired"
    # The code of one flow in another: the provider has seen it, and it was made for another challenge.
    used = parse_qs(urlsplit(location).query)["code"][0]
    again = await at_provider(await start(browser), ZOE)
    assert await come_back(browser, changed(again, code=used)) == "oauth.failed"


async def test_a_stolen_code_fails_at_pkce(world: AccountWorld) -> None:
    """Mallory puts Zoë's unused code into a flow of her own."""
    zoe, mallory = world.browser(), world.browser()
    stolen = parse_qs(urlsplit(await at_provider(await start(zoe), ZOE)).query)["code"][0]
    mine = await at_provider(await start(mallory), MAX)
    assert await come_back(mallory, changed(mine, code=stolen)) == "oauth.failed"
    assert mallory.cookie == ""


@pytest.mark.parametrize("iss", ["https://evil.example", None, ""])
async def test_a_mixed_up_issuer(world: AccountWorld, provider: OAuthProvider, iss: str | None) -> None:
    """The provider says that it sends `iss`; a redirect with another or none is another's (RFC 9207)."""
    browser = world.browser()
    location = await at_provider(await start(browser), ZOE)
    provider.asked.clear()
    assert await come_back(browser, changed(location, iss=iss)) == "oauth.failed"
    assert "/google/token" not in provider.asked


async def test_a_provider_that_sends_no_issuer_does_not_get_one(world: AccountWorld) -> None:
    browser = world.browser()
    location = await at_provider(await start(browser, "facebook"), ZOE)
    assert await come_back(browser, changed(location, iss="https://accounts.google.com")) == "oauth.failed"


async def test_one_providers_redirect_at_the_other_opens_nothing(world: AccountWorld) -> None:
    browser = world.browser()
    location = await at_provider(await start(browser, "facebook"), ZOE)
    assert await come_back(browser, location.replace("/facebook/", "/google/")) == "oauth.expired"


async def test_ten_minutes_at_the_provider_are_too_long(world: AccountWorld) -> None:
    browser = world.browser()
    location = await at_provider(await start(browser), ZOE)
    world.pass_time(600)
    assert await come_back(browser, location) == "oauth.expired"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["treble-client", "another-client"]},
        {"azp": "another-client"},
        {"nonce": "x" * 43},
        {"nonce": None},
        {"exp": 1_700_000_000},
        {"iat": 1_900_000_000},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 7},
    ],
)
async def test_a_wrong_id_token(world: AccountWorld, provider: OAuthProvider, claims: dict) -> None:
    provider.claims = claims
    browser = world.browser()
    assert await sign_in(browser, ZOE) == "oauth.failed"
    assert browser.cookie == ""


@pytest.mark.parametrize(
    "header", [{"alg": "none"}, {"alg": "HS256"}, {"kid": "other"}, {"kid": None}, {"crit": ["x"], "x": 1}]
)
async def test_a_wrong_signature(world: AccountWorld, provider: OAuthProvider, header: dict) -> None:
    provider.header = header
    assert await sign_in(world.browser(), ZOE) == "oauth.failed"


async def test_a_foreign_key(world: AccountWorld, provider: OAuthProvider) -> None:
    provider.faults = {"foreign key"}
    assert await sign_in(world.browser(), ZOE) == "oauth.failed"


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil", "/a?b", "/a#b", "r/abc", "/a/../b", "/a%0d"]
)
async def test_the_way_back_stays_here(world: AccountWorld, back: str) -> None:
    answer = await world.browser().post("/api/oauth/google/start", {"back": back})
    assert (answer.status_code, code_of(answer)) == (404, "not.found")


async def test_a_foreign_page_cannot_begin(world: AccountWorld) -> None:
    answer = await world.browser().ask(
        "POST", "/api/oauth/google/start", {}, headers={"origin": "https://evil.example"}
    )
    assert code_of(answer) == "forbidden"
    assert code_of(await world.browser().post("/api/oauth/other/start", {})) == "not.found"


# --- what goes wrong --------------------------------------------------------------------------------------------


async def test_a_person_who_says_no(world: AccountWorld) -> None:
    browser = world.browser()
    assert await sign_in(browser, ZOE | {"answer": "cancel"}, back="/r/abc") == "oauth.refused"
    assert (browser.cookie, browser.back) == ("", "/r/abc")


@pytest.mark.parametrize("fault", ["down", "html", "endless", "discovery issuer"])
async def test_a_provider_that_is_down_from_the_start(
    world: AccountWorld, provider: OAuthProvider, fault: str
) -> None:
    provider.faults = {fault}
    answer = await world.browser().post("/api/oauth/google/start", {})
    assert (answer.status_code, code_of(answer)) == (503, "oauth.down")
    provider.faults = set()
    assert await sign_in(world.browser(), ZOE) == "ok"  # nothing of it was kept


@pytest.mark.parametrize("kind", ["google", "facebook"])
@pytest.mark.parametrize("fault", ["down", "html", "endless"])
async def test_a_provider_that_goes_down_on_the_way(
    world: AccountWorld, provider: OAuthProvider, kind: str, fault: str
) -> None:
    browser = world.browser()
    location = await at_provider(await start(browser, kind), ZOE)
    provider.faults = {fault}
    assert await come_back(browser, location) == "oauth.down"
    assert browser.cookie == ""


async def test_nobody_listens(tmp_path: Path) -> None:
    with OAuthProvider() as provider:
        settings = provider.settings
    async with account_world(tmp_path, **settings) as world:
        answer = await world.browser().post("/api/oauth/google/start", {})
        assert code_of(answer) == "oauth.down"


async def test_secrets_go_to_safe_addresses_only(world: AccountWorld, provider: OAuthProvider) -> None:
    provider.faults = {"insecure token"}
    assert await sign_in(world.browser(), ZOE) == "oauth.down"


async def test_providers_that_nobody_configured(tmp_path: Path) -> None:
    async with account_world(tmp_path) as world:
        assert await world.browser().get("/api/oauth") == {"providers": []}
        assert code_of(await world.browser().post("/api/oauth/google/start", {})) == "not.found"
        assert (
            await come_back(world.browser(), "/api/oauth/google/callback?state=x&code=y") == "oauth.expired"
        )


@pytest.mark.parametrize("query", ["", "state=" + "x" * 5000, "state=a&state=b&code=c", "code=%00&state=%ff"])
async def test_nonsense_at_the_callback(world: AccountWorld, query: str) -> None:
    assert await come_back(world.browser(), f"/api/oauth/google/callback?{query}") == "oauth.expired"
    assert await come_back(world.browser(), f"/api/oauth/nobody/callback?{query}") == "oauth.expired"


# --- linking ----------------------------------------------------------------------------------------------------


async def test_an_e_mail_that_has_an_account_does_not_open_it(world: AccountWorld) -> None:
    await world.member()
    browser = world.browser()
    assert await sign_in(browser, ZOE | {"email": EMAIL.upper()}) == "oauth.exists"
    assert browser.cookie == ""


async def test_linking_while_signed_in_and_unlinking(world: AccountWorld) -> None:
    browser, other = await world.member(), world.browser()
    assert await sign_in(browser, MAX, link=True, back="/account/profile") == "linked"
    assert (await browser.get("/api/account"))["providers"] == ["google"]
    assert (await browser.get("/api/account"))["email"] == EMAIL
    assert await sign_in(other, MAX) == "ok"
    await other.refresh()
    assert other.account["id"] == browser.account["id"]
    assert await sign_in(browser, MAX, link=True) == "linked"
    answer = await browser.ask("DELETE", "/api/account/providers/google")
    assert answer.json()["providers"] == []
    assert code_of(await browser.ask("DELETE", "/api/account/providers/google")) == "not.found"


async def test_the_last_way_in_stays(world: AccountWorld) -> None:
    browser = world.browser()
    await sign_in(browser, ZOE)
    await browser.refresh()
    assert code_of(await browser.ask("DELETE", "/api/account/providers/google")) == "unlink.last"
    assert (await browser.post("/api/account/password", {"new": PASSWORD})).status_code == 200
    assert (await browser.ask("DELETE", "/api/account/providers/google")).status_code == 200
    assert (await world.browser().log_in()).status_code == 200


async def test_a_password_by_mail_for_an_account_of_a_provider(world: AccountWorld) -> None:
    browser = world.browser()
    await sign_in(browser, ZOE)
    assert code_of(await browser.log_in()) == "login.wrong"
    await browser.post("/api/account/reset", {"email": EMAIL})
    body = {"code": await world.code(1), "password": PASSWORD}
    assert (await browser.post("/api/account/reset/finish", body)).status_code == 200
    assert (await browser.log_in()).status_code == 200
    assert browser.account["providers"] == ["google"]


async def test_facebook_is_never_linked(world: AccountWorld) -> None:
    """Its e-mail never counts as verified (contracts 6)."""
    browser = await world.member()
    answer = await browser.post("/api/oauth/facebook/start", {"link": True})
    assert (answer.status_code, code_of(answer)) == (403, "link.unverified")


async def test_only_verified_e_mails_link(world: AccountWorld) -> None:
    browser = await world.member()
    assert await sign_in(browser, MAX | {"verified": ""}, link=True) == "link.unverified"
    by_facebook = world.browser()
    await sign_in(by_facebook, ZOE, "facebook")
    await by_facebook.refresh()
    answer = await by_facebook.post("/api/oauth/google/start", {"link": True})
    assert code_of(answer) == "link.unverified"


async def test_linking_needs_somebody_signed_in_from_start_to_end(world: AccountWorld) -> None:
    assert code_of(await world.browser().post("/api/oauth/google/start", {"link": True})) == "auth.missing"
    guest = world.browser()
    await guest.guest()
    assert code_of(await guest.post("/api/oauth/google/start", {"link": True})) == "forbidden"
    browser = await world.member()
    location = await at_provider(await start(browser, link=True), MAX)
    await browser.ask("DELETE", "/api/account/sessions")
    assert await come_back(browser, location) == "oauth.expired"


async def test_an_identity_belongs_to_one_account(world: AccountWorld) -> None:
    zoe, max_ = await world.member(), await world.member("max@example.org")
    assert await sign_in(zoe, MAX, link=True) == "linked"
    assert await sign_in(max_, MAX, link=True) == "link.taken"
    assert await sign_in(zoe, ZOE, link=True) == "link.taken"  # one of each provider


async def test_a_deleted_account_lets_its_identity_go(world: AccountWorld) -> None:
    browser = world.browser()
    await sign_in(browser, ZOE)
    await browser.refresh()
    first = browser.account["id"]
    assert (await browser.post("/api/account/delete", {})).status_code == 200  # a fresh login
    browser.token = ""
    assert await sign_in(browser, ZOE) == "ok"
    await browser.refresh()
    assert browser.account["id"] != first
