"""What participants asked for: stored until somebody answers, settled once by one conditional update (contracts 4)."""

from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from signaling.actions import Action
from signaling.storage import deadlines
from signaling.storage.approval_tables import approvals
from signaling.storage.columns import ColumnCipher
from signaling.storage.serialise import serialise
from treble.units import SECOND

APPROVAL: Final = "approval"  # kind of deadline; its subject is the approval
LIFE_NS: Final = 120 * SECOND
KEEP_NS: Final = 24 * 3600 * SECOND  # how long what has been settled stays


class Outcome(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    room: str
    participant: str
    action: Action
    value: str
    created_at: int
    expires_at: int
    outcome: Outcome | None = None


class Approvals:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def ask(self, connection: Connection, asked: Asked, deadline: str) -> Asked:
        """Store it with its deadline, or give the open one for the same. Another value is another approval: who answers
        has seen one, and the earlier is withdrawn.
        """
        serialise(connection, f"approvals {asked.room} {asked.participant}")
        same = (approvals.c.room == asked.room) & (approvals.c.participant == asked.participant)
        same &= (approvals.c.action == asked.action.value) & approvals.c.outcome.is_(None)
        row = connection.execute(select(approvals).where(same)).one_or_none()
        if row is not None:
            found = self._asked(row)
            if found.value == asked.value and found.expires_at > asked.created_at:
                return found
            self.settle(connection, asked.room, found.id, Outcome.WITHDRAWN, asked.created_at)
        connection.execute(
            insert(approvals).values(
                id=asked.id,
                room=asked.room,
                participant=asked.participant,
                action=asked.action.value,
                value=self._cipher.seal(asked.value, "approvals", "value", asked.id),
                created_at=asked.created_at,
                expires_at=asked.expires_at,
            )
        )
        deadlines.add(connection, deadline, asked.room, APPROVAL, asked.expires_at, asked.id)
        return asked

    def settle(self, connection: Connection, room: str, approval: str, outcome: Outcome, now_ns: int) -> bool:
        """The first answer counts, and none after the deadline; whether this was it."""
        still_open = (approvals.c.id == approval) & (approvals.c.room == room)
        still_open &= approvals.c.outcome.is_(None)
        if outcome in (Outcome.ALLOW, Outcome.DENY):
            still_open &= approvals.c.expires_at > now_ns
        settled = update(approvals).where(still_open).values(outcome=outcome.value, settled_at=now_ns)
        return connection.execute(settled).rowcount == 1

    def recent(self, connection: Connection, room: str, since_ns: int) -> list[Asked]:
        """What is open, and what has been settled since; oldest first."""
        here = (approvals.c.room == room) & (
            approvals.c.settled_at.is_(None) | (approvals.c.settled_at >= since_ns)
        )
        rows = connection.execute(select(approvals).where(here).order_by(approvals.c.created_at))
        return [self._asked(row) for row in rows]

    def drop_settled(self, connection: Connection, before_ns: int) -> None:
        connection.execute(delete(approvals).where(approvals.c.settled_at < before_ns))

    def _asked(self, row: Row) -> Asked:  # type: ignore[type-arg]
        return Asked(
            id=row.id,
            room=row.room,
            participant=row.participant,
            action=Action(row.action),
            value=self._cipher.open(row.value, "approvals", "value", row.id),
            created_at=row.created_at,
            expires_at=row.expires_at,
            outcome=None if row.outcome is None else Outcome(row.outcome),
        )
