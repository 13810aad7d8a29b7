"""An account goes: what it wrote and where it was stays, without its name (contracts 6)."""

from sqlalchemy import Connection

from signaling.database import Database


def forget_account(connection: Connection, database: Database, account: str) -> None:
    """With its logins, identities and pictures. The caller ends its Sessions after the commit."""
    database.chat.anonymise(connection, account)  # by its participants, who are nobody's afterwards
    database.people.anonymise(connection, account)
    database.rooms.disown(connection, account)
    database.accounts.delete(connection, account)
