"""Files in the chat, and the chat as a file: what gateways ask for somebody who shows a Room token.

Whoever asks must be in the Room now; for the whole chat, be in it or have left it oneself, while the token lasts, also
when the meeting is over. Unknown, gone and put out are all `not.found`.
"""

import os
from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import Connection

from signaling.actions import Action
from signaling.attempts import Buckets
from signaling.chat.saying import Speaker
from signaling.chat.service import bounded, speaker_of
from signaling.chat.text import clean_file_name
from signaling.chat.view import event_of
from signaling.chat_messages import SharedFile
from signaling.database import Database
from signaling.entrance import Entrance
from signaling.live_rooms import LiveRooms
from signaling.storage.chat import Event
from signaling.storage.chat_files import StoredFile, parts_of
from signaling.storage.people import State
from treble.api import (
    FILE_PART_BYTES,
    ApiError,
    BeginFile,
    ChatExported,
    Done,
    ExportChat,
    FileBegun,
    FilePart,
    GetFilePart,
    PutFilePart,
)
from treble.ids import new_id
from treble.units import SECOND

MAX_ROOM_BYTES: Final = 200_000_000
MAX_EXPORTED: Final = 200  # messages in one answer
FILES_AT_ONCE: Final = (10, 60 * SECOND)  # of one participant

_encode = msgspec.json.Encoder().encode


class ChatShare:
    def __init__(
        self,
        rooms: LiveRooms,
        entrance: Entrance,
        database: Database,
        max_file_bytes: int,
        now_ns: Callable[[], int],
        wall_ns: Callable[[], int],
    ) -> None:
        self._rooms = rooms
        self._entrance = entrance
        self._database = database
        self._max_file_bytes = max_file_bytes
        self._now_ns = now_ns
        self._wall_ns = wall_ns
        self._rates = Buckets(*FILES_AT_ONCE)

    async def begin(self, request: BeginFile) -> FileBegun:
        """`bad.size` beyond a file's bound, `files.full` beyond the Room's. Size 0 only asks whether one may."""
        speaker = self._speaker(request.token, request.room)
        speaker.require(Action.FILES)
        if request.size == 0:
            return FileBegun(file="", name="")
        if not 0 < request.size <= self._max_file_bytes:
            raise ApiError("bad.size", f"1 to {self._max_file_bytes} bytes")
        self._take(speaker.id)
        name, file = clean_file_name(request.name), new_id(os.urandom)
        shared = SharedFile(file=file, name=name, media_type=request.media_type, size=request.size)
        files, now_ns = self._database.chat_files, self._wall_ns()

        def begin(connection: Connection) -> None:
            if files.total(connection, speaker.room) + request.size > MAX_ROOM_BYTES:
                raise ApiError("files.full")
            files.begin(connection, speaker.room, speaker.id, shared, now_ns)

        await self._database.write(begin)
        return FileBegun(file=file, name=name)

    async def put_part(self, request: PutFilePart) -> Done:
        speaker = self._speaker(request.token, request.room)
        files = self._database.chat_files

        def put(connection: Connection) -> None:
            file = files.find(connection, speaker.room, request.file)
            if file is None or file.participant != speaker.id or file.message is not None:
                raise ApiError("not.found")
            if len(request.data) != _part_size(file.size, request.number):
                raise ApiError("bad.size", "part")
            files.put_part(connection, file.file, request.number, request.data)

        await self._database.write(put)
        return Done()

    async def part(self, request: GetFilePart) -> FilePart:
        """For those who may see the message that carries it, and for whoever sent it."""
        speaker = self._speaker(request.token, request.room)

        def find(connection: Connection) -> tuple[StoredFile, bytes] | None:
            file = self._database.chat_files.find(connection, speaker.room, request.file)
            if file is None or not self._may_see(connection, speaker, file):
                return None
            data = self._database.chat_files.part(connection, file.file, request.number)
            return None if data is None else (file, data)

        found = await self._database.read(find)
        if found is None:
            raise ApiError("not.found")
        file, data = found
        return FilePart(
            name=file.name, media_type=file.media_type, size=file.size, parts=parts_of(file.size), data=data
        )

    async def export(self, request: ExportChat) -> ChatExported:
        """What whoever exports can see: not the private messages of others."""
        speaker = await self._reader(request.token, request.room)
        speaker.require(Action.EXPORT)
        limit = min(MAX_EXPORTED, max(1, request.limit))
        store, room = self._database.chat, speaker.room

        def find(connection: Connection) -> tuple[list[Event], dict[int, dict[str, list[str]]]]:
            events = store.messages_after(connection, room, speaker.id, request.after, limit + 1)
            return events, store.reactions(connection, room, [event.seq for event in events])

        events, reactions = await self._database.read(find)
        shown = [_encode(event_of(event, None, reactions.get(event.seq))) for event in events[:limit]]
        shown = bounded(shown, len)
        through = events[len(shown) - 1].seq if shown else request.after
        return ChatExported(events=shown, through=through, more=len(shown) < len(events))

    # --- inside

    def _speaker(self, token: str, room: str) -> Speaker:
        claims = self._entrance.claims(token)
        live = None if claims.room != room else self._rooms.get(room)
        member = None if live is None else live.machine.member(claims.sub)
        if live is None or member is None:
            raise ApiError("not.found")
        return speaker_of(room, live.machine, member)

    async def _reader(self, token: str, room: str) -> Speaker:
        claims = self._entrance.claims(token)
        live = self._rooms.get(room)
        if claims.room != room or (live is not None and live.machine.member(claims.sub) is not None):
            return self._speaker(token, room)
        try:
            past = await self._entrance.past(claims)
        except ApiError as error:
            raise ApiError("not.found") if error.code in ("ended", "auth.wrong") else error from None
        person = past.person
        if not past.is_stored or person.state is not State.IN:
            raise ApiError("not.found")
        return Speaker(
            room=room,
            id=person.id,
            name=person.name,
            role=person.role,
            policy=self._rooms.in_force(past.room)[0].policy,
            overrides=dict(person.overrides),
        )

    def _may_see(self, connection: Connection, speaker: Speaker, file: StoredFile) -> bool:
        if file.participant == speaker.id:
            return True
        store = self._database.chat
        message = None if file.message is None else store.message(connection, speaker.room, file.message)
        if message is None or not message.is_for(speaker.id):
            return False
        mark = store.mark(connection, speaker.room, speaker.id)
        return speaker.may_read_all or (mark is not None and message.seq > mark.first_seq)

    def _take(self, participant: str) -> None:
        now_ns = self._now_ns()
        wait_s = self._rates.wait_s(participant, now_ns)
        if wait_s > 0:
            raise ApiError("slow", "too many files", wait_s)
        self._rates.change(participant, -1, now_ns)


def _part_size(size: int, number: int) -> int:
    """Bytes of this part of a file; -1 for one that it does not have."""
    return min(FILE_PART_BYTES, size - number * FILE_PART_BYTES) if 0 <= number < parts_of(size) else -1
