"""Which Layer for which tile. Layer 0 is the smallest; each next one has twice its width and height."""

from collections.abc import Collection
from typing import Final

# The shorter side of a publisher's top Layer, by the number of its Layers: nobody tells, but who captures 540 lines and
# more sends three, who captures less two (`web/sdk/simulcast.js`, and others alike). A wrong guess costs one Layer more
# or less than was needed, never a picture.
NOMINAL_SIDE: Final = {1: 720, 2: 360, 3: 720, 4: 1440}
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


def desired_layer(tile_side: int | None, layers: int) -> int:
    """The smallest Layer that fills a tile whose shorter side has so many device pixels; None: the top one."""
    if tile_side is None:
        return layers - 1
    top = NOMINAL_SIDE.get(layers, 720)
    for layer in range(layers):
        if top / 2 ** (layers - 1 - layer) * STRETCH >= tile_side:
            return layer
    return layers - 1


def available_layer(desired: int, active: Collection[int]) -> int:
    """The best Layer that flows: `desired`, else the next smaller, else the next larger; `desired` while
    none does.
    """
    below = [layer for layer in active if layer <= desired]
    above = [layer for layer in active if layer > desired]
    return max(below, default=min(above, default=desired))
