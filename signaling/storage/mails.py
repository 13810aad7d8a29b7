"""Mails that are to be sent: kept, sealed, until a mail server has taken them."""

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from signaling.storage.account_tables import mails
from signaling.storage.columns import ColumnCipher


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    to: str
    subject: str
    text: str


class QueuedMail(msgspec.Struct, frozen=True, kw_only=True):
    """`due_at`: the next try; `expires_at`: after it the mail is worth nothing. Unix nanoseconds."""

    id: str
    mail: Mail
    attempts: int
    due_at: int
    expires_at: int


class Mails:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def add(self, connection: Connection, mail_id: str, mail: Mail, now_ns: int, expires_at: int) -> None:
        sealed = self._cipher.seal_bytes(msgspec.json.encode(mail), "mails", "content", mail_id)
        row = {"id": mail_id, "content": sealed, "attempts": 0, "due_at": now_ns, "expires_at": expires_at}
        connection.execute(insert(mails).values(row))

    def due(self, connection: Connection, now_ns: int, limit: int) -> list[QueuedMail]:
        rows = connection.execute(
            select(mails).where(mails.c.due_at <= now_ns).order_by(mails.c.due_at).limit(limit)
        )
        return [
            QueuedMail(
                id=row.id,
                mail=msgspec.json.decode(
                    self._cipher.open_bytes(row.content, "mails", "content", row.id), type=Mail
                ),
                attempts=row.attempts,
                due_at=row.due_at,
                expires_at=row.expires_at,
            )
            for row in rows
        ]

    def claim(self, connection: Connection, queued: QueuedMail, until_ns: int) -> bool:
        """This try is ours, and nobody else's before `until_ns`; false if another server was faster."""
        same = (mails.c.id == queued.id) & (mails.c.due_at == queued.due_at)
        values = {"due_at": until_ns, "attempts": queued.attempts + 1}
        return connection.execute(update(mails).where(same).values(values)).rowcount == 1

    def put_off(self, connection: Connection, mail_id: str, due_at: int) -> None:
        connection.execute(update(mails).where(mails.c.id == mail_id).values(due_at=due_at))

    def remove(self, connection: Connection, mail_id: str) -> None:
        connection.execute(delete(mails).where(mails.c.id == mail_id))
