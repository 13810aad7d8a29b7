"""What one Person's meeting was like, ten times a second: for figures and plots."""

from dataclasses import dataclass
from typing import Any

from _fastpath.engine import Engine
from sfu.peer import Peer
from tests.sim.clock import MS, SECOND, Clock
from tests.sim.path import Path
from tests.sim.person import Person

Flow = tuple[int, int, int]
"""Publisher, layer, temporal layer."""


@dataclass(frozen=True, slots=True)
class Sample:
    time_ns: int
    estimate_bps: int
    """What the server thinks that it may send; 0 while unknown."""
    rows: dict[int, tuple[int, int, int]]
    """By Slot: the engine's track (-1 none), layer and temporal layer (-1 unknown)."""
    octets: dict[Flow, int]
    """Media payload received so far."""
    received: int
    """Octets of UDP payload that have come so far, all kinds."""


class Record:
    def __init__(self, engine: Engine, clock: Clock, person: Person, peer: Peer, path: Path) -> None:
        self.person = person
        self.samples: list[Sample] = []
        self.path = path
        self._engine = engine
        self._clock = clock
        self._peer = peer

    def note(self) -> bool:
        stats: Any = self._engine.endpoint_stats(self._peer.endpoint.id)
        octets: dict[Flow, int] = {}
        for lane in self.person.video.values():
            for flow, count in lane.octets.items():
                octets[flow] = octets.get(flow, 0) + count
        rows = {}
        for number, slot in self._peer.table.slots.items():
            if slot.video:
                row: Any = self._engine.row_stats(slot.video.row)
                rows[number] = (row.track, row.layer, getattr(row, "temporal", -1))
        estimate = getattr(stats, "estimate_bps", 0)

        self.samples.append(Sample(self._clock.now_ns, estimate, rows, octets, self.person.received_octets))
        return True

    def between(self, begin_ns: int, end_ns: int) -> list[Sample]:
        return [sample for sample in self.samples if begin_ns <= sample.time_ns < end_ns]

    def video_bps(self, begin_ns: int, end_ns: int) -> float:
        """Media payload received, repairs included, copies not."""
        return sum(self.video_bps_by_flow(begin_ns, end_ns).values())

    def video_bps_by_flow(self, begin_ns: int, end_ns: int) -> dict[Flow, float]:
        samples = self.between(begin_ns, end_ns)
        if len(samples) < 2:
            return {}
        first, last = samples[0], samples[-1]
        seconds = (last.time_ns - first.time_ns) / SECOND
        return {
            flow: (octets - first.octets.get(flow, 0)) * 8 / seconds for flow, octets in last.octets.items()
        }

    def waits_ms(self, begin_ns: int, end_ns: int) -> list[float]:
        """How long each packet stood in the bottleneck's queue."""
        return [wait / MS for when, wait in self.path.waits if begin_ns <= when < end_ns]
