"""The chat of Rooms: events with their numbers, reactions, what each has read, files."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from signaling.storage.declared import SEALED, plain
from signaling.storage.schema import metadata


def _room(primary_key: bool = False) -> Column[str]:
    """All goes with its Room."""
    return Column(
        "room",
        String(64),
        ForeignKey("rooms.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


# The last number given in each Room. Its row is what writers of one Room take turns at.
chat_rooms = Table("chat_rooms", metadata, _room(primary_key=True), Column("seq", BigInteger, nullable=False))

chat_events = Table(
    "chat_events",
    metadata,
    Column("id", String(64), primary_key=True),
    _room(),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False, info=plain("a word of ours")),  # as in `ChatEvent`
    Column("sender", String(64), nullable=False, info=plain("id of a participant")),
    Column("recipient", String(64), info=plain("id of a participant")),  # NULL: everybody
    Column("target", BigInteger),  # the message that an edit, erasure or reaction is about
    Column(
        "key", String(32), nullable=False, info=plain("random")
    ),  # the client's, so that what is sent twice is said once
    Column("body", LargeBinary, nullable=False, info=SEALED),  # sealed: JSON of `chat.Body`
    Index("chat_events_seq", "room", "seq", unique=True),
    Index("chat_events_key", "room", "sender", "key", unique=True),
)

# What one participant thinks of one message.
chat_reactions = Table(
    "chat_reactions",
    metadata,
    Column("id", String(64), primary_key=True),
    _room(),
    Column("target", BigInteger, nullable=False),
    Column("participant", String(64), nullable=False, info=plain("id of a participant")),
    Column("emojis", LargeBinary, nullable=False, info=SEALED),  # sealed: JSON list
    Index("chat_reactions_target", "room", "target", "participant", unique=True),
)

# `first_seq`: the last number when the participant was first let in; what came before needs a permission.
chat_marks = Table(
    "chat_marks",
    metadata,
    _room(primary_key=True),
    Column("participant", String(64), primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("read_seq", BigInteger, nullable=False),
)

chat_files = Table(
    "chat_files",
    metadata,
    Column("id", String(64), primary_key=True),
    _room(),
    Column("participant", String(64), nullable=False, info=plain("id of a participant")),
    Column("created_at", BigInteger, nullable=False),
    Column("name", LargeBinary, nullable=False, info=SEALED),  # sealed
    Column("media_type", String(128), nullable=False, info=plain("what kind of file")),
    Column("size", BigInteger, nullable=False),
    Column("message", BigInteger),  # the `seq` that carries it; NULL until it is said
    Index("chat_files_room", "room", "message"),
)

chat_file_parts = Table(
    "chat_file_parts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("file", String(64), ForeignKey("chat_files.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False, info=SEALED),  # sealed
    Index("chat_file_parts_file", "file", "number", unique=True),
)
