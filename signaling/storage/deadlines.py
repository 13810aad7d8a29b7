"""Deadlines as rows: no timer lives in a process alone, and each is settled once, whoever sweeps (contracts 4)."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from signaling.storage.schema import deadlines


class Deadline(NamedTuple):
    id: str
    room: str
    kind: str
    subject: str
    expires_at: int  # Unix nanoseconds


def add(
    connection: Connection, deadline: str, room: str, kind: str, expires_at: int, subject: str = ""
) -> None:
    connection.execute(
        insert(deadlines).values(id=deadline, room=room, kind=kind, subject=subject, expires_at=expires_at)
    )


def due(connection: Connection, now_ns: int, limit: int, kinds: Collection[str]) -> list[Deadline]:
    """The oldest `limit` deadlines of these kinds that have passed and that nobody has settled."""
    columns = (
        deadlines.c.id,
        deadlines.c.room,
        deadlines.c.kind,
        deadlines.c.subject,
        deadlines.c.expires_at,
    )
    passed = deadlines.c.settled_at.is_(None) & (deadlines.c.expires_at <= now_ns)
    passed &= deadlines.c.kind.in_(kinds)
    rows = connection.execute(select(*columns).where(passed).order_by(deadlines.c.expires_at).limit(limit))
    return [Deadline(*row) for row in rows]


def settle(connection: Connection, deadline: str, now_ns: int) -> bool:
    """Claim a deadline; false if somebody else did. What follows from it belongs in the same transaction."""
    unsettled = (deadlines.c.id == deadline) & deadlines.c.settled_at.is_(None)
    return connection.execute(update(deadlines).where(unsettled).values(settled_at=now_ns)).rowcount == 1


def settle_all(connection: Connection, room: str, kind: str, now_ns: int) -> None:
    """None of this kind is needed any more."""
    here = (deadlines.c.room == room) & (deadlines.c.kind == kind) & deadlines.c.settled_at.is_(None)
    connection.execute(update(deadlines).where(here).values(settled_at=now_ns))
