"""An admission written into the data folder beside a running server, as `treble token` does."""

import os
import time
from pathlib import Path

from sqlalchemy import Connection

from signaling.keyring import Keyring
from signaling.names import clean_name, is_room_id
from signaling.retention import Retention
from signaling.settings import Settings
from signaling.storage.rooms import Admission, RoomRecord, Rooms
from signaling.storage.serialise import serialise
from signaling.storage.store import TOKEN_KEYS, Store
from signaling.tokens import ADMISSION_SECONDS, Tokens
from treble.api import ApiError, Role
from treble.ids import new_id, new_password
from treble.units import SECOND

DEFAULT_ISSUER = "treble"


def create_token(
    data: Path,
    room: str,
    name: str,
    role: Role,
    *,
    database: str | None = None,
    retention: Retention | None = None,
    issuer: str = DEFAULT_ISSUER,
    lifetime_s: int = ADMISSION_SECONDS,
) -> str:
    """A token that WSS, WHIP and WHEP accept; makes the room (persistent, with a password of its own) if it
    is new.

    Raises `ApiError`: `bad.room`, `bad.name`, or `busy` while the database is locked or full.
    """
    if not is_room_id(room):
        raise ApiError("bad.room", "a room's id is 1 to 64 letters, digits, - and _")
    name = clean_name(name)
    now_ns = time.time_ns()
    admission = Admission(
        id=new_id(os.urandom),
        room=room,
        role=role,
        name=name,
        created_at=now_ns,
        expires_at=now_ns + lifetime_s * SECOND,
    )
    store = Store.open(data, database)
    try:
        rooms = Rooms(store.cipher, store.index, retention)
        store.write(lambda connection: _admit(connection, rooms, admission, now_ns))
    finally:
        store.close()
    tokens = Tokens(Keyring(data / TOKEN_KEYS), issuer)
    return tokens.issue(
        sub=admission.id,
        room=room,
        role=role,
        name=name,
        now_s=now_ns // SECOND,
        admission=True,
        lifetime_s=lifetime_s,
    )


def _admit(connection: Connection, rooms: Rooms, admission: Admission, now_ns: int) -> None:
    serialise(connection, f"room {admission.room}")  # two tokens for one new room
    rooms.delete_expired(connection, admission.room, now_ns)
    if rooms.find(connection, admission.room, now_ns) is None:
        settings = Settings(persistent=True)
        expires_at = max(admission.expires_at, rooms.kept_until(settings, now_ns))
        record = RoomRecord(id=admission.room, created_at=now_ns, expires_at=expires_at, settings=settings)
        rooms.create(connection, record, new_password(os.urandom), new_id(os.urandom))
    rooms.keep(connection, admission.room, admission.expires_at)
    rooms.admit(connection, admission)
