"""How many earlier Opus frames each audio packet repeats: a pure function.

A frame is missed only when all packets that carry it are lost: of independent losses p, p² is left with one
earlier frame and p³ with two. Retransmission (NACK) repairs most of what is left, but only within the playout
delay; repetition needs no round trip. It costs about the bitrate of the voice once more per earlier frame, so
it is off while nothing is lost, and taken only where there is room for it.
"""

from typing import Final

# Loss from which one or two earlier frames are repeated, and, lower, at which that ends: the loss is smoothed over
# two seconds, and a dose that flickers is heard.
_BEGIN: Final = (0.02, 0.08)
_END: Final = (0.01, 0.05)
# Of one earlier frame on the wire: Opus at 32 kbit/s and a block header, fifty times a second.
FRAME_BPS: Final = 34_000


def audio_redundancy(loss: float, spare_bps: int | None, before: int) -> int:
    """How many earlier frames to repeat: 0, 1 or 2.

    `loss`: 0 to 1, before repair, smoothed. `spare_bps`: what may be sent beyond all audio without
    redundancy; None while that is unknown. `before`: what this function said last.
    """
    wanted = sum(loss >= limit for limit in _BEGIN)
    kept = sum(loss >= limit for limit in _END)
    distance = max(wanted, min(before, kept))
    if spare_bps is None:
        return distance
    return min(distance, max(0, spare_bps) // FRAME_BPS)
