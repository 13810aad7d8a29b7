"""What a receiver gets, packet by packet."""

from hypothesis import given, strategies as st

from _fastpath.engine import EventKind, Profile
from tests.fastpath.table import (
    MILLISECOND,
    Table,
    nack,
    payload_of,
    pli,
    rtp,
    sequence_of,
    ssrc_of,
    timestamp_of,
    vp8,
)
from tests.oracle import row as oracle


def one_to_one(profile: Profile = Profile.AEAD_AES_128_GCM):
    table = Table(profile)
    publisher, receiver = table.peer(), table.peer()
    track, row = table.video(publisher), table.video_row(receiver)
    table.engine.set_source(row, track, 0)
    return table, publisher, receiver, track, row


def test_nothing_is_sent_before_a_keyframe_and_everything_after_it():
    table, publisher, receiver, _, _ = one_to_one()
    table.publish(publisher, rtp(1, 0, vp8(b"a")), rtp(2, 3000, vp8(b"b", key=True)), rtp(3, 6000, vp8(b"c")))
    assert [payload_of(p)[7:] for p in receiver.received] == [b"b", b"c"]
    assert [p[1] & 0x7F for p in receiver.received] == [120, 120]
    assert {ssrc_of(p) for p in receiver.received} == {7000}


def test_both_profiles_carry_media():
    for profile in Profile:
        table, publisher, receiver, _, _ = one_to_one(profile)
        table.publish(publisher, rtp(1, 0, vp8(b"x", key=True)))
        assert len(receiver.received) == 1


def sources():
    """Arrivals of one stream: lost, late, repeated and padding-only packets."""
    step = st.tuples(st.integers(-4, 3), st.booleans())
    return st.lists(step, max_size=60)


@given(start=st.integers(0, 0xFFFF), steps=sources())
def test_rows_agree_with_the_oracle_on_late_lost_repeated_and_padding_packets(start, steps):
    table, publisher, receiver, _, _ = one_to_one()
    arrivals = [(start, vp8(b"first", key=True))]
    position = start
    for jump, empty in steps:
        position = max(start, position + jump)
        arrivals.append((position, b"" if empty else vp8(b"%d" % position)))
    known: dict[int, bytes] = {}
    arrivals = [(s, known.setdefault(s, payload)) for s, payload in arrivals]  # a number has one content
    for sequence, payload in arrivals:
        table.publish(
            publisher, rtp(sequence, sequence * 10, payload, padding=0 if payload else 5), after=MILLISECOND
        )
    expected = oracle.forwarded(arrivals)
    base = sequence_of(receiver.received[0]) - start
    got = {}
    for packet in receiver.received:
        number = start + ((sequence_of(packet) - base - start) & 0xFFFF)
        assert number not in got, "sent twice"
        got[number] = payload_of(packet)[7:]
    assert got == {number: payload[7:] for number, payload in expected.items()}


@given(start=st.integers(0, 0xFFFF), gaps=st.lists(st.integers(1, 6), min_size=1, max_size=20))
def test_exactly_the_missing_packets_are_asked_for(start, gaps):
    table, publisher, _, _, _ = one_to_one()
    arrivals = [start]
    for gap in gaps:
        arrivals.append(arrivals[-1] + gap)
    table.publish(publisher, *[rtp(s, s, vp8(b"x", key=s == start)) for s in arrivals])
    table.step(after=11 * MILLISECOND)
    asked = set()
    for packet in publisher.control:
        if packet[:2] != b"\x81\xcd":
            continue
        for at in range(12, len(packet), 4):
            first, mask = (
                int.from_bytes(packet[at : at + 2], "big"),
                int.from_bytes(packet[at + 2 : at + 4], "big"),
            )
            asked |= {first} | {(first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1}
    assert asked == {s & 0xFFFF for s in oracle.missing(arrivals)}


def test_a_change_of_source_goes_on_in_one_stream():
    table = Table()
    first, second, receiver = table.peer(), table.peer(), table.peer()
    one, two = table.video(first), table.video(second)
    row = table.video_row(receiver)
    table.engine.set_source(row, one, 0)
    table.publish(first, rtp(10, 1_000, vp8(b"a", key=True, picture=500, tl0=7)))
    table.publish(first, rtp(11, 4_000, vp8(b"b", picture=501, tl0=8)), after=33 * MILLISECOND)
    last = receiver.received[-1]
    floor = (timestamp_of(last) + 9_000) & 0xFFFFFFFF
    table.engine.set_source(row, two, 0, floor)
    table.publish(first, rtp(12, 7_000, vp8(b"c", picture=502)), after=33 * MILLISECOND)
    table.publish(second, rtp(900, 77, vp8(b"d", picture=3, tl0=1)))
    assert receiver.received[-1] is last, "the old picture stops at once, the new one waits for its keyframe"
    table.publish(second, rtp(901, 3_077, vp8(b"e", key=True, picture=4, tl0=2)), after=33 * MILLISECOND)
    packet = receiver.received[-1]
    assert sequence_of(packet) == (sequence_of(last) + 1) & 0xFFFF
    assert timestamp_of(packet) == floor
    assert int.from_bytes(payload_of(packet)[2:4], "big") == int.from_bytes(payload_of(last)[2:4], "big") + 1
    assert payload_of(packet)[4] == payload_of(last)[4] + 1
    switched = [e for e in table.engine.poll() if e.kind == EventKind.SWITCHED]
    assert (switched[-1].row, switched[-1].track, switched[-1].value) == (row, two, floor)


def test_a_closed_gate_lets_nothing_through_and_an_open_one_starts_with_a_keyframe():
    table, publisher, receiver, track, _ = one_to_one()
    table.publish(publisher, rtp(1, 0, vp8(b"a", key=True)))
    number = table.engine.set_gate(track, False)
    table.publish(publisher, rtp(2, 3_000, vp8(b"b")))
    assert [e.value for e in table.engine.poll() if e.kind == EventKind.ACK] == [number]
    table.engine.set_gate(track, True)
    table.publish(publisher, rtp(3, 6_000, vp8(b"c")), after=MILLISECOND)
    table.publish(publisher, rtp(4, 9_000, vp8(b"d", key=True)), after=MILLISECOND)
    assert [payload_of(p)[7:] for p in receiver.received] == [b"a", b"d"]
    assert sequence_of(receiver.received[1]) - sequence_of(receiver.received[0]) in (1, -65535)
    assert any(p[:2] == b"\x81\xce" for p in publisher.control), "a keyframe is asked for"


def test_a_nack_is_answered_by_rtx_once_per_round_trip():
    table, publisher, receiver, _, _ = one_to_one()
    table.publish(publisher, rtp(1, 0, vp8(b"lost", key=True)))
    lost = sequence_of(receiver.received[0])
    table.report(receiver, nack(7000, lost), after=60 * MILLISECOND)
    table.report(receiver, nack(7000, lost), after=5 * MILLISECOND)
    assert len(receiver.received) == 2
    again = receiver.received[1]
    assert (ssrc_of(again), again[1] & 0x7F) == (7001, 121)
    assert int.from_bytes(payload_of(again)[:2], "big") == lost
    assert payload_of(again)[2:] == payload_of(receiver.received[0])


def test_audio_is_retransmitted_byte_for_byte():
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    track, row = table.audio(publisher), table.audio_row(receiver)
    table.engine.set_source(row, track, 0)
    del table.peers[receiver.address]  # nothing arrives: the datagrams themselves are compared
    packet = rtp(5, 960, b"word", payload_type=111, mid=b"0", ssrc=2000)
    first = [d for d, address in table.publish(publisher, packet) if address == receiver.address]
    lost = sequence_of(first[0])
    again = table.report(receiver, nack(8000, lost), after=60 * MILLISECOND)
    assert first == [d for d, address in again if address == receiver.address and d[1] == first[0][1]]


def test_a_publishers_retransmission_fills_the_hole():
    table, publisher, receiver, _, _ = one_to_one()
    table.publish(publisher, rtp(1, 0, vp8(b"a", key=True)), rtp(3, 6000, vp8(b"c")))
    late = rtp(500, 3000, (2).to_bytes(2, "big") + vp8(b"b"), payload_type=97, ssrc=1001)
    table.publish(publisher, late, after=60 * MILLISECOND)
    order = sorted(receiver.received, key=sequence_of)
    assert [payload_of(p)[7:] for p in order] == [b"a", b"b", b"c"]


def test_receivers_share_one_keyframe_request():
    table = Table()
    publisher = table.peer()
    track = table.video(publisher)
    receivers = [table.peer() for _ in range(5)]
    for receiver in receivers:
        table.engine.set_source(table.video_row(receiver), track, 0)
    table.publish(publisher, rtp(1, 0, vp8(b"a")))
    for receiver in receivers:
        table.report(receiver, pli(7000), after=MILLISECOND)
    assert sum(p[:2] == b"\x81\xce" for p in publisher.control) == 1


def test_a_keyframe_whose_first_packet_comes_late_is_complete():
    table, publisher, receiver, _, _ = one_to_one()
    table.publish(publisher, rtp(1, 0, vp8(b"a")))
    table.publish(publisher, rtp(3, 3000, b"\x80\xe0\x80\x00\x00\x00rest"), rtp(4, 6000, vp8(b"next")))
    table.publish(publisher, rtp(2, 3000, vp8(b"start", key=True)), after=20 * MILLISECOND)
    assert len(receiver.received) == 3
    assert [sequence_of(p) - sequence_of(receiver.received[0]) for p in receiver.received] == [0, 1, 2]


def test_what_nobody_can_decode_is_said_and_not_sent():
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    track, row = table.audio(publisher), table.audio_row(receiver)
    table.engine.set_payload_types(publisher.endpoint, [])
    table.engine.set_source(row, track, 0)
    table.publish(publisher, rtp(5, 960, b"x", payload_type=111, mid=b"0", ssrc=2000))
    assert receiver.received == []
    assert table.engine.counters()["drop_payload_type"] == 1


def test_a_hole_that_a_former_source_left_is_filled_with_nothing():
    table = Table()
    first, second, receiver = table.peer(), table.peer(), table.peer()
    one, two = table.video(first), table.video(second)
    row = table.video_row(receiver)
    table.engine.set_source(row, one, 0)
    table.publish(first, rtp(10, 0, vp8(b"a", key=True)), rtp(12, 3000, vp8(b"c")))
    table.engine.set_source(row, two, 0)
    table.publish(second, rtp(70, 0, vp8(b"d", key=True)), after=50 * MILLISECOND)
    hole = (sequence_of(receiver.received[0]) + 1) & 0xFFFF
    table.report(receiver, nack(7000, hole), after=60 * MILLISECOND)
    answer = receiver.received[-1]
    assert ssrc_of(answer) == 7001
    assert payload_of(answer) == hole.to_bytes(2, "big")


def test_nothing_new_is_sent_under_an_old_number_when_a_publisher_starts_anew():
    """Without RTX a retransmission has the nonce of the packet: other octets under it would give the key away."""
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    track, row = table.audio(publisher), table.audio_row(receiver)
    table.engine.set_source(row, track, 0)
    table.publish(publisher, rtp(5, 960, b"word", payload_type=111, mid=b"0", ssrc=2000))
    old = sequence_of(receiver.received[0])
    table.publish(
        publisher, rtp(5, 960, b"else", payload_type=111, mid=b"0", ssrc=2001), after=20 * MILLISECOND
    )
    del table.peers[receiver.address]
    again = table.report(receiver, nack(8000, old), after=60 * MILLISECOND)
    assert [d for d, address in again if address == receiver.address and not 192 <= d[1] <= 223] == []
