"""What a listener hears of one Slot: a jitter buffer with an adapted delay, roughly libwebrtc's NetEq.

The target delay is the larger of the 95th percentile of how late packets in order come, and the delay that pays best for
those that come out of order (repaired ones): its length in ms plus 20 ms for each percent of packets that would be too
late (NetEq's reorder optimizer). The buffer follows it by stretching time, 100 ms a second. A packet that comes after its
turn, or never, is concealed.
"""

from collections import deque
from itertools import accumulate

from tests.sim.clock import MS, SECOND

FRAME_NS = 20 * MS
BUCKETS = 50  # of 20 ms
FORGET_IN_ORDER, FORGET_REPAIRED = 0.983, 0.9993
QUANTILE = 0.95
COST_OF_LOSS_MS = 20  # for each percent
SLEW = 0.1
WINDOW = 100  # packets over which the fastest one is the reference: two seconds


class Histogram:
    """Forgets exponentially, faster at first."""

    def __init__(self, forget: float) -> None:
        self.shares = [0.0] * BUCKETS
        self._forget = forget
        self._count = 0

    def add(self, late_ns: int) -> None:
        self._count += 1
        keep = min(self._forget, 1 - 1 / (self._count + 1))
        bucket = min(max(0, late_ns) // FRAME_NS, BUCKETS - 1)
        self.shares = [share * keep for share in self.shares]
        self.shares[bucket] += 1 - keep


class Ear:
    def __init__(self) -> None:
        self.expected = 0
        """Frames that had a turn to be heard."""
        self.late = 0
        self.never = 0
        self.delay_ns = float(FRAME_NS)
        self._offsets: deque[int] = deque(maxlen=WINDOW)
        self._base_ns = 0
        self._in_order = Histogram(FORGET_IN_ORDER)
        self._repaired = Histogram(FORGET_REPAIRED)
        self._moved_ns = 0
        self._count = 0
        self._target_ns = FRAME_NS

    @property
    def concealed(self) -> int:
        return self.late + self.never

    def arrived(self, timestamp_ns: int, now_ns: int, in_order: bool) -> bool:
        """Whether it comes in time to be heard."""
        self.expected += 1
        offset = now_ns - timestamp_ns
        if self._offsets and abs(offset - self._base_ns) > 2 * SECOND:  # another source's clock
            self._offsets.clear()
        if in_order or not self._offsets:
            if len(self._offsets) == WINDOW and self._offsets[0] == self._base_ns:
                self._offsets.popleft()
                self._base_ns = min(self._offsets)
            self._offsets.append(offset)
            self._base_ns = min(self._base_ns, offset) if len(self._offsets) > 1 else offset
        late = offset - self._base_ns
        if in_order:
            self._in_order.add(late)
        self._repaired.add(0 if in_order else late)
        self._count += 1
        if self._count % 5 == 0 or not in_order:
            self._target_ns = self._target()
        step = SLEW * min(now_ns - self._moved_ns, SECOND)
        self._moved_ns = max(now_ns, self._moved_ns)
        self.delay_ns += max(-step, min(step, self._target_ns - self.delay_ns))
        if late <= self.delay_ns:
            return True
        self.late += 1
        return False

    def lost(self) -> None:
        self.expected += 1
        self.never += 1

    def _target(self) -> int:
        shares = accumulate(self._in_order.shares)
        bucket = next((index for index, total in enumerate(shares) if total >= QUANTILE), BUCKETS)
        in_order = (bucket + 1) * FRAME_NS
        return max(in_order, self._best_for_repaired(in_order // MS))

    def _best_for_repaired(self, base_ms: int) -> int:
        """The delay at which waiting longer costs more than what would still come too late."""
        best, best_cost, too_late = 0, float("inf"), 1.0
        for bucket, share in enumerate(self._repaired.shares):
            too_late -= share
            cost = max(0, bucket * 20 - base_ms) + COST_OF_LOSS_MS * 100 * too_late
            if cost < best_cost:
                best, best_cost = bucket, cost
        return (best + 1) * FRAME_NS
