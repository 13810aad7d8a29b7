"""Operators and webhooks: who is told, and what came of it."""

import os

from sqlalchemy import Connection

from signaling.admin.parts import AdminParts, seconds
from signaling.storage.pages import Place, cursor_of, place_of
from signaling.storage.webhooks import Delivery, Endpoint
from signaling.webhooks.addresses import parse_url
from signaling.webhooks.events import EventType
from signaling.webhooks.post import is_taken
from signaling.webhooks.service import CONFIGURED, WebhookService
from treble.admin_answers import (
    DeliveryDetails,
    DeliveryPage,
    NewWebhook,
    WebhookDetails,
    WebhookList,
)
from treble.admin_requests import CreateWebhook, DeleteWebhook, ListDeliveries
from treble.api import ApiError, Done
from treble.ids import new_id, new_secret

MAX_WEBHOOKS = 32  # each event is a row for each of them


class AdminHooks:
    """`service` None: of a command, beside the room servers; they look for new endpoints every second."""

    def __init__(self, parts: AdminParts, service: WebhookService | None) -> None:
        self._parts = parts
        self._service = service
        self._webhooks = parts.database.webhooks

    async def create(self, request: CreateWebhook) -> NewWebhook:
        """`bad.url`, `bad.event`, `full`."""
        body = request.body
        parse_url(body.url, private_allowed=self._parts.config.webhook_private_addresses)
        known = {kind.value for kind in EventType}
        for kind in body.events:
            if kind not in known:
                raise ApiError("bad.event", f"{kind[:64]}: events are {', '.join(sorted(known))}")
        endpoint = Endpoint(
            id=new_id(os.urandom),
            url=body.url,
            secret=body.secret or new_secret(os.urandom),
            events=list(dict.fromkeys(body.events)),
            created_at=self._parts.wall_ns(),
        )

        def store(connection: Connection) -> None:
            if len(self._webhooks.all(connection)) >= MAX_WEBHOOKS:
                raise ApiError("full", f"{MAX_WEBHOOKS} webhooks at most")
            self._webhooks.add(connection, endpoint)

        await self._parts.database.write(store)
        await self._refresh()
        seen = _seen(endpoint)
        return NewWebhook(
            id=seen.id,
            url=seen.url,
            events=seen.events,
            created_at=seen.created_at,
            configured=False,
            secret=endpoint.secret,
        )

    async def all(self) -> WebhookList:
        found = await self._parts.database.read(self._webhooks.all)
        return WebhookList(webhooks=[_seen(each) for each in found])

    async def delete(self, request: DeleteWebhook) -> Done:
        """`not.found`; `bad.webhook` for one that the configuration names."""
        if request.webhook.startswith(CONFIGURED):
            raise ApiError("bad.webhook", "the configuration names it: see `webhooks`")
        is_gone = await self._parts.database.write(
            lambda connection: self._webhooks.delete(connection, request.webhook)
        )
        if not is_gone:
            raise ApiError("not.found", "There is no such webhook.")
        await self._refresh()
        return Done()

    async def deliveries(self, request: ListDeliveries) -> DeliveryPage:
        place = place_of(request.cursor)

        def read(connection: Connection) -> list[Delivery]:
            if self._webhooks.find(connection, request.webhook) is None:
                raise ApiError("not.found", "There is no such webhook.")
            return self._webhooks.deliveries(connection, request.webhook, place, request.limit + 1)

        found = await self._parts.database.read(read)
        shown = found[: request.limit]
        more = len(found) > len(shown)
        return DeliveryPage(
            deliveries=[_seen_delivery(each) for each in shown],
            cursor=cursor_of(Place(shown[-1].at, shown[-1].id)) if more else None,
        )

    async def _refresh(self) -> None:
        if self._service is not None:
            await self._service.refresh()


def _seen(endpoint: Endpoint) -> WebhookDetails:
    return WebhookDetails(
        id=endpoint.id,
        url=endpoint.url,
        events=endpoint.events,
        created_at=seconds(endpoint.created_at),
        configured=endpoint.id.startswith(CONFIGURED),
    )


def _seen_delivery(delivery: Delivery) -> DeliveryDetails:
    return DeliveryDetails(
        id=delivery.id,
        event=delivery.event,
        type=delivery.type,
        room=delivery.room,
        created_at=seconds(delivery.at),
        attempts=delivery.attempts,
        outcome=delivery.outcome,
        delivered=is_taken(delivery.outcome),
        next_at=None if delivery.due_at is None else seconds(delivery.due_at),
    )
