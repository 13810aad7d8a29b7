"""The dose of FEC, case by case."""

import math

import pytest

from sfu.media.protection import MOST, video_protection
from treble.units import MILLISECOND

MEGABIT = 1_000_000
PLENTY = 10 * MEGABIT


@pytest.mark.parametrize(
    ("loss", "rtt_ms", "least", "most"),
    [
        (0.0, 250, 0, 0),
        (0.005, 250, 0, 0),
        (0.01, 50, 0, 0),
        (0.05, 50, 0, 0),
        (0.01, 250, 6, 13),
        (0.05, 100, 30, 33),
        (0.05, 250, 30, 33),
        (0.10, 50, MOST, MOST),
        (0.10, 250, MOST, MOST),
        (0.20, 50, MOST, MOST),
        (0.20, 20, 0, 0),
        (0.90, 400, MOST, MOST),
        (0.05, 0, 0, 0),
    ],
)
def test_off_where_nack_is_in_time_and_else_by_the_loss(
    loss: float, rtt_ms: int, least: int, most: int
) -> None:
    assert least <= video_protection(loss, rtt_ms * MILLISECOND, PLENTY, 1_000_000) <= most


@pytest.mark.parametrize("loss", [0.01, 0.02, 0.05, 0.07])
def test_six_of_seven_lost_packets_are_repaired(loss: float) -> None:
    dose = video_protection(loss, 250 * MILLISECOND, PLENTY, 3_000_000)
    assert 1 - (1 - loss) ** (100 / dose) <= 0.155


@pytest.mark.parametrize("stream_bps", [150_000, 300_000, 1_000_000, 2_500_000])
def test_at_five_percent_a_third_at_most_is_left_though_groups_are_small(stream_bps: int) -> None:
    dose = video_protection(0.05, 250 * MILLISECOND, None, stream_bps)
    group = max(1.0, stream_bps * 0.1 / 8 / 1100)
    bare = max(0.0, 1 - dose / 100 * group)
    assert bare + (1 - bare) * (1 - 0.95 ** min(group, 100 / dose)) <= 1 / 3


@pytest.mark.parametrize(
    ("spare_bps", "dose"),
    [(None, 32), (1_000_000, 32), (115_000, 10), (46_000, 4), (40_000, 0), (0, 0), (-5_000, 0)],
)
def test_no_more_than_there_is_room_for(spare_bps: int | None, dose: int) -> None:
    assert video_protection(0.05, 250 * MILLISECOND, spare_bps, MEGABIT) == dose


def test_small_streams_need_more_of_it_for_the_same_cover() -> None:
    together = video_protection(0.05, 250 * MILLISECOND, None, MEGABIT)
    assert video_protection(0.05, 250 * MILLISECOND, None, MEGABIT, streams=5) > together
    assert video_protection(0.01, 250 * MILLISECOND, None, 200_000) <= 13, "but not for little loss"


def test_nothing_to_protect_gets_nothing() -> None:
    assert video_protection(0.05, 250 * MILLISECOND, None, 0) == 0


def doses(losses: list[float], rtt_ms: list[int]) -> list[int]:
    """One after the other, each knowing the one before."""
    dose, said = 0, []
    for loss, rtt in zip(losses, rtt_ms, strict=True):
        dose = video_protection(loss, rtt * MILLISECOND, PLENTY, MEGABIT, before=dose)
        said.append(dose)
    return said


@pytest.mark.parametrize(
    ("losses", "rtt_ms"),
    [
        ([0.05, 0.045, 0.055, 0.05, 0.048], [250] * 5),
        ([0.0101, 0.0099, 0.0101, 0.0095, 0.0101], [250] * 5),
        ([0.05] * 5, [53, 51, 53, 45, 53]),
    ],
)
def test_what_trembles_changes_nothing(losses: list[float], rtt_ms: list[int]) -> None:
    assert len(set(doses(losses, rtt_ms))) == 1


def test_it_follows_what_really_changes() -> None:
    first, second, third, last = doses([0.02, 0.07, 0.02, 0.001], [250] * 4)
    assert 0 < first < second
    assert first == third
    assert last == 0


def test_a_dose_that_no_longer_fits_is_cut_at_once() -> None:
    before = video_protection(0.05, 250 * MILLISECOND, 250_000, MEGABIT)
    assert video_protection(0.05, 250 * MILLISECOND, 220_000, MEGABIT, before=before) <= math.floor(
        220 / 11.5
    )
