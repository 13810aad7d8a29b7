"""Rooms and admissions: what is stored about a meeting, and the questions asked of it."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from signaling.retention import Retention
from signaling.settings import Settings
from signaling.storage import deadlines
from signaling.storage.blind_index import BlindIndex
from signaling.storage.columns import ColumnCipher
from signaling.storage.schema import admissions, rooms
from signaling.storage.serialise import serialise
from treble.api import ApiError, Role
from treble.ids import as_typed, new_password
from treble.units import SECOND

ROOM_EXPIRY: Final = "room-expiry"
ROOM_CLOSES: Final = "room-closes"  # its planned end
ALIAS: Final = "rooms.alias"  # purpose of the blind index

_NO_SETTINGS: Final = msgspec.json.encode(Settings()).decode()


class RoomRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    created_at: int
    expires_at: int
    settings: Settings
    title: str = ""
    owner: str | None = None  # subject, or the participant who made it without one
    alias: str | None = None
    locked: bool = False

    def is_closed(self, now_ns: int) -> bool:
        """Whether its planned end has passed."""
        return self.settings.closes_at is not None and self.settings.closes_at * SECOND <= now_ns


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """What decides who may enter; `room` None where there is none."""

    room: str | None
    owner: str | None
    has_password: bool


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    room: str
    role: Role
    name: str
    created_at: int
    expires_at: int


class Rooms:
    """Room rows, with the password sealed. Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher, index: BlindIndex, retention: Retention | None = None) -> None:
        self._retention = Retention() if retention is None else retention
        self._cipher = cipher
        self._index = index
        self._nothing = _seal_nothing(cipher)

    def kept_until(self, settings: Settings, used_at_ns: int) -> int:
        """Until when (Unix nanoseconds) such a Room is kept that was used last then."""
        return settings.expires_at(used_at_ns, self._retention)

    def create(self, connection: Connection, room: RoomRecord, password: str, deadline: str) -> None:
        """Store a new room and its expiry, a deadline row with the id `deadline`; `ApiError("alias.taken")`."""
        if room.alias is not None:
            serialise(connection, f"{ALIAS} {room.alias}")  # another may write it under another key
            if self._is_taken(connection, room.alias):
                raise ApiError("alias.taken")
        connection.execute(
            insert(rooms).values(
                id=room.id,
                password=self._cipher.seal(password, "rooms", "password", room.id),
                created_at=room.created_at,
                expires_at=room.expires_at,
                settings=msgspec.json.encode(room.settings).decode(),
                owner=room.owner,
                title=self._cipher.seal(room.title, "rooms", "title", room.id),
                alias=room.alias and self._cipher.seal(room.alias, "rooms", "alias", room.id),
                alias_index=room.alias and self._index.of(room.alias, ALIAS),
                locked=room.locked,
            )
        )
        deadlines.add(connection, deadline, room.id, ROOM_EXPIRY, room.expires_at)

    def find(self, connection: Connection, room: str, now_ns: int) -> RoomRecord | None:
        """The room, unless there is none or it has expired."""
        row = connection.execute(select(rooms).where(rooms.c.id == room)).one_or_none()
        return None if row is None or row.expires_at <= now_ns else self._record(row)

    def of_ids(self, connection: Connection, ids: Sequence[str]) -> list[RoomRecord]:
        """Those of these that are stored, expired ones too."""
        return [self._record(row) for row in connection.execute(select(rooms).where(rooms.c.id.in_(ids)))]

    def look_up(self, connection: Connection, name: str, now_ns: int) -> RoomRecord | None:
        """The room with this id, else with this friendly link."""
        room = self.threshold(connection, name, now_ns).room
        return None if room is None else self.find(connection, room, now_ns)

    def threshold(self, connection: Connection, name: str, now_ns: int) -> Threshold:
        """What decides who may enter there; the same work for an id, a friendly link, or nothing of ours."""
        is_it = (rooms.c.id == name) | rooms.c.alias_index.in_(self._index.candidates(name.lower(), ALIAS))
        columns = (rooms.c.id, rooms.c.owner, rooms.c.settings)
        rows = connection.execute(select(*columns).where(is_it & (rooms.c.expires_at > now_ns))).all()
        room, owner, settings = min(rows, key=lambda row: row.id != name, default=(None, None, _NO_SETTINGS))
        has_password = msgspec.json.decode(settings, type=Settings).has_password
        return Threshold(room=room, owner=owner, has_password=has_password)

    def set_settings(self, connection: Connection, room: str, settings: Settings, title: str) -> None:
        connection.execute(
            update(rooms)
            .where(rooms.c.id == room)
            .values(
                settings=msgspec.json.encode(settings).decode(),
                title=self._cipher.seal(title, "rooms", "title", room),
            )
        )

    def set_alias(self, connection: Connection, room: str, alias: str | None) -> None:
        """`ApiError("alias.taken")` where it leads to another room."""
        if alias is not None:
            serialise(connection, f"{ALIAS} {alias}")
            if self._is_taken(connection, alias, but=room):
                raise ApiError("alias.taken")
        values = {
            "alias": alias and self._cipher.seal(alias, "rooms", "alias", room),
            "alias_index": alias and self._index.of(alias, ALIAS),
        }
        connection.execute(update(rooms).where(rooms.c.id == room).values(**values))

    def set_password(self, connection: Connection, room: str, password: str) -> None:
        sealed = self._cipher.seal(password, "rooms", "password", room)
        connection.execute(update(rooms).where(rooms.c.id == room).values(password=sealed))

    def set_locked(self, connection: Connection, room: str, locked: bool) -> None:
        connection.execute(update(rooms).where(rooms.c.id == room).values(locked=locked))

    def disown(self, connection: Connection, owner: str) -> None:
        """The owner's account is deleted; the rooms live as long as others do."""
        connection.execute(update(rooms).where(rooms.c.owner == owner).values(owner=None))

    def password(self, connection: Connection, room: str) -> str | None:
        """For those who may show the invitation again."""
        sealed = connection.execute(select(rooms.c.password).where(rooms.c.id == room)).scalar_one_or_none()
        return None if sealed is None else self._cipher.open(sealed, "rooms", "password", room)

    def _is_taken(self, connection: Connection, alias: str, but: str = "") -> bool:
        """By another room's link, under whichever key, or by a room's id."""
        same = rooms.c.alias_index.in_(self._index.candidates(alias, ALIAS)) | (rooms.c.id == alias)
        return connection.execute(select(rooms.c.id).where(same & (rooms.c.id != but))).first() is not None

    def _record(self, row: Row) -> RoomRecord:  # type: ignore[type-arg]
        return RoomRecord(
            id=row.id,
            created_at=row.created_at,
            expires_at=row.expires_at,
            settings=msgspec.json.decode(row.settings, type=Settings),
            title="" if row.title is None else self._cipher.open(row.title, "rooms", "title", row.id),
            owner=row.owner,
            alias=None if row.alias is None else self._cipher.open(row.alias, "rooms", "alias", row.id),
            locked=row.locked,
        )

    def is_password(self, connection: Connection, room: str, password: str, now_ns: int) -> bool:
        """Compare in constant time; the same work whether there is such a room or not."""
        wanted = select(rooms.c.password, rooms.c.expires_at).where(rooms.c.id == room)
        row = connection.execute(wanted).one_or_none()
        if not self._cipher.is_of_active_key(self._nothing):
            self._nothing = _seal_nothing(self._cipher)
        sealed, place, alive = (self._nothing, "", False) if row is None else (row[0], room, row[1] > now_ns)
        right = _digest(self._cipher.open(sealed, "rooms", "password", place))
        return hmac.compare_digest(right, _digest(password)) & alive

    def keep(self, connection: Connection, room: str, expires_at: int) -> None:
        """The room is in use: let it live at least until then."""
        due_earlier = (rooms.c.id == room) & (rooms.c.expires_at < expires_at)
        connection.execute(update(rooms).where(due_earlier).values(expires_at=expires_at))

    def expires_at(self, connection: Connection, room: str) -> int | None:
        """Unix nanoseconds; None if there is no such room."""
        return connection.execute(select(rooms.c.expires_at).where(rooms.c.id == room)).scalar_one_or_none()

    def delete_expired(self, connection: Connection, room: str, now_ns: int) -> bool:
        """Delete the room with all that belongs to it, unless it was prolonged meanwhile."""
        due = (rooms.c.id == room) & (rooms.c.expires_at <= now_ns)
        return connection.execute(delete(rooms).where(due)).rowcount == 1

    def delete(self, connection: Connection, room: str) -> bool:
        """With all that belongs to it."""
        return connection.execute(delete(rooms).where(rooms.c.id == room)).rowcount == 1

    def admit(self, connection: Connection, admission: Admission) -> None:
        connection.execute(
            insert(admissions).values(
                id=admission.id,
                room=admission.room,
                role=admission.role.value,
                name=self._cipher.seal(admission.name, "admissions", "name", admission.id),
                created_at=admission.created_at,
                expires_at=admission.expires_at,
            )
        )

    def find_admission(
        self, connection: Connection, admission: str, room: str, now_ns: int
    ) -> Admission | None:
        here = (
            (admissions.c.id == admission) & (admissions.c.room == room) & (admissions.c.expires_at > now_ns)
        )
        row = connection.execute(select(admissions).where(here)).one_or_none()
        return None if row is None else self._admission(row)

    def revoke(self, connection: Connection, admission: str) -> Admission | None:
        """What was revoked; None if there is no such admission."""
        row = connection.execute(select(admissions).where(admissions.c.id == admission)).one_or_none()
        connection.execute(delete(admissions).where(admissions.c.id == admission))
        return None if row is None else self._admission(row)

    def _admission(self, row: Row) -> Admission:  # type: ignore[type-arg]
        return Admission(
            id=row.id,
            room=row.room,
            role=Role(row.role),
            name=self._cipher.open(row.name, "admissions", "name", row.id),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )


def _seal_nothing(cipher: ColumnCipher) -> bytes:
    """Opened and compared where there is no room, so that absence costs what presence costs (contracts 3)."""
    return cipher.seal(new_password(bytes), "rooms", "password", "")


def _digest(password: str) -> bytes:
    return hashlib.sha256(as_typed(password).encode("utf-8", "surrogatepass")).digest()
