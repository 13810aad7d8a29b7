"""Who did what, noted for the hosts: written behind what happened, so that no act waits for its log."""

import os
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from signaling.audit_messages import AuditEntry, AuditPage
from signaling.database import Database
from signaling.pending import Pending
from signaling.storage.audit import Entry
from treble.ids import new_id
from treble.units import MILLISECOND

PAGE: Final = 100


class AuditTrail:
    """Names are noted as they were; ids would mean nothing to whoever reads."""

    def __init__(self, database: Database, pending: Pending, wall_ns: Callable[[], int]) -> None:
        self._database = database
        self._pending = pending
        self._wall_ns = wall_ns
        self._last_ms = 0

    def note(self, room: str, actor: str, action: str, subject: str = "", detail: str = "") -> None:
        """Stored as soon as the database can. `actor` and `subject` are names, `action` an `Action` or an event."""
        self._pending.put(self.entry(room, actor, action, subject, detail))

    def entry(
        self, room: str, actor: str, action: str, subject: str = "", detail: str = ""
    ) -> Callable[[Connection], None]:
        """The same for the transaction in which the thing itself is stored. It happened now, whenever it is written."""
        entry = Entry(
            at=self._next_ms() * MILLISECOND, action=action, actor=actor, subject=subject, detail=detail
        )
        entry_id, log = new_id(os.urandom), self._database.audit
        return lambda connection: log.note(connection, entry_id, room, entry)

    async def page(self, room: str, re: int, before_ms: int | None) -> AuditPage:
        """Newest first; `before_ms` is the `at` of the last entry of the page before."""
        log = self._database.audit
        before_ns = None if before_ms is None else before_ms * MILLISECOND
        found = await self._database.read(lambda connection: log.page(connection, room, before_ns, PAGE + 1))
        entries = [
            AuditEntry(
                at=entry.at // MILLISECOND,
                action=entry.action,
                actor=entry.actor,
                subject=entry.subject,
                detail=entry.detail,
            )
            for entry in found[:PAGE]
        ]
        return AuditPage(re=re, entries=entries, more=len(found) > PAGE)

    def _next_ms(self) -> int:
        """No two entries at the same time, so that a page ends between two of them."""
        self._last_ms = max(self._last_ms + 1, self._wall_ns() // MILLISECOND)
        return self._last_ms
