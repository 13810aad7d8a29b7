"""Earlier pictures are kept for a while: Rooms show them until their people come again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("pictures", sa.Column("replaced_at", sa.BigInteger))
