"""What becomes of a person's Sessions in Rooms when a login ends or the account is deleted (contracts 2)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from signaling.chat_messages import Said, Say
from signaling.messages import Ended
from tests.signaling.world import Client, World, open_world
from treble.account_api import Caller, DeleteAccount, EndLogins, MakeGuest, Refresh, SignedIn, WithToken
from treble.api import ApiError, RoomCreated

CALLER = Caller(address="192.0.2.1", agent="Test/1.0", base="https://meet.example.org")


@pytest.fixture
async def world(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, autojump_clock) as opened:
        yield opened


async def guest_in(world: World) -> tuple[RoomCreated, SignedIn, Client]:
    guest = await world.shell.accounts.make_guest(MakeGuest(name="Zoë", caller=CALLER))
    room = await world.create("Host")
    await world.join(room.token)
    client = await world.join(await world.enter(room, "Zoë", guest.token))
    return room, guest, client


async def test_a_live_session_ends_within_a_second(world: World) -> None:
    room, guest, client = await guest_in(world)
    await world.shell.accounts.end_logins(EndLogins(token=guest.token))
    with trio.fail_after(1):
        while client.socket not in world.gateway.closed:  # noqa: ASYNC110
            await trio.sleep(0.01)
    assert [message.reason for message in client.pushes(Ended)] == ["expired"]
    for attempt in (lambda: world.join(client.token), client.resume):
        with pytest.raises(ApiError) as error:
            await attempt()
        assert error.value.code == "auth.expired"
    with pytest.raises(ApiError, match=r"session\.ended"):
        await world.enter(room, "Zoë", guest.token)
    with pytest.raises(ApiError, match=r"session\.ended"):
        await world.create("Zoë", account=guest.token)


async def test_the_others_stay(world: World) -> None:
    room, guest, _ = await guest_in(world)
    other = await world.join(await world.enter(room, "Max"))
    await world.shell.accounts.end_logins(EndLogins(token=guest.token))
    await world.pass_time(1)
    assert other.socket not in world.gateway.closed


async def test_a_copied_refresh_secret_ends_the_session_too(world: World) -> None:
    _, guest, client = await guest_in(world)
    fresh = await world.shell.accounts.refresh(Refresh(refresh=guest.refresh, caller=CALLER))
    await world.shell.accounts.refresh(Refresh(refresh=fresh.refresh, caller=CALLER))
    with pytest.raises(ApiError, match=r"session\.ended"):
        await world.shell.accounts.refresh(Refresh(refresh=guest.refresh, caller=CALLER))
    await world.pass_time(1)
    assert client.socket in world.gateway.closed


async def test_a_login_that_goes_on_comes_back_with_a_new_token(world: World) -> None:
    """Another login of the same person has ended: this one's page enters again and is in."""
    room, guest, client = await guest_in(world)
    opened = world.shell.accounts._opened
    account = await opened.tools.database.read(
        lambda connection: opened.tools.database.accounts.find(connection, guest.account.id)
    )
    assert account is not None
    other = await opened.tools.database.write(
        lambda connection: opened.logins.begin(connection, account, CALLER)
    )
    await world.shell.accounts.end_logins(EndLogins(token=other.token, keep_current=True))
    await world.pass_time(1)
    assert client.socket in world.gateway.closed
    with pytest.raises(ApiError, match=r"session\.ended"):
        await world.shell.accounts.account(WithToken(token=guest.token))
    world.wall["ns"] += 10**9
    back = await world.join(await world.enter(room, "Zoë", other.token))
    assert back.id == client.id  # the same participant


async def test_a_deleted_account_is_out_and_its_token_worth_nothing(world: World) -> None:
    _, guest, client = await guest_in(world)
    await world.shell.accounts.delete_account(DeleteAccount(token=guest.token, caller=CALLER))
    await world.pass_time(1)
    assert client.socket in world.gateway.closed
    with pytest.raises(ApiError) as error:
        await world.join(client.token)
    assert error.value.code == "auth.wrong"


async def test_what_a_deleted_account_wrote_stays_without_its_name(world: World) -> None:
    room, guest, client = await guest_in(world)
    sent = await client.ask(Say(id=5, key="k" * 22, text="the ledger is under the stairs"))
    assert isinstance(sent, Said)
    await world.shell.accounts.delete_account(DeleteAccount(token=guest.token, caller=CALLER))
    database = world.opened().entrance._database
    event = await database.read(lambda connection: database.chat.message(connection, room.room, sent.seq))
    assert event is not None
    assert (event.body.name, event.body.text) == ("", "the ledger is under the stairs")


async def test_a_session_that_is_just_being_opened_does_not_slip_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login ends after the database was asked and before the Room is joined."""
    _, guest, client = await guest_in(world)
    sessions = world.opened().sessions
    place = sessions._chat.place

    async def end_first(*given: object) -> object:
        await world.shell.accounts.end_logins(EndLogins(token=guest.token))
        return await place(*given)

    monkeypatch.setattr(sessions._chat, "place", end_first)
    with pytest.raises(ApiError) as error:
        await world.join(client.token)
    assert error.value.code == "auth.expired"
