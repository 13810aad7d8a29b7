"""Placeholder of the chain; its tables come with their code."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    pass
