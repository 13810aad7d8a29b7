"""The connection test on the room server: a page's own Peers, few, for a minute, seen by nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from signaling.checks import CHECK_SECONDS, CHECKS_OF_ADDRESS, MAX_CHECKS, MAX_PATHS
from signaling.messages import IceServer
from tests.signaling.world import RECEIVE, SEND, World, code_of, open_world
from treble.api import (
    BeginCheck,
    CheckPath,
    ClosePeer,
    EndCheck,
    OpenPeer,
    PeerState,
    PeerStateChanged,
    SetView,
)

TURN = IceServer(urls=["turn:turn.example.org"], username="u", credential="c")


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock, ice_servers=(TURN,)) as world:
        yield world


async def begin(world: World, address: str = "192.0.2.1") -> str:
    return (await world.shell.begin_check(BeginCheck(address=address))).check


async def offer(world: World, check: str, sdp: str = RECEIVE) -> OpenPeer:
    answer = await world.shell.check_path(CheckPath(check=check, sdp=sdp))
    opened: OpenPeer = world.media.of(OpenPeer)[-1]
    assert answer.sdp.endswith(opened.peer)
    return opened


async def test_it_says_by_which_relay_media_can_go(world: World) -> None:
    begun = await world.shell.begin_check(BeginCheck(address="192.0.2.1"))
    assert [(each.urls, each.credential) for each in begun.ice_servers] == [(["turn:turn.example.org"], "c")]


async def test_what_is_sent_in_a_check_is_shown_in_the_same_check_only(world: World) -> None:
    one, other = await begin(world), await begin(world)
    sender = await offer(world, one, SEND)
    stranger = await offer(world, other)
    receiver = await offer(world, one)
    assert sender.room == receiver.room != stranger.room
    [view] = world.media.of(SetView)
    assert (view.peer, [tile.participant for tile in view.tiles]) == (receiver.peer, [sender.participant])


async def test_a_peer_of_a_check_is_not_taken_for_one_that_nobody_knows(
    world: World, mock_clock: MockClock
) -> None:
    opened = await offer(world, await begin(world))

    async def tell_connected(room: str) -> None:
        event = PeerStateChanged(
            room=room, participant=opened.peer, peer=opened.peer, state=PeerState.CONNECTED
        )
        await world.shell.peer_state_changed(event)
        await world.pass_time(0.1)

    await tell_connected(opened.room)
    assert world.media.of(ClosePeer) == []
    await tell_connected("check:of nobody")
    assert world.media.of(ClosePeer) == [ClosePeer(peer=opened.peer)]


async def test_it_ends_by_itself_and_when_it_is_told_to(world: World, mock_clock: MockClock) -> None:
    check, ended = await begin(world), await begin(world)
    peers = [(await offer(world, each)).peer for each in (ended, check)]
    await world.shell.end_check(EndCheck(check=ended))
    await world.shell.end_check(EndCheck(check=ended))
    await world.pass_time(0.1)
    assert world.media.of(ClosePeer) == [ClosePeer(peer=peers[0])]
    await world.pass_time(CHECK_SECONDS + 2, step=0.5)
    assert world.media.of(ClosePeer) == [ClosePeer(peer=peer) for peer in peers]
    for gone in (check, ended, "none"):
        assert await code_of(offer(world, gone)) == "gone"


async def test_a_check_that_ends_while_a_path_opens_leaves_no_peer(
    world: World, mock_clock: MockClock
) -> None:
    check = await begin(world)
    world.media.gate = gate = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(code_of, offer(world, check))
        await trio.testing.wait_all_tasks_blocked()
        await world.shell.end_check(EndCheck(check=check))
        gate.set()
    await world.pass_time(0.1)
    [opened] = world.media.of(OpenPeer)
    assert ClosePeer(peer=opened.peer) in world.media.of(ClosePeer)
    assert world.media.peers == {}


async def test_it_has_bounds(world: World) -> None:
    check = await begin(world, "192.0.2.9")
    for _ in range(MAX_PATHS):
        await offer(world, check)
    assert await code_of(offer(world, check)) == "full"
    assert await code_of(offer(world, await begin(world, "192.0.2.8"), "v=0\u2028m=audio")) == "bad.sdp"
    for _ in range(CHECKS_OF_ADDRESS - 1):
        await begin(world, "192.0.2.9")
    assert await code_of(begin(world, "192.0.2.9")) == "slow"
    for number in range(MAX_CHECKS - CHECKS_OF_ADDRESS - 1):
        await begin(world, f"198.51.100.{number}")
    assert await code_of(begin(world, "203.0.113.1")) == "busy"
