"""A shut gate: not a packet of the Track goes further, whatever its publisher sends and whoever comes later."""

import struct

import pytest

from tests.sfu.room_rig import Rig, pairs
from tests.sfu.test_engine_path import KEYFRAME, OPUS, TRACKS, World, media
from treble.api import OpenPeer, Reason, RestartIce, SetMuted, Source
from treble.units import SECOND

CAMERA, MICROPHONE = Source.CAMERA, Source.MICROPHONE
RTX, RED_AUDIO, RED_VIDEO = 97, 63, 118


def offer_again(world: World, name: str, **gates: object) -> None:
    sdp = world.clients[name].offer()
    request = OpenPeer(
        room="r", participant=name.upper(), peer=name, sdp=sdp, tracks=TRACKS, slots=pairs(3), **gates
    )
    world.worker.handle_open_peer(request, world.now_ns)
    world.run(4)


def shut(world: World, name: str, *sources: Source, epoch: int = 1) -> None:
    for source in sources:
        world.worker.handle_set_muted(
            SetMuted(peer=name, source=source, muted=True, by_host=True, epoch=epoch)
        )
    world.run(2)


def send_everything(world: World, name: str, start: int, count: int = 12) -> None:
    """Plain, in RED, and as retransmissions: what a client of one's own making would try."""
    client = world.clients[name]
    for number in range(start, start + count):
        stamp = number * 3000
        red_audio = bytes([111]) + OPUS
        red_video = bytes([96]) + KEYFRAME
        again = struct.pack("!H", 2000 + 2 * number) + KEYFRAME
        world.send(
            name,
            client.rtp(111, 333608565, 2 * number, number * 960, OPUS, mid="0"),
            client.rtp(RED_AUDIO, 333608565, 2 * number + 1, number * 960 + 480, red_audio, mid="0"),
            client.rtp(96, 77, 2000 + 2 * number + 1, stamp, KEYFRAME, mid="1", rid="h"),
            client.rtp(RED_VIDEO, 77, 2000 + 2 * number + 2, stamp + 1, red_video, mid="1", rid="h"),
            client.rtp(RTX, 78, number, stamp, again, mid="1"),
        )
        world.run(4)


@pytest.mark.parametrize("is_first", [True, False])
def test_nothing_passes_a_shut_gate(is_first: bool) -> None:
    """Neither to whoever is there nor to whoever comes later, after another offer, or after an ICE restart."""
    world = World()
    world.join("a")
    world.join("b")
    if not is_first:
        send_everything(world, "a", 0)
        assert media(world.clients["b"])
        shut(world, "a", MICROPHONE, CAMERA)
        world.clients["b"].received.clear()
    else:
        shut(world, "a", MICROPHONE, CAMERA)
    send_everything(world, "a", 20)
    offer_again(world, "a")
    send_everything(world, "a", 40)
    fragment = "a=ice-ufrag:anew\r\na=ice-pwd:anewanewanewanewanewanew\r\n"
    world.worker.handle_restart_ice(RestartIce(peer="a", sdp_fragment=fragment))
    send_everything(world, "a", 60)
    world.join("c")
    send_everything(world, "a", 80)
    assert media(world.clients["b"]) == []
    assert media(world.clients["c"]) == []


def test_an_offer_with_gates_shut_lets_not_one_packet_pass() -> None:
    world = World()
    world.join("a")
    world.join("b")
    offer_again(world, "a", shut=[MICROPHONE, CAMERA], by_host=[CAMERA], epoch=3)
    send_everything(world, "a", 0)
    assert media(world.clients["b"]) == []


def test_an_older_word_opens_nothing() -> None:
    world = World()
    world.join("a")
    world.join("b")
    shut(world, "a", MICROPHONE, CAMERA, epoch=5)
    for source in (MICROPHONE, CAMERA):
        older = SetMuted(peer="a", source=source, muted=False, epoch=4)
        assert world.worker.handle_set_muted(older) is None
    send_everything(world, "a", 0)
    assert media(world.clients["b"]) == []


def test_a_gate_that_opens_lets_through_again() -> None:
    world = World()
    world.join("a")
    world.join("b")
    shut(world, "a", MICROPHONE, CAMERA)
    send_everything(world, "a", 0)
    for source in (MICROPHONE, CAMERA):
        world.worker.handle_set_muted(SetMuted(peer="a", source=source, muted=False, epoch=2))
    send_everything(world, "a", 20)
    assert {packet[1] & 0x7F for packet in media(world.clients["b"])} == {111, 96}


def test_a_camera_stopped_by_a_host_is_said_to_be_so_also_to_who_comes_later() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    for by_host, reason in ((True, Reason.PAUSED_BY_HOST), (False, Reason.PUBLISHER)):
        rig.worker.handle_set_muted(SetMuted(peer="b", source=CAMERA, muted=True, by_host=by_host, epoch=1))
        rig.advance(0.5)
        assert (rig.tables["a"][0].reason, rig.tables["a"][0].layer) == (reason, None)
    rig.worker.handle_set_muted(SetMuted(peer="b", source=CAMERA, muted=True, by_host=True, epoch=1))
    rig.join("c")
    rig.advance(0.5)
    seen = {state.participant: state.reason for state in rig.tables["c"]}
    assert seen["B"] is Reason.PAUSED_BY_HOST
    rig.worker.handle_set_muted(SetMuted(peer="b", source=CAMERA, muted=False, epoch=2))
    rig.advance(5 * SECOND / SECOND)
    assert rig.tables["a"][0].reason is not Reason.PAUSED_BY_HOST


def test_every_track_of_a_source_has_its_gate() -> None:
    """A Track that comes after the gate was shut, and one that takes another's place, start shut."""
    rig = Rig()
    rig.join("a", tracks=TRACKS[:1])
    rig.worker.handle_set_muted(SetMuted(peer="a", source=CAMERA, muted=True, by_host=True, epoch=1))
    rig.open("a")
    assert rig.engine.gates[rig.track("a", CAMERA)] is False
    assert rig.peer("a").find_track(CAMERA).is_muted_by_host
