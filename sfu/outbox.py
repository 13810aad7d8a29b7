"""What the Worker has to tell the room server: in order for each Peer, one task for each that has something."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
import trio

from sfu.effects import TellPeerState, TellSlots, TellSpeakers
from treble.api import MediaEvents

Telling = TellPeerState | TellSlots | TellSpeakers
Told = Callable[[Telling, bool], None]

# A room server that takes longer is gone or overloaded; Slots are told again, the rest is superseded.
TIMEOUT_S: Final = 5
# A Peer that flaps makes one state every two seconds; more than this waiting means that nobody listens.
MAX_WAITING: Final = 32

_log = structlog.get_logger("sfu.outbox")


class Outbox:
    def __init__(self, events: MediaEvents, nursery: trio.Nursery, told: Told) -> None:
        self._events = events
        self._nursery = nursery
        self._told = told
        self._waiting: dict[str, deque[Telling]] = {}

    def put(self, telling: Telling) -> None:
        key = telling.event.room if isinstance(telling, TellSpeakers) else telling.event.peer
        queue = self._waiting.get(key)
        if queue is None:
            queue = self._waiting[key] = deque()
            self._nursery.start_soon(self._drain, key, queue)
        if isinstance(telling, TellSpeakers):
            queue.clear()  # latest wins
        queue.append(telling)
        if len(queue) > MAX_WAITING:
            self._told(queue.popleft(), False)

    async def _drain(self, key: str, queue: deque[Telling]) -> None:
        while queue:
            telling = queue.popleft()
            self._told(telling, await self._deliver(telling))
        del self._waiting[key]

    async def _deliver(self, telling: Telling) -> bool:
        """Whether it arrived; whatever goes wrong at the other end is no reason for this one to end."""
        try:
            with trio.fail_after(TIMEOUT_S):
                await self._call(telling)
        except Exception as error:
            _log.warning("room server not told", what=type(telling).__name__, error=repr(error))
            return False
        return True

    def _call(self, telling: Telling) -> Awaitable[object]:
        match telling:
            case TellPeerState(state):
                return self._events.peer_state_changed(state)
            case TellSlots(slots, _):
                return self._events.slots_changed(slots)
            case TellSpeakers(speakers):
                return self._events.speakers_changed(speakers)
