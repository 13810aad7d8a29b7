"""The audit log, and what participants ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("room", sa.String(64), sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_room_at", "audit", ["room", "at"])
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("room", sa.String(64), sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("participant", sa.String(64), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(12)),
        sa.Column("settled_at", sa.BigInteger),
    )
    op.create_index("approvals_room", "approvals", ["room", "settled_at"])
    still_open = sa.text("outcome IS NULL")
    op.create_index(
        "approvals_open",
        "approvals",
        ["room", "participant", "action"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
