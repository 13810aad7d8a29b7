"""Virtual time: a heap of (time, order, action). Nothing sleeps; time jumps to the earliest thing that happens."""

import heapq
from collections.abc import Callable

MS = 1_000_000
SECOND = 1_000_000_000

Action = Callable[[], None]


class Clock:
    def __init__(self, start_ns: int = 10 * SECOND) -> None:
        self.now_ns = start_ns
        self._heap: list[tuple[int, int, Action]] = []
        self._order = 0

    def at(self, when_ns: int, action: Action) -> None:
        """Things of one instant happen in the order in which they were asked for; the past means now."""
        self._order += 1
        heapq.heappush(self._heap, (max(when_ns, self.now_ns), self._order, action))

    def after(self, delay_ns: int, action: Action) -> None:
        self.at(self.now_ns + delay_ns, action)

    def every(self, period_ns: int, action: Callable[[], bool | None]) -> None:
        """Now and each `period_ns` until `action` answers False."""

        def again() -> None:
            if action() is not False:
                self.after(period_ns, again)

        self.after(0, again)

    def run_until(self, end_ns: int) -> None:
        while self._heap and self._heap[0][0] <= end_ns:
            self.now_ns, _, action = heapq.heappop(self._heap)
            action()
        self.now_ns = end_ns
