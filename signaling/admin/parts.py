"""What the parts of the operators' side share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Row

from signaling.configuring import Configuring
from signaling.counters import Counters
from signaling.database import Database
from signaling.doorkeeping import Doorkeeping
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.moderation import Moderation
from signaling.roles import Roles
from signaling.room_config import RoomConfig
from signaling.storage.pages import Place, cursor_of
from signaling.storage.rooms import RoomRecord
from signaling.tokens import Tokens
from treble.api import ApiError
from treble.units import SECOND

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AdminParts:
    """`moderation` to `configuring` are those that hosts' requests use; `end_resources` ends the WHIP and WHEP
    resources of a token, `resource_tokens` are those that have any. `now_ns` is monotonic, `wall_ns` Unix time."""

    config: RoomConfig
    counters: Counters
    database: Database
    tokens: Tokens
    rooms: LiveRooms
    moderation: Moderation
    doorkeeping: Doorkeeping
    roles: Roles
    configuring: Configuring
    end_resources: Callable[[str], None]
    resource_tokens: Callable[[], set[str]]
    now_ns: Callable[[], int]
    wall_ns: Callable[[], int]

    def found(self, connection: Connection, room: str) -> RoomRecord:
        """By id or friendly link; `ApiError("not.found")`."""
        record = self.database.rooms.look_up(connection, room, self.wall_ns())
        if record is None:
            raise ApiError("not.found", "There is no such room.")
        return record

    async def room(self, room: str) -> RoomRecord:
        return await self.database.read(lambda connection: self.found(connection, room))

    async def live(self, room: str) -> LiveRoom:
        """The Room, which somebody must be in; `ApiError("not.found")`."""
        live = self.rooms.get((await self.room(room)).id)
        if live is None:
            raise ApiError("not.found", "Nobody is in this room now.")
        return live

    def note(
        self, connection: Connection, room: str, actor: str, action: str, subject: str = "", detail: str = ""
    ) -> None:
        """In the room's audit log, in the caller's transaction."""
        self.rooms.trail.entry(room, actor, action, subject, detail)(connection)


def seconds(at_ns: int) -> int:
    return at_ns // SECOND


def paged(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:  # type: ignore[type-arg]
    """Of `limit + 1` rows the first `limit`, and the cursor of the next page if there is one."""
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], cursor_of(Place(last.created_at, last.id))
