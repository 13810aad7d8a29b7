"""Webhooks of one room server: its Rooms' events into the outbox, and the outbox's rows out to the endpoints."""

import hashlib
from collections.abc import Callable

import structlog
import trio
from sqlalchemy import Connection

from signaling.counters import Counters
from signaling.database import Database
from signaling.room_config import RoomConfig
from signaling.storage.webhooks import Endpoint
from signaling.webhooks.feed import WebhookFeed
from signaling.webhooks.post import WebhookPost
from signaling.webhooks.sender import WebhookSender
from treble.api import ApiError

CONFIGURED = "config-"  # how ids of endpoints begin that the configuration names
RETRY_S = 1.0

_log = structlog.get_logger("signaling.webhooks")


class WebhookService:
    """`feed` observes the Rooms; `run` sends until cancelled."""

    def __init__(
        self, config: RoomConfig, database: Database, counters: Counters, wall_ns: Callable[[], int]
    ) -> None:
        self._config = config
        self._database = database
        self._wall_ns = wall_ns
        self._post = WebhookPost(private_allowed=config.webhook_private_addresses)
        self.feed = WebhookFeed(database, counters, wall_ns, self.wake)
        self._sender = WebhookSender(database, self._post, counters, wall_ns, self.feed.use)

    def wake(self) -> None:
        self._sender.wake()

    async def refresh(self) -> None:
        """The endpoints have changed: use them from now on."""
        await self._sender.refresh()

    async def run(self) -> None:
        try:
            await self._configure()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.feed.run)
                nursery.start_soon(self._sender.run)
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await self._post.aclose()

    async def _configure(self) -> None:
        """The configuration's endpoints are those in the table that say so; several room servers make the same rows."""
        while True:
            try:
                return await self._database.write(self._use_configured)
            except ApiError as error:
                _log.warning("webhooks not configured yet", cause=error.detail)
                await trio.sleep(RETRY_S)

    def _use_configured(self, connection: Connection) -> None:
        webhooks, wanted = self._database.webhooks, {configured_id(url): url for url in self._config.webhooks}
        secret = self._config.webhook_secret
        for endpoint in webhooks.all(connection):
            if not endpoint.id.startswith(CONFIGURED):
                continue
            if wanted.get(endpoint.id) != endpoint.url:
                webhooks.delete(connection, endpoint.id)
            else:
                del wanted[endpoint.id]
                if endpoint.secret != secret:
                    webhooks.set_secret(connection, endpoint.id, secret)
        for each, url in wanted.items():
            endpoint = Endpoint(id=each, url=url, secret=secret, created_at=self._wall_ns())
            webhooks.add(connection, endpoint)


def configured_id(url: str) -> str:
    return CONFIGURED + hashlib.sha256(url.encode()).hexdigest()[:24]
