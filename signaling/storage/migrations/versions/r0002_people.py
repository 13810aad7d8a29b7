"""Participants of rooms, titles, friendly links, locks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column(
            "room", sa.String(64), sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("subject", sa.String(64)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("email", sa.LargeBinary),
        sa.Column("picture", sa.String(64)),
        sa.Column("overrides", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("admitted_at", sa.BigInteger),
    )
    op.create_index("people_subject", "people", ["room", "subject"], unique=True)
    op.add_column("rooms", sa.Column("owner", sa.String(64)))
    op.add_column("rooms", sa.Column("title", sa.LargeBinary))
    op.add_column("rooms", sa.Column("alias", sa.LargeBinary))
    op.add_column("rooms", sa.Column("alias_index", sa.LargeBinary))
    op.add_column("rooms", sa.Column("locked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("rooms_alias", "rooms", ["alias_index"], unique=True)
    op.create_index("rooms_owner", "rooms", ["owner"])
