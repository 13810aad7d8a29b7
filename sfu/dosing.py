"""How much redundancy one receiver is sent, from what is measured of the way to it."""

from collections.abc import Sequence
from typing import Final

from _fastpath.engine import EndpointStats
from sfu.media.budget import Dose, audio_share
from sfu.media.protection import video_protection
from sfu.media.redundancy import audio_redundancy
from sfu.receiver import Receiver

# FEC may take so much of what is left for pictures where they fill all of it: a smaller picture that moves is better than
# a larger one that stands still.
_SHARE: Final = 0.25


def choose_dose(receiver: Receiver, stats: EndpointStats, voices: Sequence[int], pictures: int) -> Dose:
    """`voices`: what the audio Tracks that it hears take on the wire, without redundancy; `pictures`: how many it is
    shown."""
    estimate = receiver.estimate_bps
    spare_bps = None if estimate is None else estimate - audio_share(voices)
    # What a full queue drops is no reason to fill it with more. Where only audio is sent, the path's loss is not seen:
    # repairs go under the old numbers.
    sees_path = stats.path_loss is not None and receiver.pictures_bps > 0
    loss = min(stats.loss, stats.path_loss or 0.0) if sees_path else stats.loss
    red = audio_redundancy(loss, spare_bps, receiver.dose.red) if receiver.has_red else 0
    fec = 0
    if receiver.has_fec:
        video_bps = None if estimate is None else estimate - audio_share(voices, red)
        fec = video_protection(
            loss,
            stats.rtt_ns,
            None if video_bps is None else round(max(video_bps - receiver.pictures_bps, _SHARE * video_bps)),
            receiver.pictures_bps,
            receiver.dose.fec,
            streams=pictures,
        )
    return Dose(fec=fec, red=red)
