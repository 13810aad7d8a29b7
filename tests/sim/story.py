"""What the stories share: ready-made meetings and the figures that they assert."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from tests.sim.browser import Browser
from tests.sim.clock import MS, SECOND
from tests.sim.link import GOOD, Conditions
from tests.sim.world import Camera, Slot, World

LOSSY = Conditions(delay_ns=25 * MS, loss=0.05)
"""Five percent each way, round trip 50 ms."""


@dataclass(frozen=True)
class Delivery:
    """Of the video packets that a publisher sent in a stretch of time."""

    sent: int
    in_time: int
    lost: int
    slowest_ns: int

    @property
    def ratio(self) -> float:
        return self.in_time / self.sent

    def __str__(self) -> str:
        share, slowest = 100 * self.ratio, self.slowest_ns / MS
        return f"{self.sent} sent, {share:.3f} % in time, {self.lost} lost, slowest {slowest:.0f} ms"


def delivery(
    slot: Slot, publisher: Browser, begin_ns: int, end_ns: int, within_ns: int = 400 * MS
) -> Delivery:
    delays = {
        arrived.stamp.identity: arrived.arrival_ns - arrived.stamp.sent_ns
        for arrived in slot.reception.arrived.values()
    }
    sent = [
        identity for identity, sent_ns in publisher.publisher.sent.items() if begin_ns <= sent_ns < end_ns
    ]
    found = [delays[identity] for identity in sent if identity in delays]
    in_time = sum(delay <= within_ns for delay in found)
    return Delivery(len(sent), in_time, len(sent) - len(found), max(found, default=0))


@dataclass
class Pair:
    """Two people who see each other."""

    world: World
    alice: Browser
    bob: Browser
    alices: Camera
    bobs: Camera
    at_alice: Slot
    at_bob: Slot


def pair(seed: int, conditions: Conditions = GOOD, bitrate_bps: int = 1_000_000) -> Pair:
    world = World(seed, conditions)
    alice, bob = world.join(), world.join()
    alices, bobs = world.camera(alice, bitrate_bps), world.camera(bob, bitrate_bps)
    at_alice, at_bob = world.slot(alice), world.slot(bob)
    world.show(at_alice, bobs)
    world.show(at_bob, alices)
    return Pair(world, alice, bob, alices, bobs, at_alice, at_bob)


@dataclass
class Stage:
    """One who watches and several who can be watched."""

    world: World
    viewer: Browser
    slot: Slot
    speakers: list[Browser]
    cameras: list[Camera]


def stage(
    seed: int, speakers: int = 2, conditions: Conditions = GOOD, bitrates_bps: Iterable[int] = (500_000,)
) -> Stage:
    world = World(seed, conditions)
    viewer = world.join()
    people = [world.join() for _ in range(speakers)]
    cameras = [world.camera(person, *bitrates_bps) for person in people]
    return Stage(world, viewer, world.slot(viewer), people, cameras)


def longest_pause_ns(slot: Slot) -> int:
    """Between two packets as they left the engine."""
    times = sorted(sent.when_ns for _, sent in slot.log.in_order())
    return max((b - a for a, b in itertools.pairwise(times)), default=SECOND * 3600)
