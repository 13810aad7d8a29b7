"""Frames into packets and back, and what becomes of them on a bad way: no time but what is handed in."""

import itertools
import random

import pytest
from hypothesis import given, settings, strategies as st

from _fastpath import packet as rtp, payload as descriptors, rtcp
from _fastpath.values import Codec, Extension
from treble.client.media import h264, vp8
from treble.client.media.order import ASK_AGAIN_NS, FIRST_ASK_NS, Order
from treble.client.media.receiving import PATIENCE_NS, Packet, Receiver
from treble.client.media.reception import Reception
from treble.client.media.rtp import MAX_PAYLOAD
from treble.client.media.sending import HISTORY, Outlet, SendStream, TransportNumbers
from treble.units import MILLISECOND, SECOND

IDS = {Extension.MID: 4, Extension.TRANSPORT_SEQUENCE: 3, Extension.AUDIO_LEVEL: 1}
KNOWN = {number: int(kind) for kind, number in IDS.items()}
untimed = settings(deadline=None)
frames = st.binary(min_size=2, max_size=6000)


class Clear:
    """No SRTP."""

    def __init__(self):
        self.numbers = TransportNumbers()

    def seal(self, packet):
        return packet


def stream(*, with_rtx=True):
    outlet = Outlet("1", 96, 90_000, 1234, 97, 1235 if with_rtx else 0, IDS)
    return SendStream(outlet, Clear(), "me")


@untimed
@given(frame=frames, picture_id=st.integers(0, 0x7FFF))
def test_a_vp8_frame_comes_back(frame, picture_id):
    payloads = vp8.packetise(frame, picture_id)
    assert all(len(payload) <= MAX_PAYLOAD for payload in payloads)
    assert vp8.join(payloads) == frame
    assert vp8.join(payloads[1:]) is None


@untimed
@given(
    units=st.lists(
        st.binary(min_size=3, max_size=4000).map(lambda body: b"\x65" + body), min_size=1, max_size=3
    )
)
def test_an_h264_picture_comes_back(units):
    units = [unit.replace(b"\0", b"\1") for unit in units]
    payloads = h264.packetise(b"".join(h264.START + unit for unit in units))
    assert all(len(payload) <= MAX_PAYLOAD for payload in payloads)
    assert h264.units(h264.join(payloads)) == units


def test_a_fragment_without_its_beginning_is_no_picture():
    payloads = h264.packetise(h264.START + b"\x65" + bytes([7]) * 3000)
    assert h264.join(payloads[1:]) is None
    assert h264.join(payloads[:-1]) is None
    assert h264.join([b"\x7c"]) is None


def test_an_aggregate_is_taken_apart():
    sps, pps = b"\x67\x42\xe0", b"\x68\xce"
    payload = b"\x18" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (sps, pps))
    assert h264.units(h264.join([payload, b"\x65\x11\x22"])) == [sps, pps, b"\x65\x11\x22"]


@untimed
@given(frame=frames)
def test_the_engine_reads_what_is_written(frame):
    sender = stream()
    wires = list(sender.write(vp8.packetise(frame, 77), 3000, 0))
    parsed = [rtp.parse(wire, KNOWN) for wire in wires]
    assert [each["marker"] for each in parsed] == [0] * (len(wires) - 1) + [1]
    for before, after in itertools.pairwise(parsed):
        assert after["sequence"] == (before["sequence"] + 1) % 65536
    numbers = [each["extensions"][Extension.TRANSPORT_SEQUENCE] for each in parsed]
    assert len(set(numbers)) == len(wires)
    assert {each["extensions"][Extension.MID] for each in parsed} == {b"1"}
    first = rtp_payload(wires[0], parsed[0])
    described = descriptors.parse(Codec.VP8, first)
    assert (described["frame_start"], described["picture_id"]) == (True, 77)
    assert described["keyframe"] == vp8.is_keyframe(frame)


def test_rtx_says_which_packet_it_repeats():
    sender = stream()
    (wire,) = sender.write([b"\x90\x80\x80\x01rest"], 3000, 0)
    original = rtp.parse(wire, KNOWN)
    again = sender.resend(original["sequence"])
    repeated = rtp.parse(again, KNOWN)
    assert (repeated["ssrc"], repeated["payload_type"], repeated["timestamp"]) == (1235, 97, 3000)
    assert rtp_payload(again, repeated) == original["sequence"].to_bytes(2, "big") + b"\x90\x80\x80\x01rest"
    assert again != sender.resend(original["sequence"]), "each repetition has a number of its own"


def test_without_rtx_a_packet_goes_out_as_it_was_and_old_ones_are_forgotten():
    sender = stream(with_rtx=False)
    (first,) = sender.write([b"a"], 0, 0, level=30)
    sequence = rtp.parse(first)["sequence"]
    assert sender.resend(sequence) == first
    for number in range(HISTORY):
        list(sender.write([b"b"], number, 0, level=30))
    assert sender.resend(sequence) is None


def test_a_sender_report_goes_on_from_the_last_frame():
    sender = stream()
    assert sender.report(SECOND, 0) == b""
    list(sender.write([b"x" * 10], 90_000, SECOND))
    (report, name), whole = rtcp.parse(sender.report(3 * SECOND, 1_000 * SECOND))
    ssrc, ntp, timestamp, packets, octets = report["sender_info"]
    assert (whole, name["kind"]) == (True, 202)
    assert (ssrc, ntp >> 32, timestamp, packets, octets) == (1234, 2_208_988_800 + 1_000, 270_000, 1, 10)


@untimed
@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
def test_packets_come_in_order_whatever_their_way(seed, count):
    rng = random.Random(seed)
    order, start = Order(SECOND), rng.randrange(65536)
    way = [0, *sorted(range(1, count), key=lambda number: number + rng.uniform(0, 8))]
    taken = []
    for number in way:
        order.put((start + number) % 65536, number, 0)
        order.put((start + number) % 65536, -1, 0)  # a repetition is nothing new
        taken += order.take(0)
    assert [each.item for each in taken] == list(range(count))
    assert not any(each.after_gap for each in taken[1:])


def test_what_is_missing_is_asked_for_again_and_at_last_given_up():
    order = Order(SECOND)
    order.put(65535, "a", 0)
    order.put(2, "d", 0)
    assert [each.item for each in order.take(0)] == ["a"]
    assert order.ask(0) == []
    assert order.ask(FIRST_ASK_NS) == [0, 1]
    assert order.ask(FIRST_ASK_NS + 1) == []
    assert order.ask(FIRST_ASK_NS + ASK_AGAIN_NS) == [0, 1]
    order.put(0, "b", SECOND // 2)
    assert [each.item for each in order.take(SECOND // 2)] == ["b"]
    assert order.take(SECOND) == []
    assert [(each.after_gap, each.item) for each in order.take(SECOND + 1)] == [(True, "d")]


@pytest.mark.parametrize("lost", [None, 4])
def test_pictures_come_whole_or_not_at_all(lost):
    receiver, now = Receiver(1, 0, "video"), 0
    pictures = [bytes([number & 1]) + random.Random(number).randbytes(3000) for number in range(1, 6)]
    sequence, seen = 100, []
    for number, picture in enumerate(pictures):
        payloads = vp8.packetise(picture, number)
        for index, payload in enumerate(payloads):
            packet = Packet("vp8", number * 6000, index == len(payloads) - 1, payload)
            if sequence - 100 != lost:
                receiver.put(sequence, packet, now)
            sequence += 1
            seen += receiver.frames(now)
        now += 40 * MILLISECOND
    seen += receiver.frames(now + PATIENCE_NS["video"])
    expected = pictures if lost is None else [pictures[0], *pictures[2:]]
    assert [each.data for each in seen] == expected
    assert [each.after_gap for each in seen] == [
        lost is not None and index == 1 for index in range(len(seen))
    ]


def test_padding_takes_a_number_and_gives_nothing():
    receiver = Receiver(1, 0, "audio")
    for sequence, payload in enumerate([b"one", b"", b"two"]):
        receiver.put(sequence, Packet("opus", sequence * 960, False, payload), 0)
    assert [each.data for each in receiver.frames(0)] == [b"one", b"two"]


def test_a_report_block_counts_what_is_lost():
    reception = Reception(9, 90_000)
    assert reception.block(0) is None
    for number in (65534, 65535, 1, 2):
        reception.arrived(number, number * 10, number)
    reception.sender_reported(0x1234_5678_9ABC_DEF0, SECOND)
    ssrc, fraction, lost, highest, _, middle, delay = reception.block(2 * SECOND)
    assert (ssrc, fraction, lost, highest) == (9, 256 // 5, 1, 65536 + 2)
    assert (middle, delay) == (0x5678_9ABC, 65536)
    assert reception.block(2 * SECOND)[1] == 0


def rtp_payload(wire, parsed):
    return wire[parsed["header_size"] :]
