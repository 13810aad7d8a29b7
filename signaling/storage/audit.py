"""The audit log: who did what in a Room, with names as they were, sealed."""

import msgspec
from sqlalchemy import Connection, insert, select

from signaling.storage.approval_tables import audit
from signaling.storage.columns import ColumnCipher


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`at` in Unix nanoseconds; `actor` and `subject` are names; `action` is one of `Action` or an event's name."""

    at: int
    action: str
    actor: str
    subject: str = ""
    detail: str = ""


class AuditLog:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def note(self, connection: Connection, entry_id: str, room: str, entry: Entry) -> None:
        sealed = self._cipher.seal_bytes(msgspec.json.encode(entry), "audit", "entry", entry_id)
        connection.execute(insert(audit).values(id=entry_id, room=room, at=entry.at, entry=sealed))

    def page(self, connection: Connection, room: str, before_ns: int | None, limit: int) -> list[Entry]:
        """Newest first."""
        here = audit.c.room == room
        if before_ns is not None:
            here &= audit.c.at < before_ns
        rows = connection.execute(
            select(audit.c.id, audit.c.entry).where(here).order_by(audit.c.at.desc()).limit(limit)
        )
        return [
            msgspec.json.decode(self._cipher.open_bytes(row.entry, "audit", "entry", row.id), type=Entry)
            for row in rows
        ]
