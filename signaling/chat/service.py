"""The chat of a Room: stored, numbered, then sent to every Gateway that holds the Room (contracts 5)."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec
import structlog
import trio
from sqlalchemy import Connection

from signaling.attempts import Buckets
from signaling.chat.announcer import Announcer
from signaling.chat.saying import Saying, Speaker, Stored, Writing
from signaling.chat.view import event_of, item_of
from signaling.chat.writer import ChatWriter
from signaling.chat_messages import ChatRequest, History, Page, Read
from signaling.database import Database
from signaling.line import Line
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.room.machine import Room
from signaling.room.member import Member
from signaling.storage.chat import Event
from treble.api import (
    ApiError,
    ChatHeads,
    ChatHeadsFound,
    ChatPlace,
    ChatSince,
    ChatSlice,
)
from treble.units import SECOND

T = TypeVar("T")

SAYINGS: Final = (10, 5 * SECOND)  # in a burst, then evenly over so long
READINGS: Final = (10, 10 * SECOND)
PAGES: Final = (20, 10 * SECOND)
MAX_SLICE: Final = 200
MAX_BYTES: Final = 512 * 1024  # of a page or slice; there is always one event
MAX_ROOMS: Final = 1_000
KEEP_UNSAID_NS: Final = 3600 * SECOND  # files that are in no message
SWEEP_S: Final = 600.0

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger("signaling.chat.service")


class ChatService:
    def __init__(
        self,
        rooms: LiveRooms,
        database: Database,
        clock: Callable[[], int],
        wall_ns: Callable[[], int],
        apart_s: float,
    ) -> None:
        self._rooms = rooms
        self._database = database
        self._clock = clock
        self._wall_ns = wall_ns
        self._store = database.chat
        self._announcer = Announcer(rooms.others)
        self._writer = ChatWriter(database, self._store, self._announcer.put, apart_s)
        self._saying = Saying(self._store, database.chat_files, wall_ns)
        self._sayings, self._readings, self._pages = Buckets(*SAYINGS), Buckets(*READINGS), Buckets(*PAGES)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._writer.run)
            nursery.start_soon(self._announcer.run)
            nursery.start_soon(self._sweep)

    async def carry_out(self, line: Line, member: Member, message: ChatRequest) -> Message:
        """The answer; `ApiError` for a refusal. With `slow` and `busy` the same key may come again."""
        machine = line.live.machine
        speaker = speaker_of(line.live.id, machine, member)
        match message:
            case Read():
                self._take(self._readings, member.id)
                await self._read(speaker, message)
                return Done(re=message.id)
            case History():
                self._take(self._pages, member.id)
                return await self._page(speaker, message)
            case _:
                self._take(self._sayings, member.id)
                return await self._write(speaker, message, machine)

    async def place(self, speaker: Speaker, last_seq: int | None) -> ChatPlace:
        """Where somebody who enters (again) goes on: after the last event that the client has, else with the next."""
        store, room, participant = self._store, speaker.room, speaker.id

        def find(connection: Connection) -> tuple[int | None, int]:
            mark = store.mark(connection, room, participant)
            return None if mark is None else mark.first_seq, store.head(connection, room)

        first, head = await self._database.read(find)
        if first is None:
            first = await self._writer.write(
                room, lambda connection, _: store.enter(connection, room, participant).first_seq
            )
            head = max(head, first)
        floor = 0 if speaker.may_read_all else first
        after = head if last_seq is None else min(last_seq, head)
        return ChatPlace(room=room, participant=participant, after=max(after, floor), floor=floor, head=head)

    async def since(self, request: ChatSince) -> ChatSlice:
        store, room = self._store, request.room
        limit = min(MAX_SLICE, max(1, request.limit))

        def find(connection: Connection) -> tuple[list[Event], dict[int, Event], int]:
            head = store.head(connection, room)
            events = store.since(connection, room, request.after, limit)
            targets = {event.target for event in events if event.target is not None}
            return events, store.messages(connection, room, targets), head

        events, targets, head = await self._database.read(find)
        items = [item_of(event, targets.get(event.target or 0)) for event in events]
        items = bounded(items, lambda item: len(item.message))
        through = items[-1].seq if items else max(request.after, head)
        return ChatSlice(items=items, through=through, head=head)

    async def heads(self, request: ChatHeads) -> ChatHeadsFound:
        rooms = request.rooms[:MAX_ROOMS]
        heads = await self._database.read(lambda connection: self._store.heads(connection, rooms))
        return ChatHeadsFound(heads=heads)

    # --- inside

    async def _write(self, speaker: Speaker, message: Writing, machine: Room) -> Message:
        to_name = None
        to = getattr(message, "to", None)
        if to is not None and to != speaker.id:
            other = machine.member(to)
            to_name = None if other is None or other.is_resource else other.name
        work = self._saying.work(speaker, message, to_name)
        stored: Stored = await self._writer.write(speaker.room, work)
        return stored.answer(message.id)

    async def _read(self, speaker: Speaker, read: Read) -> None:
        store = self._store

        def work(connection: Connection, counter: object) -> None:
            seq = min(read.seq, store.head(connection, speaker.room))
            store.read(connection, speaker.room, speaker.id, seq)

        await self._writer.write(speaker.room, work)

    async def _page(self, speaker: Speaker, history: History) -> Page:
        store, room = self._store, speaker.room

        def find(connection: Connection) -> tuple[list[Event], dict[int, dict[str, list[str]]], int]:
            mark = store.mark(connection, room, speaker.id)
            if mark is None:
                return [], {}, 0
            floor = 0 if speaker.may_read_all else mark.first_seq
            found = store.page(connection, room, speaker.id, floor, history.before, history.limit + 1)
            reactions = store.reactions(connection, room, [event.seq for event in found])
            return found, reactions, mark.read_seq

        found, reactions, read = await self._database.read(find)
        wanted = found[: history.limit]
        events = [event_of(each, None, reactions.get(each.seq)) for each in wanted]
        events = bounded(events, lambda event: len(_encode(event)))
        return Page(re=history.id, events=events[::-1], more=len(events) < len(found), read=read)

    def _take(self, buckets: Buckets, participant: str) -> None:
        now_ns = self._clock()
        wait_s = buckets.wait_s(participant, now_ns)
        if wait_s > 0:
            raise ApiError("slow", "too many messages", wait_s)
        buckets.change(participant, -1, now_ns)

    async def _sweep(self) -> None:
        while True:
            await trio.sleep(SWEEP_S)
            try:
                await self._drop_unsaid(self._wall_ns() - KEEP_UNSAID_NS)
            except ApiError as error:
                _log.warning("unsaid files stay", cause=error.detail)

    async def _drop_unsaid(self, before_ns: int) -> None:
        """Forget files that were sent and never said."""
        files = self._database.chat_files
        await self._database.write(lambda connection: files.drop_unsaid(connection, before_ns))


def speaker_of(room: str, machine: Room, member: Member) -> Speaker:
    return Speaker(
        room=room,
        id=member.id,
        name=member.name,
        role=member.role,
        policy=machine.settings.policy,
        overrides=dict(member.overrides),
    )


def bounded(things: Sequence[T], size_of: Callable[[T], int]) -> list[T]:
    """As many as fit into one answer."""
    kept: list[T] = []
    size = 0
    for thing in things:
        size += size_of(thing)
        if kept and size > MAX_BYTES:
            break
        kept.append(thing)
    return kept
