"""What operators may ask, on the room server's side: implements `treble.admin_api.Admin`."""

from collections.abc import Callable

from signaling.counters import Counters
from signaling.database import Database
from signaling.live_rooms import LiveRooms
from signaling.room_config import RoomConfig
from signaling.tokens import Tokens
from signaling.webhook_service import WebhookService


class AdminServer:
    """`wall_ns` is Unix time. There is only what `open` was given while the database is open."""

    def __init__(self, config: RoomConfig, counters: Counters, wall_ns: Callable[[], int]) -> None:
        self._config = config
        self._counters = counters
        self._wall_ns = wall_ns
        self._webhooks: WebhookService | None = None

    def open(self, database: Database, tokens: Tokens, rooms: LiveRooms) -> None:
        """The database is there."""
        self._webhooks = WebhookService(self._config, database, self._counters, self._wall_ns)
        rooms.observer = self._webhooks.feed

    def close(self) -> None:
        """The database is about to be closed."""
        self._webhooks = None

    async def run(self) -> None:
        """What goes on beside the requests (webhooks); until cancelled."""
        assert self._webhooks is not None
        await self._webhooks.run()
