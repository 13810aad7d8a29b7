"""How long things are kept; deleting them is `signaling/storage/retention.py`'s."""

from dataclasses import dataclass
from typing import Final

from treble.units import SECOND

HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Retention:
    """Periods in nanoseconds. Rooms: after their last use."""

    one_off_ns: int = DAY
    persistent_ns: int = 30 * DAY
    audit_ns: int = 30 * DAY
    settled_ns: int = DAY
