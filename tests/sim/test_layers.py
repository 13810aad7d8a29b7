"""Temporal layers come and go; the receiver's stream has no gap and nothing in it lacks what it refers to."""

import itertools
import random

import pytest

from tests.sim.checks import undecodable
from tests.sim.clock import MS, SECOND
from tests.sim.link import Conditions
from tests.sim.story import LOSSY
from tests.sim.world import Camera, Slot, World


def layered_call(seed: int, conditions: Conditions, *bitrates_bps: int) -> tuple[World, Slot, Camera]:
    world = World(seed, conditions)
    publisher, viewer = world.join(), world.join()
    camera = world.camera(publisher, *bitrates_bps, temporal_layers=3)
    slot = world.slot(viewer)
    world.show(slot, camera)
    world.run(2 * SECOND)
    return world, slot, camera


def frames_between(slot: Slot, begin_ns: int, end_ns: int) -> set[int]:
    return {sent.stamp.frame for _, sent in slot.log.in_order() if begin_ns <= sent.when_ns < end_ns}


@pytest.mark.parametrize(
    "conditions",
    [Conditions(), LOSSY, Conditions(loss=0.03, jitter_ns=15 * MS)],
    ids=["good", "lossy", "jitter"],
)
def test_temporal_layers_at_random(seed: int, conditions: Conditions) -> None:
    world, slot, camera = layered_call(seed, conditions, 900_000)
    rng = random.Random(seed)
    for _ in range(60):
        world.show(slot, camera, temporal=rng.choice([0, 1, 2]))
        world.run(rng.randrange(20, 600) * MS)
    world.show(slot, camera)
    world.settle()
    assert not undecodable(slot.log, camera.layers[0])
    assert not slot.reception.missing
    assert slot.reception.given_up == 0
    if not conditions.loss:
        ids = [(sent.stamp.frame, sent.picture_id) for _, sent in slot.log.in_order()]
        assert all((b[1] - a[1]) % 2**15 == (a[0] != b[0]) for a, b in itertools.pairwise(ids)), (
            "a picture id is missing"
        )


def test_fewer_at_once_and_more_within_half_a_second_without_a_keyframe(seed: int) -> None:
    world, slot, camera = layered_call(seed, Conditions(), 900_000)
    layer = camera.layers[0]
    keyframes = layer.last_keyframe_ns
    world.show(slot, camera, temporal=0)
    world.run(50 * MS)
    begin = world.clock.now_ns
    world.run(2 * SECOND)
    assert {layer.temporal[f] for f in frames_between(slot, begin, world.clock.now_ns)} == {0}
    assert world.engine.row_stats(slot.row).temporal == 0
    world.show(slot, camera)
    world.run(500 * MS)
    begin = world.clock.now_ns
    world.run(SECOND)
    found = frames_between(slot, begin, world.clock.now_ns)
    assert {layer.temporal[f] for f in found} == {0, 1, 2}
    assert len(found) >= 28
    assert layer.last_keyframe_ns == keyframes
    world.settle()


def test_on_the_way_to_a_smaller_layer_the_large_one_makes_room(seed: int) -> None:
    """Until the keyframe comes the old Layer goes on with a quarter of its frames."""
    world, slot, camera = layered_call(seed, Conditions(), 150_000, 1_200_000)
    world.show(slot, camera, 1)
    world.run(3 * SECOND)
    small, large = camera.layers
    small.request_keyframe = lambda: None  # type: ignore[method-assign]  # a publisher that is slow to answer
    begin = world.clock.now_ns
    world.show(slot, camera, 0)
    world.run(800 * MS)
    found = [sent.stamp for _, sent in slot.log.in_order() if sent.when_ns >= begin + 70 * MS]
    assert {stamp.layer for stamp in found} == {1}
    assert {large.temporal[stamp.frame] for stamp in found} == {0}
    small.keyframe_wanted = True
    world.run(SECOND)
    last = slot.log.in_order()[-1][1].stamp
    assert last.layer == 0
    world.settle()


def test_rates_by_temporal_layer(seed: int) -> None:
    world, _, camera = layered_call(seed, Conditions(), 900_000)
    world.run(2 * SECOND)
    stats = world.engine.layer_stats(camera.track, 0)
    assert stats is not None
    base, middle, top = stats.rates[0]
    assert base == pytest.approx(225_000, rel=0.2)
    assert middle == pytest.approx(225_000, rel=0.2)
    assert top == pytest.approx(450_000, rel=0.2)
