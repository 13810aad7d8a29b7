"""Accounts and guest identities, their logins, codes, mails and pictures.

Refresh secrets and codes are kept as SHA-256 in hex: they are random, so nothing stronger is needed.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

from signaling.accounts.emails import normal_email
from signaling.storage.declared import SEALED, blind, goes, plain
from signaling.storage.schema import metadata

_HASH = plain("hash of a random secret")


def _account() -> Column[str]:
    return Column(
        "account", String(64), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True
    )


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(64), primary_key=True),  # the subject: `sub` of account tokens
    Column("guest", Boolean, nullable=False),
    Column("name", LargeBinary, nullable=False, info=SEALED),
    Column("email", LargeBinary, info=SEALED),  # as typed; only a verified one is ever stored
    Column("email_index", LargeBinary, info=blind("email", normal_email)),
    Column("password", LargeBinary, info=SEALED),  # argon2id
    Column("picture", String(64), info=plain("id of a picture")),
    Column("created_at", BigInteger, nullable=False),
    # Room tokens of this subject that were issued earlier (Unix seconds) are worth nothing.
    Column("tokens_from", BigInteger, nullable=False, server_default="0"),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Index("accounts_email", "email_index", unique=True),  # NULLs differ from each other
)

# A login of one browser: a family of refresh secrets of which the newest opens (`signaling/accounts/refresh.py`).
families = Table(
    "families",
    metadata,
    Column("id", String(64), primary_key=True),
    _account(),
    Column("current", String(64), nullable=False, info=_HASH),
    Column("sibling", String(64), info=_HASH),
    Column("previous", String(64), info=_HASH),
    Column("rotated_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),  # the last time that a password or provider was asked
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("agent", LargeBinary, nullable=False, info=SEALED),
    Column("address", LargeBinary, nullable=False, info=SEALED),
)

identities = Table(
    "identities",
    metadata,
    Column("id", String(64), primary_key=True),
    _account(),
    Column("provider", String(16), nullable=False, info=plain("a word of ours")),
    Column("subject", LargeBinary, nullable=False, info=SEALED),  # `provider|subject`
    Column("subject_index", LargeBinary, nullable=False, info=blind("subject")),
    Column("created_at", BigInteger, nullable=False),
    Index("identities_subject", "subject_index", unique=True),
)

# What a mail's link or a provider's redirect brings back, once.
codes = Table(
    "codes",
    metadata,
    Column("id", String(64), primary_key=True),  # hash of the code
    Column("kind", String(16), nullable=False, info=plain("a word of ours")),
    Column("account", String(64), ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    Column("content", LargeBinary, nullable=False, info=SEALED),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

mails = Table(
    "mails",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False, info=SEALED),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", String(64), primary_key=True),
    _account(),
    Column("image", LargeBinary, nullable=False, info=SEALED),
    Column("created_at", BigInteger, nullable=False),
    Column("replaced_at", BigInteger),  # by a later one
    info=goes("replaced_at", "settled_ns"),
)
