"""The room server as gateways and media servers see it. (`mock_clock` in each signature makes it the run's clock.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from signaling import messages
from signaling.messages import Changed, Demand, Elsewhere, Failed, Joined, Left, Networks, Slots, Speakers
from tests.signaling.world import World, open_world
from treble.api import (
    ApiError,
    ClosePeer,
    DemandChanged,
    EnterRoom,
    LayerShape,
    Network,
    NetworkLevel,
    NetworksChanged,
    OpenPeer,
    PeerState,
    Role,
    SetLayers,
    SetMuted,
    SetView,
    SlotsChanged,
    SlotState,
    Source,
    Speaker,
    SpeakersChanged,
    Tile,
)


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def refused(call: object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value


# --- coming in ----------------------------------------------------------------------------------------------


async def test_a_newcomer_is_told_who_is_there_and_they_are_told(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    ann = await world.join(room.token)
    assert (ann.welcome.you.role, ann.welcome.participants, ann.welcome.resumed) == (Role.HOST, [], False)
    await world.pass_time(0.3)
    bob = await world.join(await world.enter(room, "Bob"))
    assert [who.name for who in bob.welcome.participants] == ["Ann"]
    assert (bob.welcome.you.role, bob.welcome.you.guest) == (Role.SPEAKER, True)
    await world.pass_time(0.3)
    assert [push.participant.name for push in ann.pushes(Joined)] == ["Bob"]
    assert bob.inbox == []


async def test_wrong_password_and_unknown_room_are_one_answer(world: World, mock_clock: MockClock) -> None:
    room = await world.create()
    wrong = await refused(world.shell.enter_room(EnterRoom(room=room.room, password="x", name="Eve")))
    unknown = await refused(world.shell.enter_room(EnterRoom(room="0" * 26, password="x", name="Eve")))
    strange = await refused(
        world.shell.enter_room(EnterRoom(room="no/room", password="x" * 9999, name="Eve"))
    )
    assert {str(error) for error in (wrong, unknown, strange)} == {"auth.wrong"}


async def test_the_password_may_be_typed_as_people_type(world: World, mock_clock: MockClock) -> None:
    room = await world.create()
    typed = f" {room.password.upper().replace('-', ' ')} "
    await world.shell.enter_room(EnterRoom(room=room.room, password=typed, name="Eve"))


async def test_after_ten_wrong_tries_an_address_waits(world: World, mock_clock: MockClock) -> None:
    room = await world.create()

    def enter(password: str, address: str) -> object:
        return world.shell.enter_room(
            EnterRoom(room=room.room, password=password, name="Eve", address=address)
        )

    for _ in range(10):
        assert (await refused(enter("wrong", "192.0.2.9"))).code == "auth.wrong"
    slow = await refused(enter(room.password, "192.0.2.9"))
    assert slow.code == "auth.slow"
    assert slow.retry_after == pytest.approx(360, abs=1)
    await enter(room.password, "192.0.2.10")


async def test_a_full_room_says_so(tmp_path: Path, mock_clock: MockClock) -> None:
    async with open_world(tmp_path, mock_clock, max_participants=2) as world:
        room = await world.create()
        for token in (room.token, await world.enter(room)):
            await world.join(token)
        assert (await refused(world.join(await world.enter(room, "Third")))).code == "full"


async def test_a_token_of_an_expired_room_says_ended(world: World, mock_clock: MockClock) -> None:
    room = await world.create()
    world.wall["ns"] += 25 * 3600 * 10**9
    assert (await refused(world.join(room.token))).code == "auth.expired"


async def test_names_are_normalised_and_tricks_refused(world: World, mock_clock: MockClock) -> None:
    room = await world.create("  Zoe\u0308   Q ")
    assert (await world.join(room.token)).welcome.you.name == "Zo\u00eb Q"
    for name in ("", "  ", "a\u202eb", "a\x00b", "x" * 61, "\u200d", "a\nb"):
        assert (await refused(world.create(name))).code == "bad.name"


# --- media --------------------------------------------------------------------------------------------------


async def test_an_offer_is_answered_and_its_tracks_are_seen(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await ann.connect(Source.MICROPHONE, Source.CAMERA)
    await world.pass_time(0.3)
    seen = bob.pushes(Changed)[-1].participant
    assert (seen.name, seen.connection) == ("Ann", "connected")
    assert [track.source for track in seen.tracks] == [Source.MICROPHONE, Source.CAMERA]
    assert ann.inbox == []


async def test_a_bad_offer_is_answered_and_changes_nothing(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    first = await ann.connect(Source.CAMERA)
    answer = await ann.offer(Source.CAMERA, sdp="nonsense {mark}", mark="BB")
    assert isinstance(answer, Failed)
    assert answer.code == "bad.sdp"
    assert first in world.media.peers
    assert isinstance(await ann.offer(Source.CAMERA), messages.Answer)
    assert ann.peer == first


async def test_a_new_certificate_is_a_new_peer(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    first = await ann.connect(Source.CAMERA)
    await ann.offer(Source.CAMERA, Source.SCREEN)
    assert ann.peer == first
    await ann.offer(Source.CAMERA, mark="BB")
    assert ann.peer != first
    await wait_all_tasks_blocked()
    assert world.media.of(ClosePeer) == [ClosePeer(peer=first)]


async def test_the_gate_closes_before_the_others_are_told(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.MICROPHONE)
    await world.pass_time(0.3)
    bob.inbox.clear()
    assert isinstance(await ann.ask(messages.Mute(id=1, source=Source.MICROPHONE, muted=True)), messages.Done)
    assert world.media.of(SetMuted) == [SetMuted(peer=peer, source=Source.MICROPHONE, muted=True, epoch=2)]
    assert bob.inbox == []
    await world.pass_time(0.3)
    assert bob.pushes(Changed)[0].participant.tracks[0].muted


async def test_a_track_muted_before_it_is_published_comes_muted(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    await ann.ask(messages.Mute(id=1, source=Source.MICROPHONE, muted=True))
    assert world.media.of(SetMuted) == []
    await ann.connect(Source.MICROPHONE)
    assert world.media.of(OpenPeer)[0].shut == [Source.MICROPHONE]
    assert world.media.of(OpenPeer)[0].by_host == []


async def test_a_view_reaches_the_media_server_also_when_it_came_early(
    world: World, mock_clock: MockClock
) -> None:
    (ann,) = await world.people("Ann")
    tiles = [Tile(participant="p", width=640, height=360)]
    assert isinstance(await ann.ask(messages.View(id=1, tiles=tiles)), messages.Done)
    peer = await ann.connect(Source.CAMERA)
    assert world.media.of(SetView) == [SetView(peer=peer, tiles=tiles)]


async def test_layers_reach_ones_own_peer_and_each_later_one(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    layers = [LayerShape(width=320, height=180, bitrate=100_000)]
    early = await ann.ask(messages.Layers(id=1, source=Source.CAMERA, layers=layers))
    assert isinstance(early, messages.Done)
    assert world.media.of(SetLayers) == []
    for mark in ("AA", "BB"):
        ann.mark = mark
        peer = await ann.connect(Source.CAMERA)
        assert world.media.of(SetLayers)[-1] == SetLayers(peer=peer, source=Source.CAMERA, layers=layers)
    await bob.ask(messages.Layers(id=2, source=Source.CAMERA, layers=layers))
    assert len(world.media.of(SetLayers)) == 2  # who publishes no camera has no Layers of one


async def test_demand_is_told_to_its_publisher_alone_at_once_and_after_a_resume(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    room, wanted = ann.welcome.room, Demand(source=Source.CAMERA, layers=[True, False])
    await world.pass_time(0.3)
    demand = DemandChanged(
        room=room, participant=ann.id, peer=peer, source=Source.CAMERA, layers=[True, False]
    )
    await world.shell.demand_changed(demand)
    await world.pass_time(0.05)
    assert ann.pushes(Demand) == [wanted]
    assert bob.pushes(Demand) == []
    again = await ann.resume()
    await world.pass_time(0.3)
    assert again.pushes(Demand) == [wanted]
    await world.shell.demand_changed(msgspec.structs.replace(demand, peer="an earlier one", layers=[True]))
    await world.pass_time(0.3)
    assert again.pushes(Demand) == [wanted]


async def test_networks_are_told_to_everybody_and_to_who_comes_later(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    networks = [Network(participant=ann.id, level=NetworkLevel.POOR)]
    await world.shell.networks_changed(NetworksChanged(room=ann.welcome.room, networks=networks))
    await world.pass_time(0.3)
    again = await bob.resume()
    await world.pass_time(0.3)
    for client in (ann, bob, again):
        assert client.pushes(Networks) == [Networks(networks=networks)]


async def test_slots_are_moved_only_after_the_push_has_left(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    await world.pass_time(0.3)
    world.gateway.gate = trio.Event()
    moved = trio.Event()

    async def media_server() -> None:
        slots = [SlotState(slot=0, participant=bob.id, from_rtp_timestamp=9000)]
        await world.shell.slots_changed(
            SlotsChanged(room=ann.welcome.room, participant=ann.id, peer=peer, slots=slots)
        )
        moved.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(media_server)
        await wait_all_tasks_blocked()
        assert not moved.is_set()
        world.gateway.gate.set()
        await moved.wait()
    assert ann.pushes(Slots)[0].slots[0].from_rtp_timestamp == 9000
    assert bob.pushes(Slots) == []


async def test_slots_stay_as_they_are_while_the_socket_is_lost(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    await ann.lose_socket()
    slots = [SlotState(slot=0, participant=bob.id, from_rtp_timestamp=9000)]
    event = SlotsChanged(room=ann.welcome.room, participant=ann.id, peer=peer, slots=slots)
    assert (await refused(world.shell.slots_changed(event))).code == "away"
    again = await ann.resume()
    assert again.welcome.slots == slots
    await world.shell.slots_changed(event)


async def test_slots_and_speakers_come_at_most_four_times_a_second(
    world: World, mock_clock: MockClock
) -> None:
    ann, _ = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    room = ann.welcome.room
    for number in range(40):
        slots = [SlotState(slot=0, participant=f"p{number}")]
        event = SlotsChanged(room=room, participant=ann.id, peer=peer, slots=slots)
        speakers = SpeakersChanged(room=room, speakers=[Speaker(participant="p", level=number)])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.shell.slots_changed, event)
            nursery.start_soon(world.shell.speakers_changed, speakers)
            await world.pass_time(0.05)
            nursery.cancel_scope.cancel()
    await world.pass_time(0.3)
    for kind in (Slots, Speakers):
        assert 8 <= len(ann.pushes(kind)) <= 10
    assert ann.pushes(Slots)[-1].slots[0].participant == "p39"
    assert ann.pushes(Speakers)[-1].speakers[0].level == 39


# --- going --------------------------------------------------------------------------------------------------


async def test_leave_is_answered_and_frees_at_once(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    answer = await ann.send(messages.Leave(id=9))
    assert (messages.decode_server(answer.message), answer.close) == (messages.Done(re=9), 1000)
    await world.pass_time(0.3)
    assert bob.pushes(Left) == [Left(participant=ann.id, reason="left")]
    assert world.media.of(ClosePeer) == [ClosePeer(peer=peer)]
    late = await ann.send(messages.Ping(id=10))
    assert (late.close, messages.decode_server(late.message).re) == (1012, 0)


async def test_a_closed_tab_is_gone_within_a_second(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    await ann.media(PeerState.CLOSED, peer, "close_notify")
    await ann.lose_socket()
    await world.pass_time(1)
    assert bob.pushes(Left) == [Left(participant=ann.id, reason="left")]


async def test_a_killed_browser_reconnects_for_30_seconds_and_is_gone(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    await world.pass_time(1)
    await ann.lose_socket()
    await world.pass_time(2)
    await ann.media(PeerState.SILENT, peer)
    await world.pass_time(0.9)
    assert bob.pushes(Changed)[-1].participant.connection == "reconnecting"
    await world.pass_time(26)
    assert bob.pushes(Left) == []
    await world.pass_time(1.5)
    assert bob.pushes(Left) == [Left(participant=ann.id, reason="lost")]
    assert world.media.of(ClosePeer) == [ClosePeer(peer=peer)]


async def test_a_lost_socket_with_media_flowing_changes_nothing_for_the_others(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await ann.connect(Source.CAMERA)
    await world.pass_time(1)
    bob.inbox.clear()
    await ann.lose_socket()
    await world.pass_time(25)
    again = await ann.resume()
    await world.pass_time(10)
    assert bob.inbox == []
    assert again.welcome.resumed
    assert again.welcome.session == ann.welcome.session
    assert world.media.of(ClosePeer) == []


async def test_a_socket_that_does_not_come_back_ends_the_session(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await ann.connect(Source.CAMERA)
    await ann.lose_socket()
    await world.pass_time(30.5)
    assert bob.pushes(Left) == [Left(participant=ann.id, reason="lost")]
    again = await ann.resume()
    assert not again.welcome.resumed


# --- resuming -----------------------------------------------------------------------------------------------


async def test_the_newest_socket_wins_and_the_older_is_told(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    peer = await ann.connect(Source.CAMERA)
    newer = await ann.resume()
    await wait_all_tasks_blocked()
    assert newer.welcome.resumed
    assert ann.inbox == [Elsewhere()]
    assert world.gateway.closed == {ann.socket: 4001}
    await ann.lose_socket()  # the gateway's news of the older socket comes late
    await world.pass_time(40)
    assert isinstance(await newer.offer(Source.CAMERA), messages.Answer)
    assert newer.peer == peer


async def test_a_resume_token_works_once(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    first, second = await ann.resume(), await ann.resume()
    assert (first.welcome.resumed, second.welcome.resumed) == (True, False)
    assert len({ann.welcome.resume, first.welcome.resume, second.welcome.resume}) == 3


async def test_a_resume_token_is_worth_nothing_with_anothers_access_token(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    thief = await world.join(bob.token, resume=ann.welcome.resume)
    assert not thief.welcome.resumed
    assert thief.id == bob.id
    assert (await ann.resume()).welcome.resumed


async def test_a_session_outlives_its_access_token_but_a_new_one_needs_one(
    world: World, mock_clock: MockClock
) -> None:
    (ann,) = await world.people("Ann")
    world.wall["ns"] += 11 * 60 * 10**9
    again = await ann.resume()
    assert again.welcome.resumed
    assert (await refused(world.join(ann.token))).code == "auth.expired"
    assert (await refused(world.join(ann.token, resume="gone"))).code == "auth.expired"


async def test_the_same_person_elsewhere_takes_over(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    peer = await ann.connect(Source.CAMERA)
    await world.pass_time(0.3)
    bob.inbox.clear()
    other = await world.join(ann.token)
    await world.pass_time(0.3)
    assert (other.id, other.welcome.session == ann.welcome.session) == (ann.id, False)
    assert ann.inbox[-1] == Elsewhere()
    assert world.media.of(ClosePeer) == [ClosePeer(peer=peer)]
    assert bob.pushes(Left) == bob.pushes(Joined) == []


async def test_a_resent_request_gets_the_stored_answer(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    answer = await ann.offer(Source.CAMERA, request=55)
    again = await ann.resume()
    assert await again.offer(Source.CAMERA, request=55) == answer
    assert len(world.media.of(OpenPeer)) == 1


async def test_a_resent_request_waits_for_the_first_one(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    world.media.gate = trio.Event()
    answers: list[object] = []

    async def offer(client: object) -> None:
        answers.append(await client.offer(Source.CAMERA, request=55))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(offer, ann)
        await wait_all_tasks_blocked()
        again = await ann.resume()
        nursery.start_soon(offer, again)
        await wait_all_tasks_blocked()
        world.media.gate.set()
    assert answers[0] == answers[1]
    assert len(world.media.of(OpenPeer)) == 1


async def test_what_was_missed_is_in_the_welcome(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await ann.lose_socket()
    await bob.ask(messages.Leave(id=1))
    await world.pass_time(1)
    again = await ann.resume()
    assert again.welcome.participants == []
    await world.pass_time(1)
    assert again.inbox == []


# --- what may not be ----------------------------------------------------------------------------------------


async def test_hello_is_not_repeated_and_ping_is_answered(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    answer = await ann.ask(messages.Hello(id=3, token="t"))
    assert (answer.re, answer.code) == (3, "bad.message")
    assert await ann.ask(messages.Ping(id=4)) == messages.Done(re=4)


async def test_a_slow_media_server_is_a_refusal_not_a_hang(world: World, mock_clock: MockClock) -> None:
    (ann,) = await world.people("Ann")
    world.media.gate = trio.Event()
    answers: list[object] = []

    async def offer() -> None:
        answers.append(await ann.offer(Source.CAMERA))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(offer)
        await world.pass_time(10.5, step=0.5)
    assert answers[0].code == "busy"


async def test_a_broken_room_ends_alone(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    (eve,) = await world.people("Eve")
    live = world.shell._open.rooms.get(ann.welcome.room)
    live.machine._members[bob.id].muted = None
    answer = await bob.ask(messages.Mute(id=1, source=Source.CAMERA, muted=True))
    assert answer.code == "busy"
    await world.pass_time(0.3)
    assert world.gateway.closed == {ann.socket: 1012, bob.socket: 1012}
    assert isinstance(await eve.offer(Source.CAMERA), messages.Answer)
    assert (await world.join(ann.token)).welcome.participants == []


async def test_sockets_of_a_dead_gateway_count_as_lost(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    world.gateway.gate = trio.Event()
    await bob.ask(messages.Leave(id=1))
    await world.pass_time(2.5, step=0.5)
    assert (await ann.send(messages.Ping(id=1))).close == 1012
    world.gateway.gate.set()
    assert (await ann.resume()).welcome.resumed


async def test_who_comes_while_somebody_speaks_is_told_of_it(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    ann = await world.join(room.token)
    await ann.connect(Source.MICROPHONE)
    speaking = [Speaker(participant=ann.id, level=30)]
    await world.shell.speakers_changed(SpeakersChanged(room=ann.welcome.room, speakers=speaking))
    await world.pass_time(1)
    bob = await world.join(await world.enter(room, "Bob"))
    await world.pass_time(1)
    assert [push.speakers for push in bob.pushes(Speakers)] == [speaking]
