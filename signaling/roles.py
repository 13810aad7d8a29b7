"""Who is host, co-host, speaker, viewer: a lower role is in force first, a higher one is stored first (contracts 4)."""

from collections.abc import Callable

from sqlalchemy import Connection

from signaling.actions import Action
from signaling.calls import RETRY_AFTER_SECONDS
from signaling.database import Database
from signaling.gates import regate
from signaling.host_messages import HandOver, SetRole
from signaling.line import Line
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.moderation import stored_answer
from signaling.permissions import outranks
from signaling.rights import check, subject
from signaling.room.member import Member
from treble.api import ApiError, Role


class Roles:
    def __init__(self, rooms: LiveRooms, database: Database) -> None:
        self._rooms = rooms
        self._database = database

    async def set_role(self, line: Line, member: Member, message: SetRole) -> Message:
        live = line.live
        check(live.machine, member, Action.ROLES)
        target, role = subject(live.machine, member, message.participant), message.role
        if role is Role.HOST:
            raise ApiError("forbidden", "a host is made by handing over")
        return stored_answer(message.id, await self.give(live, target, role, member.name))

    async def give(self, live: LiveRoom, target: Member, role: Role, by: str) -> bool:
        """Whether it is stored already. `by`: the name that is noted."""
        if role is target.role:
            return True
        if outranks(role, target.role):
            await self._raise(live, by, target, role)
            return True
        return await self._lower(live, by, target, role)

    async def hand_over(self, line: Line, member: Member, message: HandOver) -> Message:
        """Not to a viewer or an unverified guest, unless the Room allows it."""
        live = line.live
        check(live.machine, member, Action.HAND_OVER)
        target = subject(live.machine, member, message.participant)
        if not live.machine.settings.hand_over_to_guests and (target.guest or target.role is Role.VIEWER):
            raise ApiError("forbidden", "not to a guest or viewer: see the room's settings")
        people = self._database.people
        note = self._rooms.trail.entry(live.id, member.name, Action.HAND_OVER.value, target.name)

        def store(connection: Connection) -> None:
            people.set_role(connection, target.id, Role.HOST)
            people.set_role(connection, member.id, Role.COHOST)
            note(connection)

        await self._permit(live, [(target, Role.HOST), (member, Role.COHOST)], store)
        await regate(self._rooms, live, member)
        await regate(self._rooms, live, target, may_open=True)
        return Done(re=message.id)

    async def _raise(self, live: LiveRoom, by: str, target: Member, role: Role) -> None:
        people = self._database.people
        note = self._rooms.trail.entry(live.id, by, Action.ROLES.value, target.name, role.value)

        def store(connection: Connection) -> None:
            people.set_role(connection, target.id, role)
            note(connection)

        await self._permit(live, [(target, role)], store)
        await regate(self._rooms, live, target, may_open=True)

    async def _lower(self, live: LiveRoom, by: str, target: Member, role: Role) -> bool:
        """Whether it is stored already."""
        people = self._database.people
        live.feed(live.machine.handle_role, target.id, role)
        self._rooms.trail.note(live.id, by, Action.ROLES.value, target.name, role.value)
        with live.changing():
            try:
                await regate(self._rooms, live, target)
            finally:
                is_stored = await self._rooms.standing.keep(
                    live.id,
                    target.id,
                    lambda connection: people.set_role(connection, target.id, role),
                    role=role,
                )
        return is_stored

    async def _permit(
        self, live: LiveRoom, roles: list[tuple[Member, Role]], store: Callable[[Connection], None]
    ) -> None:
        """Store, then let it be so; `busy` where a restriction came in between: that stands, and is stored again."""
        async with live.loosening:
            seen = [member.permits for member, _ in roles]
            await self._database.write(store)
            is_same = all(live.machine.member(member.id) is member for member, _ in roles)
            if is_same and [member.permits for member, _ in roles] == seen:
                for member, role in roles:
                    self._rooms.standing.permit(live.id, member.id, role=role)
                    live.feed(live.machine.handle_role, member.id, role)
                return
        for member, _ in roles:
            self._store_as_it_is(member.id, member.role)
        raise ApiError("busy", "somebody else changed this, or has left", RETRY_AFTER_SECONDS)

    def _store_as_it_is(self, participant: str, role: Role) -> None:
        people = self._database.people
        self._rooms.pending.put(lambda connection: people.set_role(connection, participant, role))
