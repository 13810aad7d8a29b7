"""What the Worker has to tell the room server: in order for each Peer, one task for each that has something.

What concerns a whole Room, and demand, goes beside the Peers' lines and is latest-wins.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
import trio

from sfu.effects import TellDemand, TellNetworks, TellPeerState, TellSlots, TellSpeakers
from treble.api import MediaEvents

Telling = TellPeerState | TellSlots | TellSpeakers | TellDemand | TellNetworks
Line = tuple[str, ...]
Told = Callable[[Telling, bool], None]

# A room server that takes longer is gone or overloaded; Slots and demand are told again, the rest is superseded.
TIMEOUT_S: Final = 5
# A Peer that flaps makes one state every two seconds; more than this waiting means that nobody listens.
MAX_WAITING: Final = 32

_log = structlog.get_logger("sfu.outbox")


class Outbox:
    def __init__(self, events: MediaEvents, nursery: trio.Nursery, told: Told) -> None:
        self._events = events
        self._nursery = nursery
        self._told = told
        self._waiting: dict[Line, deque[Telling]] = {}

    def put(self, telling: Telling) -> None:
        key, is_latest_wins = _line_of(telling)
        queue = self._waiting.get(key)
        if queue is None:
            queue = self._waiting[key] = deque()
            self._nursery.start_soon(self._drain, key, queue)
        if is_latest_wins:
            queue.clear()
        queue.append(telling)
        if len(queue) > MAX_WAITING:
            self._told(queue.popleft(), False)

    async def _drain(self, key: Line, queue: deque[Telling]) -> None:
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
            case TellDemand(demand):
                return self._events.demand_changed(demand)
            case TellNetworks(networks):
                return self._events.networks_changed(networks)


def _line_of(telling: Telling) -> tuple[Line, bool]:
    """What it must stay in order with, and whether a later one replaces it."""
    match telling:
        case TellSpeakers(speakers):
            return ("speakers", speakers.room), True
        case TellNetworks(networks):
            return ("networks", networks.room), True
        case TellDemand(demand):
            return ("demand", demand.peer, demand.source), True
        case TellPeerState(state):
            return ("peer", state.peer), False
        case TellSlots(slots, _):
            return ("peer", slots.peer), False
