"""What the network towards the server carries: a video's bitrate follows loss and standing queue. Sans-I/O.

The signals come from the engine's estimator, fed with what is sent and with the server's transport-wide feedback.
"""

from typing import Final

from _fastpath.estimator import BandwidthEstimator
from treble.units import MILLISECOND, SECOND

QUEUE_NS: Final = 150 * MILLISECOND  # a queue that is our doing
LOSS: Final = 0.08
LESS: Final = 0.7
MORE: Final = 1.25
LESS_AGAIN_NS: Final = 1 * SECOND  # a step down shows within a second
MORE_AFTER_NS: Final = 5 * SECOND  # each step costs a keyframe
LEAST: Final = 0.1  # of what is wished


class Uplink:
    def __init__(self, now_ns: int) -> None:
        self._estimator = BandwidthEstimator(now_ns)
        self._estimator.start(now_ns)
        self._changed_ns = now_ns
        self.share = 1.0  # of the wished bitrate that may be sent

    def sent(self, transport_sequence: int, size: int, now_ns: int) -> None:
        self._estimator.sent(transport_sequence, size, 0, now_ns)

    def feedback(self, data: bytes, now_ns: int) -> None:
        self._estimator.feedback(data, now_ns)

    def report(self, fraction_lost: int, now_ns: int) -> None:
        self._estimator.report(fraction_lost, 0, now_ns)

    def tick(self, now_ns: int) -> None:
        self._estimator.tick(now_ns)
        since_ns = now_ns - self._changed_ns
        if self._is_too_much:
            if since_ns >= LESS_AGAIN_NS:
                self._change(max(LEAST, self.share * LESS), now_ns)
        elif self.share < 1.0 and since_ns >= MORE_AFTER_NS:
            self._change(min(1.0, self.share * MORE), now_ns)

    @property
    def _is_too_much(self) -> bool:
        return self._estimator.queue_ns > QUEUE_NS or self._estimator.loss > LOSS

    def _change(self, share: float, now_ns: int) -> None:
        self.share, self._changed_ns = share, now_ns
