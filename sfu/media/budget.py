"""What of an estimate is left for pictures.

Audio is taken off first; then, from what is left, the share of the packets that protect pictures: FEC by its
dose, retransmissions by the loss.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# Opus as browsers send it, with the headers of its fifty packets a second. So much is kept for somebody who begins
# to speak.
VOICE_BPS: Final = 50_000
# Beyond this a retransmission is lost as well so often that more of them help nobody.
_MOST_LOSS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Dose:
    """As the engine's `set_protection` takes it."""

    fec: int = 0  # packets per 100 video packets
    red: int = 0  # earlier frames in each audio packet


def audio_share(voices: Iterable[int], red: int = 0) -> int:
    """Bits per second to keep for audio: `voices` are the present rates on the wire of the Tracks that are heard."""
    rates = list(voices)
    if not rates:
        return 0
    wire = max(sum(rates), VOICE_BPS)
    return wire + red * (wire * 2 // 3)  # RED repeats the payload, not the headers


def video_budget(estimate_bps: int, audio_bps: int, dose: Dose, loss: float) -> int:
    """Bits per second for pictures themselves; negative where not even audio fits."""
    return round((estimate_bps - audio_bps) / protected(dose, loss))


def wish(video_bps: int, audio_bps: int, dose: Dose, loss: float) -> int:
    """The most that the receiver could use: `video_budget` turned round."""
    return round(video_bps * protected(dose, loss)) + audio_bps


def protected(dose: Dose, loss: float) -> float:
    """How many packets leave for each one with a picture."""
    return 1 + dose.fec / 100 + min(loss, _MOST_LOSS)
