"""Redundant audio: what receivers get where it is on, and what a publisher's RED turns into."""

import pytest
from hypothesis import given, settings, strategies as st

from _fastpath.engine import Codec, Datagram, PayloadType
from tests.fastpath.strategies import damaged, every_cut, untimed
from tests.fastpath.table import (
    MILLISECOND,
    TYPES,
    Peer,
    Table,
    nack,
    payload_of,
    rtp,
    sequence_of,
    ssrc_of,
    timestamp_of,
)
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import fuzz_red
from tests.oracle import red as oracle

OPUS, RED = 111, 63
SENT_OPUS, SENT_RED = 109, 63
FRAME = 960


def listening(distance: int = 0, red: int = SENT_RED) -> tuple[Table, Peer, Peer]:
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    row = table.audio_row(receiver, red=red)
    table.engine.set_source(row, table.audio(publisher), 0)
    table.engine.set_protection(receiver.endpoint, fec=0, red=distance)
    return table, publisher, receiver


def opus(sequence: int, payload: bytes, timestamp: int | None = None) -> bytes:
    at = sequence * FRAME if timestamp is None else timestamp
    return rtp(sequence, at, payload, payload_type=OPUS, mid=b"0", ssrc=2000)


def doubled(sequence: int, *blocks: oracle.Block) -> bytes:
    return rtp(sequence, sequence * FRAME, oracle.write([*blocks]), payload_type=RED, mid=b"0", ssrc=2000)


def kind_of(packet: bytes) -> int:
    return packet[1] & 0x7F


def header_size(packet: bytes) -> int:
    return len(packet) - len(payload_of(packet))


@untimed
@given(damaged("red"))
def test_the_reader_agrees_with_its_twin(data: bytes) -> None:
    fuzz_red(data)


@pytest.mark.parametrize("data", SEEDS["red"])
def test_the_reader_agrees_with_its_twin_at_every_cut(data: bytes) -> None:
    for piece in every_cut(data):
        fuzz_red(piece)


@pytest.mark.parametrize("distance", [1, 2])
def test_each_packet_repeats_what_came_before_it(distance: int) -> None:
    table, publisher, receiver = listening(distance)
    words = [b"zero", b"first", b"second", b"third"]
    for number, word in enumerate(words):
        table.publish(publisher, opus(number, word), after=20 * MILLISECOND)
    assert [kind_of(p) for p in receiver.received] == [SENT_OPUS, SENT_RED, SENT_RED, SENT_RED]
    assert oracle.parse(payload_of(receiver.received[3])) == [
        *[(SENT_OPUS, FRAME * back, words[3 - back]) for back in range(distance, 0, -1)],
        (SENT_OPUS, 0, b"third"),
    ]


def test_it_begins_and_ends_from_one_packet_to_the_next() -> None:
    table, publisher, receiver = listening(0)
    kinds = []
    for number, distance in enumerate([0, 1, 1, 0, 2, 0]):
        table.engine.set_protection(receiver.endpoint, fec=0, red=distance)
        table.publish(publisher, opus(number, b"word"), after=20 * MILLISECOND)
        kinds.append(kind_of(receiver.received[-1]))
    assert kinds == [SENT_OPUS, SENT_RED, SENT_RED, SENT_OPUS, SENT_RED, SENT_OPUS]
    numbers = [sequence_of(p) - sequence_of(receiver.received[0]) & 0xFFFF for p in receiver.received]
    assert numbers == [0, 1, 2, 3, 4, 5]


def test_a_receiver_that_takes_no_red_gets_plain_opus() -> None:
    table, publisher, receiver = listening(2, red=-1)
    table.publish(publisher, *[opus(number, b"word") for number in range(4)])
    assert [payload_of(p) for p in receiver.received] == [b"word"] * 4


def talk() -> st.SearchStrategy[list[tuple[int, int, bytes]]]:
    """(numbers left out before it, timestamp step, payload): losses, DTX, pauses and packets of all sizes."""
    size = st.sampled_from([0, 1, 2, 3, 40, 160, 600, 1023, 1024])
    steps = st.sampled_from([FRAME, FRAME, FRAME, 2880, 5760, 5761, 19_200, 0])
    packet = st.tuples(st.sampled_from([0, 0, 0, 1, 3]), steps, size)
    return st.lists(packet, max_size=30).map(
        lambda items: [(gap, step, bytes([n]) * size) for n, (gap, step, size) in enumerate(items)]
    )


@settings(deadline=None)
@given(start=st.integers(0, 0xFFFF), distance=st.sampled_from([1, 2]), steps=talk())
def test_rows_agree_with_the_oracle(start: int, distance: int, steps: list[tuple[int, int, bytes]]) -> None:
    table, publisher, receiver = listening(distance)
    stored: dict[int, tuple[int, bytes]] = {}
    sequence, timestamp = start, 0
    for gap, step, payload in [(0, 0, b"begin"), *steps]:
        sequence += gap + 1
        timestamp += step * (gap + 1)
        count = len(receiver.received)
        table.publish(publisher, opus(sequence, payload, timestamp), after=20 * MILLISECOND)
        if not payload:
            continue  # padding only: nobody gets it
        stored[sequence] = (timestamp, payload)
        assert len(receiver.received) == count + 1
        packet = receiver.received[-1]
        expected = oracle.repeated(stored, sequence, distance, header_size(packet))
        if not expected:
            assert (kind_of(packet), payload_of(packet)) == (SENT_OPUS, payload)
            continue
        blocks = [(SENT_OPUS, offset, data) for offset, data in expected]
        assert (kind_of(packet), oracle.parse(payload_of(packet))) == (
            SENT_RED,
            [*blocks, (SENT_OPUS, 0, payload)],
        )


def test_nothing_of_a_former_source_is_repeated() -> None:
    table = Table()
    first, second, receiver = table.peer(), table.peer(), table.peer()
    one, two = table.audio(first), table.audio(second)
    row = table.audio_row(receiver, red=SENT_RED)
    table.engine.set_protection(receiver.endpoint, fec=0, red=2)
    table.engine.set_source(row, one, 0)
    table.publish(first, opus(1, b"hers"))
    table.publish(second, opus(1, b"his, unheard"))
    table.engine.set_source(row, two, 0)
    table.publish(second, opus(2, b"his"), after=20 * MILLISECOND)
    assert payload_of(receiver.received[-1]) == b"his"


def media(out: list[Datagram], receiver: Peer) -> list[bytes]:
    return [data for data, address in out if address == receiver.address and not 192 <= data[1] <= 223]


def resent(table: Table, receiver: Peer, number: int) -> list[bytes]:
    return media(table.report(receiver, nack(8000, number), after=60 * MILLISECOND), receiver)


@pytest.mark.parametrize("later", [0, 1, 2])
def test_a_retransmission_is_the_same_red_whatever_is_sent_now(later: int) -> None:
    table, publisher, receiver = listening(2)
    datagrams = []
    for number in range(3):
        out = table.publish(publisher, opus(number, b"word%d" % number), after=20 * MILLISECOND)
        datagrams += media(out, receiver)
    table.engine.set_protection(receiver.endpoint, fec=0, red=later)
    del table.peers[receiver.address]  # repeated on purpose: the datagrams themselves are compared
    numbers = [sequence_of(p) for p in receiver.received]
    assert [resent(table, receiver, number) for number in numbers] == [[data] for data in datagrams]


def test_a_retransmission_whose_repeats_are_gone_is_refused() -> None:
    """The history holds 32 kB; between the two its oldest packet is overwritten."""
    table, publisher, receiver = listening(1)
    for number in range(2):
        table.publish(publisher, opus(number, b"%04d" % number + bytes(500)), after=20 * MILLISECOND)
    plain, red = [sequence_of(p) for p in receiver.received]
    del table.peers[receiver.address]  # repeated on purpose
    answers = []
    for number in range(2, 80):
        table.publish(publisher, opus(number, b"%04d" % number + bytes(500)))
        if number >= 55:
            answers.append((len(resent(table, receiver, plain)), len(resent(table, receiver, red))))
    assert answers[0] == (1, 1)
    assert (0, 1) not in answers
    assert answers[-1] == (0, 0)


def test_a_late_packet_of_the_publisher_is_not_in_what_was_sent_before_it() -> None:
    table, publisher, receiver = listening(2)
    table.publish(publisher, opus(1, b"one!"), opus(3, b"three"))
    table.publish(publisher, opus(2, b"two!"), after=15 * MILLISECOND)
    kinds = {payload_of(p)[-4:]: kind_of(p) for p in receiver.received}
    assert kinds == {b"one!": SENT_OPUS, b"hree": SENT_OPUS, b"two!": SENT_RED}
    number = sequence_of(receiver.received[1])
    size = len(receiver.received[1]) + 16
    del table.peers[receiver.address]
    [again] = resent(table, receiver, number)
    assert len(again) == size, "still plain, although its predecessor is there by now"


# --- from publishers


def test_red_of_a_publisher_goes_on_as_plain_opus() -> None:
    table, publisher, receiver = listening()
    table.publish(publisher, opus(1, b"one"))
    table.publish(publisher, doubled(2, (OPUS, FRAME, b"one"), (OPUS, 0, b"two")))
    assert [(kind_of(p), payload_of(p)) for p in receiver.received] == [
        (SENT_OPUS, b"one"),
        (SENT_OPUS, b"two"),
    ]


@pytest.mark.parametrize("lost", [1, 2])
def test_red_fills_what_was_lost_in_its_order_before_anybody_asks(lost: int) -> None:
    table, publisher, receiver = listening()
    table.publish(publisher, opus(1, b"word1"))
    now = 2 + lost
    earlier = [(OPUS, FRAME * back, b"word%d" % (now - back)) for back in (2, 1)]
    table.publish(publisher, doubled(now, *earlier, (OPUS, 0, b"word%d" % now)))
    table.step(after=50 * MILLISECOND)
    assert [payload_of(p) for p in receiver.received] == [b"word%d" % n for n in range(1, now + 1)]
    assert [sequence_of(p) - sequence_of(receiver.received[0]) & 0xFFFF for p in receiver.received] == list(
        range(now)
    )
    assert {timestamp_of(p) - sequence_of(p) * FRAME & 0xFFFFFFFF for p in receiver.received} == {
        timestamp_of(receiver.received[0]) - sequence_of(receiver.received[0]) * FRAME & 0xFFFFFFFF
    }
    assert not any(p[1] == 205 for p in publisher.control), "nothing to ask for"
    assert table.engine.counters()["red_recovered"] == lost


def test_red_that_comes_late_fills_an_older_gap() -> None:
    table, publisher, receiver = listening()
    table.publish(publisher, opus(1, b"word1"), opus(4, b"word4"))
    table.publish(publisher, doubled(3, (OPUS, FRAME, b"word2"), (OPUS, 0, b"word3")), after=MILLISECOND)
    first = sequence_of(receiver.received[0])
    got = {sequence_of(p) - first & 0xFFFF: payload_of(p) for p in receiver.received}
    assert got == {0: b"word1", 1: b"word2", 2: b"word3", 3: b"word4"}


def test_a_block_whose_time_does_not_fit_the_gap_is_left_alone() -> None:
    table, publisher, receiver = listening()
    table.publish(publisher, opus(1, b"one"))
    table.publish(publisher, doubled(3, (OPUS, 3 * FRAME, b"old"), (OPUS, 0, b"three")))
    assert [payload_of(p) for p in receiver.received] == [b"one", b"three"]


@pytest.mark.parametrize(
    ("payload", "counter"),
    [
        (b"", "drop_padding"),
        (b"\xef\x00", "drop_rtp_malformed"),
        (b"\xef\x0f\x00\x0a\x6fshort", "drop_rtp_malformed"),
        (oracle.write([(OPUS, FRAME, b"x"), (OPUS, 0, b"")]), "drop_rtp_malformed"),
        (oracle.write([(OPUS, FRAME, b"x"), (RED, 0, b"y")]), "drop_payload_type"),
        (oracle.write([(OPUS, FRAME, b"x"), (77, 0, b"y")]), "drop_payload_type"),
    ],
)
def test_red_that_is_malformed_or_unknown_is_dropped_and_counted(payload: bytes, counter: str) -> None:
    table, publisher, receiver = listening()
    table.publish(publisher, opus(1, b"one"))
    padding = 0 if payload else 9
    packet = rtp(2, 2 * FRAME, payload, payload_type=RED, mid=b"0", ssrc=2000, padding=padding)
    table.publish(publisher, packet)
    assert [payload_of(p) for p in receiver.received] == [b"one"]
    assert table.engine.counters()[counter] == 1


@settings(deadline=None)
@given(st.lists(damaged("red"), max_size=8))
def test_whatever_publishers_put_into_red_audio_goes_on(payloads: list[bytes]) -> None:
    table, publisher, receiver = listening(2)
    packets = [
        rtp(number, number * FRAME, payload, payload_type=RED, mid=b"0", ssrc=2000)
        for number, payload in enumerate(payloads, 10)
    ]
    table.publish(publisher, opus(1, b"begin"), *packets, opus(30, b"end"))
    assert payload_of(receiver.received[-1]) == b"end"
    assert len({sequence_of(p) for p in receiver.received}) == len(receiver.received)


def test_a_batch_of_red_that_brings_back_more_than_a_batch() -> None:
    table, publisher, receiver = listening()
    table.publish(publisher, opus(0, b"begin"))
    packets = []
    for number in range(5, 5 * 64 + 1, 5):
        earlier = [(OPUS, FRAME * back, b"%04d" % (number - back)) for back in (4, 3, 2, 1)]
        packets.append(doubled(number, *earlier, (OPUS, 0, b"%04d" % number)))
    table.publish(publisher, *packets)
    assert [payload_of(p) for p in receiver.received[1:]] == [b"%04d" % n for n in range(1, 5 * 64 + 1)]


# --- the other codecs

TELEPHONE = [
    PayloadType(9, Codec.G722, 8000),
    PayloadType(0, Codec.PCMU, 8000),
    PayloadType(8, Codec.PCMA, 8000),
]


@pytest.mark.parametrize(
    ("codec", "number", "size"),
    [(Codec.G722, 9, 160), (Codec.PCMU, 0, 160), (Codec.PCMA, 8, 160), (Codec.PCMU, 0, 480)],
)
def test_telephone_codecs_go_through_as_they_are(codec: Codec, number: int, size: int) -> None:
    table, publisher, receiver = listening(2)
    table.engine.set_payload_types(publisher.endpoint, TELEPHONE)
    for each in range(3):
        payload = bytes([each]) * size
        packet = rtp(each, each * 160, payload, payload_type=number, mid=b"0", ssrc=2000, level=30)
        table.publish(publisher, packet, after=20 * MILLISECOND)
    assert [payload_of(p) for p in receiver.received] == [bytes([n]) * size for n in range(3)]
    assert {(kind_of(p), ssrc_of(p)) for p in receiver.received} == {(number, 8000)}
    [(track, level)] = table.engine.audio_levels()
    assert level < 127
    stats = table.engine.layer_stats(track, 0)
    assert stats
    assert stats.codec == codec
    lost = sequence_of(receiver.received[1])
    del table.peers[receiver.address]
    assert len(resent(table, receiver, lost)) == 1


def test_a_change_of_codec_starts_a_new_source_and_nothing_old_is_resent_as_it() -> None:
    table, publisher, receiver = listening(2)
    table.engine.set_payload_types(publisher.endpoint, [*TYPES, *TELEPHONE])
    table.publish(publisher, opus(1, b"opus"))
    lost = sequence_of(receiver.received[0])
    table.publish(
        publisher, rtp(2, 2000, bytes(160), payload_type=0, mid=b"0", ssrc=2000), after=20 * MILLISECOND
    )
    assert kind_of(receiver.received[-1]) == 0
    assert resent(table, receiver, lost) == []
