"""Operators and rooms: made, listed, shown, changed, ended, deleted, and what was done in them."""

import os
from typing import Any

from msgspec import UNSET
from sqlalchemy import Connection

from signaling.admin.parts import AdminParts, paged, seconds
from signaling.live_room import LiveRoom
from signaling.names import clean_alias, clean_room_password, clean_title, is_room_id
from signaling.settings import Settings, check_settings, new_settings
from signaling.storage import deadlines
from signaling.storage.pages import page, place_of
from signaling.storage.rooms import ROOM_CLOSES, RoomRecord
from signaling.storage.schema import rooms as rooms_table
from signaling.storage.serialise import serialise
from treble.admin_answers import Acted, AuditLine, AuditLines, RoomDetails, RoomPage, RoomSummary
from treble.admin_requests import (
    ChangeRoom,
    CreateRoom,
    DeleteRoom,
    EndRoom,
    ListRooms,
    ReadAudit,
    RoomChange,
    ShowRoom,
)
from treble.api import ApiError, Done
from treble.ids import new_id, new_password
from treble.units import SECOND


class AdminRooms:
    def __init__(self, parts: AdminParts) -> None:
        self._parts = parts
        self._rooms = parts.database.rooms

    async def create(self, actor: str, request: CreateRoom) -> RoomDetails:
        """`room.taken`, `alias.taken`, `bad.room`, `bad.alias`, `bad.title`, `bad.settings`."""
        body, now_ns = request.body, self._parts.wall_ns()
        settings = body.settings or new_settings(self._parts.config.room_defaults)
        check_settings(settings)
        if body.id is not None and not is_room_id(body.id):
            raise ApiError("bad.room", "a room's id is 1 to 64 letters, digits, - and _")
        record = RoomRecord(
            id=body.id or new_id(os.urandom),
            created_at=now_ns,
            expires_at=self._rooms.kept_until(settings, now_ns),
            settings=settings,
            title=clean_title(body.title),
            alias=None if body.alias is None else clean_alias(body.alias),
        )
        password, deadline = _password(body.password), new_id(os.urandom)

        def store(connection: Connection) -> None:
            serialise(connection, f"room {record.id}")
            self._rooms.delete_expired(connection, record.id, now_ns)
            if self._rooms.find(connection, record.id, 0) is not None:
                raise ApiError("room.taken", "There is a room with this id.")
            self._rooms.create(connection, record, password, deadline)
            self._store_closing(connection, record.id, settings)
            self._parts.note(connection, record.id, actor, "create")

        await self._parts.database.write(store)
        return self._details(record, password)

    async def page(self, request: ListRooms) -> RoomPage:
        place, now_ns = place_of(request.cursor), self._parts.wall_ns()
        condition = rooms_table.c.expires_at > now_ns
        if request.live:
            condition &= rooms_table.c.id.in_([live.id for live in self._parts.rooms])

        def read(connection: Connection) -> RoomPage:
            rows, cursor = paged(
                page(connection, rooms_table, condition, place, request.limit + 1), request.limit
            )
            records = [self._rooms.find(connection, row.id, 0) for row in rows]
            return RoomPage(rooms=[self._summary(each) for each in records if each], cursor=cursor)

        return await self._parts.database.read(read)

    async def show(self, request: ShowRoom) -> RoomDetails:
        def read(connection: Connection) -> RoomDetails:
            record = self._parts.found(connection, request.room)
            return self._details(record, self._rooms.password(connection, record.id))

        return await self._parts.database.read(read)

    async def change(self, actor: str, request: ChangeRoom) -> RoomDetails:
        """What a host can change goes the hosts' way; link and password are the operators' alone."""
        change = request.body
        record = await self._parts.room(request.room)
        live = self._parts.rooms.get(record.id)
        await self._change_stored(actor, record.id, change)
        if live is not None:
            await self._change_live(actor, live, change)
        return await self.show(ShowRoom(by=request.by, room=record.id))

    async def end(self, actor: str, request: EndRoom) -> Acted:
        """`not.found` where nobody is there."""
        live = await self._parts.live(request.room)
        return Acted(stored=await self._parts.moderation.end_room(live, actor))

    async def delete(self, actor: str, request: DeleteRoom) -> Done:
        """Everybody is out at once; then all that belongs to the room goes with it."""
        record = await self._parts.room(request.room)
        live = self._parts.rooms.get(record.id)
        if live is not None:
            live.feed(live.machine.handle_end, "ended")
        await self._parts.database.write(lambda connection: self._rooms.delete(connection, record.id))
        return Done()

    async def audit(self, request: ReadAudit) -> AuditLines:
        record = await self._parts.room(request.room)
        found = await self._parts.rooms.trail.page(record.id, 0, request.before_ms)
        lines = [
            AuditLine(
                at_ms=each.at,
                action=each.action,
                actor=each.actor,
                subject=each.subject,
                detail=each.detail,
            )
            for each in found.entries
        ]
        return AuditLines(entries=lines, before_ms=lines[-1].at_ms if found.more else None)

    # --- inside -----------------------------------------------------------------------------------------------

    async def _change_live(self, actor: str, live: LiveRoom, change: RoomChange) -> None:
        if change.title is not UNSET or change.settings is not UNSET:
            settings = live.machine.settings if change.settings is UNSET else change.settings
            title = live.machine.title if change.title is UNSET else change.title
            await self._parts.configuring.change(live, settings, title, actor)
        if change.locked is not UNSET:
            await self._parts.moderation.set_locked(live, actor, change.locked)

    async def _change_stored(self, actor: str, room: str, change: RoomChange) -> None:
        """All of it where nobody is there; else what only operators change."""
        settings, is_live = change.settings, room in self._parts.rooms
        if settings is not UNSET:
            check_settings(settings)
        title = UNSET if change.title is UNSET else clean_title(change.title)
        if isinstance(change.alias, str):
            clean_alias(change.alias)
        password = _password(None if change.password is UNSET else change.password)

        def store(connection: Connection) -> None:
            record = self._parts.found(connection, room)
            if not is_live and (title is not UNSET or settings is not UNSET):
                self._store_settings(
                    connection,
                    record,
                    record.settings if settings is UNSET else settings,
                    record.title if title is UNSET else title,
                )
                self._parts.note(connection, room, actor, "settings")
            if change.alias is not UNSET:
                self._rooms.set_alias(connection, room, change.alias)
                self._parts.note(connection, room, actor, "alias")
            if change.locked is not UNSET and not is_live:
                self._rooms.set_locked(connection, room, change.locked)
                self._parts.note(connection, room, actor, "lock", detail="on" if change.locked else "off")
            if change.password is not UNSET:
                self._rooms.set_password(connection, room, password)
                self._parts.note(connection, room, actor, "password")

        await self._parts.database.write(store)
        if not is_live:
            locked = None if change.locked is UNSET else change.locked
            self._parts.rooms.standing.permit_room(room, locked=locked)

    def _store_settings(
        self, connection: Connection, record: RoomRecord, settings: Settings, title: str
    ) -> None:
        now_ns = self._parts.wall_ns()
        self._rooms.set_settings(connection, record.id, settings, title)
        self._rooms.keep(connection, record.id, self._rooms.kept_until(settings, now_ns))
        deadlines.settle_all(connection, record.id, ROOM_CLOSES, now_ns)
        self._store_closing(connection, record.id, settings)

    def _store_closing(self, connection: Connection, room: str, settings: Settings) -> None:
        if settings.closes_at is not None:
            closes_ns = settings.closes_at * SECOND
            deadlines.add(connection, new_id(os.urandom), room, ROOM_CLOSES, closes_ns)

    def _summary(self, record: RoomRecord) -> RoomSummary:
        return RoomSummary(**_seen(record, self._parts.rooms.get(record.id)))

    def _details(self, record: RoomRecord, password: str | None) -> RoomDetails:
        shown = password if record.settings.has_password else None
        return RoomDetails(
            **_seen(record, self._parts.rooms.get(record.id)), password=shown, settings=record.settings
        )


def _password(chosen: str | None) -> str:
    """As chosen, or a new one."""
    return new_password(os.urandom) if chosen is None else clean_room_password(chosen)


def _seen(record: RoomRecord, live: LiveRoom | None) -> dict[str, Any]:
    """What summary and details have in common."""
    return {
        "id": record.id,
        "title": record.title,
        "alias": record.alias,
        "owner": record.owner,
        "locked": record.locked,
        "created_at": seconds(record.created_at),
        "expires_at": seconds(record.expires_at),
        "live": live is not None,
        "participants": 0 if live is None else len(live.machine),
        "waiting": 0 if live is None else len(live.machine.door),
    }
