"""All tables, for migrations and for whoever walks over every column (rotation, backup)."""

from signaling.storage import account_tables, approval_tables, chat_tables, people_tables, webhook_tables
from signaling.storage.schema import metadata

__all__ = [
    "account_tables",
    "approval_tables",
    "chat_tables",
    "metadata",
    "people_tables",
    "webhook_tables",
]
