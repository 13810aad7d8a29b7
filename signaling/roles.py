"""Who is host, co-host, speaker, viewer: a lower role is in force first, a higher one is stored first (contracts 4)."""

from collections.abc import Callable

from sqlalchemy import Connection

from signaling.actions import Action
from signaling.database import Database
from signaling.gates import regate
from signaling.host_messages import HandOver, SetRole
from signaling.line import Line
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.member import Member
from signaling.message import Message
from signaling.messages import Done
from signaling.moderation import stored_answer
from signaling.permissions import outranks
from signaling.rights import check
from treble.api import ApiError, Role


class Roles:
    def __init__(self, rooms: LiveRooms, database: Database) -> None:
        self._rooms = rooms
        self._database = database

    async def set_role(self, line: Line, member: Member, message: SetRole) -> Message:
        live = line.live
        check(live.machine, member, Action.ROLES)
        target, role = _other(live, member, message.participant), message.role
        if role is Role.HOST or not outranks(member.role, target.role):
            raise ApiError("forbidden", "a host is made by handing over")
        if role is target.role:
            return Done(re=message.id)
        if outranks(role, target.role):
            await self._raise(live, member, target, role)
            return Done(re=message.id)
        return stored_answer(message.id, await self._lower(live, member, target, role))

    async def hand_over(self, line: Line, member: Member, message: HandOver) -> Message:
        """Not to a viewer or an unverified guest, unless the Room allows it."""
        live = line.live
        check(live.machine, member, Action.HAND_OVER)
        target = _other(live, member, message.participant)
        if not live.machine.settings.hand_over_to_guests and (target.guest or target.role is Role.VIEWER):
            raise ApiError("forbidden", "not to a guest or viewer: see the room's settings")
        people = self._database.people
        note = self._rooms.trail.entry(live.id, member.name, Action.HAND_OVER.value, target.name)

        def store(connection: Connection) -> None:
            people.set_role(connection, target.id, Role.HOST)
            people.set_role(connection, member.id, Role.COHOST)
            note(connection)

        await self._permit(live, [target, member], store)
        live.feed(live.machine.handle_role, target.id, Role.HOST)
        live.feed(live.machine.handle_role, member.id, Role.COHOST)
        await regate(self._rooms, live, member)
        await regate(self._rooms, live, target, may_open=True)
        return Done(re=message.id)

    async def _raise(self, live: LiveRoom, member: Member, target: Member, role: Role) -> None:
        people = self._database.people
        note = self._rooms.trail.entry(live.id, member.name, Action.ROLES.value, target.name, role.value)

        def store(connection: Connection) -> None:
            people.set_role(connection, target.id, role)
            note(connection)

        await self._permit(live, [target], store)
        live.feed(live.machine.handle_role, target.id, role)
        await regate(self._rooms, live, target, may_open=True)

    async def _lower(self, live: LiveRoom, member: Member, target: Member, role: Role) -> bool:
        """Whether it is stored already."""
        people = self._database.people
        live.feed(live.machine.handle_role, target.id, role)
        stored = self._rooms.pending.put(lambda connection: people.set_role(connection, target.id, role))
        self._rooms.trail.note(live.id, member.name, Action.ROLES.value, target.name, role.value)
        await regate(self._rooms, live, target)
        return await self._rooms.pending.soon(stored)

    async def _permit(
        self, live: LiveRoom, people: list[Member], store: Callable[[Connection], None]
    ) -> None:
        """Store; `busy` where a restriction came in between: that stands, and is stored again."""
        seen = [member.permits for member in people]
        await self._database.write(store)
        if [member.permits for member in people] == seen and all(
            live.machine.member(member.id) is member for member in people
        ):
            return
        roles, rows = {member.id: member.role for member in people}, self._database.people
        for participant, role in roles.items():
            self._rooms.pending.put(lambda connection, p=participant, r=role: rows.set_role(connection, p, r))
        raise ApiError("busy", "somebody else changed this, or has left", 1.0)


def _other(live: LiveRoom, member: Member, participant: str) -> Member:
    target = live.machine.member(participant)
    if target is None:
        raise ApiError("not.found")
    if target is member:
        raise ApiError("forbidden", "not of oneself")
    return target
