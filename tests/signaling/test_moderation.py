"""What hosts do to others: in force at the media server first. (`mock_clock` makes it the run's clock.)"""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock, wait_all_tasks_blocked

from signaling.actions import Action, Verdict
from signaling.host_messages import (
    Applied,
    AskedUnmute,
    AskUnmute,
    End,
    Hand,
    Lock,
    LoweredHand,
    LowerHands,
    Permit,
    Remove,
    RoomState,
    Spotlight,
    Stop,
    Stopped,
    Verdicts,
)
from signaling.messages import Answer, Changed, Done, Ended, Failed, Leave, Left, Message, Mute
from tests.signaling.world import Client, World, open_world
from treble.api import ApiError, ClosePeer, OpenPeer, Role, SetMuted, Source

MIC, CAMERA, SCREEN = Source.MICROPHONE, Source.CAMERA, Source.SCREEN


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


def machine_of(world: World, client: Client):
    opened = world.shell._open
    assert opened is not None
    live = opened.rooms.get(client.welcome.room)
    assert live is not None
    return live.machine


def make(world: World, client: Client, role: Role) -> None:
    """As though the host had given this role."""
    opened = world.shell._open
    assert opened is not None
    live = opened.rooms.get(client.welcome.room)
    assert live is not None
    live.feed(live.machine.handle_role, client.id, role)


async def code_of(client: Client, message: Message) -> str:
    answer = await client.ask(message)
    return answer.code if isinstance(answer, Failed) else type(answer).__name__


def gates(world: World, peer: str) -> dict[Source, SetMuted]:
    """The newest word to each gate of a Peer."""
    newest: dict[Source, SetMuted] = {}
    for call in world.media.of(SetMuted):
        if call.peer == peer and call.epoch >= (newest[call.source].epoch if call.source in newest else 0):
            newest[call.source] = call
    return newest


@contextmanager
def stopped_database(world: World) -> Iterator[None]:
    """Every write waits until the end of this block."""
    opened = world.shell._open
    assert opened is not None
    database, going_on = opened.pending._database, threading.Event()
    write = database.write

    async def wait(work):
        return await write(lambda connection: (going_on.wait(20), work(connection))[1])

    database.write = wait
    try:
        yield
    finally:
        going_on.set()
        database.write = write


async def failing_ask(world: World, client: Client, message: Message) -> Message:
    """An answer that comes only after the patience with the database; the virtual time goes on meanwhile."""
    answers: list[Message] = []

    async def ask() -> None:
        answers.append(await client.ask(message))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        world.clock.jump(0.06)
    return answers[0]


# --- stopping Tracks ------------------------------------------------------------------------------------------


async def test_a_muted_microphone_is_shut_before_the_host_is_answered(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    peer = await bob.connect(MIC, CAMERA)
    await world.pass_time(0.3)
    assert await ann.ask(Stop(id=1, source=MIC, participants=[bob.id])) == Done(re=1)
    assert gates(world, peer)[MIC].muted
    assert gates(world, peer)[MIC].by_host
    await world.pass_time(0.3)
    assert bob.pushes(Stopped) == [Stopped(source=MIC, by="Ann")]
    assert [track.muted for track in cyd.pushes(Changed)[-1].participant.tracks] == [True, False]


async def test_its_owner_may_open_again_what_the_table_allows(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await bob.connect(MIC)
    await ann.ask(Stop(id=1, source=MIC, participants=[bob.id]))
    assert await bob.ask(Mute(id=1, source=MIC, muted=False)) == Done(re=1)
    assert not gates(world, peer)[MIC].muted


async def test_mute_all_reaches_everybody_below_and_nobody_else(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd, dan = await world.people("Ann", "Bob", "Cyd", "Dan")
    make(world, bob, Role.COHOST)
    make(world, dan, Role.COHOST)
    peers = {client.id: await client.connect(MIC) for client in (ann, bob, cyd, dan)}
    assert await bob.ask(Stop(id=1, source=MIC)) == Done(re=1)
    shut = {who for who, peer in peers.items() if MIC in gates(world, peer) and gates(world, peer)[MIC].muted}
    assert shut == {cyd.id}


async def test_one_slow_gate_holds_up_no_other(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    slow, quick = await bob.connect(MIC), await cyd.connect(MIC)
    set_muted, going_on = world.media.set_muted, trio.Event()

    async def stall(request: SetMuted):
        if request.peer == slow:
            await going_on.wait()
        return await set_muted(request)

    world.media.set_muted = stall
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ann.ask, Stop(id=1, source=MIC))
        await wait_all_tasks_blocked()
        assert gates(world, quick)[MIC].muted
        assert gates(world, slow) == {}
        going_on.set()
    assert gates(world, slow)[MIC].muted


async def test_where_the_media_server_refuses_the_next_offer_is_shut(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await bob.connect(MIC)
    set_muted = world.media.set_muted

    async def refuse(request: SetMuted):
        raise ApiError("server.error", "no")

    world.media.set_muted = refuse
    assert await code_of(ann, Stop(id=1, source=MIC, participants=[bob.id])) == "busy"
    world.media.set_muted = set_muted
    assert isinstance(await bob.offer(MIC, mark="BB"), Answer)
    offer = world.media.of(OpenPeer)[-1]
    assert (offer.shut, offer.by_host) == ([MIC], [MIC])


async def test_a_stop_while_an_offer_is_under_way_counts(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    world.media.gate = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bob.offer, MIC)
        await wait_all_tasks_blocked()
        await ann.ask(Stop(id=1, source=MIC, participants=[bob.id]))
        world.media.gate.set()
    assert world.media.of(OpenPeer)[-1].shut == []
    assert gates(world, bob.peer)[MIC].muted


async def test_while_a_new_peer_is_opened_the_earlier_one_is_gated_too(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    first = await bob.connect(MIC)
    world.media.gate = trio.Event()
    async with trio.open_nursery() as nursery:
        bob.mark = "BB"
        nursery.start_soon(bob.offer, MIC)
        await wait_all_tasks_blocked()
        await ann.ask(Stop(id=1, source=MIC, participants=[bob.id]))
        assert gates(world, first)[MIC].muted
        world.media.gate.set()
    assert gates(world, bob.peer)[MIC].muted


async def test_what_is_forbidden_while_it_is_offered_again_stays_shut(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await bob.connect(MIC)
    world.media.gate = trio.Event()
    deny = Permit(id=1, participant=bob.id, action=Action.SHOW, verdict=Verdict.DENY)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bob.offer, MIC, CAMERA)
        await wait_all_tasks_blocked()
        assert await ann.ask(deny) == Done(re=1)
        world.media.gate.set()
    assert gates(world, peer)[CAMERA].muted


async def test_a_media_server_that_did_not_answer_is_asked_until_it_does(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await bob.connect(MIC)
    set_muted = world.media.set_muted

    async def refuse(request: SetMuted):
        raise ApiError("server.error", "no")

    world.media.set_muted = refuse
    assert await code_of(ann, Stop(id=1, source=MIC, participants=[bob.id])) == "busy"
    await world.pass_time(3)
    world.media.set_muted = set_muted
    await world.pass_time(1.5)
    assert gates(world, peer)[MIC].muted


async def test_stopping_a_share_stops_its_sound(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await bob.connect(SCREEN, Source.SCREEN_AUDIO, CAMERA)
    await ann.ask(Stop(id=1, source=SCREEN, participants=[bob.id]))
    assert {source for source, gate in gates(world, peer).items() if gate.muted} == {
        SCREEN,
        Source.SCREEN_AUDIO,
    }


# --- rights ---------------------------------------------------------------------------------------------------


async def test_unknown_and_forbidden_look_alike(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    make(world, bob, Role.COHOST)
    stranger = "0" * 26
    for target in (ann.id, bob.id, stranger):
        for number, message in enumerate(
            (
                Stop(id=1, source=MIC, participants=[target]),
                Stop(id=1, source=SCREEN, participants=[cyd.id, target]),
                AskUnmute(id=1, participant=target),
                LowerHands(id=1, participants=[target]),
                Permit(id=1, participant=target, action=Action.CHAT, verdict=Verdict.DENY),
                Remove(id=1, participant=target),
                Remove(id=1, participant=target, ban=True),
            )
        ):
            known = "forbidden"
            request = type(message)(**{**_fields(message), "id": 1000 + number + 10 * len(bob.inbox)})
            assert await code_of(bob, request) == known, (target, message)
    assert len(machine_of(world, ann)) == 3


async def test_a_speaker_may_do_nothing_to_others(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    requests = (
        Stop(id=1, source=MIC),
        Stop(id=2, source=CAMERA, participants=[cyd.id]),
        Stop(id=3, source=SCREEN, participants=[ann.id]),
        AskUnmute(id=4, participant=cyd.id),
        Permit(id=5, participant=bob.id, action=Action.SHARE, verdict=Verdict.ALLOW),
        LowerHands(id=6),
        Spotlight(id=7, participant=bob.id),
        Remove(id=8, participant=cyd.id),
        Lock(id=9, locked=True),
        End(id=10),
    )
    assert {await code_of(bob, request) for request in requests} == {"forbidden"}
    assert world.media.of(SetMuted) == []
    await world.pass_time(0.3)
    assert ann.inbox == cyd.inbox == []


# --- the smaller ones -----------------------------------------------------------------------------------------


async def test_hands(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await bob.ask(Hand(id=1, raised=True))
    await cyd.ask(Hand(id=1, raised=True))
    await world.pass_time(0.3)
    assert all(push.participant.hand is not None for push in ann.pushes(Changed))
    await bob.ask(Hand(id=2, raised=False))
    await ann.ask(LowerHands(id=1))
    await world.pass_time(0.3)
    assert [push.participant.hand for push in ann.pushes(Changed)[-2:]] == [None, None]
    assert cyd.pushes(LoweredHand) == [LoweredHand(by="Ann")]
    assert bob.pushes(LoweredHand) == []


async def test_somebody_is_asked_to_unmute_and_stays_muted(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await bob.connect(MIC)
    await bob.ask(Mute(id=1, source=MIC, muted=True))
    await ann.ask(AskUnmute(id=1, participant=bob.id))
    await world.pass_time(0.3)
    assert bob.pushes(AskedUnmute) == [AskedUnmute(source=MIC, by="Ann")]
    assert gates(world, peer)[MIC].muted
    assert await code_of(ann, AskUnmute(id=2, participant=bob.id, source=SCREEN)) == "forbidden"


async def test_the_spotlight_ends_with_who_stood_in_it(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await ann.ask(Spotlight(id=1, participant=bob.id))
    await world.pass_time(0.3)
    assert cyd.pushes(RoomState)[-1].spotlight == bob.id
    await ann.ask(Remove(id=2, participant=bob.id))
    await world.pass_time(0.3)
    assert cyd.pushes(RoomState)[-1].spotlight is None
    assert await code_of(ann, Spotlight(id=3, participant=bob.id)) == "forbidden"


# --- permits --------------------------------------------------------------------------------------------------


async def test_forbidding_shuts_the_gate_and_allowing_again_unmutes_nobody(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await bob.connect(MIC)
    deny = Permit(id=1, participant=bob.id, action=Action.TALK, verdict=Verdict.DENY)
    assert await ann.ask(deny) == Done(re=1)
    assert gates(world, peer)[MIC].muted
    await world.pass_time(0.3)
    assert bob.pushes(Verdicts)[-1].verdicts[Action.TALK] is Verdict.DENY
    assert bob.pushes(Stopped) == [Stopped(source=MIC, by="")]
    assert await code_of(bob, Mute(id=1, source=MIC, muted=False)) == "forbidden"
    assert isinstance(await bob.offer(MIC), Failed)
    assert await ann.ask(Permit(id=2, participant=bob.id, action=Action.TALK)) == Done(re=2)
    assert gates(world, peer)[MIC].muted, "nobody unmutes another"
    assert await bob.ask(Mute(id=2, source=MIC, muted=False)) == Done(re=2)
    assert not gates(world, peer)[MIC].muted


async def test_what_is_asked_for_may_be_offered_and_stays_shut_until_it_is_allowed(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    ask = Permit(id=1, participant=bob.id, action=Action.SHARE, verdict=Verdict.ASK)
    assert await ann.ask(ask) == Done(re=1)
    peer = await bob.connect(SCREEN)
    assert world.media.of(OpenPeer)[-1].shut == [SCREEN, Source.SCREEN_AUDIO]
    assert await code_of(bob, Mute(id=1, source=SCREEN, muted=False)) == "ask"
    assert gates(world, peer) == {}
    allow = Permit(id=2, participant=bob.id, action=Action.SHARE, verdict=Verdict.ALLOW)
    assert await ann.ask(allow) == Done(re=2)
    assert not gates(world, peer)[SCREEN].muted


async def test_nobody_permits_what_the_table_does_not_let_them(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    for number, (action, verdict) in enumerate(
        [
            (Action.UNMUTE_OTHERS, Verdict.ALLOW),
            (Action.REMOVE, Verdict.ALLOW),
            (Action.RECORD, Verdict.ALLOW),
            (Action.WATCH, Verdict.DENY),
        ]
    ):
        permit = Permit(id=number, participant=bob.id, action=action, verdict=verdict)
        assert await code_of(ann, permit) == "forbidden"


# --- removing, locking, ending --------------------------------------------------------------------------------


async def test_a_removed_participant_is_gone_everywhere_at_once(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    peer = await bob.connect(MIC)
    assert await ann.ask(Remove(id=1, participant=bob.id)) == Done(re=1)
    assert ClosePeer(peer=peer) in world.media.of(ClosePeer)
    await wait_all_tasks_blocked()
    assert bob.pushes(Ended) == [Ended(reason="removed")]
    assert world.gateway.closed[bob.socket] == 4002
    await world.pass_time(0.3)
    assert cyd.pushes(Left) == [Left(participant=bob.id, reason="removed")]


async def test_an_ended_room_is_over_for_everybody(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await bob.connect(MIC)
    await ann.ask(End(id=1))
    await world.pass_time(0.1)
    assert bob.pushes(Ended) == [Ended(reason="ended")]
    assert ann.pushes(Ended) == [Ended(reason="ended")]
    with pytest.raises(ApiError) as caught:
        await world.join(bob.token)
    assert caught.value.code == "ended"


async def test_a_lock_is_seen_and_stored(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    opened = world.shell._open
    assert opened is not None

    async def stored() -> int:
        return await opened.pending._database.read(
            lambda connection: connection.execute(text("select count(*) from rooms where locked")).scalar()
        )

    assert await ann.ask(Lock(id=1, locked=True)) == Done(re=1)
    assert await stored() == 1
    await world.pass_time(0.3)
    assert bob.pushes(RoomState)[-1].locked
    assert await ann.ask(Lock(id=2, locked=False)) == Done(re=2)
    assert await stored() == 0


# --- without the database -------------------------------------------------------------------------------------


async def test_restrictions_are_in_force_while_the_database_is_stopped(
    world: World, mock_clock: MockClock
) -> None:
    """Not an instant of virtual time passes before the gate is shut; the host hears within 100 ms."""
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    mic, other = await bob.connect(MIC), await cyd.connect(MIC)
    with stopped_database(world):
        began = trio.current_time()
        deny = Permit(id=1, participant=bob.id, action=Action.TALK, verdict=Verdict.DENY)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ann.ask, Stop(id=9, source=MIC, participants=[cyd.id]))
            nursery.start_soon(cyd.ask, Hand(id=9, raised=True))
            await wait_all_tasks_blocked()
            assert gates(world, other)[MIC].muted
            assert trio.current_time() == began
        assert await failing_ask(world, ann, deny) == Applied(re=1)
        assert gates(world, mic)[MIC].muted
        assert trio.current_time() - began < 0.1
        assert await failing_ask(world, ann, Lock(id=2, locked=True)) == Applied(re=2)
        assert machine_of(world, ann).locked
        assert await failing_ask(world, ann, Remove(id=3, participant=bob.id)) == Applied(re=3)
        assert ClosePeer(peer=mic) in world.media.of(ClosePeer)
    opened = world.shell._open
    assert opened is not None
    with trio.fail_after(1000):
        await opened.pending.put(lambda connection: None).wait()
    entries = await opened.pending._database.read(
        lambda connection: opened.pending._database.audit.page(connection, ann.welcome.room, None, 50)
    )
    assert [entry.action for entry in entries] == ["remove", "lock", "permit", "mute"]


async def test_coming_back_undoes_no_restriction_that_is_not_stored_yet(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    database = world.opened().pending._database
    write = database.write

    async def fail(work):
        raise ApiError("busy", "disk full")

    database.write = fail
    deny = Permit(id=1, participant=bob.id, action=Action.TALK, verdict=Verdict.DENY)
    assert await failing_ask(world, ann, deny) == Applied(re=1)
    await bob.ask(Leave(id=1))
    again = await world.join(bob.token)
    assert again.welcome.verdicts[Action.TALK] is Verdict.DENY
    assert await code_of(again, Mute(id=2, source=MIC, muted=False)) == "forbidden"
    assert await failing_ask(world, ann, Remove(id=2, participant=bob.id, ban=True)) == Applied(re=2)
    with pytest.raises(ApiError) as caught:
        await world.join(bob.token)
    assert caught.value.code == "auth.wrong"
    database.write = write


async def test_a_room_that_empties_stays_locked_though_nothing_is_stored_yet(
    world: World, mock_clock: MockClock
) -> None:
    created = await world.create("Ann")
    room, ann = created.room, await world.join(created.token)
    bob = await world.join(await world.enter(created, "Bob"))
    stranger = await world.enter(created, "Cyd")
    database = world.opened().pending._database

    async def fail(work):
        raise ApiError("busy", "disk full")

    write, database.write = database.write, fail
    assert await failing_ask(world, ann, Lock(id=1, locked=True)) == Applied(re=1)
    await bob.ask(Leave(id=2))
    await ann.ask(Leave(id=2))
    await world.pass_time(0.3)
    assert room not in world.opened().rooms
    with pytest.raises(ApiError, match="locked"):
        await world.join(stranger)
    assert (await world.join(ann.token)).welcome.state.locked
    database.write = write


async def test_a_permission_waits_for_the_database(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    opened = world.shell._open
    assert opened is not None
    await ann.ask(Permit(id=1, participant=bob.id, action=Action.TALK, verdict=Verdict.DENY))
    write = opened.pending._database.write

    async def fail(work):
        raise ApiError("busy", "disk full")

    opened.pending._database.write = fail
    allow = Permit(id=2, participant=bob.id, action=Action.TALK, verdict=Verdict.ALLOW)
    assert await code_of(ann, allow) == "busy"
    assert await code_of(bob, Mute(id=1, source=MIC, muted=False)) == "forbidden"
    opened.pending._database.write = write


async def test_a_restriction_beats_a_permission_that_is_being_stored(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    opened = world.shell._open
    assert opened is not None
    await ann.ask(Permit(id=1, participant=bob.id, action=Action.SHARE, verdict=Verdict.DENY))
    database, going_on = opened.pending._database, trio.Event()
    write = database.write

    async def slow(work):
        result = await write(work)
        await going_on.wait()
        return result

    database.write = slow
    answers: list[str] = []

    async def allow() -> None:
        request = Permit(id=2, participant=bob.id, action=Action.SHARE, verdict=Verdict.ALLOW)
        answers.append(await code_of(ann, request))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(allow)
        await wait_all_tasks_blocked()
        make(world, bob, Role.VIEWER)
        going_on.set()
    database.write = write
    assert answers == ["busy"]
    member = machine_of(world, ann).member(bob.id)
    assert machine_of(world, ann).verdict(member, Action.SHARE) is Verdict.DENY


def _fields(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in message.__struct_fields__}
