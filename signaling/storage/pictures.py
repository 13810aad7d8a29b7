"""Pictures of people, sealed."""

from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from signaling.storage.account_tables import pictures
from signaling.storage.columns import ColumnCipher

MAX_KEPT: Final = 4


class Pictures:
    """Each method runs inside the caller's transaction. A picture's id is unguessable and never means another one."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def replace(self, connection: Connection, account: str, picture: str, image: bytes, now_ns: int) -> None:
        """The earlier one is kept for a while, for Rooms that still show it; not more than `MAX_KEPT` of them."""
        of_account = pictures.c.account == account
        earlier = select(pictures.c.id).where(of_account)
        newest = earlier.order_by(pictures.c.created_at.desc(), pictures.c.id).limit(MAX_KEPT)
        kept = connection.execute(newest).scalars().all()
        connection.execute(delete(pictures).where(of_account & pictures.c.id.not_in(kept)))
        is_shown = of_account & pictures.c.replaced_at.is_(None)
        connection.execute(update(pictures).where(is_shown).values(replaced_at=now_ns))
        sealed = self._cipher.seal_bytes(image, "pictures", "image", picture)
        connection.execute(
            insert(pictures).values(id=picture, account=account, image=sealed, created_at=now_ns)
        )

    def remove(self, connection: Connection, account: str) -> None:
        """Its owner wants none: the earlier ones go too, at once."""
        connection.execute(delete(pictures).where(pictures.c.account == account))

    def find(self, connection: Connection, picture: str) -> bytes | None:
        sealed = connection.execute(
            select(pictures.c.image).where(pictures.c.id == picture)
        ).scalar_one_or_none()
        return None if sealed is None else self._cipher.open_bytes(sealed, "pictures", "image", picture)
