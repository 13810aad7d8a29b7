"""Twenty people, one of whom receives them all at 1 Mbit/s: everybody moves, and the speaker is sharpest."""

from collections import defaultdict
from itertools import pairwise

from bench.quality.case import Case, Figure, Options, Result
from bench.quality.measure import (
    PACKET_OVERHEAD,
    VOICE_WIRE_BPS,
    percent,
    plots,
    temporal_bps,
    wire_bps,
    worst,
)
from tests.sim.clock import MS, SECOND
from tests.sim.encoder import SILENT, SPEAKING
from tests.sim.link import Conditions
from tests.sim.meeting import Meeting
from tests.sim.offer import Shape
from treble.api import Tile

OTHERS = 19
CAPACITY = 1_000_000
BITRATE, T0_SHARE = 100_000, 0.34  # the lowest temporal layer has 34 kbit/s
STEADY_S, TURN_S, END_S = 20, 80, 110
"""The steady state begins; another person begins to speak; the end."""
SETTLED_S = 8  # after the other has begun to speak
SILENT_WIRE_BPS = 2.5 * (1 + 22 + PACKET_OVERHEAD) * 8  # DTX


class Run:
    def __init__(self, seed: int, *, short: bool = False) -> None:
        self.steady_s, self.turn_s, self.end_s = (15, 35, 55) if short else (STEADY_S, TURN_S, END_S)
        self.meeting = meeting = Meeting(seed)
        down = Conditions(delay_ns=25 * MS, rate_bps=CAPACITY, queue_ns=300 * MS)
        self.viewer = meeting.join(Shape(microphone=False, layers=0, slots=OTHERS), down=down)
        publisher = Shape(slots=0)
        self.people = [
            meeting.join(publisher, camera=(BITRATE,), t0_share=T0_SHARE, dtx=True) for _ in range(OTHERS)
        ]
        self.record = meeting.watch(self.viewer)
        self.speaker = 0
        self.take_turn(3)
        meeting.run(self.turn_s)
        self.take_turn(11)
        meeting.run(self.end_s - self.turn_s)

    def take_turn(self, speaker: int) -> None:
        """The page gives the speaker's tile its priority once it is told who speaks."""
        self.people[self.speaker].studio.level = SILENT
        self.speaker = speaker
        self.people[speaker].studio.level = SPEAKING
        tiles = [
            Tile(participant=person.name, width=320, height=180, priority=int(index == speaker))
            for index, person in enumerate(self.people)
        ]
        self.meeting.clock.after(500 * MS, lambda: self.meeting.set_view(self.viewer, tiles))

    def at(self, seconds: float) -> int:
        return self.meeting.start_ns + int(seconds * SECOND)

    @property
    def best_bps(self) -> float:
        """All lowest temporal layers, then as many steps up as fit."""
        room = CAPACITY - VOICE_WIRE_BPS - (OTHERS - 1) * SILENT_WIRE_BPS
        wires = [wire_bps(BITRATE, T0_SHARE, temporal) for temporal in range(3)]
        rates = [temporal_bps(BITRATE, T0_SHARE, temporal) for temporal in range(3)]
        best = 0.0
        for whole in range(OTHERS + 1):
            for half in range(OTHERS + 1 - whole):
                counts = (OTHERS - whole - half, half, whole)
                if sum(n * wire for n, wire in zip(counts, wires, strict=True)) <= room:
                    best = max(best, sum(n * rate for n, rate in zip(counts, rates, strict=True)))
        return best

    @property
    def sent_bps(self) -> float:
        return self.record.video_bps(self.at(self.steady_s), self.at(self.turn_s))

    @property
    def slowest_fps(self) -> float:
        """The fewest pictures a second of any tile in any two seconds."""
        slots = {state.participant: slot for slot, state in self.viewer.slots.items()}
        found = []
        for person in self.people:
            slot = slots.get(person.name)
            shown = self.viewer.video[slot].display.shown_ns if slot is not None else []
            for begin in range(self.steady_s, self.end_s - 1):
                found.append(sum(self.at(begin) <= t < self.at(begin + 2) for t in shown) / 2)
        return min(found)

    def bps_of(self, begin_s: float, end_s: float) -> dict[int, float]:
        """By publisher's number."""
        rates: dict[int, float] = defaultdict(float)
        for (publisher, _, _), bps in self.record.video_bps_by_flow(self.at(begin_s), self.at(end_s)).items():
            rates[publisher] += bps
        return rates

    def lead_of_speaker(self, speaker: int, begin_s: float, end_s: float) -> float:
        """The speaker's bit rate, of the highest of the others'."""
        rates = self.bps_of(begin_s, end_s)
        own = rates.pop(self.people[speaker].number, 0.0)
        return percent(own, max(rates.values(), default=0.0))

    @property
    def changes_per_minute(self) -> float:
        """Of the layer or temporal layer of the least steady tile, in the steady state."""
        samples = self.record.between(self.at(self.steady_s), self.at(self.turn_s))
        changes: dict[int, int] = defaultdict(int)
        for before, after in pairwise(samples):
            for slot, row in after.rows.items():
                changes[slot] += row != before.rows[slot]
        return max(changes.values()) * 60 / (self.turn_s - self.steady_s)


def run(options: Options) -> Result:
    runs = [Run(seed, short=options.short) for seed in options.seeds(3)]
    first = runs[0]
    end_s = first.end_s
    leads = [
        lead
        for run in runs
        for lead in (
            run.lead_of_speaker(3, run.steady_s, run.turn_s),
            run.lead_of_speaker(11, run.turn_s + SETTLED_S, end_s),
        )
    ]
    sent = worst((run.sent_bps for run in runs), most=False)
    figures = [
        Figure(
            "slowest tile in any two seconds",
            worst((r.slowest_fps for r in runs), most=False),
            "fps",
            3,
            False,
        ),
        Figure("speaker's bit rate, of the highest other's", worst(leads, most=False), "%", 100, False),
        Figure("video received, of the best-fitting set", percent(sent, first.best_bps), "%", 90, False),
        Figure("layer changes of a tile", worst(r.changes_per_minute for r in runs), "per minute", 2),
    ]
    series = plots(first.meeting, first.record)
    series["capacity (bit/s)"] = [(0, CAPACITY), (end_s, CAPACITY)]
    remarks = [
        f"worst of {len(runs)} runs; 19 tiles of 180 lines, L1T3 of 34/56/100 kbit/s; one speaks, the others are in DTX",
        f"steady state from {first.steady_s} to {first.turn_s} s; then another person speaks",
    ]
    return Result("grid-20", figures, series, remarks)


CASES = [Case("grid-20", "20 participants, one receiver at 1 Mbit/s", "simulation", run)]
