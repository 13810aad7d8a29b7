"""What leaves for one receiver, and when."""

from tests.fastpath.table import MILLISECOND, Table, nack, rtp, sequence_of, ssrc_of, timestamp_of, vp8

QUANTUM = MILLISECOND // 4
BURST = 8
VIDEO, RTX, AUDIO = 7000, 7001, 8000


def scene():
    """A publisher with camera and microphone, a receiver of both."""
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    camera, microphone = table.video(publisher), table.audio(publisher)
    row, ear = table.video_row(receiver), table.audio_row(receiver)
    table.engine.set_source(row, camera, 0)
    table.engine.set_source(ear, microphone, 0)
    return table, publisher, receiver, row


def frame(first: int, count: int, timestamp: int = 0, *, key: bool = True) -> list[bytes]:
    heads = [vp8(b"x" * 900, key=key), *[b"\x80\xe0\x80\x00\x00\x00" + b"y" * 900] * (count - 1)]
    return [rtp(first + i, timestamp, head, ssrc=1000, marker=i == count - 1) for i, head in enumerate(heads)]


def voice(sequence: int) -> bytes:
    return rtp(sequence, sequence * 960, b"z" * 60, payload_type=111, ssrc=2000, mid=b"0")


def test_a_keyframe_leaves_in_bursts_of_eight():
    table, publisher, receiver, _ = scene()
    table.publish(publisher, *frame(1, 30))
    sizes = [len(receiver.received)]
    while len(receiver.received) < 30:
        table.step(after=QUANTUM)
        sizes.append(len(receiver.received))
    assert sizes == [8, 16, 24, 30]
    numbers = [sequence_of(packet) for packet in receiver.received]
    assert numbers == [(numbers[0] + i) & 0xFFFF for i in range(30)]


def test_the_engine_says_when_the_rest_is_due():
    table, publisher, _, _ = scene()
    table.publish(publisher, *frame(1, 30))
    assert table.engine.next_timer() == table.now + QUANTUM


def test_audio_passes_video_that_waits():
    table, publisher, receiver, _ = scene()
    table.publish(publisher, *frame(1, 30))
    table.publish(publisher, voice(1), after=QUANTUM // 5)
    assert [ssrc_of(packet) for packet in receiver.received[BURST:]] == [AUDIO]


def test_retransmissions_pass_video_that_waits():
    table, publisher, receiver, _ = scene()
    table.publish(publisher, *frame(1, 30))
    lost = sequence_of(receiver.received[0])
    table.report(receiver, nack(VIDEO, lost), after=QUANTUM // 5)
    assert len(receiver.received) == BURST
    table.step(after=QUANTUM)
    assert [ssrc_of(packet) for packet in receiver.received[BURST:]] == [RTX] + [VIDEO] * (BURST - 1)


def test_what_waits_of_a_former_source_is_not_sent():
    table, publisher, receiver, row = scene()
    other = table.peer()
    elsewhere = table.video(other)
    table.publish(publisher, *frame(1, 30, timestamp=90000))
    table.engine.set_source(row, elsewhere, 0)
    table.publish(other, *frame(500, 3, timestamp=5000), after=QUANTUM)
    for _ in range(5):
        table.step(after=QUANTUM)
    numbers = [sequence_of(packet) for packet in receiver.received]
    assert numbers == [(numbers[0] + i) & 0xFFFF for i in range(BURST + 3)]
    assert len({timestamp_of(packet) for packet in receiver.received}) == 2


def test_what_waits_behind_a_closed_gate_is_not_sent():
    table, publisher, receiver, row = scene()
    table.publish(publisher, *frame(1, 30))
    table.engine.set_gate(table.engine.row_stats(row).track, False)
    for _ in range(5):
        table.step(after=QUANTUM)
    assert len(receiver.received) == BURST


def test_a_row_that_goes_away_takes_what_waits_with_it():
    table, publisher, receiver, row = scene()
    table.publish(publisher, *frame(1, 30))
    table.engine.remove_row(row)
    table.step(after=QUANTUM)
    table.engine.remove_endpoint(receiver.endpoint)
    table.step(after=QUANTUM)
    assert len(receiver.received) == BURST
    assert table.engine.counters()["paced_packets"] == 30 - BURST


def test_more_than_can_wait_ends_in_a_keyframe():
    table, publisher, receiver, _ = scene()
    for burst in range(12):
        table.publish(publisher, *frame(1 + 60 * burst, 60, timestamp=3000 * burst, key=burst == 0))
    counters = table.engine.counters()
    assert counters["drop_pacer"] >= 1
    before = len(receiver.received)
    asked = [packet for packet in publisher.control if packet[1] == 206]
    table.publish(publisher, *frame(5000, 3, timestamp=90000), after=1000 * MILLISECOND)
    assert len(receiver.received) == before + 3
    assert asked
