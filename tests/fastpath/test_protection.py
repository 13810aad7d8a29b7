"""A receiver with FEC: what it gets, and what it can get back."""

import itertools

import pytest
from hypothesis import given, settings, strategies as st

from tests.fastpath.table import (
    MILLISECOND,
    Table,
    nack,
    payload_of,
    rtp,
    sequence_of,
    ssrc_of,
    timestamp_of,
    vp8,
)
from tests.oracle import fec as oracle

MEDIA, RTX, FLEX = 7000, 7001, 7002
RED_TYPE, ULPFEC_TYPE, FLEXFEC_TYPE = 122, 123, 124
ULPFEC = {"red": RED_TYPE, "ulpfec": ULPFEC_TYPE}
FLEXFEC = {"flexfec": FLEXFEC_TYPE, "flexfec_ssrc": FLEX}
MUTABLE = (2, 3)  # ids of abs-send-time and transport sequence in the tests' table
FRAME = 33 * MILLISECOND
QUANTUM, BURST = MILLISECOND // 4, 8


def protected(form: dict[str, int], dose: int):
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    track, row = table.video(publisher), table.video_row(receiver, **form)
    table.engine.set_source(row, track, 0)
    table.engine.set_protection(receiver.endpoint, fec=dose, red=0)
    return table, publisher, receiver, row


def publish_frames(table, publisher, frames, *, first=1, key=True, after=FRAME):
    """Frames of so many packets each, of changing sizes; returns the next sequence number."""
    sequence = first
    for number, packets in enumerate(frames):
        burst = []
        for i in range(packets):
            start = (
                vp8(b"", key=key and number == 0, picture=number) if i == 0 else b"\x80\xe0\x80\x00\x00\x00"
            )
            content = bytes((sequence * 7 + k) & 0xFF for k in range(40 + sequence * 13 % 90))
            burst.append(rtp(sequence, number * 3000, start + content, marker=i == packets - 1))
            sequence += 1
        turns = 2 * len(burst) // BURST  # the pacer lets so many through at once, FEC among them
        table.publish(publisher, *burst, after=after - turns * QUANTUM)
        for _ in range(turns):
            table.step(after=QUANTUM)
    return sequence


class Seen:
    """What came, told apart; media as it is protected, by number."""

    def __init__(self, packets):
        self.media, self.fec, self.red_types = {}, [], set()
        self.fec_numbers, self.rtx = [], []
        for packet in packets:
            kind = packet[1] & 0x7F
            if ssrc_of(packet) == RTX:
                self.rtx.append(packet)
            elif kind == FLEXFEC_TYPE:
                assert ssrc_of(packet) == FLEX
                self.fec.append(oracle.read_flexfec(payload_of(packet)))
                self.fec_numbers.append(sequence_of(packet))
            elif kind == RED_TYPE and payload_of(packet)[0] == ULPFEC_TYPE:
                self.fec.append(oracle.read_ulpfec(payload_of(packet)[1:]))
                self.fec_numbers.append(sequence_of(packet))
            else:
                plain = oracle.without_red(packet) if kind == RED_TYPE else packet
                self.red_types.add(kind)
                self.media[sequence_of(packet)] = oracle.settled(plain, MUTABLE)


forms = pytest.mark.parametrize("form", [ULPFEC, FLEXFEC], ids=["ulpfec", "flexfec"])


@forms
@given(
    frames=st.lists(st.integers(1, 12), min_size=1, max_size=12),
    dose=st.sampled_from([5, 10, 25, 40, 50, 100]),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_any_single_loss_of_a_group_comes_back_bit_by_bit(form, frames, dose, random):
    table, publisher, receiver, _ = protected(form, dose)
    publish_frames(table, publisher, frames)
    seen = Seen(receiver.received)
    assert len(seen.media) == sum(frames)
    for each in seen.fec:
        assert each.numbers <= seen.media.keys()
        lost = random.choice(sorted(each.numbers))
        rest = {number: packet for number, packet in seen.media.items() if number != lost}
        assert oracle.repair([each], rest, MEDIA)[lost] == seen.media[lost]
    for one, other in itertools.pairwise(seen.fec):
        assert not one.numbers & other.numbers


@forms
@pytest.mark.parametrize("dose", [25, 50])
def test_a_burst_of_two_comes_back_where_a_group_has_two_fec_packets(form, dose):
    table, publisher, receiver, _ = protected(form, dose)
    publish_frames(table, publisher, [8] * 8)
    seen = Seen(receiver.received)
    numbers = sorted(seen.media)
    for i in range(len(numbers) - 1):
        if i % 8 == 7:
            continue  # two groups
        lost = set(numbers[i : i + 2])
        rest = {number: packet for number, packet in seen.media.items() if number not in lost}
        found = oracle.repair(seen.fec, rest, MEDIA)
        assert {number: found[number] for number in lost} == {number: seen.media[number] for number in lost}


@forms
@pytest.mark.parametrize("dose", [5, 12, 25, 33, 50])
@pytest.mark.parametrize("packets", [1, 2, 4, 7, 30])
def test_the_dose_is_met_over_time(form, dose, packets):
    table, publisher, receiver, row = protected(form, dose)
    publish_frames(table, publisher, [packets] * 120)
    seen = Seen(receiver.received)
    of_each_frame = packets * dose / 100
    if form is ULPFEC:
        of_each_frame = min(of_each_frame, 8)
    assert len(seen.fec) == pytest.approx(of_each_frame * 120, rel=0.1, abs=2)
    stats = table.engine.row_stats(row)
    assert (stats.packets, stats.fec_packets) == (packets * 120, len(seen.fec))
    assert table.engine.counters()["fec_sent"] == len(seen.fec)


@forms
def test_protection_is_never_later_than_three_frames_or_100_ms(form):
    for interval, longest in ((20, 3), (33, 3), (66, 2), (200, 1)):
        table, publisher, receiver, _ = protected(form, 10)
        publish_frames(table, publisher, [2] * 100, after=interval * MILLISECOND)
        seen = Seen(receiver.received)
        assert seen.fec
        for each in seen.fec:
            frames = {timestamp_of(seen.media[number]) for number in each.numbers}
            assert len(frames) <= longest


def test_ulpfec_takes_numbers_of_the_stream_and_leaves_no_hole():
    table, publisher, receiver, _ = protected(ULPFEC, 50)
    publish_frames(table, publisher, [4] * 40)
    stream = [packet for packet in receiver.received if ssrc_of(packet) == MEDIA]
    numbers = [sequence_of(packet) for packet in stream]
    assert [(n - numbers[0]) & 0xFFFF for n in numbers] == list(range(len(numbers)))
    assert {packet[1] & 0x7F for packet in stream} == {RED_TYPE}
    inner = {payload_of(packet)[0] for packet in stream}
    assert inner == {120, ULPFEC_TYPE}


def test_an_empty_rtx_packet_doubles_each_ulpfec_packet_so_that_its_loss_leaves_no_hole():
    table, publisher, receiver, _ = protected(ULPFEC, 50)
    publish_frames(table, publisher, [4] * 10)
    seen = Seen(receiver.received)
    assert [payload_of(packet) for packet in seen.rtx] == [n.to_bytes(2, "big") for n in seen.fec_numbers]


def test_ulpfec_comes_behind_frames_and_never_within():
    """A frame's packets keep consecutive numbers: libwebrtc puts it together by them."""
    table, publisher, receiver, _ = protected(ULPFEC, 50)
    publish_frames(table, publisher, [70, 3, 1, 48, 20])
    kinds = [
        "fec" if payload_of(packet)[0] == ULPFEC_TYPE else "end" if packet[1] & 0x80 else "within"
        for packet in receiver.received
        if ssrc_of(packet) == MEDIA
    ]
    assert kinds.count("fec") >= 8 + 1 + 8 + 8
    for kind, after in itertools.pairwise(kinds):
        assert after != "fec" or kind != "within"


def test_flexfec_leaves_the_media_as_it_is():
    table, publisher, receiver, _ = protected(FLEXFEC, 50)
    publish_frames(table, publisher, [4] * 10)
    media = [packet for packet in receiver.received if ssrc_of(packet) == MEDIA]
    fec = [packet for packet in receiver.received if ssrc_of(packet) == FLEX]
    assert len(media) == 40
    assert len(fec) == 20
    assert {packet[1] & 0x7F for packet in media} == {120}
    for stream in (media, fec):
        numbers = [sequence_of(packet) for packet in stream]
        assert [(n - numbers[0]) & 0xFFFF for n in numbers] == list(range(len(numbers)))
    assert {oracle.read_flexfec(payload_of(packet)).ssrc for packet in fec} == {MEDIA}


@forms
def test_every_packet_has_its_own_transport_sequence_number(form):
    table, publisher, receiver, _ = protected(form, 50)
    publish_frames(table, publisher, [4] * 10)
    marks = []
    for packet in receiver.received:
        block = packet[16 : oracle.header_size(packet)]
        assert block[:2] == b"\x109", "the MID"
        marks.append(int.from_bytes(block[7:9], "big"))
    assert [(mark - marks[0]) & 0xFFFF for mark in marks] == list(range(len(marks)))


@forms
def test_flexfec_is_preferred_and_nothing_is_sent_to_who_wants_none(form):
    table, publisher, receiver, _ = protected({**ULPFEC, **FLEXFEC}, 50)
    publish_frames(table, publisher, [4] * 5)
    assert {ssrc_of(packet) for packet in receiver.received} == {MEDIA, FLEX}
    table, publisher, receiver, row = protected({}, 50)
    publish_frames(table, publisher, [4] * 5)
    assert {packet[1] & 0x7F for packet in receiver.received} == {120}
    table, publisher, receiver, row = protected(form, 0)
    publish_frames(table, publisher, [4] * 5)
    assert {packet[1] & 0x7F for packet in receiver.received} == {120}
    assert table.engine.row_stats(row).fec_packets == 0


@forms
def test_protection_is_turned_on_and_off_while_media_flows(form):
    table, publisher, receiver, _ = protected(form, 0)
    following = publish_frames(table, publisher, [3] * 5)
    for dose in (50, 0, 30, 0):
        table.engine.set_protection(receiver.endpoint, fec=dose, red=0)
        following = publish_frames(table, publisher, [3] * 5, first=following, key=False)
    seen = Seen(receiver.received)
    assert len(seen.media) == 75
    assert seen.fec
    for each in seen.fec:
        for lost in each.numbers:
            rest = {number: packet for number, packet in seen.media.items() if number != lost}
            assert oracle.repair([each], rest, MEDIA)[lost] == seen.media[lost]


def test_late_packets_find_their_number_before_the_fec_packet():
    table, publisher, receiver, _ = protected(ULPFEC, 100)
    table.publish(publisher, rtp(1, 0, vp8(b"a", key=True)), rtp(3, 0, vp8(b"c"), marker=True))
    table.publish(publisher, rtp(2, 0, vp8(b"b")), after=MILLISECOND)
    table.publish(publisher, rtp(4, 3000, vp8(b"d"), marker=True), after=FRAME)
    media = {}
    for packet in receiver.received:
        plain = oracle.without_red(packet)
        if plain[1] & 0x7F == 120:
            media[payload_of(plain)[7:]] = sequence_of(packet)
    assert [(media[name] - media[b"a"]) & 0xFFFF for name in (b"a", b"b", b"c")] == [0, 1, 2]
    fec = sum(payload_of(packet)[0] == ULPFEC_TYPE for packet in receiver.received)
    assert fec == 3
    assert (media[b"d"] - media[b"c"]) & 0xFFFF == 3, "two FEC packets lie between"


def test_retransmissions_go_without_red():
    table, publisher, receiver, _ = protected(ULPFEC, 50)
    publish_frames(table, publisher, [4] * 3)
    lost = receiver.received[1]
    before = len(receiver.received)
    table.report(receiver, nack(MEDIA, sequence_of(lost)), after=60 * MILLISECOND)
    [again] = receiver.received[before:]
    assert again[1] & 0x7F == 121
    assert payload_of(again) == lost[2:4] + payload_of(oracle.without_red(lost))


def test_a_lost_fec_packet_is_answered_with_nothing():
    table, publisher, receiver, _ = protected(ULPFEC, 50)
    publish_frames(table, publisher, [4] * 3)
    lost = Seen(receiver.received).fec_numbers[0]
    before = len(receiver.received)
    table.report(receiver, nack(MEDIA, lost), after=60 * MILLISECOND)
    [again] = receiver.received[before:]
    assert payload_of(again) == lost.to_bytes(2, "big")


def test_without_rtx_ulpfec_stays_off_because_a_retransmission_must_repeat_the_octets():
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    track, row = table.video(publisher), table.video_row(receiver, rtx=False, **ULPFEC)
    table.engine.set_source(row, track, 0)
    table.engine.set_protection(receiver.endpoint, fec=50, red=0)
    publish_frames(table, publisher, [4] * 3)
    assert {packet[1] & 0x7F for packet in receiver.received} == {120}


@forms
def test_protection_goes_on_over_a_change_of_source(form):
    table, publisher, receiver, row = protected(form, 50)
    other = table.peer()
    second = table.video(other)
    publish_frames(table, publisher, [3] * 5)
    table.engine.set_source(row, second, 0)
    publish_frames(table, other, [3] * 5, first=900)
    seen = Seen(receiver.received)
    assert len(seen.media) == 30
    for each in seen.fec:
        lost = min(each.numbers)
        rest = {number: packet for number, packet in seen.media.items() if number != lost}
        assert oracle.repair([each], rest, MEDIA)[lost] == seen.media[lost]


@forms
def test_doses_out_of_range_are_refused(form):
    table, _, receiver, _ = protected(form, 0)
    for fec, red in ((-1, 0), (101, 0), (0, 3)):
        with pytest.raises(ValueError):
            table.engine.set_protection(receiver.endpoint, fec=fec, red=red)
