"""Slow twins of the estimator's simple stages."""

import itertools
import statistics


def acked_bps(arrivals: list[tuple[int, int]], window_ns: int) -> float:
    """Of (arrival, octets), in slices of 25 ms that end with the newest's."""
    if not arrivals:
        return 0.0
    newest = max(at // 25_000_000 for at, _ in arrivals)
    slices = window_ns // 25_000_000
    octets = sum(size for at, size in arrivals if newest - slices < at // 25_000_000 <= newest)
    return octets * 8e9 / (slices * 25_000_000)


def trend(groups: list[tuple[int, int]]) -> float:
    """Slope of the smoothed delay over the last twenty of (sent, arrived) groups, in ms per ms."""
    total = smoothed = 0.0
    points: list[tuple[float, float]] = []
    for (sent, arrived), (next_sent, next_arrived) in itertools.pairwise(groups):
        total += ((next_arrived - arrived) - (next_sent - sent)) / 1e6
        smoothed = 0.9 * smoothed + 0.1 * total
        points.append((next_arrived / 1e6, smoothed))
    points = points[-20:]
    if len(points) < 20:
        return 0.0
    slope, _ = statistics.linear_regression([x for x, _ in points], [y for _, y in points])
    return slope
