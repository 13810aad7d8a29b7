"""How much redundancy one receiver is sent, from what is measured of the way to it."""

from collections.abc import Iterable

from _fastpath.engine import EndpointStats
from sfu.media.budget import Dose, audio_share
from sfu.media.redundancy import audio_redundancy
from sfu.receiver import Receiver


def choose_dose(receiver: Receiver, stats: EndpointStats, voices: Iterable[int]) -> Dose:
    """`voices`: what the audio Tracks that it hears take on the wire, without redundancy."""
    estimate = receiver.estimate_bps
    spare_bps = None if estimate is None else estimate - audio_share(voices)
    # What a full queue drops is no reason to fill it with more.
    loss = stats.loss if stats.path_loss is None else min(stats.loss, stats.path_loss)
    red = audio_redundancy(loss, spare_bps, receiver.dose.red) if receiver.has_red else 0
    return Dose(red=red)
