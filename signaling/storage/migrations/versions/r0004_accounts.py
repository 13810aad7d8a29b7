"""Accounts, logins, identities at providers, codes, mails, pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("guest", sa.Boolean, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("email", sa.LargeBinary),
        sa.Column("email_index", sa.LargeBinary),
        sa.Column("password", sa.LargeBinary),
        sa.Column("picture", sa.String(64)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("tokens_from", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_index("accounts_email", "accounts", ["email_index"], unique=True)
    op.create_table(
        "families",
        sa.Column("id", sa.String(64), primary_key=True),
        _account(),
        sa.Column("current", sa.String(64), nullable=False),
        sa.Column("sibling", sa.String(64)),
        sa.Column("previous", sa.String(64)),
        sa.Column("rotated_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("agent", sa.LargeBinary, nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.String(64), primary_key=True),
        _account(),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("subject_index", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("identities_subject", "identities", ["subject_index"], unique=True)
    op.create_table(
        "codes",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "pictures",
        sa.Column("id", sa.String(64), primary_key=True),
        _account(),
        sa.Column("image", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def _account() -> sa.Column[str]:
    reference = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    return sa.Column("account", sa.String(64), reference, nullable=False, index=True)
