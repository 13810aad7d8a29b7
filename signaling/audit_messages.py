"""The log of who did what in a Room, for its hosts."""

from signaling.message import Id, Message, Part, UnixMs


class Audit(Message, frozen=True):
    """Who did what: a page of the log, newest first; answered by `auditpage`."""

    id: Id
    before: UnixMs | None = None


class AuditEntry(Part, frozen=True):
    """`actor` and `subject` are names as they were; `detail` is a key or a new value."""

    at: UnixMs
    action: str
    actor: str
    subject: str = ""
    detail: str = ""


class AuditPage(Message, frozen=True):
    re: Id
    entries: list[AuditEntry]
    more: bool = False
