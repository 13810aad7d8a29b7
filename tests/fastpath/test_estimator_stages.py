"""The estimator's stages against their twins, and by hand."""

import pytest
from hypothesis import given, strategies as st

from _fastpath.acked_rate import Acked
from _fastpath.delay_trend import Trend
from tests.fastpath.strategies import untimed
from tests.oracle import estimator as slow

MS = 1_000_000


@untimed
@given(
    st.integers(0, 10**15),
    st.lists(st.tuples(st.integers(0, 200 * MS), st.integers(0, 1500)), min_size=1, max_size=200),
    st.sampled_from([100 * MS, 500 * MS, 800 * MS]),
)
def test_the_acked_rate_agrees_with_its_twin(begin: int, steps: list[tuple[int, int]], window: int) -> None:
    acked, arrivals, now = Acked(), [], begin
    for gap, size in steps:
        now += gap
        acked.add(now, size)
        arrivals.append((now, size))
        assert acked.bps(window) == pytest.approx(slow.acked_bps(arrivals, window))


def test_late_arrivals_count_where_they_belong() -> None:
    acked = Acked()
    acked.add(1000 * MS, 1000)
    acked.add(1400 * MS, 1000)
    acked.add(1200 * MS, 1000)
    assert acked.bps(500 * MS) == 3000 * 8 * 2
    assert acked.bps(100 * MS) == 1000 * 8 * 10


@untimed
@given(
    st.lists(st.tuples(st.integers(6 * MS, 60 * MS), st.integers(-3 * MS, 10 * MS)), min_size=25, max_size=60)
)
def test_the_trend_agrees_with_its_twin(steps: list[tuple[int, int]]) -> None:
    trend, groups, sent, delay = Trend(), [], 10**9, 100 * MS
    for gap, more in steps:
        sent += gap
        delay = max(0, delay + more)
        if groups and sent + delay - groups[-1][1] <= 5 * MS and delay < groups[-1][1] - groups[-1][0]:
            delay = groups[-1][1] - groups[-1][0]  # a burst of the network would be one group
        groups.append((sent, sent + delay))
    for group in groups:
        trend.packet(*group)
    trend.packet(groups[-1][0] + 1000 * MS, groups[-1][1] + 1000 * MS)  # closes the last group
    assert trend.slope == pytest.approx(slow.trend(groups), abs=1e-6)


def grow(trend: Trend, count: int, gap: int, more: int, sent: int = 10**9, delay: int = 50 * MS) -> int:
    """The packet, counted from 1, at which it says overuse; 0: never."""
    for index in range(1, count + 1):
        sent, delay = sent + gap, delay + more
        trend.packet(sent, sent + delay)
        if trend.overusing:
            return index
    return 0


def test_a_steady_delay_is_no_overuse() -> None:
    assert grow(Trend(), 500, 10 * MS, 0) == 0


def test_a_growing_delay_is_overuse() -> None:
    assert 0 < grow(Trend(), 100, 10 * MS, 2 * MS) <= 30


def test_a_shrinking_delay_is_no_overuse() -> None:
    assert grow(Trend(), 100, 10 * MS, -MS, delay=150 * MS) == 0


def test_drift_of_the_clocks_is_no_overuse() -> None:
    assert grow(Trend(), 3000, 10 * MS, 1000) == 0  # 100 ppm


def test_the_threshold_follows_a_noisy_path() -> None:
    trend, sent = Trend(), 10**9
    for index in range(2000):
        sent += 10 * MS
        trend.packet(sent, sent + 50 * MS + (index % 7) * 4 * MS)
    assert 6 <= trend.threshold_ms <= 600
