"""Webhook endpoints and their outbox: what is to be told, to whom, and when it is tried again.

A row is claimed by one conditional update that also moves its next attempt beyond the claim (`lease_ns`): a room
server that dies with it leaves it to the others, and the receiver may see it twice, with the same id.
"""

import json
from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, select, update

from signaling.storage.columns import ColumnCipher
from signaling.storage.webhook_tables import webhook_endpoints as endpoints, webhook_outbox as outbox

# A room's later events wait behind one that is tried for the first 13 minutes; after that they overtake it, or
# one that a receiver never takes would hold up its room for a day.
ORDERED_ATTEMPTS: Final = 4


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`events` empty: all of them. `created_at` in Unix nanoseconds."""

    id: str
    url: str
    secret: str
    events: list[str] = []
    created_at: int

    def wants(self, kind: str) -> bool:
        return not self.events or kind in self.events


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint. Times are Unix nanoseconds. `due_at` None: no further attempt."""

    id: str
    endpoint: str
    event: str
    type: str
    room: str
    at: int
    attempts: int = 0
    due_at: int | None = None
    done_at: int | None = None
    outcome: str = ""


class Webhooks:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    # --- endpoints ----------------------------------------------------------------------------------------------

    def add(self, connection: Connection, endpoint: Endpoint) -> None:
        connection.execute(
            insert(endpoints).values(
                id=endpoint.id,
                url=self._cipher.seal(endpoint.url, "webhook_endpoints", "url", endpoint.id),
                secret=self._cipher.seal(endpoint.secret, "webhook_endpoints", "secret", endpoint.id),
                events=json.dumps(endpoint.events),
                created_at=endpoint.created_at,
            )
        )

    def all(self, connection: Connection) -> list[Endpoint]:
        """Oldest first."""
        rows = connection.execute(select(endpoints).order_by(endpoints.c.created_at, endpoints.c.id))
        return [self._endpoint(row) for row in rows]

    def find(self, connection: Connection, endpoint: str) -> Endpoint | None:
        row = connection.execute(select(endpoints).where(endpoints.c.id == endpoint)).one_or_none()
        return None if row is None else self._endpoint(row)

    def set_secret(self, connection: Connection, endpoint: str, secret: str) -> None:
        sealed = self._cipher.seal(secret, "webhook_endpoints", "secret", endpoint)
        connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(secret=sealed))

    def delete(self, connection: Connection, endpoint: str) -> bool:
        """With all that it was still to be told."""
        return connection.execute(delete(endpoints).where(endpoints.c.id == endpoint)).rowcount == 1

    # --- the outbox ---------------------------------------------------------------------------------------------

    def put(self, connection: Connection, delivery: Delivery, body: bytes) -> None:
        sealed = self._cipher.seal_bytes(body, "webhook_outbox", "body", delivery.id)
        connection.execute(insert(outbox).values(**msgspec.structs.asdict(delivery), body=sealed))

    def claim(
        self, connection: Connection, now_ns: int, lease_ns: int, limit: int, busy: Iterable[str] = ()
    ) -> list[tuple[Delivery, bytes]]:
        """What is due, in the order of each room, now ours until `now_ns + lease_ns`; not for `busy` endpoints."""
        claimed = []
        for row in connection.execute(_due(now_ns, limit, tuple(busy))).all():
            same = (outbox.c.id == row.id) & (outbox.c.due_at == row.due_at) & outbox.c.done_at.is_(None)
            values = {"due_at": now_ns + lease_ns, "attempts": row.attempts + 1}
            if connection.execute(update(outbox).where(same).values(**values)).rowcount == 1:
                delivery = msgspec.structs.replace(_delivery(row), **values)
                claimed.append(
                    (delivery, self._cipher.open_bytes(row.body, "webhook_outbox", "body", row.id))
                )
        return claimed

    def is_due(self, connection: Connection, now_ns: int) -> bool:
        """Whether anything is to be sent, not looking at what stands before it."""
        due = (outbox.c.due_at <= now_ns) & outbox.c.done_at.is_(None)
        return connection.execute(select(outbox.c.id).where(due).limit(1)).one_or_none() is not None

    def settle(
        self, connection: Connection, delivery: Delivery, outcome: str, now_ns: int, due_at: int | None
    ) -> bool:
        """What came of a claimed attempt: over with `due_at` None. False if the claim was lost meanwhile."""
        ours = (outbox.c.id == delivery.id) & (outbox.c.attempts == delivery.attempts)
        values = {"outcome": outcome[:64], "due_at": due_at, "done_at": now_ns if due_at is None else None}
        return connection.execute(update(outbox).where(ours).values(**values)).rowcount == 1

    def hurry(self, connection: Connection, endpoint: str, now_ns: int, lease_ns: int) -> None:
        """The endpoint answers again: what waits for it later than a lease from now is due at once."""
        waiting = (outbox.c.endpoint == endpoint) & outbox.c.done_at.is_(None) & (outbox.c.attempts > 0)
        later = outbox.c.due_at > now_ns + lease_ns
        connection.execute(update(outbox).where(waiting & later).values(due_at=now_ns))

    def deliveries(
        self, connection: Connection, endpoint: str, before: tuple[int, str] | None, limit: int
    ) -> list[Delivery]:
        """Newest first; `before`: `at` and id of the last one of the page before."""
        here = outbox.c.endpoint == endpoint
        if before is not None:
            at, last = before
            here &= (outbox.c.at < at) | ((outbox.c.at == at) & (outbox.c.id < last))
        rows = connection.execute(
            select(outbox).where(here).order_by(outbox.c.at.desc(), outbox.c.id.desc()).limit(limit)
        )
        return [_delivery(row) for row in rows]

    def drop_done(self, connection: Connection, before_ns: int) -> int:
        """Forget what was delivered or given up before; the number of rows."""
        return connection.execute(delete(outbox).where(outbox.c.done_at < before_ns)).rowcount

    def give_up_oldest(self, connection: Connection, endpoint: str, keep: int, now_ns: int) -> int:
        """Hold the endpoint's queue to `keep` rows; the number given up."""
        waiting = (outbox.c.endpoint == endpoint) & outbox.c.done_at.is_(None)
        count = connection.execute(select(func.count()).select_from(outbox).where(waiting)).scalar_one()
        if count <= keep:
            return 0
        oldest = select(outbox.c.id).where(waiting).order_by(outbox.c.at, outbox.c.id).limit(count - keep)
        values = {"due_at": None, "done_at": now_ns, "outcome": "queue full"}
        ids = list(connection.execute(oldest).scalars())
        return connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values)).rowcount

    def _endpoint(self, row: Row) -> Endpoint:  # type: ignore[type-arg]
        return Endpoint(
            id=row.id,
            url=self._cipher.open(row.url, "webhook_endpoints", "url", row.id),
            secret=self._cipher.open(row.secret, "webhook_endpoints", "secret", row.id),
            events=json.loads(row.events),
            created_at=row.created_at,
        )


def _due(now_ns: int, limit: int, busy: tuple[str, ...]) -> Select:  # type: ignore[type-arg]
    """Rows that are due and that no earlier one of their room stands before, oldest first."""
    earlier = outbox.alias("earlier")
    is_behind = exists().where(
        (earlier.c.endpoint == outbox.c.endpoint)
        & (earlier.c.room == outbox.c.room)
        & (earlier.c.at < outbox.c.at)
        & earlier.c.done_at.is_(None)
        & (earlier.c.attempts <= ORDERED_ATTEMPTS)
    )
    due = (outbox.c.due_at <= now_ns) & outbox.c.done_at.is_(None) & ~is_behind
    if busy:
        due &= outbox.c.endpoint.not_in(busy)
    return select(outbox).where(due).order_by(outbox.c.at, outbox.c.id).limit(limit)


def _delivery(row: Row) -> Delivery:  # type: ignore[type-arg]
    return Delivery(
        id=row.id,
        endpoint=row.endpoint,
        event=row.event,
        type=row.type,
        room=row.room,
        at=row.at,
        attempts=row.attempts,
        due_at=row.due_at,
        done_at=row.done_at,
        outcome=row.outcome,
    )
