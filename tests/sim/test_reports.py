"""What the server says about media: feedback to publishers, clocks to receivers."""

import pytest

from _fastpath.engine import Kind
from tests.sim.clock import MS, SECOND
from tests.sim.link import Conditions
from tests.sim.media import unwrap
from tests.sim.story import LOSSY, pair


@pytest.mark.parametrize("conditions", [Conditions(), LOSSY], ids=["good", "lossy"])
def test_transport_feedback_tells_when_each_packet_came(seed: int, conditions: Conditions) -> None:
    call = pair(seed, conditions)
    up, _ = call.world.link_of(call.bob)
    call.world.run(10 * SECOND)
    call.world.settle()
    publisher = call.bob.publisher
    delays = {
        publisher.transport_acked[number] - publisher.transport_sent[number]
        for number in publisher.transport_acked
    }
    turn = (1 << 24) * 64 * MS
    assert all(0 <= (delay - conditions.delay_ns + MS) % turn <= 2 * MS for delay in delays)
    acked = len(publisher.transport_acked) / len(publisher.transport_sent)
    assert acked > (0.999 if conditions.loss == 0 else 0.85)
    assert up.sent > 0


def test_sound_and_picture_of_one_person_keep_together(seed: int) -> None:
    """Both Rows' sender reports, read as a browser reads them, put a frame and the sound of its moment together."""
    call = pair(seed, LOSSY)
    world = call.world
    ear = world.slot(call.alice, Kind.AUDIO)
    world.engine.set_source(ear.row, world.microphone(call.bob), 0)
    world.run(6 * SECOND)
    world.settle()
    capture = {}
    for slot, clock_rate in ((call.at_alice, 90000), (ear, 48000)):
        _, ntp, timestamp = slot.reception.sender_reports[-1]
        report_ns = (ntp >> 32) * SECOND + (ntp & 0xFFFFFFFF) * SECOND // 2**32
        packet = slot.reception.in_order()[-1]
        behind = unwrap(0, (timestamp - packet.timestamp) % 2**32, 32)
        capture[clock_rate] = report_ns - behind * SECOND // clock_rate - packet.stamp.sent_ns
    assert abs(capture[90000] - capture[48000]) <= 15 * MS


def test_the_round_trip_is_known(seed: int) -> None:
    call = pair(seed, Conditions(delay_ns=40 * MS))
    call.world.run(10 * SECOND)
    rtt = call.world.engine.endpoint_stats(call.world.endpoints[call.alice.number]).rtt_ns
    assert 78 * MS <= rtt <= 85 * MS


def test_figures_agree_with_what_was_sent(seed: int) -> None:
    call = pair(seed, LOSSY)
    call.world.run(5 * SECOND)
    call.world.settle()
    row = call.world.engine.row_stats(call.at_alice.row)
    layer = call.world.engine.layer_stats(call.bobs.track, 0)
    assert layer is not None
    assert row.packets == len(call.at_alice.log.sent)
    assert row.retransmitted <= call.at_alice.log.repairs
    assert row.last_rtp_timestamp == call.at_alice.log.in_order()[-1][1].timestamp
    stream = next(iter(call.bob.publisher.streams.values()))
    assert layer.packets <= stream.packets
    assert layer.recovered > 0
    assert layer.keyframes >= 1
