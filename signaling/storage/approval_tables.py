"""The audit log of a Room, and what participants asked for."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table

from signaling.storage.declared import SEALED
from signaling.storage.schema import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("room", String(64), ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("entry", LargeBinary, nullable=False, info=SEALED),  # JSON of `audit.Entry`
    Index("audit_room_at", "room", "at"),
)
