"""The chat of a Room: stored, numbered, then sent to every Gateway that holds the Room (contracts 5)."""

from signaling.chat_messages import ChatRequest
from signaling.database import Database
from signaling.line import Line
from signaling.live_rooms import LiveRooms
from signaling.member import Member
from signaling.message import Message
from treble.api import ApiError


class ChatService:
    def __init__(self, rooms: LiveRooms, database: Database) -> None:
        self._rooms = rooms
        self._database = database

    async def carry_out(self, line: Line, member: Member, message: ChatRequest) -> Message:
        """The answer; `ApiError` for a refusal."""
        raise ApiError("bad.message", type(message).__name__)
