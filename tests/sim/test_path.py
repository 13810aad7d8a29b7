"""What networks and strangers do to datagrams."""

import random

import pytest

from _fastpath.engine import EventKind
from tests.fuzz.mutate import mutated
from tests.sim import media
from tests.sim.browser import session
from tests.sim.clock import MS, SECOND
from tests.sim.link import Conditions
from tests.sim.story import Pair, pair

STRANGER = (0, "198.51.100.7", 40000)


def test_reordering_asks_for_nothing(seed: int) -> None:
    call = pair(seed, Conditions(reorder=0.05, reorder_ns=4 * MS))
    call.world.run(5 * SECOND)
    call.world.settle()
    assert call.world.engine.counters()["nack_sent"] == 0
    assert all(stream.nacked == 0 for stream in call.bob.publisher.streams.values())
    assert not call.at_alice.reception.missing


def test_duplicates_are_forwarded_once(seed: int) -> None:
    call = pair(seed)
    for person in (call.alice, call.bob):
        up, _ = call.world.link_of(person)
        up.conditions = Conditions(duplicate=0.3)
    call.world.run(5 * SECOND)
    call.world.settle()
    for slot in (call.at_alice, call.at_bob):
        assert slot.reception.repeated == 0
        assert len(slot.reception.arrived) > 500


def test_a_recorded_conversation_played_again(seed: int) -> None:
    call = pair(seed)
    recorded: list[bytes] = []
    send = call.bob.send_datagram

    def tap(datagram: bytes) -> None:
        recorded.append(datagram)
        send(datagram)

    call.bob.send_datagram = tap
    call.world.run(2 * SECOND)
    forwarded = call.world.engine.counters()["forwarded_packets"]
    call.bob.is_muted = call.alice.is_muted = True
    call.world.run(SECOND)
    forwarded = call.world.engine.counters()["forwarded_packets"]
    for datagram in recorded:
        if datagram[0] >= 128:
            call.world.inject(datagram, call.bob.address)
    call.world.run(SECOND)
    assert call.world.engine.counters()["forwarded_packets"] == forwarded
    call.world.settle()


def forged(call: Pair, key: bytes, sequence: int) -> bytes:
    stream = next(iter(call.bob.publisher.streams.values()))
    stamp = media.Stamp(0, call.bob.number, 0, 0, 0, 1, True)
    packet = media.rtp_packet(96, sequence, 0, stream.ssrc, media.vp8_payload(stamp, 1, 1, 200))
    return session(call.bob.profile, key, inbound=False).protect(packet)


def test_forged_packets_are_dropped(seed: int) -> None:
    call = pair(seed)
    call.world.run(SECOND)
    sequence = next(iter(call.bob.publisher.streams.values())).sequence
    for offset in (0, 1, 500, 20000, 40000):
        call.world.inject(forged(call, bytes(28), sequence + offset), call.bob.address)
        call.world.inject(forged(call, call.bob.upstream_key, sequence + offset), STRANGER)
        call.world.inject(forged(call, call.alice.upstream_key, sequence + offset), call.bob.address)
    call.world.run(2 * SECOND)
    call.world.settle()
    counters = call.world.engine.counters()
    assert counters["drop_srtp"] == 10
    assert counters["drop_unproven"] == 5
    assert len(call.at_alice.reception.arrived) > 300


def test_the_right_packet_from_the_wrong_address_moves_nothing(seed: int) -> None:
    call = pair(seed)
    call.world.run(SECOND)
    paths = len(call.world.events_of(EventKind.PATH))
    call.bob.send_datagram = lambda datagram: call.world.inject(
        datagram, call.bob.address if datagram[0] < 4 else STRANGER
    )
    call.world.run(SECOND)
    assert len(call.world.events_of(EventKind.PATH)) == paths


def test_a_checked_new_address_is_followed(seed: int) -> None:
    """As when a phone goes from Wi-Fi to mobile data."""
    call = pair(seed)
    world = call.world
    world.run(2 * SECOND)
    moved = (0, "203.0.113.9", 61000)
    world.browsers[moved] = call.bob
    call.bob.address = moved
    call.bob.send_datagram = lambda datagram: world.clock.after(
        25 * MS, lambda: world.inject(datagram, moved)
    )
    when = world.clock.now_ns
    world.run(6 * SECOND)
    world.settle()
    bob = world.endpoints[call.bob.number]
    paths = [
        event.data for at, event in world.events_of(EventKind.PATH) if event.endpoint == bob and at > when
    ]
    assert paths == [b"udp 203.0.113.9 61000"]
    assert any(
        arrived.stamp.sent_ns > when + 4 * SECOND for arrived in call.at_alice.reception.arrived.values()
    )
    assert any(arrived.arrival_ns > when + 4 * SECOND for arrived in call.at_bob.reception.arrived.values())


@pytest.mark.parametrize("known", [True, False], ids=["peer", "stranger"])
def test_garbage_disturbs_nobody(seed: int, known: bool) -> None:
    call = pair(seed)
    world = call.world
    rng = random.Random(seed)
    samples: list[bytes] = []
    send = call.bob.send_datagram

    def tap(datagram: bytes) -> None:
        samples.append(datagram)
        send(datagram)

    call.bob.send_datagram = tap
    world.run(SECOND)
    address = call.bob.address if known else STRANGER
    for _ in range(3000):
        kind = rng.randrange(3)
        if kind == 0:
            datagram = rng.randbytes(rng.choice((0, 1, 2, 3, 11, 12, 13, 20, 60, 1500)))
        elif kind == 1:
            datagram = mutated(rng, rng.choice(samples))
        else:
            datagram = bytes([rng.choice((0, 1, 22, 64, 128, 129, 200, 255))]) + rng.randbytes(40)
        if datagram not in samples:
            world.inject(datagram[:1500], address)
        world.run(100_000)
    world.run(3 * SECOND)
    world.settle()
    for slot in (call.at_alice, call.at_bob):
        packets = slot.reception.in_order()
        assert packets[-1].sequence - packets[0].sequence + 1 == len(packets)


def test_probing_leaves_no_hole(seed: int) -> None:
    """Padding-only packets are the publisher's and ours to ignore; receivers see no gap where they were."""
    call = pair(seed)
    stream = next(iter(call.bob.publisher.streams.values()))
    for _ in range(100):
        call.world.run(37 * MS)
        call.bob.publisher.send_padding(stream)
    call.world.settle()
    counters = call.world.engine.counters()
    assert counters["drop_padding"] == 100
    assert counters["nack_received"] == 0
    assert not call.at_alice.reception.missing
