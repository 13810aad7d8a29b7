"""A Slot changes what it carries; its receiver sees one continuous stream."""

import pytest

from _fastpath.engine import NO_TRACK, EventKind, Kind
from tests.sim.clock import MS, SECOND
from tests.sim.link import Conditions
from tests.sim.media import unwrap
from tests.sim.story import LOSSY, longest_pause_ns, stage

SIMULCAST = (150_000, 400_000, 1_200_000)


@pytest.mark.parametrize("conditions", [Conditions(), LOSSY], ids=["good", "lossy"])
def test_from_one_publisher_to_another_and_on(seed: int, conditions: Conditions) -> None:
    show = stage(seed, 3, conditions)
    expected = []
    for turn in (0, 1, 2, 0, 1):
        show.world.show(show.slot, show.cameras[turn])
        show.world.run(2 * SECOND)
        expected.append((show.speakers[turn].number, 0))
    show.world.settle()
    assert show.slot.log.sources == expected
    assert show.slot.reception.highest is not None
    assert not show.slot.reception.missing


def test_switching_faster_than_keyframes_come(seed: int) -> None:
    show = stage(seed, 3, LOSSY)
    for turn in range(40):
        show.world.show(show.slot, show.cameras[turn % 3])
        show.world.run(70 * MS)
    show.world.run(2 * SECOND)
    show.world.settle()
    assert show.slot.log.sources[-1] == (show.speakers[39 % 3].number, 0)


def test_nothing_is_sent_before_the_promised_timestamp(seed: int) -> None:
    """A Slot never shows B under A's name: the page waits for the timestamp that it was told."""
    show = stage(seed)
    show.world.show(show.slot, show.cameras[0])
    show.world.run(2 * SECOND)
    stats = show.world.engine.row_stats(show.slot.row)
    promised = (stats.last_rtp_timestamp + 90000 * 3) % 2**32  # three seconds ahead of what has passed
    show.world.show(show.slot, show.cameras[1], from_rtp_timestamp=promised)
    show.world.run(2 * SECOND)
    show.world.settle()
    second = show.speakers[1].number
    stamps = [sent.timestamp for _, sent in show.slot.log.in_order() if sent.stamp.publisher == second]
    assert unwrap(0, (stamps[0] - promised) % 2**32, 32) >= 0
    switched = [event for _, event in show.world.events_of(EventKind.SWITCHED)]
    assert switched[-1].value == stamps[0]
    assert switched[-1].row == show.slot.row


def test_the_old_source_stops_at_once(seed: int) -> None:
    show = stage(seed)
    show.world.show(show.slot, show.cameras[0])
    show.world.run(2 * SECOND)
    show.world.show(show.slot, show.cameras[1])
    when = show.world.clock.now_ns
    show.world.run(2 * SECOND)
    first = show.speakers[0].number
    late = [s for _, s in show.slot.log.in_order() if s.stamp.publisher == first and s.when_ns > when]
    assert not late


def test_no_source_no_packets(seed: int) -> None:
    show = stage(seed)
    show.world.show(show.slot, show.cameras[0])
    show.world.run(SECOND)
    show.world.engine.set_source(show.slot.row, NO_TRACK, 0)
    when = show.world.clock.now_ns
    show.world.run(SECOND)
    assert all(sent.when_ns <= when for _, sent in show.slot.log.in_order())
    show.world.show(show.slot, show.cameras[0])
    show.world.run(SECOND)
    show.world.settle()
    assert any(sent.when_ns > when for _, sent in show.slot.log.in_order())


@pytest.mark.parametrize("conditions", [Conditions(), LOSSY], ids=["good", "lossy"])
def test_up_and_down_the_layers_of_simulcast(seed: int, conditions: Conditions) -> None:
    """The old Layer goes on until the new one's keyframe: no pause longer than a few frames."""
    show = stage(seed, 1, conditions, SIMULCAST)
    layers = (0, 1, 2, 0, 2, 1)
    for layer in layers:
        show.world.show(show.slot, show.cameras[0], layer)
        show.world.run(3 * SECOND)
    show.world.settle()
    publisher = show.speakers[0].number
    assert show.slot.log.sources == [(publisher, layer) for layer in layers]
    if conditions.loss == 0:
        assert longest_pause_ns(show.slot) <= 70 * MS


def test_each_receiver_has_its_own_layer(seed: int) -> None:
    show = stage(seed, 1, LOSSY, SIMULCAST)
    world = show.world
    viewers = [world.join() for _ in range(3)]
    slots = [world.slot(viewer) for viewer in viewers]
    for layer, slot in enumerate(slots):
        world.show(slot, show.cameras[0], layer)
    world.run(4 * SECOND)
    world.settle()
    publisher = show.speakers[0].number
    assert [slot.log.sources for slot in slots] == [[(publisher, layer)] for layer in range(3)]


def test_audio_switches_without_waiting(seed: int) -> None:
    show = stage(seed)
    world = show.world
    ear = world.slot(show.viewer, Kind.AUDIO)
    microphones = [world.microphone(speaker) for speaker in show.speakers]
    for turn in (0, 1, 0):
        world.engine.set_source(ear.row, microphones[turn], 0)
        world.run(SECOND)
    world.settle()
    assert [publisher for publisher, _ in ear.log.sources] == [
        show.speakers[turn].number for turn in (0, 1, 0)
    ]
    assert longest_pause_ns(ear) <= 60 * MS


def test_a_packet_from_before_the_switch_can_still_be_asked_for(seed: int) -> None:
    show = stage(seed)
    world = show.world
    world.show(show.slot, show.cameras[0])
    world.run(2 * SECOND)
    _, down = world.link_of(show.viewer)
    down.is_up = False
    world.run(60 * MS)
    down.is_up = True
    world.show(show.slot, show.cameras[1])
    world.run(2 * SECOND)
    world.settle()
    packets = show.slot.reception.in_order()
    assert packets[-1].sequence - packets[0].sequence + 1 == len(packets)
    assert any(p.repaired and p.stamp.publisher == show.speakers[0].number for p in packets)


def test_keyframe_requests_of_many_receivers_are_one(seed: int) -> None:
    show = stage(seed, 1)
    world = show.world
    slots = [world.slot(world.join()) for _ in range(8)]
    for slot in slots:
        world.show(slot, show.cameras[0])
    world.run(3 * SECOND)
    before = show.cameras[0].layers[0].keyframe_requests
    for browser, slot in zip(list(world.browsers.values())[2:], slots, strict=True):
        browser.request_keyframe(slot.reception)
    world.run(2 * SECOND)
    world.settle()
    assert show.cameras[0].layers[0].keyframe_requests == before + 1
