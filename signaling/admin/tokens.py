"""Operators and admissions: made as `treble token` does, listed, revoked."""

import os

from sqlalchemy import Connection

from signaling.admin.parts import AdminParts, paged, seconds
from signaling.names import clean_name, is_room_id
from signaling.settings import Settings
from signaling.storage.pages import page, place_of
from signaling.storage.people import State
from signaling.storage.rooms import Admission, RoomRecord
from signaling.storage.schema import admissions
from signaling.storage.serialise import serialise
from treble.admin_answers import NewToken, TokenPage, TokenSummary
from treble.admin_requests import CreateToken, ListTokens, RevokeToken
from treble.api import ApiError, Done
from treble.ids import new_id, new_password
from treble.units import SECOND


class AdminTokens:
    def __init__(self, parts: AdminParts) -> None:
        self._parts = parts
        self._rooms = parts.database.rooms

    async def create(self, actor: str, request: CreateToken) -> NewToken:
        """A token that WSS, WHIP and WHEP accept; makes the room (persistent, with a password of its own) if it is new.
        `bad.room`, `bad.name`.
        """
        body, now_ns = request.body, self._parts.wall_ns()
        if not is_room_id(body.room):
            raise ApiError("bad.room", "a room's id is 1 to 64 letters, digits, - and _")
        name = clean_name(body.name)
        expires_at = now_ns + body.lifetime_s * SECOND

        def store(connection: Connection) -> Admission:
            room = self._room(connection, body.room, now_ns, expires_at)
            admission = Admission(
                id=new_id(os.urandom),
                room=room,
                role=body.role,
                name=name,
                created_at=now_ns,
                expires_at=expires_at,
            )
            self._rooms.keep(connection, room, expires_at)
            self._rooms.admit(connection, admission)
            self._parts.note(connection, room, actor, "token", name)
            return admission

        admission = await self._parts.database.write(store)
        token = self._parts.tokens.issue(
            sub=admission.id,
            room=admission.room,
            role=admission.role,
            name=name,
            now_s=now_ns // SECOND,
            admission=True,
            lifetime_s=body.lifetime_s,
        )
        seen = _seen(admission)
        return NewToken(
            id=seen.id,
            room=seen.room,
            role=seen.role,
            name=seen.name,
            created_at=seen.created_at,
            expires_at=seen.expires_at,
            token=token,
        )

    async def page(self, request: ListTokens) -> TokenPage:
        place, now_ns = place_of(request.cursor), self._parts.wall_ns()

        def read(connection: Connection) -> TokenPage:
            condition = admissions.c.expires_at > now_ns
            if request.room is not None:
                condition &= admissions.c.room == self._parts.found(connection, request.room).id
            rows, cursor = paged(
                page(connection, admissions, condition, place, request.limit + 1), request.limit
            )
            found = [self._rooms.find_admission(connection, row.id, row.room, now_ns) for row in rows]
            return TokenPage(tokens=[_seen(each) for each in found if each], cursor=cursor)

        return await self._parts.database.read(read)

    async def revoke(self, actor: str, request: RevokeToken) -> Done:
        """Nobody enters by it any more, and whoever did is put out, with what was renewed meanwhile: stored first, or it
        could be used once more."""
        people, now_ns = self._parts.database.people, self._parts.wall_ns()

        def store(connection: Connection) -> Admission:
            admission = self._rooms.revoke(connection, request.token)
            if admission is None:
                raise ApiError("not.found", "There is no such token.")
            people.put_out(connection, admission.id, State.BANNED, now_ns)
            self._parts.note(connection, admission.room, actor, "token revoked", admission.name)
            return admission

        admission = await self._parts.database.write(store)
        self._parts.rooms.end_participant(admission.room, admission.id, "removed")
        self._parts.end_resources(admission.id)
        return Done()

    def _room(self, connection: Connection, room: str, now_ns: int, until_ns: int) -> str:
        """The room's id, by id or friendly link; made where there is none."""
        serialise(connection, f"room {room}")  # two tokens for one new room
        self._rooms.delete_expired(connection, room, now_ns)
        found = self._rooms.look_up(connection, room, now_ns)
        if found is not None:
            return found.id
        settings = Settings(persistent=True)
        expires_at = max(until_ns, self._rooms.kept_until(settings, now_ns))
        record = RoomRecord(id=room, created_at=now_ns, expires_at=expires_at, settings=settings)
        self._rooms.create(connection, record, new_password(os.urandom), new_id(os.urandom))
        return room


def _seen(admission: Admission) -> TokenSummary:
    return TokenSummary(
        id=admission.id,
        room=admission.room,
        role=admission.role,
        name=admission.name,
        created_at=seconds(admission.created_at),
        expires_at=seconds(admission.expires_at),
    )
