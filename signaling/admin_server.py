"""What operators may ask, on the room server's side: implements `treble.admin_api.Admin`."""

from collections.abc import Callable

from signaling.database import Database
from signaling.live_rooms import LiveRooms
from signaling.room_config import RoomConfig
from signaling.tokens import Tokens


class AdminServer:
    """`wall_ns` is Unix time. There is only what `open` was given while the database is open."""

    def __init__(self, config: RoomConfig, wall_ns: Callable[[], int]) -> None:
        self._config = config
        self._wall_ns = wall_ns

    def open(self, database: Database, tokens: Tokens, rooms: LiveRooms) -> None:
        """The database is there."""

    def close(self) -> None:
        """The database is about to be closed."""

    async def run(self) -> None:
        """What goes on beside the requests (webhooks); until cancelled."""
