"""Codes that a mail's link or a provider's redirect brings back: random, used once, stored as hashes."""

from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, delete, insert, select

from signaling.accounts.refresh import secret_hash
from signaling.storage.account_tables import codes
from signaling.storage.columns import ColumnCipher

T = TypeVar("T")


class Code(NamedTuple):
    """`account`: whose it is, where there is one already; the code goes with it."""

    kind: str
    secret: str
    content: msgspec.Struct
    expires_at: int
    account: str | None = None


class Codes:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def add(self, connection: Connection, code: Code) -> None:
        name = secret_hash(code.secret)
        sealed = self._cipher.seal_bytes(msgspec.json.encode(code.content), "codes", "content", name)
        connection.execute(
            insert(codes).values(
                id=name, kind=code.kind, account=code.account, content=sealed, expires_at=code.expires_at
            )
        )

    def take(self, connection: Connection, kind: str, secret: str, content: type[T], now_ns: int) -> T | None:
        """What came with a code, which is used up by that; None for what is unknown, used or too old."""
        taken = self.take_of(connection, kind, secret, content, now_ns)
        return None if taken is None else taken[0]

    def take_of(
        self, connection: Connection, kind: str, secret: str, content: type[T], now_ns: int
    ) -> tuple[T, str | None] | None:
        """The same with the account whose code it is."""
        wanted = (codes.c.id == secret_hash(secret)) & (codes.c.kind == kind) & (codes.c.expires_at > now_ns)
        row = connection.execute(select(codes).where(wanted)).one_or_none()
        if row is None or connection.execute(delete(codes).where(wanted)).rowcount != 1:
            return None
        sealed = self._cipher.open_bytes(row.content, "codes", "content", row.id)
        return msgspec.json.decode(sealed, type=content), row.account

    def drop(self, connection: Connection, account: str, kind: str) -> None:
        """All of one kind that an account has: a newer one counts, or its purpose is gone."""
        connection.execute(delete(codes).where((codes.c.account == account) & (codes.c.kind == kind)))

    def drop_expired(self, connection: Connection, now_ns: int) -> int:
        return connection.execute(delete(codes).where(codes.c.expires_at <= now_ns)).rowcount
