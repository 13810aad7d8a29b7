"""Roles, hand-over, settings, invitation and renewal. (`mock_clock` in each signature makes it the run's clock.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from trio.testing import MockClock

from signaling import messages
from signaling.actions import Action, Verdict
from signaling.host_messages import (
    Applied,
    Configure,
    HandOver,
    Invitation,
    Invited,
    Renew,
    Renewed,
    RoomState,
    SetRole,
    Verdicts,
)
from signaling.messages import Changed, Done, Failed, Mute
from signaling.settings import OPEN_POLICY, Settings
from signaling.storage.people import Person
from tests.signaling.test_moderation import failing_ask, stopped_database
from tests.signaling.world import Client, World, open_world
from treble.api import EnterRoom, Role, RoomCreated, SetMuted, Source

OPEN = Settings(wait_for_host=False, policy=OPEN_POLICY)


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def people(world: World, *names: str) -> tuple[RoomCreated, list[Client]]:
    """A new room; all have verified accounts, the first is host and owner."""
    room = await world.create(names[0], account=world.account(names[0]))
    clients = [await world.join(room.token)]
    clients += [await comes(world, room, name) for name in names[1:]]
    await world.pass_time(0.6)
    for client in clients:
        client.inbox.clear()
    return room, clients


async def comes(world: World, room: RoomCreated, name: str) -> Client:
    world.wall["ns"] += 1  # one after another
    return await world.join(await world.enter(room, name, world.account(name)))


def role_of(world: World, client: Client) -> Role:
    return world.line_of(client.socket).live.machine.member(client.id).role


async def stored(world: World, room: RoomCreated, client: Client) -> Person:
    database = world.opened().entrance._database
    return await database.read(lambda connection: database.people.find(connection, room.room, client.id))


# --- roles --------------------------------------------------------------------------------------------------


async def test_a_role_is_seen_by_all_and_comes_back(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob, cat) = await people(world, "Ann", "Bob", "Cat")
    assert await ann.ask(SetRole(id=1, participant=bob.id, role=Role.COHOST)) == Done(re=1)
    await world.pass_time(0.6)
    assert cat.pushes(Changed)[-1].participant.role is Role.COHOST
    assert bob.pushes(Verdicts)[-1].verdicts[Action.ADMIT] is Verdict.ALLOW
    await bob.ask(messages.Leave(id=2))
    assert (await comes(world, room, "Bob")).welcome.you.role is Role.COHOST


async def test_a_lower_role_shuts_what_it_may_not_publish(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    peer = await bob.connect(Source.MICROPHONE)
    with stopped_database(world):
        answer = await failing_ask(world, ann, SetRole(id=1, participant=bob.id, role=Role.VIEWER))
        gate = world.media.of(SetMuted)[-1]
        assert (gate.peer, gate.source, gate.muted) == (peer, Source.MICROPHONE, True)
        assert role_of(world, bob) is Role.VIEWER
        assert answer == Applied(re=1)
        assert (await bob.ask(Mute(id=2, source=Source.MICROPHONE, muted=False))).code == "forbidden"
        assert (await bob.offer(Source.CAMERA)).code == "forbidden"
    await world.opened().pending.stored(lambda connection: None, 10)
    assert (await stored(world, room, bob)).role is Role.VIEWER


async def test_a_higher_role_is_stored_before_it_holds(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    await ann.ask(SetRole(id=1, participant=bob.id, role=Role.VIEWER))
    assert (await bob.offer(Source.CAMERA)).code == "forbidden"
    assert await ann.ask(SetRole(id=2, participant=bob.id, role=Role.SPEAKER)) == Done(re=2)
    assert (await stored(world, room, bob)).role is Role.SPEAKER
    await bob.connect(Source.CAMERA)


async def test_only_hosts_set_roles_and_never_their_own(world: World, mock_clock: MockClock) -> None:
    _, (ann, bob, cat) = await people(world, "Ann", "Bob", "Cat")
    await ann.ask(SetRole(id=1, participant=bob.id, role=Role.COHOST))
    for actor, participant, role in (
        (bob, cat.id, Role.COHOST),
        (bob, bob.id, Role.HOST),
        (cat, cat.id, Role.COHOST),
        (ann, ann.id, Role.VIEWER),
        (ann, bob.id, Role.HOST),
        (ann, "nobody", Role.COHOST),
    ):
        assert (await actor.ask(SetRole(id=2, participant=participant, role=role))).code == "forbidden"
    assert [role_of(world, client) for client in (ann, bob, cat)] == [Role.HOST, Role.COHOST, Role.SPEAKER]


# --- hand-over ----------------------------------------------------------------------------------------------


async def test_the_leaving_host_picks(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    assert await ann.ask(HandOver(id=1, participant=bob.id)) == Done(re=1)
    assert (role_of(world, ann), role_of(world, bob)) == (Role.COHOST, Role.HOST)
    assert (await stored(world, room, bob)).role is Role.HOST
    assert (await ann.ask(HandOver(id=2, participant=bob.id))).code == "forbidden"


async def test_never_to_a_viewer_or_a_guest_unless_the_room_allows_it(
    world: World, mock_clock: MockClock
) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    guest = await world.join(await world.enter(room, "Guest"))
    await ann.ask(SetRole(id=1, participant=bob.id, role=Role.VIEWER))
    for client in (bob, guest):
        assert (await ann.ask(HandOver(id=2, participant=client.id))).code == "forbidden"
    settings = msgspec.structs.replace(OPEN, hand_over_to_guests=True)
    await ann.ask(Configure(id=3, settings=settings))
    assert await ann.ask(HandOver(id=4, participant=guest.id)) == Done(re=4)


async def gone_for_a_minute(world: World, host: Client) -> None:
    await host.ask(messages.Leave(id=99))
    await world.attended()
    await world.sweep(59)
    await world.sweep(2)


async def test_after_a_minute_the_senior_co_host_is_host(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob, cat) = await people(world, "Ann", "Bob", "Cat")
    for number, client in enumerate((cat, bob)):
        await ann.ask(SetRole(id=number, participant=client.id, role=Role.COHOST))
    await ann.ask(messages.Leave(id=9))
    await world.attended()
    await world.sweep(59)
    assert role_of(world, bob) is Role.COHOST
    await world.sweep(1)
    assert [role_of(world, client) for client in (bob, cat)] == [Role.HOST, Role.COHOST]
    assert (await stored(world, room, bob)).role is Role.HOST


async def test_the_minute_of_a_host_who_was_lost_begins_with_the_silence(
    world: World, mock_clock: MockClock
) -> None:
    _, (ann, bob) = await people(world, "Ann", "Bob")
    await ann.ask(SetRole(id=1, participant=bob.id, role=Role.COHOST))
    await ann.lose_socket()
    await world.pass_time(31, step=0.5)
    await world.attended()
    await world.sweep(28)
    assert role_of(world, bob) is Role.COHOST
    await world.sweep(2)
    assert role_of(world, bob) is Role.HOST


async def test_a_host_who_comes_back_in_time_stays_host(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    await ann.ask(SetRole(id=1, participant=bob.id, role=Role.COHOST))
    await ann.ask(messages.Leave(id=9))
    await world.attended()
    await world.sweep(30)
    await comes(world, room, "Ann")
    await world.attended()
    await world.sweep(40)
    assert role_of(world, bob) is Role.COHOST


async def test_a_host_who_reconnects_is_not_absent(world: World, mock_clock: MockClock) -> None:
    _, (ann, bob) = await people(world, "Ann", "Bob")
    await ann.ask(SetRole(id=1, participant=bob.id, role=Role.COHOST))
    await ann.lose_socket()
    await world.pass_time(25, step=0.5)
    await world.sweep(65)
    assert role_of(world, bob) is Role.COHOST


@pytest.mark.parametrize(
    ("may_guests", "heir"), [(False, None), (True, "Guest")], ids=["as by default", "guests may"]
)
async def test_without_a_co_host_there_is_no_host_unless_guests_may(
    world: World, mock_clock: MockClock, may_guests: bool, heir: str | None
) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    guest = await world.join(await world.enter(room, "Guest"))
    settings = msgspec.structs.replace(OPEN, hand_over_to_guests=may_guests)
    await ann.ask(Configure(id=1, settings=settings))
    await ann.ask(SetRole(id=2, participant=bob.id, role=Role.VIEWER))
    await gone_for_a_minute(world, ann)
    assert role_of(world, bob) is Role.VIEWER
    assert role_of(world, guest) is (Role.HOST if heir else Role.SPEAKER)


async def test_the_owners_return_restores_the_role(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    await ann.ask(HandOver(id=1, participant=bob.id))
    await ann.ask(messages.Leave(id=2))
    again = await comes(world, room, "Ann")
    assert again.welcome.you.role is Role.HOST
    assert role_of(world, bob) is Role.HOST
    assert (await stored(world, room, again)).role is Role.HOST


# --- settings -----------------------------------------------------------------------------------------------


async def test_settings_are_told_to_who_may_change_them(world: World, mock_clock: MockClock) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    settings = msgspec.structs.replace(OPEN, capacity=7)
    assert await ann.ask(Configure(id=1, settings=settings, title="Plans")) == Done(re=1)
    await world.pass_time(0.6)
    assert ann.pushes(RoomState)[-1] == RoomState(title="Plans", settings=settings)
    assert bob.pushes(RoomState)[-1] == RoomState(title="Plans")
    await ann.ask(messages.Leave(id=2))
    await bob.ask(messages.Leave(id=2))
    await world.pass_time(0.3)
    again = await world.join(room.token)
    assert (again.welcome.state.title, again.welcome.state.settings) == ("Plans", settings)


async def test_what_settings_forbid_is_in_force_while_the_database_is_stopped(
    world: World, mock_clock: MockClock
) -> None:
    room, (ann, bob) = await people(world, "Ann", "Bob")
    peer = await bob.connect(Source.MICROPHONE)
    settings = Settings(policy={Role.SPEAKER: {Action.TALK: Verdict.ASK}})
    with stopped_database(world):
        assert await failing_ask(world, ann, Configure(id=1, settings=settings)) == Applied(re=1)
        gate = world.media.of(SetMuted)[-1]
        assert (gate.peer, gate.source, gate.muted) == (peer, Source.MICROPHONE, True)
        assert (await bob.ask(Mute(id=2, source=Source.MICROPHONE, muted=False))).code == "ask"
    await world.opened().pending.stored(lambda connection: None, 10)
    database = world.opened().entrance._database
    record = await database.read(lambda connection: database.rooms.find(connection, room.room, 0))
    assert record.settings == settings


async def test_what_settings_permit_holds_once_it_is_stored(world: World, mock_clock: MockClock) -> None:
    _, (ann, bob) = await people(world, "Ann", "Bob")
    await ann.ask(Configure(id=1, settings=Settings(policy={Role.SPEAKER: {Action.SHARE: Verdict.DENY}})))
    assert (await bob.offer(Source.SCREEN)).code == "forbidden"
    assert await ann.ask(Configure(id=2, settings=OPEN)) == Done(re=2)
    await bob.connect(Source.SCREEN)


async def test_settings_beyond_the_table_are_refused(world: World, mock_clock: MockClock) -> None:
    _, (ann, bob) = await people(world, "Ann", "Bob")
    loose = Settings(policy={Role.SPEAKER: {Action.UNMUTE_OTHERS: Verdict.ALLOW}})
    assert (await ann.ask(Configure(id=1, settings=loose))).code == "bad.settings"
    assert (await ann.ask(Configure(id=2, settings=OPEN, title="a\u202eb"))).code == "bad.title"
    assert (await bob.ask(Configure(id=3, settings=OPEN))).code == "forbidden"


# --- tokens and invitations ---------------------------------------------------------------------------------


async def test_a_token_is_renewed_as_long_as_the_session_lives(world: World, mock_clock: MockClock) -> None:
    _, (ann, bob) = await people(world, "Ann", "Bob")
    await ann.ask(SetRole(id=1, participant=bob.id, role=Role.COHOST))
    world.wall["ns"] += 3600 * 10**9
    answer = await bob.ask(Renew(id=2))
    assert isinstance(answer, Renewed)
    assert answer.expires_at == world.wall["ns"] // 10**6 + 600_000
    again = await world.join(answer.token)
    assert (again.id, again.welcome.you.role) == (bob.id, Role.COHOST)


async def test_who_may_invite_is_told_link_and_password(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann", alias="weekly-talk")
    ann, bob = await world.join(room.token), await world.join(await world.enter(room, "Bob"))
    assert await ann.ask(Invitation(id=1)) == Invited(re=1, room="weekly-talk", password=room.password)
    assert isinstance(await bob.ask(Invitation(id=2)), Failed)
    invited = EnterRoom(room="weekly-talk", password=room.password, name="Cat")
    assert (await world.shell.enter_room(invited)).room == room.room
    await ann.ask(Configure(id=3, settings=msgspec.structs.replace(OPEN, has_password=False)))
    assert await ann.ask(Invitation(id=4)) == Invited(re=4, room="weekly-talk", password=None)
