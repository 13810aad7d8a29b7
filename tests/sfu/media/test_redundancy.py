"""When audio packets repeat earlier frames, one case a line."""

import pytest
from hypothesis import given, strategies as st

from sfu.media.redundancy import FRAME_BPS, audio_redundancy

PLENTY = 1_000_000


@pytest.mark.parametrize(
    ("loss", "spare_bps", "before", "distance"),
    [
        (0.0, PLENTY, 0, 0),
        (0.0, PLENTY, 2, 0),
        (0.0, None, 0, 0),
        (0.019, PLENTY, 0, 0),
        (0.02, PLENTY, 0, 1),
        (0.02, None, 0, 1),
        (0.015, PLENTY, 1, 1),  # begun is kept a little longer
        (0.009, PLENTY, 1, 0),
        (0.079, PLENTY, 1, 1),
        (0.08, PLENTY, 1, 2),
        (0.08, PLENTY, 0, 2),
        (0.06, PLENTY, 2, 2),
        (0.049, PLENTY, 2, 1),
        (0.015, PLENTY, 2, 1),
        (0.10, PLENTY, 0, 2),
        (0.90, PLENTY, 0, 2),
        (0.10, 0, 2, 0),  # no room: repeating would lose more than it brings
        (0.10, -5_000, 2, 0),
        (0.10, FRAME_BPS - 1, 0, 0),
        (0.10, FRAME_BPS, 0, 1),
        (0.10, 2 * FRAME_BPS, 1, 2),
    ],
)
def test_distance(loss: float, spare_bps: int | None, before: int, distance: int) -> None:
    assert audio_redundancy(loss, spare_bps, before) == distance


@given(st.floats(0, 1), st.none() | st.integers(-(10**6), 10**7), st.integers(0, 2))
def test_the_same_loss_gives_the_same_answer_again(loss: float, spare_bps: int | None, before: int) -> None:
    distance = audio_redundancy(loss, spare_bps, before)
    assert distance in (0, 1, 2)
    assert audio_redundancy(loss, spare_bps, distance) == distance
