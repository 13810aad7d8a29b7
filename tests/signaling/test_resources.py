"""WHIP and WHEP on the room server: participants without a socket, let in by `treble token`."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trio.testing import MockClock

from signaling.actions import Action, Verdict
from signaling.host_messages import Configure, Permit
from signaling.messages import Changed, Done, IceServer, Joined, Left
from signaling.resources import link_values
from signaling.settings import Settings
from tests.signaling.tokens_made_beside import create_token
from tests.signaling.world import RECEIVE, SEND, World, code_of, open_world
from treble.api import (
    ClosePeer,
    DeleteResource,
    OpenPeer,
    OpenResource,
    PatchResource,
    PeerState,
    PeerStateChanged,
    ResourceOpened,
    RestartIce,
    Role,
    SetMuted,
    Source,
)


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    # `create_token` reads the real clock
    async with open_world(tmp_path, mock_clock, time.time_ns()) as world:
        yield world


async def open_resource(world: World, token: str, sdp: str = SEND, publish: bool = True) -> ResourceOpened:
    request = OpenResource(token=token, room="studio", sdp=sdp, publish=publish)
    return await world.shell.open_resource(request)


async def media(world: World, peer: str, state: PeerState, reason: str = "") -> None:
    who = next(call.participant for call in world.media.of(OpenPeer) if call.peer == peer)
    event = PeerStateChanged(room="studio", participant=who, peer=peer, state=state, reason=reason)
    await world.shell.peer_state_changed(event)


async def test_a_whip_publisher_is_a_participant_until_deleted(world: World, mock_clock: MockClock) -> None:
    watcher = await world.join(create_token(world.data, "studio", "Ann", Role.VIEWER))
    await world.pass_time(0.3)
    token = create_token(world.data, "studio", "Camera 1", Role.SPEAKER)
    opened = await open_resource(world, token)
    peer = opened.sdp.split()[-1]
    await world.pass_time(0.3)
    await media(world, peer, PeerState.CONNECTED)
    await world.pass_time(0.3)
    assert watcher.pushes(Joined)[0].participant.name == "Camera 1"
    seen = watcher.pushes(Changed)[-1].participant
    assert (seen.connection, seen.guest, seen.tracks[0].source) == ("connected", False, Source.MICROPHONE)
    await world.shell.delete_resource(DeleteResource(token=token, resource=opened.resource))
    await world.pass_time(0.3)
    assert [push.reason for push in watcher.pushes(Left)] == ["left"]
    assert world.media.of(ClosePeer) == [ClosePeer(peer=peer)]
    delete = DeleteResource(token=token, resource=opened.resource)
    assert await code_of(world.shell.delete_resource(delete)) == "gone"


async def test_a_whip_publisher_keeps_to_the_policy(world: World, mock_clock: MockClock) -> None:
    """What has to be asked for is shut from the start, until a host allows it; what is denied is not taken."""
    ann = await world.join(create_token(world.data, "studio", "Ann", Role.HOST))
    token = create_token(world.data, "studio", "Camera 1", Role.SPEAKER)
    policy = {Role.SPEAKER: {Action.TALK: Verdict.ASK, Action.SHOW: Verdict.DENY}}
    settings = Settings(persistent=True, wait_for_host=False, policy=policy)
    assert await ann.ask(Configure(id=1, settings=settings)) == Done(re=1)
    opened = await open_resource(world, token)
    offer = world.media.of(OpenPeer)[-1]
    assert set(offer.shut) == {Source.MICROPHONE, Source.CAMERA, Source.SCREEN, Source.SCREEN_AUDIO}
    allow = Permit(id=2, participant=offer.participant, action=Action.TALK, verdict=Verdict.ALLOW)
    assert await ann.ask(allow) == Done(re=2)
    gate = world.media.of(SetMuted)[-1]
    assert (gate.peer, gate.source, gate.muted) == (opened.sdp.split()[-1], Source.MICROPHONE, False)
    policy = {
        Role.SPEAKER: {Action.TALK: Verdict.DENY, Action.SHOW: Verdict.DENY, Action.SHARE: Verdict.DENY}
    }
    await ann.ask(Configure(id=3, settings=Settings(persistent=True, wait_for_host=False, policy=policy)))
    assert await code_of(open_resource(world, token)) == "forbidden"


async def test_a_patch_restarts_ice(world: World, mock_clock: MockClock) -> None:
    token = create_token(world.data, "studio", "Camera 1", Role.SPEAKER)
    opened = await open_resource(world, token)
    patch = PatchResource(token=token, resource=opened.resource, sdp_fragment="a=ice-ufrag:x")
    assert (await world.shell.patch_resource(patch)).sdp_fragment == "a=ice-ufrag:new"
    assert world.media.of(RestartIce)[0].peer == opened.sdp.split()[-1]


async def test_one_token_may_publish_and_play_side_by_side(world: World, mock_clock: MockClock) -> None:
    token = create_token(world.data, "studio", "Ann", Role.SPEAKER)
    await open_resource(world, token)
    await open_resource(world, token, RECEIVE, publish=False)
    assert len({call.participant for call in world.media.of(OpenPeer)}) == 2


async def test_a_resource_whose_media_never_comes_is_let_go(world: World, mock_clock: MockClock) -> None:
    opened = await open_resource(world, create_token(world.data, "studio", "Camera 1", Role.SPEAKER))
    await world.pass_time(31, step=0.5)
    assert world.media.of(ClosePeer) == [ClosePeer(peer=opened.sdp.split()[-1])]


async def test_a_resource_goes_with_its_peer(world: World, mock_clock: MockClock) -> None:
    token = create_token(world.data, "studio", "Camera 1", Role.SPEAKER)
    opened = await open_resource(world, token)
    await media(world, opened.sdp.split()[-1], PeerState.CONNECTED)
    await world.pass_time(60, step=1)
    await media(world, opened.sdp.split()[-1], PeerState.CLOSED, "expired")
    await world.pass_time(0.3)
    delete = DeleteResource(token=token, resource=opened.resource)
    assert await code_of(world.shell.delete_resource(delete)) == "gone"


@pytest.mark.parametrize(
    ("role", "sdp", "publish"),
    [
        (Role.VIEWER, SEND, True),
        (Role.VIEWER, RECEIVE, True),
        (Role.VIEWER, SEND, False),
        (Role.VIEWER, RECEIVE.replace("a=recvonly", "a=mid:2"), False),
        (Role.VIEWER, RECEIVE.replace("a=recvonly", "a=sendrecv"), False),
    ],
)
async def test_a_viewer_does_not_publish(
    world: World, mock_clock: MockClock, role: Role, sdp: str, publish: bool
) -> None:
    token = create_token(world.data, "studio", "Ann", role)
    assert await code_of(open_resource(world, token, sdp, publish)) == "forbidden"
    assert world.media.calls == []
    await open_resource(world, token, RECEIVE, publish=False)


async def test_a_viewer_cannot_hide_a_sending_line(world: World, mock_clock: MockClock) -> None:
    token = create_token(world.data, "studio", "Ann", Role.VIEWER)
    for trick in ("a=x:\u2028a=recvonly", "a=x:\x0ba=recvonly", "a=x:\ra=recvonly"):
        sdp = RECEIVE.replace("a=recvonly", trick)
        assert await code_of(open_resource(world, token, sdp, publish=False)) == "bad.sdp"


async def test_a_track_that_the_media_server_finds_all_the_same_is_refused(
    world: World, mock_clock: MockClock
) -> None:
    token = create_token(world.data, "studio", "Ann", Role.VIEWER)
    sdp = RECEIVE + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sendonly\r\n"
    assert await code_of(open_resource(world, token, sdp, publish=False)) == "forbidden"
    await world.pass_time(0.1)
    assert world.media.peers == {}


async def test_only_an_admission_for_this_room_opens_the_door(world: World, mock_clock: MockClock) -> None:
    room = await world.create()
    assert await code_of(open_resource(world, room.token)) == "auth.wrong"
    other = create_token(world.data, "other", "Ann", Role.HOST)
    assert await code_of(open_resource(world, other)) == "auth.wrong"
    assert await code_of(open_resource(world, "no token")) == "auth.wrong"


async def test_nobody_touches_anothers_resource(world: World, mock_clock: MockClock) -> None:
    opened = await open_resource(world, create_token(world.data, "studio", "Ann", Role.SPEAKER))
    other = create_token(world.data, "studio", "Eve", Role.HOST)
    delete = DeleteResource(token=other, resource=opened.resource)
    assert await code_of(world.shell.delete_resource(delete)) == "gone"


def test_ice_servers_as_link_values() -> None:
    turn = IceServer(urls=["turn:t.example?transport=udp"], username='a"b', credential="c")
    assert link_values(IceServer(urls=["stun:s.example"])) == ['<stun:s.example>; rel="ice-server"']
    assert link_values(turn) == [
        '<turn:t.example?transport=udp>; rel="ice-server"; username="a\\"b"; credential="c"; '
        'credential-type="password"'
    ]
