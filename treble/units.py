"""Units and ids that stop mix-ups: time is integer nanoseconds, rates are bits per second."""

from typing import Final, NewType

Nanoseconds = NewType("Nanoseconds", int)
BitsPerSecond = NewType("BitsPerSecond", int)
Ssrc = NewType("Ssrc", int)

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
