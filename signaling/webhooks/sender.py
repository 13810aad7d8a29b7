"""The outbox's other end: what is due goes out, several at a time, in the order of each room; what fails comes again.

Any number of room servers may send: a row is claimed by one of them. One that dies with a claim leaves the row to
the others when the claim runs out, so a receiver may see an event twice, with the same id.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog
import trio
from sqlalchemy import Connection

from signaling.counters import Counters
from signaling.database import Database
from signaling.storage.webhooks import Delivery, Endpoint
from signaling.webhooks.post import ATTEMPT_S, WebhookPost, is_taken
from treble.api import ApiError
from treble.units import SECOND

PERIOD_S: Final = 1.0
LEASE_NS: Final = 3 * int(ATTEMPT_S) * SECOND
# After the first failure, the second, ...; then it is given up: 22 hours in all.
RETRIES_S: Final = (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
MAX_AT_ONCE: Final = 32  # requests under way
MAX_OF_ENDPOINT: Final = 8  # one that hangs leaves room for the others
MAX_QUEUED: Final = 10_000  # events that one endpoint may have waiting; the oldest are given up
KEEP_DONE_NS: Final = 7 * 24 * 3600 * SECOND
HOUSEKEEPING_S: Final = 60.0

_log = structlog.get_logger("signaling.webhooks")


class WebhookSender:
    """`used` is told the endpoints whenever they were read. `wall_ns` is Unix time."""

    def __init__(
        self,
        database: Database,
        post: WebhookPost,
        counters: Counters,
        wall_ns: Callable[[], int],
        used: Callable[[list[Endpoint]], None],
    ) -> None:
        self._database = database
        self._post = post
        self._counters = counters
        self._wall_ns = wall_ns
        self._used = used
        self._endpoints: dict[str, Endpoint] = {}
        self._busy: Counter[str] = Counter()
        self._wake = trio.Event()
        self._next_housekeeping = 0.0

    def wake(self) -> None:
        """There is something new in the outbox, or other endpoints."""
        self._wake.set()

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            while True:
                self._wake = trio.Event()
                try:
                    await self.refresh()
                    await self._send_due(nursery)
                    await self._keep_house()
                except ApiError as error:
                    _log.warning("webhooks put off", cause=error.detail)
                with trio.move_on_after(PERIOD_S):
                    await self._wake.wait()

    async def refresh(self) -> None:
        """Read the endpoints anew; another room server or a command may have changed them."""
        webhooks = self._database.webhooks
        found = await self._database.read(webhooks.all)
        self._endpoints = {endpoint.id: endpoint for endpoint in found}
        self._used(found)

    async def _send_due(self, nursery: trio.Nursery) -> None:
        room = MAX_AT_ONCE - self._busy.total()
        if not self._endpoints or room <= 0:
            return
        webhooks, now_ns = self._database.webhooks, self._wall_ns()
        busy = [endpoint for endpoint, count in self._busy.items() if count >= MAX_OF_ENDPOINT]
        if not await self._database.read(lambda connection: webhooks.is_due(connection, now_ns)):
            return
        claimed = await self._database.write(
            lambda connection: webhooks.claim(connection, now_ns, LEASE_NS, min(room, MAX_OF_ENDPOINT), busy)
        )
        for delivery, body in claimed:
            self._busy[delivery.endpoint] += 1
            nursery.start_soon(self._attempt, delivery, body)

    async def _attempt(self, delivery: Delivery, body: bytes) -> None:
        endpoint = self._endpoints.get(delivery.endpoint)
        try:
            if endpoint is None:  # added by another server since we looked
                await self.refresh()
                endpoint = self._endpoints.get(delivery.endpoint)
            if endpoint is not None:
                outcome = await self._post.send(
                    endpoint.url,
                    endpoint.secret,
                    delivery.id,
                    delivery.type,
                    body,
                    self._wall_ns() // SECOND,
                )
                self._counters.count("webhooks sent", outcome)
                await self._settle(delivery, outcome)
        except ApiError as error:  # the claim runs out, and it is sent again
            _log.warning("webhook not settled", cause=error.detail)
        finally:
            self._busy[delivery.endpoint] -= 1
            self._wake.set()

    async def _settle(self, delivery: Delivery, outcome: str) -> None:
        webhooks, now_ns = self._database.webhooks, self._wall_ns()
        wait_s = None if is_taken(outcome) else retry_s(delivery.attempts)
        due_at = None if wait_s is None else now_ns + wait_s * SECOND
        if wait_s is None and not is_taken(outcome):
            self._counters.count("webhooks given up")
            _log.error("webhook given up", endpoint=delivery.endpoint, event=delivery.event, outcome=outcome)
        is_back = is_taken(outcome) and delivery.attempts > 1

        def settle(connection: Connection) -> None:
            webhooks.settle(connection, delivery, outcome, now_ns, due_at)
            if is_back:
                webhooks.hurry(connection, delivery.endpoint, now_ns, LEASE_NS)

        await self._database.write(settle)

    async def _keep_house(self) -> None:
        if trio.current_time() < self._next_housekeeping:
            return
        self._next_housekeeping = trio.current_time() + HOUSEKEEPING_S
        webhooks, now_ns, endpoints = self._database.webhooks, self._wall_ns(), list(self._endpoints)

        def tidy(connection: Connection) -> int:
            webhooks.drop_done(connection, now_ns - KEEP_DONE_NS)
            return sum(webhooks.give_up_oldest(connection, each, MAX_QUEUED, now_ns) for each in endpoints)

        if endpoints and (given_up := await self._database.write(tidy)):
            self._counters.count("webhook events lost", "queue full")
            _log.error("webhook queue full", given_up=given_up)


def retry_s(attempts: int) -> int | None:
    """Seconds from a failed attempt (the first is 1) to the next; None: it is given up."""
    return RETRIES_S[attempts - 1] if attempts <= len(RETRIES_S) else None
