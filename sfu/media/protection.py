"""How many FEC packets a receiver's pictures get: a pure function.

Retransmission costs only what was lost, but a round trip, and another where it is lost too. FEC costs all the time and
none. So it is off where retransmissions come in time, and else as strong as it takes to repair six of seven
lost packets at once: a packet comes back if it is the only one lost of those that one FEC packet protects, and of the
FEC packet itself, so with d FEC packets per packet in (1 - loss) ** (1 / d) of all cases.
"""

import math
from typing import Final

from treble.units import MILLISECOND

# A picture that comes later than this is seen to freeze: receivers hold about so much, or soon learn to.
IN_TIME_NS: Final = 120 * MILLISECOND
MOST: Final = 50
# Fewer protect next to nothing.
_LEAST: Final = 4
# Of lost packets: how many NACK alone may leave for later than IN_TIME_NS, and FEC for NACK.
_LATE: Final = 0.001
_UNREPAIRED: Final = 0.15
# Loss from which protection is worth its bits, and, lower, below which it ends.
_BEGIN: Final = 0.01
_END: Final = 0.005
# Protection that is on ends only where NACK is in time by a margin, and keeps its dose while the wanted one is near.
_MARGIN: Final = 0.8
_NEAR: Final = 0.25
# The engine puts at most so much time under common protection (`_fastpath/fec_encoder.pxd`): less than one FEC packet for
# it leaves some of it bare. More than twice the dose that the loss asks for is not spent on that.
_GROUP_S: Final = 0.1
_PACKET_BITS: Final = 8 * 1100
# FEC packets are as long as the longest packet that they protect, and have a longer header.
_FEC_SIZE: Final = 1.15


def video_protection(
    loss: float, rtt_ns: int, spare_bps: int | None, media_bps: int, before: int = 0, streams: int = 1
) -> int:
    """FEC packets per 100 video packets: 0 or `_LEAST` to `MOST`.

    `loss`: 0 to 1, before repair, smoothed. `spare_bps`: what may be sent beyond audio and pictures; None while that is
    unknown. `media_bps`: of all pictures that are sent, in `streams` tiles. `before`: what this function said last.
    """
    if loss < (_END if before else _BEGIN) or media_bps <= 0:
        return 0
    if _repair_ns(loss, rtt_ns) <= IN_TIME_NS * (_MARGIN if before else 1):
        return 0
    affordable = math.inf if spare_bps is None else 100 * max(0, spare_bps) / (media_bps * _FEC_SIZE)
    dose = int(min(math.ceil(_wanted(loss, media_bps / max(1, streams))), affordable, MOST))
    if dose < _LEAST:
        return 0
    if abs(dose - before) <= _NEAR * before and before <= affordable:
        return before
    return dose


def _repair_ns(loss: float, rtt_ns: int) -> float:
    """By when all but `_LATE` of the lost packets have come by retransmission: each round trip loses its share again."""
    return rtt_ns * math.log(_LATE) / math.log(min(loss, 0.5))


def _wanted(loss: float, stream_bps: float) -> float:
    dose = 100 * math.log(1 - min(loss, 0.5)) / math.log(1 - _UNREPAIRED)
    whole_groups = 100 / max(1.0, stream_bps * _GROUP_S / _PACKET_BITS)
    return max(dose, min(whole_groups, 2 * dose))
