"""The chat: numbers, events, reactions, marks, files."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _room(primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "room",
        sa.String(64),
        sa.ForeignKey("rooms.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


def upgrade() -> None:
    op.create_table("chat_rooms", _room(primary_key=True), sa.Column("seq", sa.BigInteger, nullable=False))
    op.create_table(
        "chat_events",
        sa.Column("id", sa.String(64), primary_key=True),
        _room(),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("sender", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(64)),
        sa.Column("target", sa.BigInteger),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("chat_events_seq", "chat_events", ["room", "seq"], unique=True)
    op.create_index("chat_events_key", "chat_events", ["room", "sender", "key"], unique=True)
    op.create_table(
        "chat_reactions",
        sa.Column("id", sa.String(64), primary_key=True),
        _room(),
        sa.Column("target", sa.BigInteger, nullable=False),
        sa.Column("participant", sa.String(64), nullable=False),
        sa.Column("emojis", sa.LargeBinary, nullable=False),
    )
    op.create_index("chat_reactions_target", "chat_reactions", ["room", "target", "participant"], unique=True)
    op.create_table(
        "chat_marks",
        _room(primary_key=True),
        sa.Column("participant", sa.String(64), primary_key=True),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("read_seq", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "chat_files",
        sa.Column("id", sa.String(64), primary_key=True),
        _room(),
        sa.Column("participant", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("message", sa.BigInteger),
    )
    op.create_index("chat_files_room", "chat_files", ["room", "message"])
    op.create_table(
        "chat_file_parts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("file", sa.String(64), sa.ForeignKey("chat_files.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("chat_file_parts_file", "chat_file_parts", ["file", "number"], unique=True)
