"""Accounts and guest identities, their logins, codes, mails and pictures.

Every `LargeBinary` column is sealed, but for `<column>_index`: the blind index of that column's text, purpose
`table.column`. Refresh secrets and codes are kept as SHA-256 in hex: they are random, so nothing stronger is
needed.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from signaling.storage.schema import metadata


def _account() -> Column[str]:
    return Column(
        "account", String(64), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True
    )


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(64), primary_key=True),  # the subject: `sub` of account tokens
    Column("guest", Boolean, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("email", LargeBinary),  # as typed; only a verified one is ever stored
    Column("login", LargeBinary),  # the same, normalised
    Column("login_index", LargeBinary),
    Column("password", LargeBinary),  # argon2id
    Column("picture", String(64)),
    Column("created_at", BigInteger, nullable=False),
    # Room tokens of this subject that were issued earlier (Unix seconds) are worth nothing.
    Column("tokens_from", BigInteger, nullable=False, server_default="0"),
    Index("accounts_login", "login_index", unique=True),  # NULLs differ from each other
)

# A login of one browser: a family of refresh secrets of which the newest opens (`signaling/refresh.py`).
families = Table(
    "families",
    metadata,
    Column("id", String(64), primary_key=True),
    _account(),
    Column("current", String(64), nullable=False),
    Column("sibling", String(64)),
    Column("previous", String(64)),
    Column("rotated_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),  # the last time that a password or provider was asked
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("agent", LargeBinary, nullable=False),
    Column("address", LargeBinary, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("id", String(64), primary_key=True),
    _account(),
    Column("provider", String(16), nullable=False),
    Column("subject", LargeBinary, nullable=False),  # `provider|subject`
    Column("subject_index", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("identities_subject", "subject_index", unique=True),
)

# What a mail's link or a provider's redirect brings back, once.
codes = Table(
    "codes",
    metadata,
    Column("id", String(64), primary_key=True),  # hash of the code
    Column("kind", String(16), nullable=False),
    Column("account", String(64), ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

mails = Table(
    "mails",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", String(64), primary_key=True),
    _account(),
    Column("image", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
