"""A joined client's requests about the Room and the people in it: each goes to the part that knows it."""

from signaling.actions import Action, Verdict
from signaling.database import Database
from signaling.host_messages import Audit, HostRequest
from signaling.line import Line
from signaling.live_rooms import LiveRooms
from signaling.member import Member
from signaling.message import Message
from treble.api import ApiError


class Hosting:
    def __init__(self, rooms: LiveRooms, database: Database) -> None:
        self._rooms = rooms
        self._database = database

    async def carry_out(self, line: Line, member: Member, message: HostRequest) -> Message:
        """The answer; `ApiError` for a refusal."""
        match message:
            case Audit():
                return await self._audit(line, member, message)
            case _:
                raise ApiError("bad.message", type(message).__name__)

    async def _audit(self, line: Line, member: Member, message: Audit) -> Message:
        if line.live.machine.verdict(member, Action.AUDIT) is not Verdict.ALLOW:
            raise ApiError("forbidden")
        return await self._rooms.trail.page(line.live.id, message.id, message.before)
