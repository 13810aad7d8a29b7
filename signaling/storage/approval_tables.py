"""The audit log of a Room, and what participants asked for."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, text

from signaling.storage.declared import SEALED, goes, plain
from signaling.storage.schema import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("room", String(64), ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("entry", LargeBinary, nullable=False, info=SEALED),  # JSON of `audit.Entry`
    Index("audit_room_at", "room", "at"),
    info=goes("at", "audit_ns"),
)

_OPEN = text("outcome IS NULL")

# What participants asked for; each has a deadline row with its id as subject.
approvals = Table(
    "approvals",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("room", String(64), ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("participant", String(64), nullable=False, info=plain("id of who asks")),
    Column("action", String(24), nullable=False, info=plain("an `Action`")),
    Column("value", LargeBinary, nullable=False, info=SEALED),  # the new name, or a picture's id
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("outcome", String(12), info=plain("an `Outcome`")),  # NULL while nobody has answered
    Column("settled_at", BigInteger),
    Index("approvals_room", "room", "settled_at"),
    Index(
        "approvals_open",
        "room",
        "participant",
        "action",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    info=goes("settled_at", "settled_ns"),
)
