"""Sound over bad networks: what repetition and retransmission leave of the losses."""

from dataclasses import dataclass

import pytest

from _fastpath.engine import Kind
from tests.sim.browser import Browser
from tests.sim.clock import MS, SECOND
from tests.sim.link import Bursts, Conditions
from tests.sim.media import RED
from tests.sim.world import Slot, World

PLAYOUT_NS = 25 * MS + 120 * MS
"""The way there and the delay that a browser's jitter buffer takes where packets are lost."""


@dataclass
class Ear:
    world: World
    alice: Browser
    bob: Browser
    slot: Slot

    def listen(self, conditions: Conditions, seconds: int) -> None:
        """Alice hears Bob over this network, then everything still under way arrives."""
        _, down = self.world.link_of(self.alice)
        self.world.run(SECOND)
        down.conditions = conditions
        self.began_ns = self.world.clock.now_ns
        self.world.run(seconds * SECOND)
        self.ended_ns = self.world.clock.now_ns
        down.conditions = Conditions()
        self.world.settle()

    def missed(self, within_ns: int | None = None) -> float:
        """The share of the frames sent that did not come, or not so soon."""
        sent = {
            log.stamp.identity: log.stamp.sent_ns
            for _, log in self.slot.log.in_order()
            if self.began_ns <= log.stamp.sent_ns < self.ended_ns
        }
        had = self.slot.reception.first_had
        good = [
            identity
            for identity, sent_ns in sent.items()
            if identity in had and (within_ns is None or had[identity] - sent_ns <= within_ns)
        ]
        return 1 - len(good) / len(sent)


def ear(seed: int, *, distance: int, nack: bool) -> Ear:
    world = World(seed)
    alice, bob = world.join(), world.join()
    slot = world.slot(alice, Kind.AUDIO, red=RED)
    slot.reception.nack = nack
    world.engine.set_source(slot.row, world.microphone(bob), 0)
    world.engine.set_protection(world.endpoints[alice.number], fec=0, red=distance)
    return Ear(world, alice, bob, slot)


@pytest.mark.parametrize("loss", [0.05, 0.10])
@pytest.mark.parametrize("distance", [0, 1, 2])
def test_retransmission_repairs_everything(seed: int, loss: float, distance: int) -> None:
    """Round trip 50 ms; the invariants see to it that a repair is the very same packet, RED or not."""
    ears = ear(seed, distance=distance, nack=True)
    ears.listen(Conditions(loss=loss), 10)
    assert ears.missed() == 0
    assert not ears.slot.reception.missing
    assert ears.slot.reception.given_up == 0
    assert ears.slot.log.repairs > 10


@pytest.mark.parametrize(("distance", "most"), [(0, 0.14), (1, 0.02), (2, 0.005)])
def test_repetition_alone_leaves_a_power_of_the_loss(seed: int, distance: int, most: float) -> None:
    ears = ear(seed, distance=distance, nack=False)
    ears.listen(Conditions(loss=0.10), 30)
    assert ears.missed() <= most


def test_ten_percent_with_both_is_not_heard(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    ears = ear(seed, distance=2, nack=True)
    ears.listen(Conditions(loss=0.10), 30)
    with capsys.disabled():
        print(f"\n  seed {seed}: {100 * ears.missed(PLAYOUT_NS):.2f} % of frames late or lost", end="")
    assert ears.missed(PLAYOUT_NS) <= 0.003


def test_bursts_are_shortened(seed: int) -> None:
    """On average two packets in a row: repetition of two leaves a quarter of the loss."""
    bursts = Conditions(bursts=Bursts(enter=0.05, leave=0.5))
    plain, doubled = ear(seed, distance=0, nack=False), ear(seed, distance=2, nack=False)
    for each in (plain, doubled):
        each.listen(bursts, 20)
    assert doubled.missed(PLAYOUT_NS) < 0.4 * plain.missed(PLAYOUT_NS)


def test_the_dose_may_change_in_the_middle_of_a_sentence(seed: int) -> None:
    ears = ear(seed, distance=0, nack=True)
    ears.listen(Conditions(loss=0.05), 1)
    for distance in (1, 2, 0, 2, 1, 0):
        ears.world.engine.set_protection(ears.world.endpoints[ears.alice.number], fec=0, red=distance)
        ears.bob.is_muted = ears.alice.is_muted = False
        ears.listen(Conditions(loss=0.05), 2)
        assert ears.missed() == 0


@pytest.mark.parametrize(("loss", "least", "most"), [(0.0, 0.0, 0.0), (0.05, 0.01, 0.12), (0.10, 0.04, 0.18)])
def test_loss_is_known_before_repair_where_only_sound_is_sent(
    seed: int, loss: float, least: float, most: float
) -> None:
    """A repaired packet has its old transport number: feedback alone would call it received."""
    ears = ear(seed, distance=2, nack=True)
    ears.world.run(SECOND)
    _, down = ears.world.link_of(ears.alice)
    down.conditions = Conditions(loss=loss)
    ears.world.run(10 * SECOND)
    stats = ears.world.engine.endpoint_stats(ears.world.endpoints[ears.alice.number])
    assert least <= stats.loss <= most
