"""Simulcast Layers: their order, their sizes, and which stands in for another.

Layer 0 is the smallest; each next one has twice its width and height.
"""

from collections.abc import Collection
from typing import Final

# Shorter side of a publisher's smallest Layer, as nobody tells it: the SDK offers three Layers for 720 lines and two
# for 360, and others do alike. A wrong guess costs one Layer more or less than was needed, never a picture.
SMALLEST_SIDE: Final = 180
# A tile may be this much taller than its picture before the next Layer is worth its bits.
STRETCH: Final = 1.25

_KNOWN_NAMES: Final = (
    ("q", "h", "f"),
    ("l", "m", "h"),
    ("low", "mid", "high"),
    ("0", "1", "2"),
    ("r0", "r1", "r2"),
)


def order_rids(rids: tuple[str, ...]) -> tuple[str, ...]:
    """Smallest first. Names that everybody uses are known; any others stand in the offered order, as RFC
    8853 has none.
    """
    for names in _KNOWN_NAMES:
        if all(rid in names for rid in rids):
            return tuple(sorted(rids, key=names.index))
    return rids


def available_layer(desired: int, active: Collection[int]) -> int:
    """The best Layer that flows: `desired`, else the next smaller, else the next larger; `desired` while none does."""
    below = [layer for layer in active if layer <= desired]
    above = [layer for layer in active if layer > desired]
    return max(below, default=min(above, default=desired))
