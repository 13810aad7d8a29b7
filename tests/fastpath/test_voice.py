"""Voices: when one is told, how levels rise and sink, and where a receiver that takes one up begins."""

import itertools

import pytest

from _fastpath.engine import Event, EventKind
from tests.fastpath.table import MILLISECOND, Peer, Table, payload_of, rtp, sequence_of, timestamp_of

FRAME = 960
STEP = 20 * MILLISECOND
QUIET, LOUD = 80, 25


class Talk:
    """Somebody with a microphone: a packet every 20 ms."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.peer = table.peer()
        self.track = table.audio(self.peer)
        self.number = 0
        self.timestamp = 0

    def say(self, packets: int, level: int | None = LOUD) -> None:
        for _ in range(packets):
            self.number += 1
            self.timestamp += FRAME
            packet = rtp(
                self.number,
                self.timestamp,
                b"%04d" % self.number,
                payload_type=111,
                mid=b"0",
                ssrc=2000,
                level=level,
            )
            self.table.publish(self.peer, packet, after=STEP)

    def pause(self, frames: int) -> None:
        """DTX: time passes, no packets."""
        self.timestamp += FRAME * frames
        self.table.step(after=STEP * frames)


def voices(table: Table) -> list[Event]:
    return [event for event in table.engine.poll() if event.kind == EventKind.VOICE]


def listener(table: Table) -> tuple[Peer, int]:
    peer = table.peer()
    return peer, table.audio_row(peer)


def heard(peer: Peer) -> list[int]:
    return [int(payload_of(packet)) for packet in peer.received]


def test_a_voice_is_told_within_60_ms() -> None:
    table = Table()
    talk = Talk(table)
    talk.say(20, QUIET)
    assert voices(table) == []
    talk.say(1)
    assert voices(table) == []
    talk.say(2)
    [event] = voices(table)
    assert (event.endpoint, event.track) == (talk.peer.endpoint, talk.track)
    assert LOUD <= event.value <= 45


def test_one_event_a_sentence_and_at_most_two_a_second() -> None:
    table = Table()
    talk = Talk(table)
    talk.say(100)
    assert len(voices(table)) == 1
    for _ in range(5):
        talk.say(40, QUIET)
        talk.say(10)
    assert 1 < len(voices(table)) <= 10


@pytest.mark.parametrize("level", [None, QUIET, 50])
def test_noise_and_packets_without_level_are_no_voice(level: int | None) -> None:
    table = Table()
    Talk(table).say(100, level)
    assert voices(table) == []


def test_a_click_is_no_voice() -> None:
    table = Table()
    talk = Talk(table)
    for _ in range(5):
        talk.say(1, 20)
        talk.say(60, QUIET)
    assert voices(table) == []


def level(talk: Talk) -> int:
    return dict(talk.table.engine.audio_levels()).get(talk.track, 127)


def test_silence_by_absence_sinks_as_silence_by_packets_does() -> None:
    one, other = Talk(Table()), Talk(Table())
    one.say(50)
    other.say(50)
    assert level(one) == level(other) == LOUD
    one.say(20, 127)
    other.pause(20)
    assert abs(level(one) - level(other)) <= 3
    assert level(other) > 55


def test_a_lost_packet_or_two_are_no_silence() -> None:
    talk = Talk(Table())
    talk.say(50)
    talk.pause(3)
    assert level(talk) == LOUD


def test_a_voice_after_a_pause_without_packets_is_told_again() -> None:
    talk = Talk(Table())
    talk.say(50)
    assert len(voices(talk.table)) == 1
    talk.pause(100)
    talk.say(3)
    assert len(voices(talk.table)) == 1


@pytest.mark.parametrize("told_after", [1, 3, 6])
def test_who_takes_up_a_voice_hears_its_first_word(told_after: int) -> None:
    """The event comes with the second packet of the word; the Row is set some packets later."""
    table = Table()
    talk = Talk(table)
    receiver, row = listener(table)
    talk.say(50, QUIET)
    first = talk.number + 1
    talk.say(3)
    assert voices(table)
    talk.say(told_after)
    table.engine.set_source(row, talk.track, 0)
    talk.say(5)
    assert heard(receiver)[0] <= first
    assert heard(receiver) == list(range(heard(receiver)[0], talk.number + 1)), "in order, nothing left out"
    assert first - heard(receiver)[0] <= 5, "not much of the silence before it"
    numbers = [sequence_of(packet) for packet in receiver.received]
    assert [(b - a) & 0xFFFF for a, b in itertools.pairwise(numbers)] == [1] * (len(numbers) - 1)
    times = [timestamp_of(packet) for packet in receiver.received]
    assert {(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(times)} == {FRAME}


def test_after_another_source_time_goes_on_forward() -> None:
    table = Table()
    first, second = Talk(table), Talk(table)
    receiver, row = listener(table)
    table.engine.set_source(row, first.track, 0)
    for _ in range(10):
        first.say(1, QUIET)
        second.say(1, QUIET)
    second.say(4)
    last = receiver.received[-1]
    table.engine.set_source(row, second.track, 0)
    second.say(1)
    begun = receiver.received[len(receiver.received) - receiver.received[::-1].index(last) :]
    assert len(begun) > 4
    assert 0 < (timestamp_of(begun[0]) - timestamp_of(last)) & 0xFFFFFFFF < 48_000
    assert sequence_of(begun[0]) == (sequence_of(last) + 1) & 0xFFFF


def test_who_has_been_speaking_for_long_is_joined_where_he_is() -> None:
    table = Table()
    talk = Talk(table)
    receiver, row = listener(table)
    talk.say(100)
    table.engine.set_source(row, talk.track, 0)
    talk.say(2)
    assert heard(receiver) == [101, 102]


def test_at_most_300_ms_are_caught_up_with() -> None:
    table = Table()
    talk = Talk(table)
    receiver, row = listener(table)
    talk.say(25)
    table.engine.set_source(row, talk.track, 0)
    talk.say(1)
    assert heard(receiver)[0] >= 26 - 15


def test_a_mute_and_what_was_before_it_are_not_repeated() -> None:
    table = Table()
    talk = Talk(table)
    receiver, row = listener(table)
    table.engine.set_source(row, talk.track, 0)
    talk.say(4)
    table.engine.set_gate(talk.track, False)
    talk.say(4)
    table.engine.set_gate(talk.track, True)
    talk.say(4)
    assert heard(receiver) == [1, 2, 3, 4, 9, 10, 11, 12]


def test_a_gap_in_the_history_stays_a_gap_that_a_late_packet_fills() -> None:
    table = Table()
    talk = Talk(table)
    receiver, row = listener(table)
    talk.say(20, QUIET)
    talk.say(2)
    talk.number += 1
    talk.timestamp += FRAME
    talk.say(3)
    table.engine.set_source(row, talk.track, 0)
    talk.say(1)
    got = heard(receiver)
    assert 23 not in got
    assert {21, 22, 24, 25, 26, 27} <= set(got)
    late = rtp(23, 23 * FRAME, b"0023", payload_type=111, mid=b"0", ssrc=2000)
    table.publish(talk.peer, late)
    assert sorted(heard(receiver)) == list(range(got[0], 28))
    order = sorted(
        receiver.received,
        key=lambda packet: (sequence_of(packet) - sequence_of(receiver.received[0])) & 0xFFFF,
    )
    assert [int(payload_of(packet)) for packet in order] == list(range(got[0], 28))
