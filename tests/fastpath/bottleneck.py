"""A small world for the bandwidth estimator: senders of layers and audio, one bottleneck, receivers that give feedback.

Everything is seeded and on a clock of its own. Times are ns, rates bits per second.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from _fastpath.estimator import BandwidthEstimator
from _fastpath.twcc import Arrivals

MS = 1_000_000
SECOND = 1000 * MS
AUDIO_BPS = 40_000
PACKET = 1150


@dataclass
class Link:
    """Rate with a drop-tail queue, one-way delay both ways, i.i.d. loss downwards."""

    rates: list[tuple[float, int]]  # (seconds, rate from then on)
    queue_ms: float = 300
    delay_ms: float = 25
    loss: float = 0
    jitter_ms: float = 0
    cross: Callable[[float], int] = lambda _seconds: 0  # taken by others
    free_ns: int = 0  # when the last packet in the queue will have left

    def rate_at(self, now: int) -> float:
        rate = self.rates[0][1]
        for seconds, bps in self.rates:
            if now >= seconds * SECOND:
                rate = bps
        return max(rate - self.cross(now / SECOND), 10_000)

    def leaves(self, size: int, now: int) -> int:
        """When a packet that comes now has left, in steps of 5 ms for rates that change."""
        at, bits = max(now, self.free_ns), size * 8.0
        while True:
            rate, step = self.rate_at(at), 5 * MS
            if bits <= rate * step / SECOND:
                return at + int(bits / rate * SECOND)
            bits -= rate * step / SECOND
            at += step

    def send(self, size: int, now: int, rng: random.Random) -> int | None:
        """When it arrives; None: dropped."""
        left = self.leaves(size, now)
        if self.free_ns > now and left - now > self.queue_ms * MS:
            return None
        self.free_ns = left
        if rng.random() < self.loss:
            return None
        return left + int((self.delay_ms + rng.random() * self.jitter_ms) * MS)

    def queueing_ms(self, now: int) -> float:
        return max(0.0, (self.free_ns - now) / MS)


@dataclass
class Trace:
    """What one sender saw, sampled every 20 ms."""

    seconds: list[float] = field(default_factory=list)
    estimate: list[int] = field(default_factory=list)
    queue_ms: list[float] = field(default_factory=list)  # the link's, true
    layer: list[int] = field(default_factory=list)
    sent: list[tuple[float, int]] = field(default_factory=list)
    arrived: list[tuple[float, int]] = field(default_factory=list)
    audio: list[tuple[float, bool]] = field(default_factory=list)  # sent at, arrived
    probes: list[tuple[float, int]] = field(default_factory=list)

    def between(self, name: str, begin: float, end: float) -> list[float]:
        values = getattr(self, name)
        return [v for t, v in zip(self.seconds, values, strict=True) if begin <= t < end]

    def p95(self, name: str, begin: float, end: float) -> float:
        values = sorted(self.between(name, begin, end))
        return values[int(len(values) * 0.95)]

    def mean(self, name: str, begin: float, end: float) -> float:
        values = self.between(name, begin, end)
        return sum(values) / len(values)

    def when(self, name: str, begin: float, test: Callable[[float], bool]) -> float:
        """Seconds after `begin` at which it first holds."""
        for t, v in zip(self.seconds, getattr(self, name), strict=True):
            if t >= begin and test(v):
                return t - begin
        return float("inf")

    def rate(self, name: str, begin: float, end: float) -> float:
        return sum(size for t, size in getattr(self, name) if begin <= t < end) * 8 / (end - begin)


@dataclass
class World:
    link: Link
    seed: int = 0
    feedback_loss: float = 0
    now: int = 0
    events: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    order: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def at(self, when: int, action: Callable[[], None]) -> None:
        heapq.heappush(self.events, (when, next(self.order), action))

    def every(self, period: Callable[[], int], action: Callable[[], None], first: int = 0) -> None:
        def step() -> None:
            action()
            self.at(self.now + period(), step)

        self.at(first, step)

    def run(self, seconds: float) -> None:
        while self.events and self.events[0][0] <= seconds * SECOND:
            self.now, _, action = heapq.heappop(self.events)
            action()


class Sender:
    """An SFU's sending side: the highest layer that fits the estimate, paced; audio at once."""

    def __init__(
        self,
        world: World,
        layers: tuple[int, ...] = (100_000, 300_000, 1_000_000),
        *,
        begin: float = 0,
        clock_offset: int = 123_456 * SECOND,
        first_sequence: int = 65_000,
        repair: bool = True,
        feedback_ms: tuple[int, int] = (50, 100),
    ) -> None:
        self.world, self.layers, self.rng = world, layers, random.Random(world.rng.random())
        self.repair = repair
        self.clock_offset = clock_offset
        self.estimator = BandwidthEstimator(world.now)
        self.arrivals = Arrivals()
        self.trace = Trace()
        self.sequence = first_sequence
        self.layer = -1  # nothing yet
        self.waiting: list[int] = []  # video packets in the pacer
        self.free_at = 0
        self.video = True
        self.silent: Callable[[float], bool] = lambda _seconds: False
        self.keep_feedback: list[bytes] = []
        start = int(begin * SECOND)
        self.started = start
        self.wish()
        phase = self.rng.randrange(20) * MS
        world.every(lambda: 20 * MS, self.audio, start + phase)
        world.every(self.frame_gap, self.frame, start + 33 * MS)
        world.every(lambda: MS, self.pump, start)
        world.every(lambda: 5 * MS, self.probe, start + 20 * MS)
        world.every(lambda: self.rng.randrange(*feedback_ms) * MS, self.feed, start + 60 * MS)
        world.every(lambda: 20 * MS, self.sample, start)

    def wish(self) -> None:
        top = self.layers[-1] if self.layers else 0
        self.estimator.wish(top + AUDIO_BPS, self.world.now)

    def frame_gap(self) -> int:
        return int(33.3 * MS)

    # ------------------------------------------------------------ sending

    def transmit(self, size: int, cluster: int = 0, kind: str = "video") -> None:
        now, seconds = self.world.now, self.world.now / SECOND
        sequence = self.sequence
        self.sequence = (self.sequence + 1) % 65536
        self.estimator.sent(sequence, size, cluster, now)
        self.trace.sent.append((seconds, size))
        arrival = self.world.link.send(size, now, self.rng)
        if kind == "audio":
            self.trace.audio.append((seconds, arrival is not None))
        if arrival is not None:
            self.world.at(arrival, lambda: self.arrived(sequence, size))
        elif kind == "video" and self.repair:
            self.world.at(now + int(2 * self.world.link.delay_ms * MS) + 20 * MS, lambda: self.resend(size))

    def resend(self, size: int) -> None:
        self.transmit(size, kind="repair")

    def arrived(self, sequence: int, size: int) -> None:
        self.trace.arrived.append((self.world.now / SECOND, size))
        self.arrivals.arrived(sequence, self.world.now + self.clock_offset)

    def audio(self) -> None:
        if not self.silent(self.world.now / SECOND):
            self.transmit(AUDIO_BPS // 8 // 50, kind="audio")

    def choose(self) -> int:
        """Index of the highest layer that fits, with a little room to go up; -1: none."""
        estimate = self.estimator.estimate_bps * (1 - self.estimator.loss)  # the rest is for repair
        if estimate == 0:
            return 0
        fits = [
            n
            for n, bps in enumerate(self.layers)
            if (bps + AUDIO_BPS) * (1.05 if n > self.layer else 1) <= estimate
        ]
        return fits[-1] if fits else -1

    def frame(self) -> None:
        if not self.video or not self.layers or self.silent(self.world.now / SECOND):
            self.layer = -1
            return
        layer = self.choose()
        key, self.layer = layer != self.layer, layer
        if layer < 0:
            return
        size = int(self.layers[layer] / 8 / 30 * self.rng.uniform(0.75, 1.25) * (4 if key else 1))
        if key:
            self.waiting.clear()
        packets = -(-size // PACKET)
        self.waiting += [max(size // packets, 50)] * packets

    def pump(self) -> None:
        now = self.world.now
        self.free_at = max(self.free_at, now - 2 * MS)
        while self.waiting and self.free_at <= now:
            size = self.waiting.pop(0)
            pace = self.estimator.pacing_bps
            self.free_at += int(size * 8 * SECOND / pace) if pace else 0
            self.transmit(size)

    def probe(self) -> None:
        self.estimator.tick(self.world.now)
        cluster = self.estimator.probe(self.world.now)
        if cluster is None:
            return
        number, bps, octets, packets = cluster
        self.trace.probes.append((self.world.now / SECOND, bps))
        size = -(-octets // packets)
        for index in range(packets):
            when = self.world.now + int(index * size * 8 * SECOND / bps)
            self.world.at(when, lambda: self.transmit(size, number, "probe"))

    # ------------------------------------------------------------ receiving

    def feed(self) -> None:
        while self.arrivals.pending:
            packet = self.arrivals.write()
            if self.rng.random() >= self.world.feedback_loss:
                self.world.at(
                    self.world.now + int(self.world.link.delay_ms * MS),
                    lambda packet=packet: self.fed(packet),  # type: ignore[misc]
                )

    def fed(self, packet: bytes) -> None:
        assert self.estimator.feedback(packet, self.world.now)

    def sample(self) -> None:
        trace = self.trace
        trace.seconds.append(self.world.now / SECOND)
        trace.estimate.append(self.estimator.estimate_bps)
        trace.queue_ms.append(self.world.link.queueing_ms(self.world.now))
        trace.layer.append(self.layer)


def watch(link: Link, seconds: float, *, seed: int = 0, feedback_loss: float = 0, **sender: object) -> Trace:
    """One sender over one link."""
    world = World(link, seed, feedback_loss)
    one = Sender(world, **sender)  # type: ignore[arg-type]
    world.run(seconds)
    return one.trace
