"""Lost packets come again, soon and once."""

import pytest

from _fastpath.engine import Kind
from tests.sim.clock import MS, SECOND
from tests.sim.link import Bursts, Conditions
from tests.sim.story import LOSSY, Delivery, delivery, pair
from tests.sim.world import Slot


def lossy_call(seed: int) -> list[tuple[Delivery, Slot]]:
    """Twenty seconds of video both ways."""
    call = pair(seed, LOSSY)
    for endpoint in call.world.endpoints.values():
        call.world.engine.set_wish(endpoint, 0)  # no probes: they repeat packets that nobody asked for
    call.world.run(SECOND)
    begin = call.world.clock.now_ns
    call.world.run(20 * SECOND)
    end = call.world.clock.now_ns
    call.world.run(SECOND)
    call.world.settle()
    ways = ((call.at_alice, call.bob), (call.at_bob, call.alice))
    return [(delivery(slot, publisher, begin, end), slot) for slot, publisher in ways]


def test_five_percent_each_way(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 99.9 % within 400 ms of being sent, at 50 ms round trip (and none twice: below)."""
    for figures, slot in lossy_call(seed):
        with capsys.disabled():
            print(f"\n  seed {seed}: {figures}, {slot.reception.repeated} arrived twice", end="")
        assert figures.sent > 2000
        assert figures.ratio >= 0.999


def test_no_packet_arrives_twice(seed: int) -> None:
    """Not even as a repair: one that was asked for before the packet could have arrived is not sent."""
    for _, slot in lossy_call(seed):
        assert slot.reception.repeated == 0


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param(Conditions(loss=0.05, jitter_ns=5 * MS), id="jitter"),
        pytest.param(Conditions(delay_ns=5 * MS, loss=0.05), id="near"),
        pytest.param(Conditions(bursts=Bursts(enter=0.01, leave=0.3)), id="bursts"),
        pytest.param(Conditions(loss=0.02, rate_bps=3_000_000), id="narrow"),
    ],
)
def test_other_bad_networks(seed: int, conditions: Conditions) -> None:
    call = pair(seed, conditions)
    call.world.run(SECOND)
    begin = call.world.clock.now_ns
    call.world.run(10 * SECOND)
    end = call.world.clock.now_ns
    call.world.run(SECOND)
    call.world.settle()
    for slot, publisher in ((call.at_alice, call.bob), (call.at_bob, call.alice)):
        figures = delivery(slot, publisher, begin, end)
        assert figures.ratio >= 0.999, str(figures)
        assert slot.reception.repeated <= figures.sent // 100


def test_a_good_network_is_left_alone(seed: int) -> None:
    call = pair(seed)
    call.world.run(5 * SECOND)
    call.world.settle()
    counters = call.world.engine.counters()
    assert counters["nack_sent"] == counters["nack_received"] == counters["retransmitted_packets"] == 0
    for slot in (call.at_alice, call.at_bob):
        assert slot.reception.repeated == 0
        assert not slot.reception.missing


def test_a_dead_second_ends_in_a_keyframe(seed: int) -> None:
    """More is lost than can be asked for: the picture comes back by a keyframe."""
    call = pair(seed, bitrate_bps=4_000_000)
    call.world.run(3 * SECOND)
    up, _ = call.world.link_of(call.bob)
    up.is_up = False
    call.world.run(SECOND)
    up.is_up = True
    back = call.world.clock.now_ns
    call.world.run(2 * SECOND)
    assert any(
        arrived.stamp.begins_keyframe and arrived.stamp.sent_ns >= back
        for arrived in call.at_alice.reception.arrived.values()
    )


def test_audio_is_repaired_by_the_same_packet(seed: int) -> None:
    """Without RTX; the invariants see to it that no nonce protects two different packets."""
    call = pair(seed, Conditions(loss=0.0))
    world = call.world
    ear = world.slot(call.alice, Kind.AUDIO)
    world.engine.set_source(ear.row, world.microphone(call.bob), 0)
    world.run(SECOND)
    _, down = world.link_of(call.alice)
    down.conditions = LOSSY
    world.run(10 * SECOND)
    down.conditions = Conditions()
    world.settle()
    packets = ear.reception.in_order()
    assert len(packets) > 500
    assert packets[-1].sequence - packets[0].sequence + 1 == len(packets)
    assert ear.log.repairs > 10


def test_far_away_and_fast(seed: int) -> None:
    """At 3 Mbit/s a packet that takes a round trip of 200 ms to repair comes a hundred packets late or more."""
    call = pair(seed, Conditions(delay_ns=100 * MS, loss=0.05), bitrate_bps=3_000_000)
    call.world.run(SECOND)
    begin = call.world.clock.now_ns
    call.world.run(5 * SECOND)
    end = call.world.clock.now_ns
    call.world.run(SECOND)
    call.world.settle(3 * SECOND)
    assert call.world.engine.counters()["drop_protect"] == 0
    figures = delivery(call.at_alice, call.bob, begin, end, within_ns=1200 * MS)
    assert figures.ratio >= 0.999, str(figures)
