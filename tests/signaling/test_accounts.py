"""Signing up, in and out through the real gateway; what others may learn of it is nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from argon2 import PasswordHasher
from sqlalchemy import text

from signaling.accounts import passwords
from signaling.accounts.emails import clean_email
from signaling.accounts.password_rules import clean_password
from signaling.accounts.passwords import QUEUE, THREADS, Passwords
from signaling.settings import Settings
from signaling.storage.people import Person, State
from signaling.storage.rooms import RoomRecord
from tests.signaling.account_world import EMAIL, PASSWORD, AccountWorld, account_world, code_of
from treble.account_api import AskReset, ChangeEmail, DeleteAccount, LogIn, MakeGuest, SignUp
from treble.api import ApiError, Role


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AccountWorld]:
    async with account_world(tmp_path) as opened:
        yield opened


# --- guests -----------------------------------------------------------------------------------------------------


async def test_a_guest_gets_a_token_and_a_cookie_that_no_page_reads(world: AccountWorld) -> None:
    browser = world.browser()
    answer = await browser.guest("  Zoë ")
    assert answer.status_code == 201
    assert (browser.account["guest"], browser.account["name"], browser.account["email"]) == (
        True,
        "Zoë",
        None,
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Secure-treble-session=")
    assert {"HttpOnly", "Secure", "Path=/api/session", "SameSite=strict"} <= set(cookie.split("; "))
    assert browser.cookie not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    claims = await world.accounts.claims(browser.token)
    assert (claims.sub, claims.guest, claims.verified) == (browser.account["id"], True, False)


async def test_a_guest_comes_back_as_the_same(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.guest()
    before = browser.account["id"]
    browser.token = ""
    assert (await browser.refresh()).status_code == 200
    assert browser.account["id"] == before


@pytest.mark.parametrize("name", ["", "a" * 61, "\u202eevil", "a\u0000"])
async def test_a_guest_needs_a_name(world: AccountWorld, name: str) -> None:
    assert code_of(await world.browser().guest(name)) in ("bad.name", "bad.request")


# --- signing up -------------------------------------------------------------------------------------------------


async def test_from_sign_up_to_signed_in(world: AccountWorld) -> None:
    browser = world.browser()
    assert (await browser.sign_up()).status_code == 202
    assert code_of(await browser.log_in()) == "login.wrong"  # no account before its e-mail is verified
    code = await world.code(1)
    mail = world.mail.sent[0]
    assert mail.to == EMAIL
    assert f"{world.origin}/account/verify#{code}" in mail.text
    answer = await browser.post("/api/account/verify", {"code": code})
    assert answer.json() == {"email": EMAIL}
    assert (await browser.log_in()).status_code == 200
    account = await browser.get("/api/account")
    assert account == browser.account
    assert (account["verified"], account["guest"], account["email"]) == (True, False, EMAIL)
    assert (account["has_password"], account["providers"], account["fresh"]) == (True, [], True)
    assert code_of(await browser.post("/api/account/verify", {"code": code})) == "code.wrong"


async def test_a_link_works_for_a_day(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.sign_up()
    code = await world.code(1)
    world.pass_time(24 * 3600)
    assert code_of(await browser.post("/api/account/verify", {"code": code})) == "code.wrong"


async def test_the_answer_never_says_whether_an_account_exists(world: AccountWorld) -> None:
    await world.member()
    stranger = world.browser()
    known = await stranger.sign_up(EMAIL.upper(), "another password", "Mallory")
    unknown = await stranger.sign_up("new@example.org", "another password", "Mallory")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"{}")
    mails = {mail.to: mail.text for mail in await world.mails(3)}
    assert "It has one." in mails[f"ZOE@{EMAIL.partition('@')[2]}"]
    assert "#" not in mails[f"ZOE@{EMAIL.partition('@')[2]}"]
    assert (await world.browser().log_in()).status_code == 200  # nothing has changed
    known = await stranger.post("/api/account/reset", {"email": EMAIL})
    unknown = await stranger.post("/api/account/reset", {"email": "nobody@example.org"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"{}")
    assert [mail.to for mail in (await world.mails(4))[3:]] == [EMAIL]


async def test_unknown_and_known_cost_the_same_work(
    world: AccountWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.member()
    work: list[str] = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher,
        "verify",
        lambda self, stored, given: work.append(stored[:29]) or verify(self, stored, given),
    )
    for email in (EMAIL, "nobody@example.org"):
        assert code_of(await world.browser().log_in(email, "wrong password")) == "login.wrong"
    assert work == ["$argon2id$v=19$m=19456,t=2,p=1"[:29]] * 2


async def test_two_sign_ups_for_one_address_and_the_first_link_counts(world: AccountWorld) -> None:
    mallory, zoe = world.browser(), world.browser()
    await zoe.sign_up()
    code = await world.code(1)
    await mallory.sign_up(password="mallory's password")
    late = await world.code(2)
    assert (await zoe.post("/api/account/verify", {"code": code})).status_code == 200
    assert code_of(await mallory.post("/api/account/verify", {"code": late})) == "email.taken"
    assert code_of(await mallory.log_in(password="mallory's password")) == "login.wrong"
    assert (await zoe.log_in()).status_code == 200


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 8"),
        ("x" * 257, "at most 256"),
        ("Password1", "tried first"),
        ("aaaaaaaaaaaa", "tried first"),
        ("ZOE@example.org", "your e-mail"),
    ],
)
async def test_bad_passwords(world: AccountWorld, password: str, says: str) -> None:
    answer = await world.browser().sign_up(password=password)
    assert code_of(answer) == "bad.password"
    assert says in answer.json()["detail"]
    assert world.mail.sent == []


def test_passwords_of_any_letters_are_good() -> None:
    for good in ("correct horse", "ünïcödé päss", "8 lettrs", "x1" * 128, "\U0001f600" * 7 + "x"):
        assert clean_password(good, "zoe@example.org") == good


@pytest.mark.parametrize(
    "email",
    ["", "zoe", "zoe@", "@example.org", "z oe@example.org", "zoe@exa mple.org", "zoe\n@example.org", "a@b..c",
     "zoe@example.org\r\nBcc: all@example.org", "zoe\u202e@example.org", "<zoe@example.org>", "a" * 65 + "@b.c",
     "zoe,max@example.org", "z" * 300, "zoe@-example.org", ".zoe@example.org"],
)  # fmt: skip
def test_what_is_no_address(email: str) -> None:
    with pytest.raises(ApiError) as error:
        clean_email(email)
    assert error.value.code == "bad.email"


def test_one_address_however_it_is_spelled() -> None:
    spellings = [" Zoe@Example.ORG ", "zoe@example.org", "ZOE@EXAMPLE.ORG"]
    assert {clean_email(each).login for each in spellings} == {"zoe@example.org"}
    assert clean_email("zo\u0065\u0308@m\u00fcller.example").login == "zoë@xn--mller-kva.example"
    assert clean_email("Zoe@Example.org").address == "Zoe@example.org"
    assert clean_email(clean_email("STRASSE@straße.de").address).login == "strasse@strasse.de"


# --- guests who sign up -----------------------------------------------------------------------------------------


async def test_a_guest_becomes_an_account_and_keeps_its_id(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.guest("Zoë")
    id_ = browser.account["id"]
    await browser.sign_up()
    answer = await browser.post("/api/account/verify", {"code": await world.code(1)})
    assert answer.status_code == 200
    assert (await browser.refresh()).status_code == 200  # the same browser stays signed in
    assert (browser.account["id"], browser.account["guest"], browser.account["email"]) == (id_, False, EMAIL)
    assert world.ended == []
    elsewhere = world.browser()
    await elsewhere.log_in()
    assert elsewhere.account["id"] == id_


async def test_a_stranger_who_signs_up_with_my_address_is_not_in_my_account(world: AccountWorld) -> None:
    mallory, zoe = world.browser(), world.browser()
    await mallory.guest("Mallory")
    await mallory.sign_up(password="mallory's password")
    assert (await zoe.post("/api/account/verify", {"code": await world.code(1)})).status_code == 200
    assert world.ended == [mallory.account["id"]]
    assert code_of(await mallory.refresh()) == "session.ended"
    assert code_of(await mallory.ask("GET", "/api/account")) == "session.ended"


# --- signing in -------------------------------------------------------------------------------------------------


async def test_everything_wrong_is_one_answer(world: AccountWorld) -> None:
    await world.member()
    answers = [
        await world.browser().log_in(email, password)
        for email, password in [
            (EMAIL, "wrong password"),
            ("nobody@example.org", PASSWORD),
            ("no address", PASSWORD),
            (EMAIL, ""),
            (EMAIL, PASSWORD + " "),
            (EMAIL, "x" * 1000),
        ]
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (403, b'{"code":"login.wrong","detail":"E-mail or password is not right."}')
    }
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_a_new_login_ends_the_old_one_of_the_browser(world: AccountWorld) -> None:
    browser = await world.member()
    old = browser.token
    await browser.log_in()
    assert len((await browser.get("/api/account/sessions"))["sessions"]) == 1
    browser.token = old
    assert code_of(await browser.ask("GET", "/api/account")) == "session.ended"


async def test_tries_are_counted_per_account_and_per_address(world: AccountWorld) -> None:
    await world.member()

    async def tries(email: str, address: str, count: int) -> int:
        """Of wrong passwords that were looked at."""
        looked_at = 0
        for _ in range(count):
            with pytest.raises(ApiError) as error:
                await world.accounts.log_in(
                    LogIn(email=email, password="wrong password", caller=world.caller(address))
                )
            looked_at += error.value.code == "login.wrong"
        return looked_at

    assert await tries(EMAIL, "192.0.2.9", 13) == 10
    assert await tries("nobody@example.org", "192.0.2.9", 12) == 10  # an account that is none is no different
    with pytest.raises(ApiError) as error:
        await world.accounts.log_in(LogIn(email=EMAIL, password=PASSWORD, caller=world.caller("192.0.2.9")))
    assert (error.value.code, error.value.retry_after is not None) == ("auth.slow", True)
    await world.accounts.log_in(LogIn(email=EMAIL, password=PASSWORD, caller=world.caller("192.0.2.10")))


async def test_mails_are_counted_and_nobody_is_told_whose_box_is_full(world: AccountWorld) -> None:
    for _ in range(8):
        await world.accounts.ask_reset(AskReset(email=EMAIL, caller=world.caller()))
        await world.accounts.sign_up(
            SignUp(email="max@example.org", password=PASSWORD, name="Max", caller=world.caller())
        )
    await world.mails(4)
    await world.accounts._opened.outbox.once()
    assert [mail.to for mail in world.mail.sent] == ["max@example.org"] * 4
    for number in range(14):
        await world.accounts.ask_reset(AskReset(email=f"{number}@example.org", caller=world.caller()))
    with pytest.raises(ApiError, match=r"auth\.slow"):
        await world.accounts.ask_reset(AskReset(email="x@example.org", caller=world.caller()))


async def refusal_of_guest(world: AccountWorld) -> str:
    try:
        await world.accounts.make_guest(MakeGuest(name="Zoë", caller=world.caller()))
    except ApiError as error:
        return error.code
    return ""


async def test_a_flood_of_guests_is_slowed(world: AccountWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_database(_work: object) -> None:
        return None

    monkeypatch.setattr(world.database, "write", no_database)
    answers = [await refusal_of_guest(world) for _ in range(600)]
    assert answers[:500] == [""] * 500
    assert "auth.slow" in answers
    await world.accounts.make_guest(MakeGuest(name="Zoë", caller=world.caller("198.51.100.1")))


async def test_the_password_pool_is_bounded() -> None:
    pool, refused = Passwords(), []

    async def hash_one() -> None:
        try:
            await pool.hash("a password")
        except ApiError as error:
            refused.append(error.code)

    async with trio.open_nursery() as nursery:
        for _ in range(THREADS + QUEUE + 5):
            nursery.start_soon(hash_one)
    assert refused == ["slow"] * 5
    assert await pool.is_right("a password", await pool.hash("a password"))


async def test_parameters_are_upgraded_at_login(world: AccountWorld) -> None:
    browser = await world.member()
    weak = PasswordHasher(1, 8 * 1024, 1).hash(PASSWORD)
    accounts, id_ = world.database.accounts, browser.account["id"]
    await world.database.write(lambda connection: accounts.set_password(connection, id_, weak))
    assert (await browser.log_in()).status_code == 200
    stored = await world.database.read(lambda connection: accounts.find(connection, id_))
    assert stored is not None
    assert stored.password is not None
    assert stored.password.startswith(passwords.NOBODY[:30])
    assert (await browser.log_in()).status_code == 200


# --- the password and the e-mail --------------------------------------------------------------------------------


async def test_reset_ends_every_login(world: AccountWorld) -> None:
    browser = await world.member()
    other = world.browser()
    await other.post("/api/account/reset", {"email": EMAIL.title()})
    code = await world.code(2)
    assert f"/account/reset#{code}" in world.mail.sent[1].text
    change = {"code": code, "password": "another harbour"}
    answer = await other.post("/api/account/reset/finish", change)
    assert answer.json() == {"email": EMAIL}
    assert world.ended == [browser.account["id"]]
    assert code_of(await browser.refresh()) == "session.ended"
    assert code_of(await browser.ask("GET", "/api/account")) == "session.ended"
    assert code_of(await other.log_in()) == "login.wrong"
    assert (await other.log_in(password="another harbour")).status_code == 200
    assert code_of(await other.post("/api/account/reset/finish", change)) == "code.wrong"
    assert (await world.mails(3))[2].subject == "Your password was changed"


async def test_a_reset_link_works_for_half_an_hour_and_keeps_through_a_bad_password(
    world: AccountWorld,
) -> None:
    browser = await world.member()
    for _ in range(2):
        await browser.post("/api/account/reset", {"email": EMAIL})
    first, second = await world.code(2), await world.code(3)
    for bad in ("short", EMAIL):
        answer = await browser.post("/api/account/reset/finish", {"code": first, "password": bad})
        assert code_of(answer) == "bad.password"
    world.pass_time(1799)
    answer = await browser.post("/api/account/reset/finish", {"code": first, "password": "another harbour"})
    assert answer.status_code == 200
    answer = await browser.post("/api/account/reset/finish", {"code": second, "password": "a third harbour"})
    assert code_of(answer) == "code.wrong"  # one new password, and the other links are worth nothing
    await browser.post("/api/account/reset", {"email": EMAIL})
    late = await world.code(5)
    world.pass_time(1800)
    answer = await browser.post("/api/account/reset/finish", {"code": late, "password": "a third harbour"})
    assert code_of(answer) == "code.wrong"


async def test_a_code_is_for_one_purpose(world: AccountWorld) -> None:
    browser = await world.member()
    await browser.post("/api/account/reset", {"email": EMAIL})
    assert code_of(await browser.post("/api/account/verify", {"code": await world.code(2)})) == "code.wrong"
    await browser.sign_up("max@example.org")
    answer = await browser.post(
        "/api/account/reset/finish", {"code": await world.code(3), "password": "another harbour"}
    )
    assert code_of(answer) == "code.wrong"


async def test_changing_the_password_needs_the_old_one_and_ends_the_other_logins(world: AccountWorld) -> None:
    browser, other = await world.member(), world.browser()
    await other.log_in()
    new = "another harbour"
    assert code_of(await browser.post("/api/account/password", {"new": new})) == "login.wrong"
    answer = await browser.post("/api/account/password", {"new": new, "old": "wrong password"})
    assert code_of(answer) == "login.wrong"
    answer = await browser.post("/api/account/password", {"new": "password1", "old": PASSWORD})
    assert code_of(answer) == "bad.password"
    assert world.ended == []
    assert (await browser.post("/api/account/password", {"new": new, "old": PASSWORD})).status_code == 200
    assert world.ended == [browser.account["id"]]
    assert code_of(await other.refresh()) == "session.ended"
    assert (await browser.refresh()).status_code == 200
    assert (await other.log_in(password=new)).status_code == 200


async def test_a_new_e_mail_counts_when_it_is_verified(world: AccountWorld) -> None:
    browser = await world.member()
    body = {"email": "new@example.org", "password": PASSWORD}
    assert (await browser.post("/api/account/email", body)).status_code == 202
    assert (await browser.get("/api/account"))["email"] == EMAIL
    code = await world.code(2)
    assert world.mail.sent[1].to == "new@example.org"
    assert (await browser.post("/api/account/verify", {"code": code})).json() == {"email": "new@example.org"}
    assert (await browser.get("/api/account"))["email"] == "new@example.org"
    told = (await world.mails(3))[2]
    assert (told.to, told.subject) == (EMAIL, "Your e-mail address was changed")
    assert code_of(await world.browser().log_in()) == "login.wrong"
    assert (await world.browser().log_in("new@example.org")).status_code == 200


async def test_somebody_elses_e_mail_is_not_mine_to_take(world: AccountWorld) -> None:
    await world.member("max@example.org")
    browser = await world.member()
    body = {"email": "MAX@example.org", "password": PASSWORD}
    assert (await browser.post("/api/account/email", body)).status_code == 202
    assert "It has one." in (await world.mails(3))[2].text
    await browser.post("/api/account/email", {"email": "late@example.org", "password": PASSWORD})
    code = await world.code(4)
    await world.member("late@example.org")
    assert code_of(await browser.post("/api/account/verify", {"code": code})) == "email.taken"


async def test_after_ten_minutes_the_password_is_asked_again(world: AccountWorld) -> None:
    browser = await world.member()
    assert (await browser.post("/api/account/email", {"email": "a@example.org"})).status_code == 202
    world.pass_time(601)
    assert (await browser.refresh()).status_code == 200
    assert browser.account["fresh"] is False
    assert code_of(await browser.post("/api/account/email", {"email": "b@example.org"})) == "login.again"
    assert code_of(await browser.post("/api/account/delete", {})) == "login.again"
    answer = await browser.post(
        "/api/account/email", {"email": "b@example.org", "password": "wrong password"}
    )
    assert code_of(answer) == "login.wrong"


# --- logins -----------------------------------------------------------------------------------------------------


async def test_logins_are_listed_and_ended(world: AccountWorld) -> None:
    one, two, three = await world.member(), world.browser(), world.browser()
    two.client.headers["user-agent"] = "Telephone/2.0\x7f"
    await two.log_in()
    await three.log_in()
    listed = (await one.get("/api/account/sessions"))["sessions"]
    assert [each["current"] for each in listed].count(True) == 1
    assert {each["agent"] for each in listed} == {"Test/1.0", "Telephone/2.0"}
    assert {each["address"] for each in listed} == {"127.0.0.1"}
    (theirs,) = [each["id"] for each in listed if each["agent"].startswith("Telephone")]
    assert (await one.ask("DELETE", f"/api/account/sessions/{theirs}")).json() == {}
    assert world.ended == [one.account["id"]]
    assert code_of(await two.refresh()) == "session.ended"
    assert code_of(await one.ask("DELETE", f"/api/account/sessions/{theirs}")) == "not.found"
    assert (await one.ask("DELETE", "/api/account/sessions?keep=current")).status_code == 200
    assert code_of(await three.ask("GET", "/api/account")) == "session.ended"
    assert (await one.ask("DELETE", "/api/account/sessions")).status_code == 200
    assert code_of(await one.refresh()) == "session.ended"


async def test_nobody_ends_another_persons_login(world: AccountWorld) -> None:
    zoe, max_ = await world.member(), await world.member("max@example.org")
    (login,) = (await zoe.get("/api/account/sessions"))["sessions"]
    answer = await max_.ask("DELETE", f"/api/account/sessions/{login['id']}")
    assert code_of(answer) == "not.found"
    assert (await zoe.refresh()).status_code == 200


async def test_room_tokens_from_before_an_ended_login_are_worth_nothing(world: AccountWorld) -> None:
    browser = await world.member()
    accounts, id_ = world.database.accounts, browser.account["id"]
    before = await world.database.read(lambda connection: accounts.tokens_from(connection, id_))
    assert before == 0
    await browser.ask("DELETE", "/api/account/sessions?keep=current")  # there is no other: nothing ended
    assert await world.database.read(lambda connection: accounts.tokens_from(connection, id_)) == 0
    await browser.ask("DELETE", "/api/account/sessions")
    after = await world.database.read(lambda connection: accounts.tokens_from(connection, id_))
    assert after == world.wall["ns"] // 10**9 + 1


async def test_signing_out(world: AccountWorld) -> None:
    browser = await world.member()
    old = browser.cookie
    answer = await browser.ask("DELETE", "/api/session")
    assert answer.json() == {}
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert browser.cookie == ""
    assert world.ended == [browser.account["id"]]
    assert code_of(await browser.refresh()) == "auth.missing"
    browser.client.cookies.set("__Secure-treble-session", old, domain="127.0.0.1", path="/api/session")
    answer = await browser.refresh()
    assert (answer.status_code, code_of(answer)) == (401, "session.ended")
    assert "Max-Age=0" in answer.headers["set-cookie"]


# --- other sites ------------------------------------------------------------------------------------------------


async def test_a_cookie_counts_only_for_our_own_pages(world: AccountWorld) -> None:
    browser = await world.member()
    browser.token = ""
    before = browser.cookie
    for method, path in [("POST", "/api/session/refresh"), ("DELETE", "/api/session")]:
        for origin in ("", "null", "https://evil.example", world.origin.replace("https", "http")):
            answer = await browser.ask(method, path, headers={"origin": origin})
            assert (answer.status_code, code_of(answer)) == (403, "forbidden"), origin
    assert browser.cookie == before
    assert (await browser.refresh()).status_code == 200


async def test_a_cookie_is_no_account_token(world: AccountWorld) -> None:
    browser = await world.member()
    browser.token = ""
    for method, path in [("GET", "/api/account"), ("DELETE", "/api/account/sessions")]:
        assert code_of(await browser.ask(method, path)) == "auth.missing"


async def test_a_foreign_page_may_not_sign_anybody_in(world: AccountWorld) -> None:
    browser = world.browser()
    for path, body in [
        ("/api/session", {"email": EMAIL, "password": PASSWORD}),
        ("/api/session/guest", {"name": "Zoë"}),
    ]:
        answer = await browser.ask("POST", path, body, headers={"origin": "https://evil.example"})
        assert (answer.status_code, code_of(answer)) == (403, "forbidden")
        form = await browser.client.post(path, data={"name": "Zoë"}, headers={"origin": world.origin})
        assert code_of(form) == "bad.type"


@pytest.mark.parametrize(
    "token", ["x", "a.b.c.d.e", "..", "room", "x" * 9000], ids=["x", "parts", "dots", "room", "long"]
)
async def test_what_is_no_account_token(world: AccountWorld, token: str) -> None:
    browser = world.browser()
    if token == "room":
        tokens = world.accounts._opened.tools.tokens
        token = tokens.issue(sub="s", room="r", role=Role.HOST, name="n", now_s=world.wall["ns"] // 10**9)
    browser.token = token
    answer = await browser.ask("GET", "/api/account")
    assert answer.status_code in (401, 431)
    if answer.status_code == 401:
        assert code_of(answer) == "session.ended"


async def test_an_account_token_lives_ten_minutes(world: AccountWorld) -> None:
    browser = await world.member()
    world.pass_time(600)
    answer = await browser.ask("GET", "/api/account")
    assert (answer.status_code, code_of(answer)) == (401, "auth.expired")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/session/guest", {"name": "Zoë", "admin": True}),
        ("/api/session", {"email": EMAIL}),
        ("/api/session", {"email": EMAIL, "password": ["x"]}),
        ("/api/account/sign-up", {"email": EMAIL, "password": PASSWORD, "name": 7}),
        ("/api/account/verify", {"code": "x" * 65}),
        ("/api/account/verify", []),
        ("/api/account/reset", {"email": "x" * 600}),
    ],
)
async def test_bodies_are_strict(world: AccountWorld, path: str, body: object) -> None:
    answer = await world.browser().post(path, body)
    assert (answer.status_code, code_of(answer)) == (400, "bad.request")


async def test_guests_have_no_password_or_e_mail_to_change(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.guest()
    for path, body in [
        ("/api/account/password", {"new": PASSWORD}),
        ("/api/account/email", {"email": EMAIL}),
    ]:
        assert code_of(await browser.post(path, body)) == "forbidden"
    assert (await browser.ask("PATCH", "/api/account", {"name": "Zora"})).json()["name"] == "Zora"


# --- the end ----------------------------------------------------------------------------------------------------

TABLES = ("accounts", "families", "identities", "codes", "pictures")


async def test_a_deleted_account_leaves_nothing_of_itself(world: AccountWorld) -> None:
    browser = await world.member()
    id_ = browser.account["id"]
    await browser.post("/api/account/email", {"email": "new@example.org", "password": PASSWORD})
    now = world.wall["ns"]
    room = RoomRecord(id="r", created_at=now, expires_at=now * 2, settings=Settings(), owner=id_)
    person = Person(
        id="p", room="r", subject=id_, role=Role.HOST, state=State.IN, verified=True, name="Zoë", email=EMAIL,
        picture="pic", created_at=now,
    )  # fmt: skip
    database = world.database

    def enter(connection: object) -> None:
        database.rooms.create(connection, room, "pw", "d")
        database.people.add(connection, person)

    await database.write(enter)
    assert code_of(await browser.post("/api/account/delete", {"password": "wrong password"})) == "login.wrong"
    assert (await browser.post("/api/account/delete", {"password": PASSWORD})).json() == {}
    for table in TABLES:
        count = text(f"select count(*) from {table}")
        assert await database.read(lambda connection, count=count: connection.execute(count).scalar()) == 0
    left = await database.read(lambda connection: database.people.find(connection, "r", "p"))
    assert left is not None
    assert (left.name, left.email, left.picture, left.subject, left.role) == ("", None, None, None, Role.HOST)
    found = await database.read(lambda connection: database.rooms.find(connection, "r", now))
    assert found is not None
    assert found.owner is None
    assert world.ended[-1] == id_
    assert code_of(await browser.refresh()) == "auth.missing"  # the cookie went with it
    assert code_of(await browser.ask("GET", "/api/account")) == "session.ended"
    assert code_of(await browser.log_in()) == "login.wrong"
    await world.mails(3)
    assert "Your account was deleted" in [mail.subject for mail in world.mail.sent]


async def test_a_guest_deletes_itself_without_a_password(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.guest()
    world.pass_time(599)
    assert (await browser.post("/api/account/delete", {})).json() == {}
    assert code_of(await browser.ask("GET", "/api/account")) == "session.ended"


async def test_what_was_ended_meanwhile_changes_nothing(world: AccountWorld) -> None:
    """The token is good, the login has ended: each method looks again in the transaction that changes."""
    browser = await world.member()
    await browser.ask("DELETE", "/api/account/sessions")
    with pytest.raises(ApiError, match=r"session\.ended"):
        await world.accounts.delete_account(
            DeleteAccount(token=browser.token, password=PASSWORD, caller=world.caller())
        )
    with pytest.raises(ApiError, match=r"session\.ended"):
        await world.accounts.change_email(
            ChangeEmail(token=browser.token, email="a@example.org", password=PASSWORD, caller=world.caller())
        )
    assert code_of(await browser.ask("PATCH", "/api/account", {"name": "Zora"})) == "session.ended"


async def test_guests_whose_login_has_expired_are_forgotten(world: AccountWorld) -> None:
    browser = world.browser()
    await browser.guest()
    world.pass_time(31 * 24 * 3600)
    opened = world.accounts._opened
    await world.database.write(opened._forget)
    count = text("select count(*) from accounts")
    assert await world.database.read(lambda connection: connection.execute(count).scalar()) == 0
