"""Gates, silence, the end of a Peer, and who hears whom."""

from _fastpath.engine import EventKind, Kind
from tests.sim.browser import CM_SHA1
from tests.sim.clock import MS, SECOND
from tests.sim.story import LOSSY, pair, stage
from tests.sim.world import World


def test_a_closed_gate_lets_nothing_through(seed: int) -> None:
    call = pair(seed)
    world = call.world
    world.run(2 * SECOND)
    number = world.engine.set_gate(call.bobs.track, False)
    world.run(MS)
    acknowledged = [when for when, event in world.events_of(EventKind.ACK) if event.value == number]
    assert len(acknowledged) == 1
    world.run(2 * SECOND)
    assert all(sent.when_ns <= acknowledged[0] for _, sent in call.at_alice.log.in_order())
    world.engine.set_gate(call.bobs.track, True)
    opened = world.clock.now_ns
    world.run(2 * SECOND)
    world.settle()
    after = [sent for _, sent in call.at_alice.log.in_order() if sent.when_ns >= opened]
    assert len(after) > 100
    assert after[0].stamp.begins_keyframe


def test_a_muted_microphone(seed: int) -> None:
    call = pair(seed, LOSSY)
    world = call.world
    ear = world.slot(call.alice, Kind.AUDIO)
    microphone = world.microphone(call.bob)
    world.engine.set_source(ear.row, microphone, 0)
    for is_open in (False, True, False):
        world.run(SECOND)
        world.engine.set_gate(microphone, is_open)
        world.run(0)
        closed = world.clock.now_ns
    world.run(SECOND)
    world.settle()
    assert ear.log.sent
    assert all(sent.when_ns <= closed for _, sent in ear.log.in_order())


def test_a_killed_peer_is_silent_then_expired(seed: int) -> None:
    call = pair(seed)
    world = call.world
    world.run(2 * SECOND)
    call.bob.die()
    dead = world.clock.now_ns
    world.run(35 * SECOND)
    bob = world.endpoints[call.bob.number]
    (silent,) = [when for when, event in world.events_of(EventKind.SILENT) if event.endpoint == bob]
    (expired,) = [when for when, event in world.events_of(EventKind.EXPIRED) if event.endpoint == bob]
    assert 2 * SECOND <= silent - dead <= 3 * SECOND
    assert 27 * SECOND <= expired - dead <= 31 * SECOND
    stopped = [event for _, event in world.events_of(EventKind.LAYER_STOPPED)]
    assert [event.track for event in stopped] == [call.bobs.track]


def test_a_peer_that_comes_back_is_alive(seed: int) -> None:
    call = pair(seed)
    world = call.world
    world.run(2 * SECOND)
    up, down = world.link_of(call.bob)
    up.is_up = down.is_up = False
    world.run(5 * SECOND)
    up.is_up = down.is_up = True
    back = world.clock.now_ns
    world.run(5 * SECOND)
    world.engine.request_keyframe(call.bobs.track, 0)
    world.run(SECOND)
    bob = world.endpoints[call.bob.number]
    life = [
        event.kind
        for _, event in world.events
        if event.endpoint == bob and event.kind in (EventKind.SILENT, EventKind.ALIVE, EventKind.EXPIRED)
    ]
    assert life == [EventKind.SILENT, EventKind.ALIVE]
    assert any(packet.stamp.sent_ns >= back for packet in call.at_alice.reception.arrived.values())


def test_one_who_leaves_falls_silent_elsewhere(seed: int) -> None:
    show = stage(seed, 2)
    world = show.world
    world.show(show.slot, show.cameras[0])
    world.run(2 * SECOND)
    world.leave(show.speakers[0])
    world.run(0)
    left = world.clock.now_ns
    world.run(SECOND)
    assert all(sent.when_ns <= left for _, sent in show.slot.log.in_order())
    world.show(show.slot, show.cameras[1])
    world.run(2 * SECOND)
    world.settle()
    assert show.slot.log.sources == [(speaker.number, 0) for speaker in show.speakers]


def test_many_who_come_and_go(seed: int) -> None:
    """Indices are given again; nobody gets what was meant for the one before."""
    world = World(seed, LOSSY)
    viewer = world.join()
    slot = world.slot(viewer)
    for turn in range(12):
        guest = world.join()
        camera = world.camera(guest, 300_000)
        world.show(slot, camera)
        world.run(700 * MS)
        if turn < 11:
            world.leave(guest)
            world.run(30 * MS)
    world.settle()
    assert [publisher for publisher, _ in slot.log.sources] == list(range(2, 14))


def test_rooms_do_not_hear_each_other(seed: int) -> None:
    """The invariant does the work; both profiles of SRTP take part."""
    world = World(seed, LOSSY)
    slots = []
    for room in ("red", "blue", "green"):
        people = [world.join(room), world.join(room, profile=CM_SHA1)]
        cameras = [world.camera(person, 400_000) for person in people]
        for person, camera in zip(people, reversed(cameras), strict=True):
            slots.append(world.slot(person))
            world.show(slots[-1], camera)
    world.run(5 * SECOND)
    world.settle()
    assert all(len(slot.reception.arrived) > 250 for slot in slots)


def test_the_same_seed_is_the_same_run(seed: int) -> None:
    def run() -> list[tuple[int, object]]:
        call = pair(seed, LOSSY)
        call.world.run(3 * SECOND)
        return [(arrived.arrival_ns, arrived.stamp) for arrived in call.at_alice.reception.in_order()]

    assert run() == run()


def test_a_slot_filled_before_the_handshake_begins_with_a_keyframe(seed: int) -> None:
    world = World(seed)
    speaker, early = world.join(), world.join()
    camera = world.camera(speaker, 500_000)
    late = world.join(keyed=False)
    slot, other = world.slot(late), world.slot(early)
    world.show(slot, camera)
    world.show(other, camera)
    world.run(1200 * MS)  # the source's limiter gives one keyframe a second
    world.set_keys(late)
    late.is_muted = False
    keyed = world.clock.now_ns
    world.run(2 * SECOND)
    world.settle()
    first = slot.log.in_order()[0][1]
    assert first.stamp.begins_keyframe
    assert first.when_ns - keyed < 300 * MS
