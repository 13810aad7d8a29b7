"""A Row's numbers, said slowly: count everything before a packet."""

from dataclasses import dataclass, field


@dataclass
class Numbers:
    first: int
    number: int
    """Of `first`."""
    skipped: set[int] = field(default_factory=set)
    pictures: list[int] = field(default_factory=list)
    """First packet skipped of each picture."""
    inserts: list[int] = field(default_factory=list)
    """What they were put behind."""
    last: tuple[int, int, int] | None = None

    def skip(self, media: int, timestamp: int, spatial: int) -> None:
        if self.last is not None and self.last[1:] == (timestamp, spatial):
            self.skipped |= set(range(self.last[0] + 1, media))  # between two of one frame: of that frame
        if self.last is None or self.last[1] != timestamp:
            self.pictures.append(media)
        self.skipped.add(media)
        self.last = (media, timestamp, spatial)

    def insert(self, media: int) -> None:
        self.inserts.append(media)

    def get(self, media: int) -> tuple[int, int] | None:
        if media < self.first or media in self.skipped:
            return None
        number = self.number + media - self.first
        number -= sum(1 for other in self.skipped if other < media)
        number += sum(1 for other in self.inserts if other < media)
        return number, sum(1 for other in self.pictures if other < media)
