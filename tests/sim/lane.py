"""One receive m-line of a Person: numbers, repairs, and what becomes of the media.

NACK as libwebrtc does it. Video: at once when a gap is seen, then once a round trip, looked at every 20 ms, ten times at
most. Audio: at once, then the whole list again every 1.5 round trips and 5 ms, for as long as the jitter buffer can
still use it.
"""

from collections import defaultdict
from dataclasses import dataclass

from tests.sim.clock import MS, SECOND, Clock
from tests.sim.fec import FecDecoder
from tests.sim.hearing import Ear
from tests.sim.media import unwrap
from tests.sim.playout import Display

MAX_TRIES = 10
MAX_GAPS = 1000  # libwebrtc's NackRequester: more is hopeless, a keyframe must help
RESIDUAL_NS = SECOND
"""What has not come by then counts as lost after repair, even if it comes later."""
NO_KEYFRAME_NS, NO_FRAME_NS = 200 * MS, 3 * SECOND  # libwebrtc's VideoReceiveStream2
PLI_NS = 300 * MS
REMEMBERED = 2000  # sequence numbers, to know repeats
AUDIO_USEFUL_NS = 500 * MS


@dataclass(slots=True)
class Gap:
    since_ns: int
    asked_ns: int = 0
    tries: int = 0
    counted: bool = False


class Lane:
    """Numbers of one SSRC. `octets` of media payload that arrived (also by repair) by (publisher, layer, temporal)."""

    def __init__(self, clock: Clock, ssrc: int, clock_rate: int, nack: bool) -> None:
        self.clock = clock
        self.ssrc = ssrc
        self.clock_rate = clock_rate
        self.nack = nack
        self.highest: int | None = None
        self.first = 0
        self.gaps: dict[int, Gap] = {}
        self.packets = 0
        self.lost = 0
        """After repair: not there within a second."""
        self.lost_at: list[int] = []
        """When the gap was seen of each packet that is lost after repair."""
        self.missed = 0
        """Before repair."""
        self.repaired = 0
        self.octets: defaultdict[tuple[int, int, int], int] = defaultdict(int)
        self.sender_reports: list[tuple[int, int, int]] = []
        self.last_arrival_ns = 0
        self._got: dict[int, None] = {}
        self._timestamp = 0
        self._reported = (0, 0)

    def unwrap(self, sequence: int) -> int:
        return sequence if self.highest is None else unwrap(self.highest, sequence)

    def time_ns(self, timestamp: int) -> int:
        self._timestamp = unwrap(self._timestamp, timestamp, 32)
        return self._timestamp * SECOND // self.clock_rate

    def note(self, sequence: int, now_ns: int) -> bool:
        """Whether this (unwrapped) packet is new; gaps before it are remembered."""
        if sequence in self._got:
            return False
        self._got[sequence] = None
        if len(self._got) > REMEMBERED:
            self._got.pop(next(iter(self._got)))
        gap = self.gaps.pop(sequence, None)
        if self.highest is None:
            self.highest = self.first = sequence
        elif sequence > self.highest:
            for lost in range(self.highest + 1, sequence):
                self.gaps[lost] = Gap(now_ns)
                self.missed += 1
            self.highest = sequence
        elif gap is None:
            return False  # given up long ago
        else:
            self.repaired += 1
        self.packets += 1
        self.last_arrival_ns = now_ns
        return True

    def forget(self, sequence: int) -> None:
        """The server says that nothing is to come under this number."""
        gap = self.gaps.pop(sequence, None)
        if gap is not None and not gap.counted:
            self.missed -= 1

    def nacks(self, now_ns: int, rtt_ns: int) -> list[int]:
        """What to ask for at this tick, and the count of what is lost for good."""
        due = []
        if len(self.gaps) > MAX_GAPS:
            self.give_up_all()
        for sequence, gap in list(self.gaps.items()):
            if not gap.counted and now_ns - gap.since_ns >= RESIDUAL_NS:
                gap.counted = True
                self.lost += 1
                self.lost_at.append(gap.since_ns)
                self.give_up()
            if gap.counted and (gap.tries >= MAX_TRIES or not self.nack):
                del self.gaps[sequence]
            elif self.nack and self.is_due(gap, now_ns, rtt_ns):
                gap.asked_ns = now_ns
                gap.tries += 1
                due.append(sequence & 0xFFFF)
        return due

    def give_up_all(self) -> None:
        for gap in self.gaps.values():
            if not gap.counted:
                self.lost += 1
                self.lost_at.append(gap.since_ns)
                self.give_up()
        self.gaps.clear()

    def is_due(self, gap: Gap, now_ns: int, rtt_ns: int) -> bool:
        raise NotImplementedError

    def give_up(self) -> None:
        """One more packet is lost for good."""

    def fraction_lost(self) -> int:
        """Of what was expected since the last report, in 256ths (RFC 3550 A.3: repairs by RTX do not count)."""
        expected = (self.highest or 0) - self.first + 1
        lost = self.missed
        expected_now, lost_now = expected - self._reported[0], lost - self._reported[1]
        self._reported = (expected, lost)
        return max(0, min(255, 256 * lost_now // expected_now)) if expected_now > 0 else 0


class VideoLane(Lane):
    def __init__(self, clock: Clock, ssrc: int, nack: bool) -> None:
        super().__init__(clock, ssrc, 90_000, nack)
        self.display = Display(clock)
        self.fec = FecDecoder(ssrc)
        self.is_protected = False
        """Whether FEC was negotiated."""
        self.keyframe_requests = 0
        self._asked_ns = 0
        self._began_ns = 0

    def is_due(self, gap: Gap, now_ns: int, rtt_ns: int) -> bool:
        return gap.tries < MAX_TRIES and (not gap.tries or now_ns - gap.asked_ns >= rtt_ns)

    def give_up_all(self) -> None:
        super().give_up_all()
        self.display.waits_for_keyframe = True

    def wants_keyframe(self, now_ns: int) -> bool:
        """Nothing can be decoded although packets come."""
        if now_ns - self.last_arrival_ns > PLI_NS or now_ns - self._asked_ns < PLI_NS:
            self._began_ns = now_ns if now_ns - self.last_arrival_ns > PLI_NS else self._began_ns
            return False
        display = self.display
        patience = NO_KEYFRAME_NS if display.waits_for_keyframe else NO_FRAME_NS
        if now_ns - max(display.last_ready_ns, self._began_ns) < patience:
            return False
        self._asked_ns = now_ns
        self.keyframe_requests += 1
        display.waits_for_keyframe = True
        return True


class AudioLane(Lane):
    def __init__(self, clock: Clock, ssrc: int, nack: bool) -> None:
        super().__init__(clock, ssrc, 48_000, nack)
        self.ear = Ear()

    def is_due(self, gap: Gap, now_ns: int, rtt_ns: int) -> bool:
        if now_ns - gap.since_ns > AUDIO_USEFUL_NS:
            return False
        return not gap.tries or now_ns - gap.asked_ns >= 5 * MS + 3 * rtt_ns // 2

    def give_up(self) -> None:
        self.ear.lost()
