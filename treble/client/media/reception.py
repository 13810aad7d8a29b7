"""What a receiver report says of one stream (RFC 3550 sections 6.4.1, A.3, A.8)."""

from typing import TYPE_CHECKING, Final

from treble.client.media.rtp import unwrap
from treble.units import SECOND

if TYPE_CHECKING:
    from _fastpath.rtcp import Block

MOST_LOST: Final = 0x7FFFFF
UNITS: Final = 65536  # of "delay since last SR", in a second


class Reception:
    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self.packets = 0
        self._clock_rate = clock_rate
        self._first: int | None = None
        self._highest = 0
        self._jitter = 0.0
        self._transit: int | None = None
        self._told = (0, 0)  # expected and received at the last report
        self._last_report = (0, 0)  # middle of its NTP time, when it came

    def arrived(self, sequence: int, timestamp: int, now_ns: int) -> None:
        self.packets += 1
        if self._first is None:
            self._first = self._highest = sequence
        self._highest = max(self._highest, unwrap(self._highest, sequence))
        transit = now_ns * self._clock_rate // SECOND - timestamp
        if self._transit is not None:
            change = abs((transit - self._transit + 2**31) % 2**32 - 2**31)
            self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def sender_reported(self, ntp: int, now_ns: int) -> None:
        self._last_report = (ntp >> 16 & 0xFFFFFFFF, now_ns)

    def block(self, now_ns: int) -> "Block | None":
        """None before the first packet."""
        if self._first is None:
            return None
        expected = self._highest - self._first + 1
        lost = max(-MOST_LOST, min(expected - self.packets, MOST_LOST))
        expected_now, received_now = expected - self._told[0], self.packets - self._told[1]
        self._told = (expected, self.packets)
        lost_now = max(0, expected_now - received_now)
        fraction = min(255, 256 * lost_now // expected_now) if expected_now > 0 else 0
        middle, came_ns = self._last_report
        delay = (now_ns - came_ns) * UNITS // SECOND if middle else 0
        return (
            self.ssrc,
            fraction,
            lost,
            self._highest & 0xFFFFFFFF,
            int(self._jitter),
            middle,
            delay & 0xFFFFFFFF,
        )
