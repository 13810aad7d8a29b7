"""Requests about who belongs to a Room and as what: the door, roles, settings, tokens and invitations."""

from collections.abc import Callable

from signaling.actions import Action
from signaling.configuring import Configuring
from signaling.database import Database
from signaling.door_messages import Admit, Enter, Knock, Refuse
from signaling.doorkeeping import Doorkeeping
from signaling.entrance import Entrance
from signaling.host_messages import Configure, HandOver, Invitation, Invited, Renew, Renewed, SetRole
from signaling.line import Line
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import encode
from signaling.rights import check
from signaling.roles import Roles
from signaling.room.member import Member
from signaling.sessions import Sessions
from signaling.tokens import ACCESS_SECONDS
from treble.api import ApiError, ChatPlace
from treble.units import MILLISECOND

MembershipRequest = Renew | Invitation | HandOver | Admit | Refuse | SetRole | Configure


class Membership:
    """`wall_ns` is Unix time."""

    def __init__(
        self,
        rooms: LiveRooms,
        database: Database,
        entrance: Entrance,
        sessions: Sessions,
        doorkeeping: Doorkeeping,
        configuring: Configuring,
        wall_ns: Callable[[], int],
    ) -> None:
        self._database = database
        self._entrance = entrance
        self._sessions = sessions
        self.doorkeeping = doorkeeping
        self.roles = Roles(rooms, database)
        self.configuring = configuring
        self._wall_ns = wall_ns

    async def carry_out(self, line: Line, member: Member, message: MembershipRequest) -> Message:
        """The answer to somebody inside; `ApiError` for a refusal."""
        match message:
            case Renew():
                return await self._renew(line, message)
            case Invitation():
                return await self._invitation(line, member, message)
            case HandOver():
                return await self.roles.hand_over(line, member, message)
            case SetRole():
                return await self.roles.set_role(line, member, message)
            case Admit():
                return await self.doorkeeping.admit(line, member, message)
            case Refuse():
                return await self.doorkeeping.refuse(line, member, message)
            case Configure():
                return await self.configuring.configure(line, member, message)

    async def enter(self, line: Line, message: Enter) -> tuple[bytes, ChatPlace]:
        """The welcome of somebody who was let in, and where it takes part in the chat."""
        return await self._sessions.enter(line, message.id)

    async def knock(self, line: Line, message: Knock) -> bytes:
        """Of somebody at the door."""
        waiter = line.waiter()
        if waiter is None:
            raise ApiError("bad.message", "knock is for those at the door")
        return encode(await self.doorkeeping.knock(line, waiter, message))

    async def _renew(self, line: Line, message: Renew) -> Message:
        person = (await self._entrance.arrival_of(line.live.id, line.participant)).person
        expires_at = self._wall_ns() // MILLISECOND + ACCESS_SECONDS * 1000
        return Renewed(re=message.id, token=self._entrance.token(person), expires_at=expires_at)

    async def _invitation(self, line: Line, member: Member, message: Invitation) -> Message:
        check(line.live.machine, member, Action.INVITE)
        room, rooms = line.live.id, self._database.rooms
        record, password = await self._database.read(
            lambda connection: (rooms.find(connection, room, 0), rooms.password(connection, room))
        )
        if record is None:
            raise ApiError("ended")
        shown = password if line.live.machine.settings.has_password else None
        return Invited(re=message.id, room=record.alias or room, password=shown)
