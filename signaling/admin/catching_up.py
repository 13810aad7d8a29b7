"""What was changed beside this server, by a command or at another room server, reaches the meeting that goes on here.

Nothing is taken from the database while something is under way to it: the meeting knows better then.
"""

from signaling.admin.parts import AdminParts
from signaling.gates import regate, set_gates
from signaling.live_room import LiveRoom
from signaling.room.member import Member
from signaling.storage.rooms import RoomRecord
from treble.api import Role


class CatchingUp:
    def __init__(self, parts: AdminParts) -> None:
        self._parts = parts

    async def room(self, live: LiveRoom, stored: RoomRecord) -> None:
        """Title, settings and lock, if these differ from what was just read."""
        if not _differs(live, stored) or not self._is_quiet(live):
            return
        machine, rooms = live.machine, self._parts.database.rooms
        async with live.loosening:
            before = (machine.settings, machine.title, machine.locks, machine.locked)
            record = await self._parts.database.read(lambda connection: rooms.find(connection, live.id, 0))
            after = (machine.settings, machine.title, machine.locks, machine.locked)
            if record is None or before != after or not self._is_quiet(live):
                return
            if record.locked is not machine.locked:
                live.feed(machine.handle_locked, record.locked)
            live.feed(machine.handle_settings, record.settings, record.title)
        await set_gates(self._parts.rooms, live, list(machine))
        await self._parts.rooms.leaders_changed(live)

    async def role(self, live: LiveRoom, member: Member, stored: Role) -> None:
        """The role, if it differs from what was just read."""
        if member.role is stored or not self._is_quiet(live):
            return
        people = self._parts.database.people
        async with live.loosening:
            permits = member.permits
            person = await self._parts.database.read(
                lambda connection: people.find(connection, live.id, member.id)
            )
            is_same = live.machine.member(member.id) is member and member.permits == permits
            if person is None or not is_same or not self._is_quiet(live):
                return
            live.feed(live.machine.handle_role, member.id, person.role)
        await regate(self._parts.rooms, live, member, may_open=True)

    def _is_quiet(self, live: LiveRoom) -> bool:
        return not live.is_over and not live.is_changing and not len(self._parts.rooms.pending)


def _differs(live: LiveRoom, stored: RoomRecord) -> bool:
    machine = live.machine
    here = (machine.settings, machine.title, machine.locked)
    return here != (stored.settings, stored.title, stored.locked)
