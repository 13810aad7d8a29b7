"""Every second: which deadlines have passed, and what follows from each."""

import os
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
import trio
from sqlalchemy import Connection

from signaling.database import Database
from signaling.storage import deadlines
from signaling.storage.deadlines import Deadline
from signaling.storage.rooms import ROOM_EXPIRY
from treble.api import ApiError
from treble.ids import new_id
from treble.units import SECOND

PERIOD_S: Final = 1.0
BATCH: Final = 100  # deadlines settled in one sweep; the rest has another second

HOLDER_FIRST_NS: Final = 60 * SECOND

Settler = Callable[[Deadline, int], Awaitable[None]]

_log = structlog.get_logger("signaling.sweep")


class Sweep:
    """Any number of room servers may sweep: each deadline is settled by one of them (contracts 4)."""

    def __init__(
        self, database: Database, wall_ns: Callable[[], int], is_live: Callable[[str], bool]
    ) -> None:
        self._database = database
        self._wall_ns = wall_ns
        self._is_live = is_live
        self._settlers: dict[str, Settler] = {ROOM_EXPIRY: self._expire_room}

    def on(self, kind: str, settle: Settler) -> None:
        """`settle` is called with each deadline of this kind that has passed, and Unix time in nanoseconds, until it has
        settled it (`deadlines.settle`) or not: then again in the next sweep."""
        self._settlers[kind] = settle

    def is_ours(self, deadline: Deadline, now_ns: int) -> bool:
        """Whether to settle what concerns people who are there: whoever holds the live Room first, later anybody."""
        return self._is_live(deadline.room) or now_ns >= deadline.expires_at + HOLDER_FIRST_NS

    async def run(self) -> None:
        while True:
            try:
                await self.once()
            except ApiError as error:  # the database is away; deadlines wait in it
                _log.warning("sweep put off", cause=error.detail)
            await trio.sleep(PERIOD_S)

    async def once(self) -> None:
        now_ns = self._wall_ns()
        kinds = list(self._settlers)
        for deadline in await self._database.read(
            lambda connection: deadlines.due(connection, now_ns, BATCH, kinds)
        ):
            await self._settlers[deadline.kind](deadline, now_ns)

    async def used(self, room: str) -> None:
        """The room comes to life or is left: its time begins anew."""
        now_ns = self._wall_ns()
        try:
            await self._database.write(lambda connection: self._prolong(connection, room, now_ns))
        except ApiError as error:  # the sweep finds it live, or its old time holds
            _log.warning("room not prolonged", room=room, cause=error.detail)

    async def _expire_room(self, deadline: Deadline, now_ns: int) -> None:
        """Delete the room, or look again later if it is or was in use."""
        is_live = self._is_live(deadline.room)
        rooms = self._database.rooms

        def settle(connection: Connection) -> None:
            if not deadlines.settle(connection, deadline.id, now_ns):
                return
            if is_live:
                self._prolong(connection, deadline.room, now_ns)
            if not rooms.delete_expired(connection, deadline.room, now_ns):
                later = rooms.expires_at(connection, deadline.room)
                if later is not None:
                    deadlines.add(connection, new_id(os.urandom), deadline.room, ROOM_EXPIRY, later)

        await self._database.write(settle)

    def _prolong(self, connection: Connection, room: str, now_ns: int) -> None:
        rooms = self._database.rooms
        record = rooms.find(connection, room, 0)
        if record is not None:
            rooms.keep(connection, room, rooms.kept_until(record.settings, now_ns))
