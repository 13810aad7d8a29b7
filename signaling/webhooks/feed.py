"""From what happens in the Rooms to rows of the outbox: one for each event and endpoint that wants it."""

import os
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
import trio
from sqlalchemy import Connection

from signaling.counters import Counters
from signaling.database import Database
from signaling.room.roster import Roster
from signaling.storage.webhooks import Delivery, Endpoint
from signaling.webhooks.events import Event, EventType, differences
from treble.api import ApiError
from treble.ids import new_id

MAX_WAITING: Final = 10_000  # events in memory while the database is away; beyond it the oldest go, counted
BATCH: Final = 100
RETRY_S: Final = 0.25

_log = structlog.get_logger("signaling.webhooks")


class WebhookFeed:
    """Implements `RoomObserver`. `stored` is called when rows have come to the outbox."""

    def __init__(
        self, database: Database, counters: Counters, wall_ns: Callable[[], int], stored: Callable[[], None]
    ) -> None:
        self._database = database
        self._counters = counters
        self._wall_ns = wall_ns
        self._stored = stored
        self._endpoints: list[Endpoint] | None = None  # not known yet: whatever happens is kept
        self._waiting: deque[Event] = deque()
        self._wake = trio.Event()
        self._last_ns = 0

    def use(self, endpoints: list[Endpoint]) -> None:
        """Whom to tell from now on; nothing is kept for others."""
        self._endpoints = endpoints

    # --- RoomObserver -----------------------------------------------------------------------------------------

    def room_started(self, room: str) -> None:
        self.tell(room, EventType.ROOM_STARTED)

    def room_ended(self, room: str) -> None:
        self.tell(room, EventType.ROOM_ENDED)

    def roster_changed(self, room: str, before: Roster, after: Roster, reasons: Mapping[str, str]) -> None:
        if self._endpoints is None or self._endpoints:
            for kind, data in differences(before, after, reasons):
                self.tell(room, kind, data)

    def waiting(self, room: str, participant: str, name: str, guest: bool) -> None:
        self.tell(room, EventType.WAITING, {"participant": {"id": participant, "name": name, "guest": guest}})

    def tell(self, room: str, kind: EventType, data: dict[str, Any] | None = None) -> None:
        if self._endpoints is not None and not any(each.wants(kind) for each in self._endpoints):
            return
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            self._counters.count("webhook events lost")
        self._last_ns = max(self._last_ns + 1, self._wall_ns())  # no two at once: `at` is their order
        event = Event(id=new_id(os.urandom), type=kind, room=room, at=self._last_ns, data=data or {})
        self._waiting.append(event)
        self._wake.set()

    # --- to the outbox ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        while True:
            while self._waiting:
                await self._store([self._waiting[i] for i in range(min(BATCH, len(self._waiting)))])
            self._wake = trio.Event()
            await self._wake.wait()

    async def _store(self, events: list[Event]) -> None:
        """All of them in one transaction, or all of them again later."""
        try:
            await self._database.write(lambda connection: self._put(connection, events))
        except ApiError as error:
            _log.warning("webhook events wait", cause=error.detail, waiting=len(self._waiting))
            return await trio.sleep(RETRY_S)
        for event in events:
            if self._waiting and self._waiting[0] is event:  # not, where it was lost meanwhile
                self._waiting.popleft()
        self._stored()
        return None

    def _put(self, connection: Connection, events: list[Event]) -> None:
        webhooks = self._database.webhooks
        endpoints, now_ns = webhooks.all(connection), self._wall_ns()
        for event in events:
            body = event.body()
            for endpoint in endpoints:
                if endpoint.wants(event.type):
                    delivery = Delivery(
                        id=new_id(os.urandom),
                        endpoint=endpoint.id,
                        event=event.id,
                        type=event.type,
                        room=event.room,
                        at=event.at,
                        due_at=now_ns,
                    )
                    webhooks.put(connection, delivery, body)
