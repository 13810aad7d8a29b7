"""A joined client's requests about the Room and the people in it: roles, permissions, host controls."""

from signaling.database import Database
from signaling.host_messages import HostRequest
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
        raise ApiError("bad.message", type(message).__name__)
