"""Four bars: one line a case."""

import pytest
from hypothesis import given, strategies as st

from sfu.media.network_level import BEST_FIRST, Way, network_level
from treble.api import NetworkLevel

EXCELLENT, GOOD, FAIR, POOR = BEST_FIRST


@pytest.mark.parametrize(
    ("way", "now", "level"),
    [
        (Way(), None, EXCELLENT),
        (Way(loss=0.01), None, EXCELLENT),
        (Way(loss=0.02), None, GOOD),
        (Way(loss=0.05), None, FAIR),
        (Way(loss=0.2), None, POOR),
        (Way(delay_ms=200), None, GOOD),
        (Way(delay_ms=400), None, FAIR),
        (Way(delay_ms=900), None, POOR),
        (Way(served=0.9), None, GOOD),
        (Way(served=0.3), None, FAIR),
        (Way(served=0.1), None, POOR),
        (Way(is_silent=True), None, POOR),
        (Way(loss=0.02, delay_ms=400, served=0.9), None, FAIR),  # the worst counts
        (Way(loss=0.2), EXCELLENT, POOR),  # down at once
        (Way(), POOR, FAIR),  # up step by step
        (Way(), GOOD, EXCELLENT),
        (Way(loss=0.009), GOOD, GOOD),  # and only where it is clearly better
        (Way(loss=0.009), EXCELLENT, EXCELLENT),
        (Way(loss=0.025), FAIR, GOOD),
        (Way(loss=0.035), FAIR, FAIR),
    ],
)
def test_levels(way: Way, now: NetworkLevel | None, level: NetworkLevel) -> None:
    assert network_level(way, now) == level


ways = st.builds(Way, loss=st.floats(0, 1), delay_ms=st.floats(0, 2000), served=st.floats(0, 1))


@given(way=ways, now=st.sampled_from(BEST_FIRST))
def test_the_same_network_again_settles(way: Way, now: NetworkLevel) -> None:
    levels = [now]
    for _ in range(5):
        levels.append(network_level(way, levels[-1]))
    assert levels[-1] == levels[-2]
