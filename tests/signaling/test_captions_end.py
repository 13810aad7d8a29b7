"""Captions end by themselves when nobody is left to run them, and the media are sealed again. (`mock_clock`: see world.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trio.testing import MockClock

from signaling.actions import Action, Verdict
from signaling.audit_messages import Audit, AuditPage
from signaling.caption_messages import SetCaptions
from signaling.host_messages import Applied, Configure, End, HandOver, Permit, Remove, RoomState, SetRole
from signaling.messages import Done, Leave, Message
from signaling.settings import Settings
from tests.signaling.world import Client, World, open_world
from treble.api import Role


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def meet(world: World, *roles: Role, e2ee: bool) -> list[Client]:
    """A host, others in these roles, and a speaker, who sees how it goes. All pushes of their coming are done."""
    room = await world.create("Ann", e2ee=e2ee, hand_over_to_guests=True)
    people = [await world.join(room.token)]
    for name, role in zip(("Bob", "Cyd"), roles, strict=False):
        people.append(await world.join(await world.enter(room, name)))
        await do(people[0], SetRole(id=1, participant=people[-1].id, role=role))
    people.append(await world.join(await world.enter(room, "Dov")))
    await world.pass_time(0.6)
    return people


async def do(client: Client, message: Message) -> None:
    assert isinstance(await client.ask(message), Done | Applied), client.answers[-1]


async def start(client: Client) -> None:
    await do(client, SetCaptions(id=2, language="en"))


async def leave(client: Client) -> None:
    await do(client, Leave(id=3))


async def seen_by(world: World, client: Client) -> tuple[str | None, list[str]]:
    """The language of captions, and what is in clear, as this page has been told."""
    await world.pass_time(0.6)
    state = client.pushes(RoomState)[-1]
    return state.captions, state.plain


ON, OFF = ("en", ["captions"]), (None, [])


async def trail(world: World, host: Client) -> list[tuple[str, str]]:
    await world.opened().pending.put(lambda connection: None).wait()
    page = await host.ask(Audit(id=90))
    assert isinstance(page, AuditPage)
    return [(entry.actor, entry.detail) for entry in page.entries if entry.action == Action.CAPTION]


# --- who leaves -------------------------------------------------------------------------------------------------


async def test_they_stay_while_somebody_may_stop_them_and_end_with_the_last(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob, dov = await meet(world, Role.COHOST, e2ee=False)
    await start(ann)
    await leave(ann)
    assert await seen_by(world, dov) == ON
    await leave(bob)
    assert await seen_by(world, dov) == OFF
    ann = await world.join(ann.token)
    assert await trail(world, ann) == [("", "off"), ("Ann", "en")]


async def test_an_encrypted_room_is_sealed_again_when_who_started_them_leaves(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob, dov = await meet(world, Role.COHOST, e2ee=True)
    await start(bob)
    assert await seen_by(world, dov) == ON
    await leave(bob)
    assert await seen_by(world, dov) == OFF
    assert await trail(world, ann) == [("", "off"), ("Bob", "en")]


async def test_or_is_put_out(world: World, mock_clock: MockClock) -> None:
    ann, bob, dov = await meet(world, Role.COHOST, e2ee=True)
    await start(bob)
    await do(ann, Remove(id=4, participant=bob.id))
    assert await seen_by(world, dov) == OFF


async def test_who_reconnects_has_not_left_and_who_does_not_has(world: World, mock_clock: MockClock) -> None:
    _, bob, dov = await meet(world, Role.COHOST, e2ee=True)
    await start(bob)
    await bob.lose_socket()
    await world.pass_time(25)
    bob = await bob.resume()
    await world.pass_time(10)
    assert await seen_by(world, dov) == ON
    await bob.lose_socket()
    await world.pass_time(31)
    assert await seen_by(world, dov) == OFF


async def test_who_comes_with_a_new_session_has_not_started_them(world: World, mock_clock: MockClock) -> None:
    _, bob, dov = await meet(world, Role.COHOST, e2ee=True)
    await start(bob)
    await world.join(bob.token)
    assert await seen_by(world, dov) == OFF


async def test_another_who_starts_them_too_keeps_them(world: World, mock_clock: MockClock) -> None:
    ann, bob, dov = await meet(world, Role.COHOST, e2ee=True)
    await start(ann)
    await start(bob)
    await leave(ann)
    assert await seen_by(world, dov) == ON
    await leave(bob)
    assert await seen_by(world, dov) == OFF


async def test_they_are_off_before_the_next_comes_into_an_empty_room(
    world: World, mock_clock: MockClock
) -> None:
    room = await world.create("Ann", policy={"speaker": {"enter": "ask"}})
    ann = await world.join(room.token)
    await world.knock(room, "Eve")
    await start(ann)
    await leave(ann)
    await world.pass_time(0.6)
    ann = await world.join(ann.token)
    assert ann.welcome.state.captions is None


# --- who may no longer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("e2ee", "after"), [(False, ON), (True, OFF)])
async def test_a_starter_who_may_not_any_more_answers_for_nothing_in_clear(
    world: World, mock_clock: MockClock, e2ee: bool, after: object
) -> None:
    ann, bob, dov = await meet(world, Role.COHOST, e2ee=e2ee)
    await start(bob)
    await do(ann, SetRole(id=4, participant=bob.id, role=Role.SPEAKER))
    assert await seen_by(world, dov) == after


@pytest.mark.parametrize("e2ee", [False, True])
async def test_who_hands_over_is_cohost_and_keeps_them(
    world: World, mock_clock: MockClock, e2ee: bool
) -> None:
    ann, bob, dov = await meet(world, Role.COHOST, e2ee=e2ee)
    await start(ann)
    await do(ann, HandOver(id=4, participant=bob.id))
    assert await seen_by(world, dov) == ON


async def test_a_permission_taken_back_ends_them(world: World, mock_clock: MockClock) -> None:
    ann, bob, dov = await meet(world, Role.SPEAKER, e2ee=True)
    await do(ann, Permit(id=4, participant=bob.id, action=Action.CAPTION, verdict=Verdict.ALLOW))
    await start(bob)
    assert await seen_by(world, dov) == ON
    await do(ann, Permit(id=5, participant=bob.id, action=Action.CAPTION, verdict=None))
    assert await seen_by(world, dov) == OFF


async def test_a_policy_taken_back_ends_them(world: World, mock_clock: MockClock) -> None:
    ann, bob, dov = await meet(world, Role.SPEAKER, e2ee=True)
    loose = Settings(e2ee=True, policy={Role.SPEAKER: {Action.CAPTION: Verdict.ALLOW}})
    await do(ann, Configure(id=4, settings=loose))
    await start(bob)
    assert await seen_by(world, dov) == ON
    await do(ann, Configure(id=5, settings=Settings(e2ee=True)))
    assert await seen_by(world, dov) == OFF


# --- what is not touched ----------------------------------------------------------------------------------------


async def test_those_of_the_server_stay(world: World, mock_clock: MockClock) -> None:
    ann, dov = await meet(world, e2ee=True)
    live = world.opened().rooms.get(ann.welcome.room)
    captioning = world.opened().hosting.captioning
    captioning.turn(live, "en")
    await start(ann)
    await leave(ann)
    assert await seen_by(world, dov) == ON
    captioning.turn(live, None)
    assert await seen_by(world, dov) == OFF


async def test_the_end_of_the_meeting_is_the_end_of_them_and_is_noted_once(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob, _ = await meet(world, Role.COHOST, e2ee=True)
    await start(bob)
    await do(ann, End(id=4))
    await world.pass_time(0.6)
    await world.opened().pending.put(lambda connection: None).wait()
    database = world.opened().entrance._database
    log = await database.read(lambda connection: database.audit.page(connection, bob.welcome.room, None, 9))
    assert [(entry.actor, entry.action) for entry in log][:2] == [("Ann", "end"), ("Bob", "caption")]
