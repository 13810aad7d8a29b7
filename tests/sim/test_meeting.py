"""Whole meetings: what people in them would notice, and what the server makes of their networks."""

from dataclasses import replace

import pytest

from tests.sim.clock import MS, SECOND
from tests.sim.encoder import SPEAKING
from tests.sim.lane import VideoLane
from tests.sim.link import Conditions
from tests.sim.meeting import Meeting
from tests.sim.offer import Shape
from tests.sim.person import Person
from treble.api import Tile

VIEWER = Shape(microphone=False, layers=0, slots=2)
NARROW = Conditions(delay_ns=25 * MS, rate_bps=3_000_000)


def watch(meeting: Meeting, viewer: Person, *people: Person, height: int = 720) -> None:
    tiles = [Tile(participant=person.name, width=height * 16 // 9, height=height) for person in people]
    meeting.set_view(viewer, tiles)


def two(seed: int, down: Conditions) -> tuple[Meeting, Person, Person]:
    meeting = Meeting(seed)
    viewer, publisher = meeting.join(VIEWER, down=down), meeting.join(Shape(slots=0))
    publisher.studio.level = SPEAKING
    watch(meeting, viewer, publisher)
    return meeting, viewer, publisher


def fps(lane: VideoLane, begin_ns: int, end_ns: int) -> float:
    return sum(begin_ns <= t < end_ns for t in lane.display.shown_ns) * SECOND / (end_ns - begin_ns)


def test_pictures_and_sound_flow_at_their_best(seed: int) -> None:
    meeting, viewer, publisher = two(seed, Conditions())
    meeting.run(6)
    lane = viewer.video[0]
    assert lane.display.changes[-1].publisher == publisher.number
    assert lane.display.changes[-1].layer == 2
    assert fps(lane, meeting.clock.now_ns - 2 * SECOND, meeting.clock.now_ns) >= 29
    assert lane.lost == viewer.audio[0].lost == 0
    assert viewer.audio[0].ear.expected >= 50 * 5


def test_layers_that_nobody_needs_are_switched_off(seed: int) -> None:
    meeting = Meeting(seed)
    viewer, publisher = meeting.join(VIEWER), meeting.join(Shape(slots=0))
    watch(meeting, viewer, publisher, height=180)
    meeting.run(10)
    assert [video.is_active for video in publisher.studio.video] == [True, False, False]
    watch(meeting, viewer, publisher)
    meeting.run(1)
    assert publisher.studio.video[2].is_active
    assert viewer.video[0].display.decoded[-1].layer == 2


def test_loss_of_the_path_is_told_from_that_of_a_full_queue(seed: int) -> None:
    meeting, viewer, _ = two(seed, replace(NARROW, rate_bps=0, loss=0.1))
    meeting.run(15)
    own = meeting.engine.endpoint_stats(meeting.peer(viewer).endpoint.id)
    assert own.path_loss == pytest.approx(0.1, abs=0.05)

    meeting, viewer, _ = two(seed, NARROW)
    meeting.change_down(viewer, 10, rate_bps=300_000)
    losses = []
    for tenth in range(5, 30):
        meeting.at(10 + tenth / 10, lambda: losses.append(stats_of(meeting, viewer)))
    meeting.run(14)
    assert max(loss for loss, _, _ in losses) > 0
    assert max(path_loss for _, path_loss, _ in losses) < 0.02
    assert {red for _, _, red in losses} == {0}, "redundancy makes a full queue no emptier"


def stats_of(meeting: Meeting, person: Person) -> tuple[float, float, int]:
    peer = meeting.peer(person)
    stats = meeting.engine.endpoint_stats(peer.endpoint.id)
    assert stats.path_loss is not None
    return stats.loss, stats.path_loss, peer.receiver.dose.red


def test_a_repair_that_a_queue_holds_up_is_not_sent_again_and_again(seed: int) -> None:
    """The receiver asks every round trip as it knows it; the queue has grown since."""
    meeting, viewer, _ = two(seed, NARROW)
    meeting.change_down(viewer, 10, rate_bps=300_000)
    meeting.run(10)
    copies = viewer.copies  # probes repeat packets too
    meeting.run(4)
    assert viewer.video[0].repaired > 0
    assert viewer.copies - copies <= viewer.video[0].repaired


def test_the_lowest_layer_goes_on_when_bandwidth_drops(seed: int) -> None:
    meeting, viewer, _ = two(seed, NARROW)
    meeting.change_down(viewer, 10, rate_bps=300_000)
    meeting.run(20)
    assert viewer.video[0].display.changes[-1].layer == 0
    assert fps(viewer.video[0], meeting.start_ns + 13 * SECOND, meeting.clock.now_ns) >= 7
    assert viewer.audio[0].lost == 0
