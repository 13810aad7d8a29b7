"""Operators' keys, the endpoints that are told of events, and what is still to be told (docs/admin.md)."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from signaling.storage.declared import SEALED, plain
from signaling.storage.schema import metadata

admin_keys = Table(
    "admin_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column(
        "hash", LargeBinary, nullable=False, info=plain("SHA-256 of 256 random bits: says nothing of the key")
    ),
    Column("name", LargeBinary, nullable=False, info=SEALED),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # NULL: good until it is revoked
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("url", LargeBinary, nullable=False, info=SEALED),  # it may hold a secret of the receiver's
    Column("secret", LargeBinary, nullable=False, info=SEALED),
    Column("events", Text, nullable=False, info=plain("JSON list of event types; empty: all")),
    Column("created_at", BigInteger, nullable=False),
)

# One row for each event and endpoint. A room's rows outlive the room: its end is an event too.
webhook_outbox = Table(
    "webhook_outbox",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("endpoint", String(64), ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("event", String(64), nullable=False, info=plain("its id, the same at every endpoint")),
    Column("type", String(32), nullable=False, info=plain("a word of ours")),
    Column("room", String(64), nullable=False, info=plain("id of a room that may be gone")),
    Column("body", LargeBinary, nullable=False, info=SEALED),
    Column("at", BigInteger, nullable=False),  # Unix nanoseconds; also the order within a room
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger),  # the next attempt; NULL when there will be none
    Column("done_at", BigInteger),  # delivered or given up
    Column(
        "outcome",
        String(64),
        nullable=False,
        info=plain("of the last attempt: HTTP status or a word of ours"),
    ),
    Index("webhook_outbox_due", "due_at"),
    Index("webhook_outbox_order", "endpoint", "room", "at"),
)
