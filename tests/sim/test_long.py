"""Meetings that last, and meetings of many."""

import pytest

from _fastpath.engine import Kind
from tests.sim.clock import MS, SECOND
from tests.sim.link import Bursts, Conditions
from tests.sim.story import LOSSY, delivery
from tests.sim.world import World


def test_all_numbers_turn_over(seed: int) -> None:
    """Sequence numbers, timestamps, picture ids and SRTP's roll-over counter, upstream, while packets are lost."""
    world = World(seed, Conditions(loss=0.05, jitter_ns=3 * MS, reorder=0.01))
    alice, bob = world.join(), world.join()
    camera = world.camera(bob, 1_000_000)
    stream = camera.layers[0].stream
    stream.sequence, stream.rtx_sequence = 65_300, 65_530
    stream.timestamp_offset = (
        2**32 - stream.timestamp(world.clock.now_ns) + stream.timestamp_offset - 180_000
    ) % 2**32
    bob.publisher.transport_sequence = 65_000
    slot = world.slot(alice)
    world.show(slot, camera)
    world.run(SECOND)
    begin = world.clock.now_ns
    world.run(9 * SECOND)
    end = world.clock.now_ns
    world.run(SECOND)
    world.settle()
    assert stream.sequence > 66_000
    figures = delivery(slot, bob, begin, end)
    assert figures.ratio >= 0.998, str(figures)


@pytest.mark.slow
def test_the_rows_numbers_turn_over_too() -> None:
    """A Row begins below 32768; at 690 packets a second it passes 65536 within a minute."""
    world = World(1, Conditions(delay_ns=10 * MS, loss=0.02))
    alice, bob = world.join(), world.join()
    camera, slot = world.camera(bob, 6_000_000), world.slot(alice)
    world.show(slot, camera)
    world.run(SECOND)
    begin = world.clock.now_ns
    while slot.log.highest <= 66_000:
        world.run(SECOND)
    end = world.clock.now_ns
    world.run(SECOND)
    world.settle()
    figures = delivery(slot, bob, begin, end)
    assert figures.ratio >= 0.999, str(figures)


def test_a_meeting_of_eight(seed: int) -> None:
    """Everybody sees and hears everybody, on networks of three kinds; speakers change Slots all the time."""
    world = World(seed)
    kinds = (Conditions(delay_ns=8 * MS), LOSSY, Conditions(delay_ns=40 * MS, bursts=Bursts(0.005, 0.4)))
    people = [world.join(up=kinds[n % 3], down=kinds[n % 3]) for n in range(8)]
    cameras = [world.camera(person, 100_000, 300_000) for person in people]
    microphones = [world.microphone(person) for person in people]
    eyes = [[world.slot(person) for _ in range(4)] for person in people]
    ears = [[world.slot(person, Kind.AUDIO) for _ in range(2)] for person in people]
    for turn in range(6):
        for n in range(8):
            others = [other for other in range(8) if other != n]
            for k, eye in enumerate(eyes[n]):
                world.show(eye, cameras[others[(k + turn) % 7]], (turn + k) % 2)
            for k, ear in enumerate(ears[n]):
                world.engine.set_source(ear.row, microphones[others[(k + turn) % 7]], 0)
        world.run(1500 * MS)
    world.settle(2 * SECOND)
    for n in range(8):
        for eye in eyes[n]:
            assert len({publisher for publisher, _ in eye.log.sources}) >= 5
            assert len(eye.reception.arrived) >= 0.99 * len(eye.log.sent) - 3
