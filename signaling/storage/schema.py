"""The tables, as the newest migration leaves them (`migrations/versions/` is what makes them; a test compares)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

from signaling.storage.declared import SEALED, blind, goes, plain

metadata = MetaData()

rooms = Table(
    "rooms",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("password", LargeBinary, nullable=False, info=SEALED),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # moved on while the room is used
    Column("settings", Text, nullable=False, info=plain("JSON of `settings.Settings`: switches and numbers")),
    Column("owner", String(64), info=plain("id of the account or guest identity that made it")),
    Column("title", LargeBinary, info=SEALED),
    Column("alias", LargeBinary, info=SEALED),  # the friendly link
    Column("alias_index", LargeBinary, info=blind("alias")),
    Column("locked", Boolean, nullable=False, server_default=false()),
    Index("rooms_alias", "alias_index", unique=True),
    Index("rooms_owner", "owner"),
)

# Who may enter without password and knock: one row per `treble token`; deleting it revokes the token.
admissions = Table(
    "admissions",
    metadata,
    Column("id", String(64), primary_key=True),  # the token's `sub`
    Column("room", String(64), ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("role", String(16), nullable=False, info=plain("a word of ours")),
    Column("name", LargeBinary, nullable=False, info=SEALED),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    info=goes("expires_at"),
)

# Contracts 4: every deadline is a row, settled by one conditional update; any room server may do it.
deadlines = Table(
    "deadlines",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("room", String(64), ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(32), nullable=False, info=plain("a word of ours")),
    Column("subject", String(64), nullable=False, server_default="", info=plain("id of what it is about")),
    Column("expires_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Index("deadlines_due", "settled_at", "expires_at"),
    info=goes("settled_at", "settled_ns"),  # for whoever asks what became of one
)
