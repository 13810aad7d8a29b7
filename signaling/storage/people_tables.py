"""Who belongs to a Room: one row per participant, from the moment they have shown the password."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, Text

from signaling.storage.declared import SEALED, plain
from signaling.storage.schema import metadata

people = Table(
    "people",
    metadata,
    Column("id", String(64), primary_key=True),  # the participant's id, `sub` of its tokens
    Column("room", String(64), ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    # NULL for who came with nothing but the password
    Column("subject", String(64), info=plain("id of an account or guest identity")),
    Column("role", String(16), nullable=False, info=plain("a word of ours")),
    Column("state", String(12), nullable=False, info=plain("`people.State`")),
    Column("verified", Boolean, nullable=False),  # an account with a verified e-mail
    Column("name", LargeBinary, nullable=False, info=SEALED),
    Column("email", LargeBinary, info=SEALED),  # only where verified
    Column("picture", String(64), info=plain("id of a picture")),
    Column("overrides", Text, nullable=False, info=plain("JSON: verdict by action, both words of ours")),
    Column("created_at", BigInteger, nullable=False),
    Column("admitted_at", BigInteger),
    Index("people_subject", "room", "subject", unique=True),  # NULLs differ from each other
)
