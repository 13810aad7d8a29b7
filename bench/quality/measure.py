"""Figures that several cases need: what would fit, percentiles, series for the plots."""

import math
from collections.abc import Callable, Iterable, Sequence

from bench.quality.case import Figure, Series
from tests.sim.clock import SECOND
from tests.sim.encoder import TURN
from tests.sim.meeting import Meeting
from tests.sim.publisher import VIDEO_PACKET
from tests.sim.record import Record, Sample

PACKET_OVERHEAD = 12 + 20 + 16
"""Octets beside the payload: RTP header, header extensions, SRTP's tag. IP and UDP do not count, as in the estimate."""
VOICE_WIRE_BPS = 40_000 + 50 * PACKET_OVERHEAD * 8
FPS = 30
SPARE = 0.95
"""A set fits that leaves a twentieth for control packets, repairs and probes."""
FLOWING = 0.7
"""A bar counts only while pictures flow: of the bit rate that the best-fitting set of layers would have."""


def wire_bps(payload_bps: float, t0_share: float = 0.4, temporal: int = 2) -> float:
    """What an L1T3 encoding, or its lower temporal layers alone, takes on the wire."""
    frame = payload_bps / FPS / 8
    rest = (1 - t0_share) / 3
    sizes = [frame * 4 * (t0_share if layer == 0 else rest) for layer in TURN if layer <= temporal]
    return sum(size + math.ceil(size / VIDEO_PACKET) * PACKET_OVERHEAD for size in sizes) * 8 * FPS / 4


def temporal_bps(payload_bps: float, t0_share: float, temporal: int) -> float:
    return payload_bps * (t0_share + (0, 1, 3)[temporal] * (1 - t0_share) / 3)


def best_set(capacity_bps: float, wanted: Sequence[Sequence[int]], voices: int = 1) -> int:
    """Payload bit rate of the best-fitting set of whole Layers beside the voices.

    `wanted`: what each tile could use, smallest Layer first, the most wanted tile first. As the design has it: the smallest
    Layer for every tile, or for as many as it is enough for; then one step up after another, tile by tile.
    """
    room = SPARE * capacity_bps - voices * VOICE_WIRE_BPS
    chosen = [-1] * len(wanted)
    for step in range(max(map(len, wanted))):
        for tile, layers in enumerate(wanted):
            if step < len(layers) and chosen[tile] == step - 1:
                cost = wire_bps(layers[step]) - (wire_bps(layers[step - 1]) if step else 0)
                if cost <= room:
                    room -= cost
                    chosen[tile] = step
    return sum(layers[step] for layers, step in zip(wanted, chosen, strict=True) if step >= 0)


def percentile(values: Sequence[float], share: float) -> float:
    """NaN of nothing: a figure without a measurement fails its bar."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def worst(values: Iterable[float], *, most: bool = True) -> float:
    found = list(values)
    if not found or any(math.isnan(value) for value in found):
        return math.nan
    return max(found) if most else min(found)


def first_time(samples: Iterable[Sample], since_ns: int, holds: Callable[[Sample], bool]) -> float:
    """Seconds from `since_ns` to the first sample at or after it of which this is true; NaN: never."""
    found = next((sample for sample in samples if sample.time_ns >= since_ns and holds(sample)), None)
    return math.nan if found is None else (found.time_ns - since_ns) / SECOND


def flowing(bps: float, best_bps: float) -> Figure:
    return Figure(
        "video received, of the best-fitting set", percent(bps, best_bps), "%", 100 * FLOWING, False
    )


def percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else math.nan


def plots(meeting: Meeting, record: Record, name: str = "") -> dict[str, Series]:
    """Estimate, video by layer, waiting time and losses of one receiver."""
    start = meeting.start_ns
    prefix = f"{name}: " if name else ""

    def at(time_ns: int) -> float:
        return (time_ns - start) / SECOND

    samples = record.samples
    series = {f"{prefix}estimate (bit/s)": [(at(s.time_ns), float(s.estimate_bps)) for s in samples]}
    for layer in sorted({flow[1] for flow in samples[-1].octets}):
        rates = []
        for before, after in zip(samples, samples[5:], strict=False):
            octets = sum(
                count - before.octets.get(flow, 0) for flow, count in after.octets.items() if flow[1] == layer
            )
            rates.append((at(after.time_ns), octets * 8 / ((after.time_ns - before.time_ns) / SECOND)))
        series[f"{prefix}video of layer {layer} (bit/s)"] = rates
    series[f"{prefix}time in the queue (ms)"] = thinned(record, start)
    series[f"{prefix}lost on the path (packets)"] = counted(record, start)
    return series


def thinned(record: Record, start_ns: int) -> Series:
    """The longest wait of each tenth of a second."""
    longest: dict[int, float] = {}
    for when, wait in record.path.waits:
        tenth = (when - start_ns) * 10 // SECOND
        longest[tenth] = max(longest.get(tenth, 0), wait / 1_000_000)
    return [(tenth / 10, wait) for tenth, wait in longest.items()]


def counted(record: Record, start_ns: int) -> Series:
    """By the second."""
    counts: dict[int, int] = {}
    for when in record.path.overflowed:
        second = (when - start_ns) // SECOND
        counts[second] = counts.get(second, 0) + 1
    return [(float(second), float(count)) for second, count in counts.items()]
