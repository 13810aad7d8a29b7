"""Which counters of one key were seen: a window, since frames may overtake each other."""

from typing import Final

SIZE: Final = 1024


class ReplayWindow:
    def __init__(self) -> None:
        self._highest = -1
        self._seen: set[int] = set()

    def take(self, counter: int) -> bool:
        """Whether this counter is new; it is not any more afterwards."""
        if counter <= self._highest - SIZE or counter in self._seen:
            return False
        self._seen.add(counter)
        self._highest = max(self._highest, counter)
        if len(self._seen) > 2 * SIZE:
            self._seen = {each for each in self._seen if each > self._highest - SIZE}
        return True
