"""Files in the chat: sealed part by part, so that neither server ever holds more than a part of one."""

import os

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from signaling.chat_messages import SharedFile
from signaling.storage.chat_tables import chat_file_parts, chat_files
from signaling.storage.columns import ColumnCipher
from treble.api import FILE_PART_BYTES
from treble.ids import new_id


class StoredFile(SharedFile, frozen=True):
    """`message`: the `seq` that carries it; None until it is said."""

    participant: str
    message: int | None


class ChatFiles:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def total(self, connection: Connection, room: str) -> int:
        """Bytes of all files of a Room, those that are still being sent included."""
        sizes = select(func.coalesce(func.sum(chat_files.c.size), 0)).where(chat_files.c.room == room)
        return int(connection.execute(sizes).scalar_one())

    def begin(
        self, connection: Connection, room: str, participant: str, file: SharedFile, now_ns: int
    ) -> None:
        connection.execute(
            insert(chat_files).values(
                id=file.file,
                room=room,
                participant=participant,
                created_at=now_ns,
                name=self._cipher.seal(file.name, "chat_files", "name", file.file),
                media_type=file.media_type,
                size=file.size,
            )
        )

    def put_part(self, connection: Connection, file: str, number: int, data: bytes) -> None:
        """The same part again is the same part."""
        here = (chat_file_parts.c.file == file) & (chat_file_parts.c.number == number)
        connection.execute(delete(chat_file_parts).where(here))
        part = new_id(os.urandom)
        sealed = self._cipher.seal_bytes(data, "chat_file_parts", "body", part)
        connection.execute(insert(chat_file_parts).values(id=part, file=file, number=number, body=sealed))

    def parts(self, connection: Connection, file: str) -> int:
        """How many are there."""
        count = select(func.count()).select_from(chat_file_parts).where(chat_file_parts.c.file == file)
        return int(connection.execute(count).scalar_one())

    def find(self, connection: Connection, room: str, file: str) -> StoredFile | None:
        here = (chat_files.c.id == file) & (chat_files.c.room == room)
        row = connection.execute(select(chat_files).where(here)).one_or_none()
        return None if row is None else self._file(row)

    def part(self, connection: Connection, file: str, number: int) -> bytes | None:
        here = (chat_file_parts.c.file == file) & (chat_file_parts.c.number == number)
        row = connection.execute(
            select(chat_file_parts.c.id, chat_file_parts.c.body).where(here)
        ).one_or_none()
        return None if row is None else self._cipher.open_bytes(row.body, "chat_file_parts", "body", row.id)

    def attach(self, connection: Connection, file: str, message: int) -> None:
        connection.execute(update(chat_files).where(chat_files.c.id == file).values(message=message))

    def drop_unsaid(self, connection: Connection, before_ns: int) -> int:
        """Forget files that no message carries; how many."""
        old = chat_files.c.message.is_(None) & (chat_files.c.created_at < before_ns)
        return connection.execute(delete(chat_files).where(old)).rowcount

    def _file(self, row: Row) -> StoredFile:  # type: ignore[type-arg]
        return StoredFile(
            file=row.id,
            name=self._cipher.open(row.name, "chat_files", "name", row.id),
            media_type=row.media_type,
            size=row.size,
            participant=row.participant,
            message=row.message,
        )


def parts_of(size: int) -> int:
    """How many parts a file of so many bytes has."""
    return max(1, -(-size // FILE_PART_BYTES))
