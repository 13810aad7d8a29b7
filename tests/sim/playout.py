"""What a viewer sees of one Slot: frames put together, decoded in the order of their references, shown in time.

Roughly libwebrtc's way. A frame is decodable when it is whole and the frame that it refers to was; it is shown at its
capture time plus a delay that follows the jitter of frames (2.33 standard deviations less 30 ms, frames that waited for
a repair not counted), plus 20 ms to decode and draw, plus a round trip once three frames had to be repaired (not where
FEC was negotiated: then libwebrtc does not wait for repairs). The delay moves at 100 ms a second, and at once where a
frame comes too late. A freeze is what W3C's `freezeCount` counts: two shown frames further apart than three mean gaps
and than a mean gap and 150 ms.
"""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from tests.sim.clock import MS, SECOND, Clock
from tests.sim.encoder import REFERENCE
from tests.sim.media import Stamp

Key = tuple[int, int, int]
"""Publisher, layer, frame."""

KEPT = 300  # frames remembered as references or still incomplete: ten seconds
DECODE_NS = 20 * MS
SLEW = 0.1  # of time: libwebrtc's VCMTiming
NACKED_FRAMES = 3
NACK_MEMORY_NS = 60 * SECOND
JUMP_NS = 2 * SECOND  # clocks further apart than this are another source's


@dataclass(slots=True)
class Frame:
    timestamp_ns: int
    count: int
    temporal: int
    keyframe: bool
    got: int = 0
    repaired: bool = False
    complete_ns: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    when_ns: int
    publisher: int
    layer: int
    temporal: int


@dataclass(frozen=True, slots=True)
class Freeze:
    start_ns: int
    duration_ns: int


class JitterDelay:
    """When a frame with a given capture time is shown."""

    def __init__(self) -> None:
        self.base_ns: int | None = None
        """The least that completion was behind the capture clock."""
        self.current_ns = float(DECODE_NS)
        self.rtt_ns = 100 * MS
        self.waits_for_repair = True
        self._mean = 0.0
        self._variance = 0.0
        self._count = 0
        self._nacked: deque[int] = deque(maxlen=NACKED_FRAMES)
        self._moved_ns = 0

    def completed(self, timestamp_ns: int, complete_ns: int, repaired: bool, now_ns: int) -> int:
        """The time to show a frame that was whole at `complete_ns` and can be decoded now."""
        offset = complete_ns - timestamp_ns
        if self.base_ns is None or abs(offset - self.base_ns) > JUMP_NS:
            self.base_ns, self._moved_ns = offset, now_ns
        self.base_ns = min(self.base_ns + 30_000, offset)  # about 1 ms a second up: clocks drift
        late = float(offset - self.base_ns)
        if repaired:
            self._nacked.append(now_ns)
        else:
            self._count = min(self._count + 1, 400)
            weight = 1 / self._count
            self._mean += weight * (late - self._mean)
            self._variance += weight * ((late - self._mean) ** 2 - self._variance)
        self._move(now_ns, float(now_ns - timestamp_ns - self.base_ns))
        return timestamp_ns + self.base_ns + int(self.current_ns)

    @property
    def target_ns(self) -> float:
        return self._mean + max(MS, 2.33 * math.sqrt(self._variance) - 30 * MS) + DECODE_NS

    def _move(self, now_ns: int, late: float) -> None:
        target = self.target_ns
        if (
            self.waits_for_repair
            and len(self._nacked) == NACKED_FRAMES
            and now_ns - self._nacked[0] < NACK_MEMORY_NS
        ):
            target += self.rtt_ns
        step = SLEW * (now_ns - self._moved_ns)
        self._moved_ns = now_ns
        self.current_ns += max(-step, min(step, target - self.current_ns))
        if late > self.current_ns:
            self.current_ns = min(max(target, self.current_ns), late)


@dataclass
class Display:
    """One Slot's picture."""

    clock: Clock
    delay: JitterDelay = field(default_factory=JitterDelay)
    freezes: list[Freeze] = field(default_factory=list)
    changes: list[Shown] = field(default_factory=list)
    """The first frame shown of each (publisher, layer)."""
    decoded: list[Shown] = field(default_factory=list)
    """The same when decoded."""
    shown_ns: list[int] = field(default_factory=list)
    last_ready_ns: int = 0
    last_shown_ns: int = 0
    waits_for_keyframe: bool = True
    _frames: OrderedDict[Key, Frame] = field(default_factory=OrderedDict)
    _ready: OrderedDict[Key, None] = field(default_factory=OrderedDict)
    _waiting: dict[Key, list[Key]] = field(default_factory=dict)
    _gaps: deque[int] = field(default_factory=lambda: deque(maxlen=30))
    _last_timestamp_ns: int | None = None

    def packet(self, stamp: Stamp, temporal: int, timestamp_ns: int, repaired: bool) -> None:
        key = (stamp.publisher, stamp.layer, stamp.frame)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = Frame(timestamp_ns, stamp.count, temporal, stamp.keyframe)
            if len(self._frames) > KEPT:
                self._waiting.pop(self._frames.popitem(last=False)[0], None)
        frame.got += 1
        frame.repaired |= repaired
        if frame.got == frame.count:
            frame.complete_ns = self.clock.now_ns
            self._complete(key, frame)

    def _complete(self, key: Key, frame: Frame) -> None:
        reference = (key[0], key[1], key[2] - REFERENCE[frame.temporal])
        if frame.keyframe or reference in self._ready:
            self._make_ready(key, frame)
        else:
            self._waiting.setdefault(reference, []).append(key)

    def _make_ready(self, key: Key, frame: Frame) -> None:
        todo = [(key, frame)]
        while todo:
            key, frame = todo.pop(0)
            now = self.clock.now_ns
            self._ready[key] = None
            if len(self._ready) > KEPT:
                self._ready.popitem(last=False)
            self.last_ready_ns = now
            self.waits_for_keyframe = False
            if not self.decoded or (self.decoded[-1].publisher, self.decoded[-1].layer) != key[:2]:
                self.decoded.append(Shown(now, key[0], key[1], frame.temporal))
            when = self.delay.completed(frame.timestamp_ns, frame.complete_ns, frame.repaired, now)
            self.clock.at(when, lambda k=key, f=frame: self._show(k, f))
            todo += [
                (each, self._frames[each]) for each in self._waiting.pop(key, ()) if each in self._frames
            ]

    def _show(self, key: Key, frame: Frame) -> None:
        if self._last_timestamp_ns is not None and frame.timestamp_ns <= self._last_timestamp_ns:
            return
        self._last_timestamp_ns = frame.timestamp_ns
        now = self.clock.now_ns
        if self.last_shown_ns:
            gap = now - self.last_shown_ns
            mean = sum(self._gaps) / len(self._gaps) if self._gaps else gap
            if len(self._gaps) >= 10 and gap > max(3 * mean, mean + 150 * MS):
                self.freezes.append(Freeze(self.last_shown_ns, gap))
            self._gaps.append(gap)
        self.last_shown_ns = now
        self.shown_ns.append(now)
        if not self.changes or (self.changes[-1].publisher, self.changes[-1].layer) != key[:2]:
            self.changes.append(Shown(now, key[0], key[1], frame.temporal))

    def freezes_between(self, begin_ns: int, end_ns: int) -> list[Freeze]:
        """Those that began in this time; one that still lasts at the end counts too."""
        found = [each for each in self.freezes if begin_ns <= each.start_ns < end_ns]
        if self.last_shown_ns and end_ns - self.last_shown_ns > 500 * MS and self.last_shown_ns >= begin_ns:
            found.append(Freeze(self.last_shown_ns, end_ns - self.last_shown_ns))
        return found
