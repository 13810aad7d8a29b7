"""Pictures of people, sealed."""

from sqlalchemy import Connection, delete, insert, select

from signaling.storage.account_tables import pictures
from signaling.storage.columns import ColumnCipher


class Pictures:
    """Each method runs inside the caller's transaction. A picture's id is unguessable and never means another one."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def replace(self, connection: Connection, account: str, picture: str, image: bytes, now_ns: int) -> None:
        self.remove(connection, account)
        sealed = self._cipher.seal_bytes(image, "pictures", "image", picture)
        connection.execute(
            insert(pictures).values(id=picture, account=account, image=sealed, created_at=now_ns)
        )

    def remove(self, connection: Connection, account: str) -> None:
        connection.execute(delete(pictures).where(pictures.c.account == account))

    def find(self, connection: Connection, picture: str) -> bytes | None:
        sealed = connection.execute(
            select(pictures.c.image).where(pictures.c.id == picture)
        ).scalar_one_or_none()
        return None if sealed is None else self._cipher.open_bytes(sealed, "pictures", "image", picture)
