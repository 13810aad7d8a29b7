"""Layers, Slots and voices: pure decisions, one line each."""

import itertools

import pytest
from hypothesis import given, strategies as st

from sfu.media.layers import available_layer, order_rids
from sfu.media.slots import Seat, assign, make_view, rank
from sfu.media.speakers import HOLD_NS, KEEP_NS, Speakers
from treble.api import Source, Tile
from treble.units import MILLISECOND


@pytest.mark.parametrize(
    ("offered", "ordered"),
    [
        (("l", "m", "h"), ("l", "m", "h")),
        (("f", "h", "q"), ("q", "h", "f")),
        (("h", "m", "l"), ("l", "m", "h")),
        (("h", "f"), ("h", "f")),
        (("hi", "lo"), ("hi", "lo")),
        ((), ()),
    ],
)
def test_rids_from_small_to_large(offered: tuple[str, ...], ordered: tuple[str, ...]) -> None:
    assert order_rids(offered) == ordered


@pytest.mark.parametrize(
    ("desired", "active", "layer"),
    [(2, {0, 1, 2}, 2), (2, {0, 1}, 1), (0, {1, 2}, 1), (1, set(), 1), (1, {0, 2}, 0)],
)
def test_what_flows_is_better_than_what_is_wished(desired: int, active: set[int], layer: int) -> None:
    assert available_layer(desired, active) == layer


def seat(name: str, source: Source = Source.CAMERA) -> Seat:
    return Seat(name, source)


SEATS = st.lists(st.sampled_from("abcdefgh").map(seat), unique=True, max_size=6)


@given(wanted=SEATS, current=SEATS, free=st.integers(0, 3))
def test_assignment_is_stable_complete_and_without_doubles(
    wanted: list[Seat], current: list[Seat], free: int
) -> None:
    slots: list[Seat | None] = [*current, *[None] * max(free, len(wanted) - len(current))]
    table = assign(wanted, slots)
    assert {each for each in table if each} == set(wanted)
    assert len(table) == len(slots)
    for before, after in zip(slots, table, strict=True):
        if before in wanted:
            assert after == before
    assert assign(wanted, table) == table


def test_without_a_view_everybody_in_order_of_arrival() -> None:
    assert rank([seat("a"), seat("b")], None, ["b"], 5) == [seat("a"), seat("b")]


def test_without_a_view_and_with_too_few_slots_the_latest_speakers() -> None:
    assert rank([seat("a"), seat("b"), seat("c")], None, ["c", "b"], 2) == [seat("c"), seat("b")]


def test_screens_come_before_faces() -> None:
    screen = seat("b", Source.SCREEN)
    assert rank([seat("a"), screen], None, [], 2) == [screen, seat("a")]
    assert rank([seat("a"), screen], None, ["a"], 1) == [screen]


def test_a_view_puts_tiles_by_priority_and_then_voices() -> None:
    view = make_view([Tile(participant="b", priority=1), Tile(participant="a", priority=3)])
    candidates = [seat(name) for name in "abcd"]
    assert rank(candidates, view, ["d"], 3) == [seat("a"), seat("b"), seat("d")]


def test_a_tile_of_screen_audio_is_the_screen() -> None:
    assert list(make_view([Tile(participant="a", source=Source.SCREEN_AUDIO)]).tiles) == [
        seat("a", Source.SCREEN)
    ]


STEP = 200 * MILLISECOND


def test_a_cough_is_no_speech_and_a_pause_is_no_silence() -> None:
    speakers = Speakers()
    assert speakers.update({"a": 60}, STEP) is None
    told = [speakers.update({"a": 20}, step * STEP) for step in range(2, 8)]
    assert [[speaker.participant for speaker in each] for each in told if each is not None] == [["a"]]
    quiet = [speakers.update({}, (8 + step) * STEP) for step in range(1 + HOLD_NS // STEP + 5)]
    assert [each for each in quiet if each is not None] == [[]]


def test_the_louder_of_two_takes_the_lead_only_when_clearly_louder() -> None:
    speakers = Speakers()
    for step in range(1, 10):
        speakers.update({"a": 30, "b": 40}, step * STEP)
    for step in range(10, 20):
        assert speakers.update({"a": 30, "b": 27}, step * STEP) is None
    told = [speakers.update({"a": 30, "b": 12}, step * STEP) for step in range(20, 30)]
    assert [[speaker.participant for speaker in each] for each in told if each] == [["b", "a"]]


def test_who_left_is_forgotten() -> None:
    speakers = Speakers()
    for step in range(1, 10):
        speakers.update({"a": 20}, step * STEP)
    assert speakers.loudness() == ["a"]
    speakers.forget("a")
    assert speakers.loudness() == []
    assert speakers.update({}, 20 * STEP) == []


@pytest.mark.parametrize(
    ("voices", "now", "order"),
    [
        ([], 0, []),
        ([("a", 1)], 1, ["a"]),
        ([("a", 1), ("b", 2)], 2, ["a", "b"]),  # both speak: whoever began first has his place
        ([("b", 1), ("a", 1)], 2, ["b", "a"]),
        ([("a", 1), ("b", 2), ("a", 3)], 3, ["a", "b"]),
        ([("a", 1), ("b", 2)], 30, ["b", "a"]),  # nobody speaks: the latest first
        ([("a", 1), ("b", 2), ("c", 30)], 30, ["c", "b", "a"]),
        ([("a", 1), ("b", 2), ("a", 30)], 30, ["a", "b"]),
        ([("a", 1), ("a", 10), ("b", 9)], 10, ["b", "a"]),  # a's pause was long: the place is taken anew
    ],
)
def test_the_order_in_which_people_are_heard(
    voices: list[tuple[str, int]], now: int, order: list[str]
) -> None:
    """Times in half seconds."""
    speakers = Speakers()
    for name, at in sorted(voices, key=lambda voice: voice[1]):
        speakers.handle_voice(name, at * KEEP_NS // 4)
    speakers.update({}, now * KEEP_NS // 4)
    assert speakers.loudness() == order


def test_a_voice_is_heard_before_it_is_shown_as_a_speaker() -> None:
    speakers = Speakers()
    speakers.handle_voice("a", STEP)
    assert speakers.loudness() == ["a"]
    assert speakers.update({"a": 60}, 2 * STEP) is None
    assert speakers.loudness() == ["a"]


def test_speakers_are_told_at_most_four_times_a_second() -> None:
    speakers = Speakers()
    told = []
    for step in range(1, 200):
        loud = {name: 10 for index, name in enumerate("abcdefgh") if (step >> index) & 1}
        if speakers.update(loud, step * STEP // 4) is not None:
            told.append(step * STEP // 4)
    assert all(later - earlier >= 250 * MILLISECOND for earlier, later in itertools.pairwise(told))


def test_a_short_interruption_does_not_take_the_first_place() -> None:
    speakers = Speakers()
    for step in range(1, 10):
        speakers.update({"a": 30}, step * STEP)
    told = [speakers.update({"a": 30, "b": 26}, step * STEP) for step in range(10, 20)]
    assert [[speaker.participant for speaker in each] for each in told if each] == [["a", "b"]]
