"""Test face of a Row's numbering; the engine calls `number_of` and its neighbours, nobody else this."""

class Numbers:
    """One source of a Row without packets: media sequence numbers in, the Row's numbers out."""

    def __init__(self, media: int, number: int) -> None:
        """`media` is the first packet and gets `number`."""
    def skip(self, media: int, timestamp: int, spatial: int = 0) -> None:
        """The newest packet is left out; it belongs to this picture and spatial layer."""
    def insert(self, media: int) -> None:
        """A packet of the Row's own behind `media`, the highest sent."""
    def number(self, media: int) -> tuple[int, int] | None:
        """(number, pictures left out before it); None where it was left out or is no longer known."""
