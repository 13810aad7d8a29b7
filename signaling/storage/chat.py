"""What was said in Rooms. Each method runs inside the caller's transaction.

A message's text stands in one place, the body of its own row, so that editing replaces it and erasing removes it for
good; the events `edit` and `erase` hold none and are told with what the message now is.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from signaling.chat_messages import SharedFile
from signaling.storage.chat_tables import chat_events, chat_files, chat_marks, chat_reactions, chat_rooms
from signaling.storage.columns import ColumnCipher
from signaling.storage.people_tables import people
from treble.ids import new_id

MESSAGE: Final = "message"


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sealed of an event. Names are as they were; `edited_at` in Unix nanoseconds."""

    name: str
    to_name: str = ""
    text: str = ""
    reply: int | None = None
    files: list[SharedFile] = []
    emoji: str = ""
    on: bool = True
    edited_at: int | None = None
    erased: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`at` in Unix nanoseconds. `recipient` None: for everybody."""

    id: str
    room: str
    seq: int
    at: int
    kind: str
    sender: str
    key: str
    body: Body
    recipient: str | None = None
    target: int | None = None

    def is_for(self, participant: str) -> bool:
        return self.recipient is None or participant in (self.sender, self.recipient)


class Mark(msgspec.Struct, frozen=True):
    first_seq: int
    read_seq: int


class Counter:
    """The numbers of one Room within one transaction."""

    def __init__(self, room: str, seq: int) -> None:
        self.room = room
        self.seq = seq
        self.began_at = seq

    def next(self) -> int:
        self.seq += 1
        return self.seq


_encode = msgspec.json.Encoder().encode
_body = msgspec.json.Decoder(Body)
_emojis = msgspec.json.Decoder(list[str])


# Built once: SQLAlchemy takes longer to build a statement than SQLite to carry it out.
_here = chat_events.c.room == bindparam("room")
_OWN_SEQ: Final = select(chat_rooms.c.seq).where(chat_rooms.c.room == bindparam("room")).with_for_update()
_SET_SEQ: Final = update(chat_rooms).where(chat_rooms.c.room == bindparam("of")).values(seq=bindparam("seq"))
_ADD: Final = insert(chat_events)
_OF_KEY: Final = select(chat_events).where(
    _here & (chat_events.c.sender == bindparam("sender")) & (chat_events.c.key == bindparam("key"))
)
_MESSAGE: Final = select(chat_events).where(
    _here & (chat_events.c.seq == bindparam("seq")) & (chat_events.c.kind == MESSAGE)
)
_MARK: Final = select(chat_marks.c.first_seq, chat_marks.c.read_seq).where(
    (chat_marks.c.room == bindparam("room")) & (chat_marks.c.participant == bindparam("participant"))
)


class ChatStore:
    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    # --- numbers

    def counter(self, connection: Connection, room: str) -> Counter:
        """From here on nobody else numbers in this Room until the transaction ends."""
        seq = connection.execute(_OWN_SEQ, {"room": room}).scalar_one_or_none()
        if seq is None:
            _insert_or_leave(connection, chat_rooms, room=room, seq=0)
            seq = connection.execute(_OWN_SEQ, {"room": room}).scalar_one()
        return Counter(room, seq)

    def close(self, connection: Connection, counter: Counter) -> None:
        """Store the numbers that were given."""
        if counter.seq != counter.began_at:
            connection.execute(_SET_SEQ, {"of": counter.room, "seq": counter.seq})

    def head(self, connection: Connection, room: str) -> int:
        """The last number; 0 where nothing was said."""
        return self.heads(connection, [room]).get(room, 0)

    def heads(self, connection: Connection, rooms: Sequence[str]) -> dict[str, int]:
        rows = connection.execute(
            select(chat_rooms.c.room, chat_rooms.c.seq).where(chat_rooms.c.room.in_(rooms))
        )
        return {row.room: row.seq for row in rows}

    # --- events

    def add(self, connection: Connection, event: Event) -> None:
        connection.execute(
            _ADD,
            {
                "id": event.id,
                "room": event.room,
                "seq": event.seq,
                "at": event.at,
                "kind": event.kind,
                "sender": event.sender,
                "recipient": event.recipient,
                "target": event.target,
                "key": event.key,
                "body": self._seal(event.id, event.body),
            },
        )

    def of_key(self, connection: Connection, room: str, sender: str, key: str) -> Event | None:
        """What was stored under the client's key."""
        row = connection.execute(_OF_KEY, {"room": room, "sender": sender, "key": key}).one_or_none()
        return None if row is None else self._event(row)

    def message(self, connection: Connection, room: str, seq: int) -> Event | None:
        row = connection.execute(_MESSAGE, {"room": room, "seq": seq}).one_or_none()
        return None if row is None else self._event(row)

    def messages(self, connection: Connection, room: str, seqs: Iterable[int]) -> dict[int, Event]:
        here = (chat_events.c.room == room) & chat_events.c.seq.in_(set(seqs))
        return {row.seq: self._event(row) for row in connection.execute(select(chat_events).where(here))}

    def since(self, connection: Connection, room: str, after: int, limit: int) -> list[Event]:
        """The next events after this number, private ones too."""
        here = (chat_events.c.room == room) & (chat_events.c.seq > after)
        rows = connection.execute(select(chat_events).where(here).order_by(chat_events.c.seq).limit(limit))
        return [self._event(row) for row in rows]

    def page(
        self, connection: Connection, room: str, participant: str, floor: int, before: int | None, limit: int
    ) -> list[Event]:
        """The newest messages above `floor` that this participant may see, newest first."""
        here = (chat_events.c.room == room) & (chat_events.c.kind == MESSAGE) & (chat_events.c.seq > floor)
        here &= _is_for(participant)
        if before is not None:
            here &= chat_events.c.seq < before
        rows = connection.execute(
            select(chat_events).where(here).order_by(chat_events.c.seq.desc()).limit(limit)
        )
        return [self._event(row) for row in rows]

    def messages_after(
        self, connection: Connection, room: str, participant: str, after: int, limit: int
    ) -> list[Event]:
        """The oldest messages after a number that this participant may see."""
        here = (chat_events.c.room == room) & (chat_events.c.kind == MESSAGE) & (chat_events.c.seq > after)
        here &= _is_for(participant)
        rows = connection.execute(select(chat_events).where(here).order_by(chat_events.c.seq).limit(limit))
        return [self._event(row) for row in rows]

    def replace_body(self, connection: Connection, event: Event, body: Body) -> None:
        sealed = self._seal(event.id, body)
        connection.execute(update(chat_events).where(chat_events.c.id == event.id).values(body=sealed))

    def erase(self, connection: Connection, event: Event) -> None:
        """Its text, reactions and files are gone for good; that there was a message is not."""
        self.replace_body(
            connection,
            event,
            Body(name=event.body.name, to_name=event.body.to_name, reply=event.body.reply, erased=True),
        )
        about = (chat_reactions.c.room == event.room) & (chat_reactions.c.target == event.seq)
        connection.execute(delete(chat_reactions).where(about))
        carried = (chat_files.c.room == event.room) & (chat_files.c.message == event.seq)
        connection.execute(delete(chat_files).where(carried))

    # --- reactions

    def reactions(
        self, connection: Connection, room: str, targets: Sequence[int]
    ) -> dict[int, dict[str, list[str]]]:
        """Target, emoji, participants."""
        here = (chat_reactions.c.room == room) & chat_reactions.c.target.in_(targets)
        found: dict[int, dict[str, list[str]]] = {}
        for row in connection.execute(select(chat_reactions).where(here)):
            for emoji in self._emojis(row):
                found.setdefault(row.target, {}).setdefault(emoji, []).append(row.participant)
        return found

    def react(
        self, connection: Connection, room: str, target: int, participant: str, emoji: str, on: bool
    ) -> bool:
        """Whether that changed anything."""
        here = (
            (chat_reactions.c.room == room)
            & (chat_reactions.c.target == target)
            & (chat_reactions.c.participant == participant)
        )
        row = connection.execute(select(chat_reactions).where(here)).one_or_none()
        emojis = [] if row is None else self._emojis(row)
        if (emoji in emojis) is on:
            return False
        emojis = [*emojis, emoji] if on else [each for each in emojis if each != emoji]
        row_id = new_id(os.urandom) if row is None else row.id
        sealed = self._cipher.seal_bytes(_encode(emojis), "chat_reactions", "emojis", row_id)
        if row is None:
            connection.execute(
                insert(chat_reactions).values(
                    id=row_id, room=room, target=target, participant=participant, emojis=sealed
                )
            )
        elif emojis:
            connection.execute(update(chat_reactions).where(here).values(emojis=sealed))
        else:
            connection.execute(delete(chat_reactions).where(here))
        return True

    # --- marks

    def mark(self, connection: Connection, room: str, participant: str) -> Mark | None:
        row = connection.execute(_MARK, {"room": room, "participant": participant}).one_or_none()
        return None if row is None else Mark(row.first_seq, row.read_seq)

    def enter(self, connection: Connection, room: str, participant: str) -> Mark:
        """The participant's mark, made with the present number where it is the first time."""
        head = self.head(connection, room)
        _insert_or_leave(
            connection, chat_marks, room=room, participant=participant, first_seq=head, read_seq=head
        )
        return self.mark(connection, room, participant) or Mark(head, head)

    def read(self, connection: Connection, room: str, participant: str, seq: int) -> None:
        """Never back."""
        here = (chat_marks.c.room == room) & (chat_marks.c.participant == participant)
        connection.execute(
            update(chat_marks).where(here & (chat_marks.c.read_seq < seq)).values(read_seq=seq)
        )

    # --- a deleted account

    def anonymise(self, connection: Connection, subject: str) -> int:
        """Take the name out of everything that this account or guest identity said or was told; how many."""
        mine = select(people.c.id).where(people.c.subject == subject)
        theirs = chat_events.c.sender.in_(mine) | chat_events.c.recipient.in_(mine)
        ids = set(connection.execute(mine).scalars())
        count = 0
        for row in connection.execute(select(chat_events).where(theirs)).all():
            event = self._event(row)
            body = event.body
            if event.sender in ids:
                body = msgspec.structs.replace(body, name="")
            if event.recipient in ids:
                body = msgspec.structs.replace(body, to_name="")
            self.replace_body(connection, event, body)
            count += 1
        return count

    # --- inside

    def _seal(self, row: str, body: Body) -> bytes:
        return self._cipher.seal_bytes(_encode(body), "chat_events", "body", row)

    def _emojis(self, row: Row) -> list[str]:  # type: ignore[type-arg]
        return _emojis.decode(self._cipher.open_bytes(row.emojis, "chat_reactions", "emojis", row.id))

    def _event(self, row: Row) -> Event:  # type: ignore[type-arg]
        return Event(
            id=row.id,
            room=row.room,
            seq=row.seq,
            at=row.at,
            kind=row.kind,
            sender=row.sender,
            recipient=row.recipient,
            target=row.target,
            key=row.key,
            body=_body.decode(self._cipher.open_bytes(row.body, "chat_events", "body", row.id)),
        )


def _is_for(participant: str) -> ColumnElement[bool]:
    return or_(
        chat_events.c.recipient.is_(None),
        chat_events.c.recipient == participant,
        chat_events.c.sender == participant,
    )


def _insert_or_leave(connection: Connection, table: Any, **values: object) -> None:
    """Both databases can do it, each by its own dialect's `insert`."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())
