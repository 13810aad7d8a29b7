"""Refresh secrets: each opens once, a lost answer does no harm, and a copied one is noticed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from signaling.accounts.refresh import GRACE_NS, Rotation, rotate
from tests.signaling.account_world import AccountWorld, account_world, code_of
from treble.units import SECOND


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AccountWorld]:
    async with account_world(tmp_path) as opened:
        yield opened


# --- the rule ---------------------------------------------------------------------------------------------------


def test_each_secret_opens_once() -> None:
    first = Rotation("a", rotated_at=0)
    second = rotate(first, "a", "b", SECOND)
    assert second == Rotation("b", None, "a", SECOND)
    assert rotate(second, "b", "c", 2 * SECOND) == Rotation("c", None, "b", 2 * SECOND)
    assert rotate(second, "x", "c", 2 * SECOND) is None


def test_the_one_before_opens_once_more_within_ten_seconds() -> None:
    second = rotate(Rotation("a"), "a", "b", 0)
    assert second is not None
    third = rotate(second, "a", "c", GRACE_NS)
    assert third is not None
    assert rotate(second, "a", "c", GRACE_NS + 1) is None
    assert rotate(third, "a", "d", GRACE_NS) is None  # once
    # Either successor may be the one that arrived; the first to be used is the true one.
    for used, other in (("b", "c"), ("c", "b")):
        fourth = rotate(third, used, "d", GRACE_NS)
        assert fourth is not None
        assert rotate(fourth, other, "e", GRACE_NS) is None


def test_not_once_its_successor_was_used() -> None:
    second = rotate(Rotation("a"), "a", "b", 0)
    assert second is not None
    third = rotate(second, "b", "c", 1)
    assert third is not None
    assert rotate(third, "a", "d", 2) is None


def test_a_clock_that_goes_back_gives_no_grace() -> None:
    second = rotate(Rotation("a"), "a", "b", 100 * SECOND)
    assert second is not None
    assert rotate(second, "a", "c", 0) is None


@settings(derandomize=True, max_examples=300)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 1000)), max_size=30))
def test_an_owner_whose_answers_are_lost_stays_in(steps: list[tuple[bool, bool, int]]) -> None:
    """An owner who tries again at once with what she has, whether the answer got lost or not; no two in a row lost."""
    state, holds, now_ns = Rotation("0"), "0", 0
    for number, (lost, late, wait_s) in enumerate(steps, 1):
        now_ns += wait_s * SECOND
        turned = rotate(state, holds, f"{number}", now_ns)
        assert turned is not None
        state = turned
        if lost:
            now_ns += (GRACE_NS if late else 0) + 0
            turned = rotate(state, holds, f"{number}again", now_ns)
            assert turned is not None
            state = turned
            holds = f"{number}again" if number % 2 else f"{number}"  # the first answer may come after all
        else:
            holds = f"{number}"


@settings(derandomize=True, max_examples=300)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100)), min_size=2, max_size=30))
def test_thief_and_owner_cannot_both_go_on(steps: list[tuple[bool, int]]) -> None:
    """Both begin with the same secret and take turns as the list says; after both have used what the other
    outdated, the login is over.
    """
    state: Rotation | None = Rotation("0")
    holds, now_ns, turns = {True: "0", False: "0"}, 0, {True: 0, False: 0}
    for number, (who, wait_s) in enumerate(steps, 1):
        now_ns += wait_s * SECOND
        if state is None:
            break
        state = rotate(state, holds[who], f"{number}", now_ns)
        holds[who] = f"{number}"
        turns[who] += 1
    if min(turns.values()) >= 2:
        assert state is None


# --- through the gateway ----------------------------------------------------------------------------------------


async def test_a_secret_that_comes_back_ends_the_login(world: AccountWorld) -> None:
    browser = await world.member()
    copied = browser.cookie
    await browser.refresh()
    await browser.refresh()
    thief = world.browser()
    thief.client.cookies.set("__Secure-treble-session", copied, domain="127.0.0.1", path="/api/session")
    answer = await thief.refresh()
    assert (answer.status_code, code_of(answer)) == (401, "session.ended")
    assert code_of(await browser.refresh()) == "session.ended"
    assert world.ended == [browser.account["id"]]
    assert code_of(await browser.ask("GET", "/api/account")) == "session.ended"
    assert (await browser.log_in()).status_code == 200


@pytest.mark.parametrize(("waited_s", "ends"), [(10, False), (11, True)])
async def test_a_lost_answer(world: AccountWorld, waited_s: int, ends: bool) -> None:
    browser = await world.member()
    had = browser.cookie
    await browser.refresh()
    browser.cookie = had  # as if the answer had never come
    world.pass_time(waited_s)
    answer = await browser.refresh()
    assert (answer.status_code == 401) is ends
    if not ends:
        assert (await browser.refresh()).status_code == 200


async def test_two_tabs_that_refresh_at_once_stay_signed_in(world: AccountWorld) -> None:
    browser = await world.member()
    had = browser.cookie
    await browser.refresh()
    first_answer = browser.cookie
    browser.cookie = had
    await browser.refresh()
    browser.cookie = first_answer  # which came last
    world.pass_time(600)
    assert (await browser.refresh()).status_code == 200
    assert (await browser.refresh()).status_code == 200


async def test_a_guessed_secret_ends_nothing_that_it_does_not_name(world: AccountWorld) -> None:
    browser = await world.member()
    family = browser.cookie.partition(".")[0]
    for guess in ("x", ".", "x" * 300, f"{'0' * 26}.{'x' * 43}", family, "\u00e9" * 5):
        stranger = world.browser()
        answer = await stranger.ask(
            "POST", "/api/session/refresh", headers={"cookie": f"__Secure-treble-session={guess}".encode()}
        )
        assert code_of(answer) in ("session.ended", "auth.missing"), guess
    assert (await browser.refresh()).status_code == 200


async def test_a_login_ends_thirty_days_after_its_last_use(world: AccountWorld) -> None:
    browser = await world.member()
    for _ in range(3):
        world.pass_time(29 * 24 * 3600)
        assert (await browser.refresh()).status_code == 200
    assert browser.account["fresh"] is False
    world.pass_time(30 * 24 * 3600)
    assert code_of(await browser.refresh()) == "session.ended"


async def test_a_login_lives_through_a_restart(tmp_path: Path) -> None:
    async with account_world(tmp_path) as world:
        browser = await world.member()
        cookie = browser.cookie
    async with account_world(tmp_path) as world:
        again = world.browser()
        again.client.cookies.set("__Secure-treble-session", cookie, domain="127.0.0.1", path="/api/session")
        assert (await again.refresh()).status_code == 200
        assert again.account == browser.account


async def test_an_account_has_a_bounded_number_of_logins(world: AccountWorld) -> None:
    browser = await world.member()
    account = browser.account["id"]
    logins = world.accounts._opened.logins
    stored = await world.database.read(lambda connection: world.database.accounts.find(connection, account))
    assert stored is not None
    for _ in range(60):
        world.pass_time(1)
        await world.database.write(lambda connection: logins.begin(connection, stored, world.caller()))
    families = world.database.families
    count = await world.database.read(
        lambda connection: len(families.of_account(connection, account, world.wall["ns"]))
    )
    assert count == 50
