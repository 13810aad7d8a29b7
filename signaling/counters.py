"""What a gateway counts: events by name and reason. Shown by `treble/telemetry.py` where metrics are on."""

from collections import Counter

MAX_REASONS = 256  # reasons are ours, never a peer's text; the bound says so


class Counters:
    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, reason: str = "") -> None:
        if (name, reason) not in self._counts and len(self._counts) >= MAX_REASONS:
            reason = "other"
        self._counts[name, reason] += 1

    def get(self, name: str, reason: str = "") -> int:
        return self._counts[name, reason]

    def items(self) -> list[tuple[str, str, int]]:
        return [(name, reason, value) for (name, reason), value in sorted(self._counts.items())]
