"""A Room's settings change as a whole: what they forbid is in force at once, what they permit is stored first."""

import os
from collections.abc import Callable

from sqlalchemy import Connection

from signaling.actions import Action
from signaling.attendance import Attendance
from signaling.database import Database
from signaling.gates import set_gates
from signaling.host_messages import Configure
from signaling.line import Line
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.moderation import stored_answer
from signaling.names import clean_title
from signaling.rights import check
from signaling.room.member import Member
from signaling.settings import Settings, check_settings, only_restricts, stricter
from signaling.storage import deadlines
from signaling.storage.rooms import ROOM_CLOSES
from treble.api import ApiError
from treble.ids import new_id
from treble.units import SECOND


class Configuring:
    """`wall_ns` is Unix time."""

    def __init__(
        self, rooms: LiveRooms, database: Database, attendance: Attendance, wall_ns: Callable[[], int]
    ) -> None:
        self._rooms = rooms
        self._database = database
        self._attendance = attendance
        self._wall_ns = wall_ns

    async def configure(self, line: Line, member: Member, message: Configure) -> Message:
        check(line.live.machine, member, Action.SETTINGS)
        is_stored = await self.change(line.live, message.settings, message.title, member.name)
        return stored_answer(message.id, is_stored)

    async def change(self, live: LiveRoom, settings: Settings, title: str, by: str) -> bool:
        """Whether it is stored already. `bad.settings`, `bad.title`."""
        check_settings(settings)
        title = clean_title(title)
        self._rooms.trail.note(live.id, by, Action.SETTINGS.value)
        with live.changing():
            if only_restricts(live.machine.settings, settings):
                return await self._restrict(live, settings, title)
            await self._permit(live, settings, title)
        return True

    async def _restrict(self, live: LiveRoom, settings: Settings, title: str) -> bool:
        """Whether it is stored already."""
        live.feed(live.machine.handle_settings, settings, title)
        try:
            await set_gates(self._rooms, live, list(live.machine), may_open=False)
        finally:
            is_stored = await self._rooms.standing.keep_room(
                live.id, self._writer(live.id, settings, title), settings=settings, title=title
            )
        return is_stored

    async def _permit(self, live: LiveRoom, settings: Settings, title: str) -> None:
        """Until it is stored nothing holds that either the old or the new settings forbid."""
        machine = live.machine
        live.feed(machine.handle_settings, stricter(machine.settings, settings), machine.title)
        await set_gates(self._rooms, live, list(machine), may_open=False)
        async with live.loosening:
            seen = machine.settings
            await self._database.write(self._writer(live.id, settings, title))
            if machine.settings is not seen:
                self._rooms.pending.put(self._writer(live.id, machine.settings, machine.title))
                raise ApiError("busy", "somebody else changed the settings", 1.0)
            self._rooms.standing.permit_room(live.id, settings=settings, title=title)
            live.feed(machine.handle_settings, settings, title)
        await set_gates(self._rooms, live, list(machine))
        await self._attendance.attend_now(live)

    def _writer(self, room: str, settings: Settings, title: str) -> Callable[[Connection], None]:
        rooms, now_ns, closing = self._database.rooms, self._wall_ns(), new_id(os.urandom)

        def store(connection: Connection) -> None:
            rooms.set_settings(connection, room, settings, title)
            rooms.keep(connection, room, rooms.kept_until(settings, now_ns))
            deadlines.settle_all(connection, room, ROOM_CLOSES, now_ns)
            if settings.closes_at is not None:
                deadlines.add(connection, closing, room, ROOM_CLOSES, settings.closes_at * SECOND)

        return store
