"""What passed a direction of the link, interval by interval."""

from dataclasses import asdict, dataclass, field
from typing import Any

from treble.units import MILLISECOND, SECOND


def percentile(values: list[float], share: float) -> float:
    """Of an unsorted list, by nearest rank; 0.0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass
class Interval:
    """`at` is its end in s of CLOCK_MONOTONIC, queueing delays are in ms, `octets` are of UDP payload."""

    way: str
    at: float = 0.0
    seconds: float = 1.0
    packets: int = 0
    octets: int = 0
    """Of what entered, lost or not."""
    delivered_octets: int = 0
    """Of what entered and was let through, at the time it entered."""
    lost: int = 0
    """By chance."""
    overflowed: int = 0
    """Dropped by the full queue."""
    queue_p50: float = 0.0
    queue_p95: float = 0.0
    queue_max: float = 0.0
    queues: list[float] = field(default_factory=list)
    """Of each packet that was let through."""
    late_p99: float = 0.0
    """ms by which the relay itself was late with the 99th percentile of what it delivered."""

    @property
    def entered_bps(self) -> float:
        return self.octets * 8 / self.seconds

    @property
    def delivered_bps(self) -> float:
        return self.delivered_octets * 8 / self.seconds

    def line(self, since: float) -> str:
        return (
            f"{self.at - since:7.1f} s {self.way:4} {self.entered_bps / 1000:8.0f} kbit/s in, "
            f"{self.delivered_bps / 1000:8.0f} out, lost {self.lost:4}, overflowed {self.overflowed:4}, queue "
            f"{self.queue_p50:5.1f} / {self.queue_p95:5.1f} / {self.queue_max:5.1f} ms, late {self.late_p99:.2f} ms"
        )


@dataclass
class Recorder:
    """Collects one direction, all flows together."""

    way: str
    began_ns: int
    _now: Interval = field(init=False)
    _queues: list[float] = field(default_factory=list)
    _lates: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._now = Interval(self.way)

    def entered(self, size: int, copies: int, lost: int, overflowed: int, queue_ns: int) -> None:
        """One packet: how many copies pass, how many were lost by chance and by the queue, how long they wait."""
        now = self._now
        now.packets += 1
        now.octets += size
        now.delivered_octets += size * copies
        now.lost += lost
        now.overflowed += overflowed
        if copies:
            self._queues.append(queue_ns / MILLISECOND)

    def delivered(self, late_ns: int) -> None:
        self._lates.append(late_ns / MILLISECOND)

    def take(self, now_ns: int) -> dict[str, Any]:
        """The interval that ends now, as plain values; the next one begins."""
        done, self._now = self._now, Interval(self.way)
        done.at, done.seconds = now_ns / SECOND, (now_ns - self.began_ns) / SECOND
        done.queue_p50, done.queue_p95 = percentile(self._queues, 0.5), percentile(self._queues, 0.95)
        done.queue_max = max(self._queues, default=0.0)
        done.queues = [round(each, 2) for each in self._queues]
        done.late_p99 = percentile(self._lates, 0.99)
        self._queues.clear()
        self._lates.clear()
        self.began_ns = now_ns
        return asdict(done)
