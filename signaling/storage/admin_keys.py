"""Operators' keys: 256 random bits each, of which only the SHA-256 is kept; the name is sealed."""

import hashlib
import hmac

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from signaling.storage.columns import ColumnCipher
from signaling.storage.webhook_tables import admin_keys


class AdminKey(msgspec.Struct, frozen=True, kw_only=True):
    """Times are Unix nanoseconds; `expires_at` None: good until it is revoked."""

    id: str
    name: str
    created_at: int
    expires_at: int | None = None


class AdminKeys:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def add(self, connection: Connection, key: AdminKey, secret: str) -> None:
        connection.execute(
            insert(admin_keys).values(
                id=key.id,
                hash=digest(secret),
                name=self._cipher.seal(key.name, "admin_keys", "name", key.id),
                created_at=key.created_at,
                expires_at=key.expires_at,
            )
        )

    def find(self, connection: Connection, secret: str, now_ns: int) -> AdminKey | None:
        """The key in force that this is. Every stored hash is compared, in constant time, whatever the answer."""
        given = digest(secret)
        found = None
        for row in connection.execute(select(admin_keys).order_by(admin_keys.c.id)):
            if hmac.compare_digest(row.hash, given):
                found = row
        if found is None or (found.expires_at is not None and found.expires_at <= now_ns):
            return None
        return self._key(found)

    def all(self, connection: Connection) -> list[AdminKey]:
        """Oldest first, those whose time is over too."""
        rows = connection.execute(select(admin_keys).order_by(admin_keys.c.created_at, admin_keys.c.id))
        return [self._key(row) for row in rows]

    def delete(self, connection: Connection, key: str) -> bool:
        return connection.execute(delete(admin_keys).where(admin_keys.c.id == key)).rowcount == 1

    def _key(self, row: Row) -> AdminKey:  # type: ignore[type-arg]
        return AdminKey(
            id=row.id,
            name=self._cipher.open(row.name, "admin_keys", "name", row.id),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )


def digest(secret: str) -> bytes:
    """Fast on purpose: 256 random bits are not found by trying."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
