"""A publisher with ULPFEC: RED is taken off, lost packets come back, FEC packets go no further."""

from hypothesis import given, settings, strategies as st

from tests.fastpath.table import MILLISECOND, TYPES, Table, nack, payload_of, pli, rtp, sequence_of, vp8
from tests.oracle import fec as oracle

RED, RED_RTX, ULPFEC, VP8 = 98, 99, 100, 96
MUTABLE = (2, 3)
MEDIA = [bytes([entry.number]) for entry in TYPES if entry.number != VP8]


def call():
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    row = table.video_row(receiver)
    table.engine.set_source(row, table.video(publisher), 0)
    return table, publisher, receiver


def media(sequence: int, *, key: bool = False, marker: bool = False) -> bytes:
    content = b"%d" % sequence * (1 + sequence % 5)
    return rtp(sequence, 3000 * (sequence // 4), vp8(content, key=key), marker=marker)


def in_red(packet: bytes, kind: int = RED) -> bytes:
    at = oracle.header_size(packet)
    head = bytes([packet[0], packet[1] & 0x80 | kind]) + packet[2:at]
    return head + bytes([packet[1] & 0x7F]) + packet[at:]


def parity(sequence: int, packets: list[bytes]) -> bytes:
    sums = oracle.total({sequence_of(p): oracle.settled(p, MUTABLE) for p in packets})
    return in_red(rtp(sequence, 0, oracle.write_ulpfec(sums), payload_type=ULPFEC))


def body(packet: bytes) -> bytes:
    """The payload behind picture id and TL0PICIDX, which are the Row's own."""
    return payload_of(packet)[5:]


def asked_for(publisher) -> bool:
    return any(packet[:2] == b"\x81\xcd" for packet in publisher.control)


def test_red_is_taken_off():
    table, publisher, receiver = call()
    table.publish(publisher, *[in_red(media(n, key=n == 1)) for n in range(1, 4)])
    assert [body(p) for p in receiver.received] == [body(media(n, key=n == 1)) for n in range(1, 4)]
    assert {p[1] & 0x7F for p in receiver.received} == {120}


@given(lost=st.integers(2, 9), loner=st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_lost_packet_comes_back_before_it_is_asked_for(lost, loner):
    table, publisher, receiver = call()
    packets = [media(n, key=n == 1, marker=n % 4 == 3) for n in range(1, 10)]
    sent = [in_red(packet) for packet in packets if sequence_of(packet) != lost]
    repair = parity(10, packets[lost - 1 : lost] if loner else packets)
    table.publish(publisher, *sent, repair)
    table.step(after=30 * MILLISECOND)
    base = sequence_of(receiver.received[0])
    order = sorted(receiver.received, key=lambda p: (sequence_of(p) - base) & 0xFFFF)
    assert list(map(body, order)) == list(map(body, packets))
    assert not asked_for(publisher)
    assert table.engine.counters()["fec_recovered"] == 1


def test_fec_packets_leave_no_hole():
    table, publisher, receiver = call()
    packets = [media(n, key=n == 1) for n in (1, 2, 4, 5)]
    first, second = packets[:2], packets[2:]
    table.publish(publisher, *map(in_red, first), parity(3, first), *map(in_red, second), parity(6, second))
    numbers = [sequence_of(p) for p in receiver.received]
    assert [(n - numbers[0]) & 0xFFFF for n in numbers] == [0, 1, 2, 3]


def test_what_fec_brought_back_can_be_retransmitted():
    table, publisher, receiver = call()
    packets = [media(n, key=n == 1) for n in range(1, 5)]
    table.publish(publisher, *[in_red(p) for p in packets if sequence_of(p) != 3], parity(5, packets))
    recovered = next(p for p in receiver.received if body(p) == body(packets[2]))
    table.report(receiver, nack(7000, sequence_of(recovered)), after=100 * MILLISECOND)
    assert payload_of(receiver.received[-1])[7:] == body(packets[2])


def test_two_lost_packets_are_asked_for():
    table, publisher, receiver = call()
    packets = [media(n, key=n == 1) for n in range(1, 6)]
    table.publish(
        publisher, *[in_red(p) for p in packets if sequence_of(p) not in (2, 4)], parity(6, packets)
    )
    table.step(after=11 * MILLISECOND)
    assert len(receiver.received) == 3
    assert asked_for(publisher)


def test_retransmissions_of_red_are_understood_and_not_summed():
    table, publisher, receiver = call()
    packets = [media(n, key=n == 1) for n in range(1, 5)]
    table.publish(publisher, *[in_red(p) for p in packets if sequence_of(p) not in (2, 4)])
    inner = in_red(packets[1])
    at = oracle.header_size(inner)
    again = rtp(77, 0, (2).to_bytes(2, "big") + inner[at:], payload_type=RED_RTX, ssrc=1001, mid=b"")
    table.publish(publisher, rtp(76, 0, b"", payload_type=RED_RTX, ssrc=1001, padding=4), again)
    assert body(packets[1]) in map(body, receiver.received)
    table.publish(publisher, parity(5, packets))
    assert body(packets[3]) not in map(body, receiver.received), "the sum was over another header"
    assert len(receiver.received) == 3


@given(st.binary(max_size=60).filter(lambda octets: octets[:1] not in MEDIA), st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_noise_in_red_harms_nobody(first, second):
    table, publisher, receiver = call()
    table.publish(publisher, in_red(media(1, key=True)), in_red(media(3)))
    table.publish(publisher, rtp(4, 0, first, payload_type=RED))
    table.publish(publisher, rtp(5, 0, bytes([ULPFEC]) + second, payload_type=RED))
    table.publish(publisher, in_red(media(6)))
    assert body(media(6)) in map(body, receiver.received)
    table.report(receiver, pli(7000))
