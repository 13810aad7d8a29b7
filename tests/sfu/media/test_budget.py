"""What audio and dose take."""

import pytest
from hypothesis import given, strategies as st

from sfu.media.budget import VOICE_BPS, Dose, audio_share, video_budget, wish


@pytest.mark.parametrize(
    ("voices", "red", "share"),
    [
        ([], 0, 0),
        ([], 2, 0),
        ([0, 0, 0], 0, VOICE_BPS),  # somebody will speak
        ([48_000, 0], 0, VOICE_BPS),
        ([48_000, 48_000], 0, 96_000),
        ([60_000], 1, 100_000),
        ([60_000], 2, 140_000),
    ],
)
def test_audio(voices: list[int], red: int, share: int) -> None:
    assert audio_share(voices, red) == share


@pytest.mark.parametrize(
    ("estimate", "audio", "dose", "loss", "budget"),
    [
        (1_000_000, 0, Dose(), 0.0, 1_000_000),
        (1_000_000, 100_000, Dose(), 0.0, 900_000),
        (1_100_000, 0, Dose(), 0.1, 1_000_000),
        (1_200_000, 0, Dose(fec=20), 0.0, 1_000_000),
        (1_300_000, 0, Dose(fec=20), 0.1, 1_000_000),
        (1_250_000, 0, Dose(), 0.9, 1_000_000),  # resending more helps nobody
        (30_000, 50_000, Dose(), 0.0, -20_000),
    ],
)
def test_video(estimate: int, audio: int, dose: Dose, loss: float, budget: int) -> None:
    assert video_budget(estimate, audio, dose, loss) == budget


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 100), st.floats(0, 1))
def test_a_wish_come_true_is_enough(video: int, audio: int, fec: int, loss: float) -> None:
    dose = Dose(fec=fec)
    assert abs(video_budget(wish(video, audio, dose, loss), audio, dose, loss) - video) <= 1
