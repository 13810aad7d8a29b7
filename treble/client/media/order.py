"""Packets of one stream into their order, and which are missing (for NACK); the time is handed in."""

from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from treble.client.media.rtp import unwrap
from treble.units import MILLISECOND

T = TypeVar("T")

MOST_HELD: Final = 1024  # packets; more than a second of any video
FIRST_ASK_NS: Final = 10 * MILLISECOND  # packets that merely overtook each other are here by then
ASK_AGAIN_NS: Final = 100 * MILLISECOND
MOST_ASKED: Final = 64  # sequence numbers in one NACK


class Taken(NamedTuple, Generic[T]):
    after_gap: bool  # packets before this one were given up
    item: T


@dataclass
class _Missing:
    since_ns: int
    asked_ns: int = 0


class Order(Generic[T]):
    """`patience_ns`: how long a missing packet is waited for."""

    def __init__(self, patience_ns: int) -> None:
        self._patience_ns = patience_ns
        self._held: dict[int, T] = {}
        self._missing: dict[int, _Missing] = {}
        self._next: int | None = None
        self._highest = 0
        self._gap = False

    def clear(self) -> None:
        """Begin anew with whatever comes next."""
        self._held.clear()
        self._missing.clear()
        self._next = None
        self._gap = True

    def put(self, sequence: int, item: T, now_ns: int) -> None:
        if self._next is None:
            self._next, self._highest = sequence, sequence - 1
        number = unwrap(self._highest, sequence)
        if number < self._next or number in self._held:
            return
        if number - self._highest > MOST_HELD:  # another stretch of numbers
            self.clear()
            self._next, self._highest = number, number - 1
        for lost in range(self._highest + 1, number):
            self._missing[lost] = _Missing(now_ns)
        self._highest = max(self._highest, number)
        self._missing.pop(number, None)
        self._held[number] = item

    def take(self, now_ns: int) -> list[Taken[T]]:
        """All whose turn it is; what is missing for too long is given up."""
        taken: list[Taken[T]] = []
        while self._held and self._next is not None:
            if self._next in self._held:
                taken.append(Taken(self._gap, self._held.pop(self._next)))
                self._gap = False
            elif self._is_hopeless(self._next, now_ns):
                self._missing.pop(self._next, None)
                self._gap = True
            else:
                break
            self._next += 1
        return taken

    def _is_hopeless(self, number: int, now_ns: int) -> bool:
        missing = self._missing.get(number)
        late = missing is None or now_ns - missing.since_ns > self._patience_ns
        return late or len(self._held) > MOST_HELD // 2

    def ask(self, now_ns: int) -> list[int]:
        """Sequence numbers that are to be asked for now (again)."""
        due: list[int] = []
        for number, missing in self._missing.items():
            asked = missing.asked_ns
            if now_ns - (asked or missing.since_ns) < (ASK_AGAIN_NS if asked else FIRST_ASK_NS):
                continue
            missing.asked_ns = now_ns
            due.append(number & 0xFFFF)
            if len(due) == MOST_ASKED:
                break
        return due
