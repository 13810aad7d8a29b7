"""The chat in a gateway: each Room's events in the order of their numbers, gaps fetched, to those who may see them.

    delivered by a room server -> next number? -> sent to every socket that stands there
                               -> later one?   -> waits, what is missing is fetched (`chat_since`)
    socket that stands further back -> brought forward page by page, at its own pace, then joins the others

Nothing is ever left out: a socket that is too slow is closed with 1013, and its client comes back with its `last_seq`.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog
import trio

from signaling.send_queue import Outgoing, outgoing
from treble.api import ApiError, ChatHeads, ChatItem, ChatPlace, ChatSince, ChatSlice, RoomServer

COMPARE_S: Final = 5.0  # how long something stays unknown that a room server stored and did not say
RETRY_S: Final = 0.5
FETCH_SECONDS: Final = 10.0
PAGE: Final = 50
MAX_HELD: Final = 200  # of one Room, behind a gap; later ones are fetched when it is closed
MAX_RECENT: Final = 64  # of one Room, for those who come back soon
MAX_COMPARED: Final = 1_000  # Rooms in one question

_log = structlog.get_logger("signaling.chat.relay")


class Socket(Protocol):
    """What the relay needs of a `SessionSocket`."""

    @property
    def is_roomy(self) -> bool: ...
    def put(self, item: Outgoing) -> None: ...
    async def room_to_send(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, framed once for all sockets."""

    seq: int
    about: int
    audience: frozenset[str] | None
    frame: Outgoing

    @classmethod
    def of(cls, item: ChatItem) -> "Entry":
        audience = None if item.audience is None else frozenset(item.audience)
        return cls(item.seq, item.about, audience, outgoing(item.message))


@dataclass(slots=True, eq=False)
class Reader:
    """A socket in the chat: it has been sent everything that it may see up to `position`."""

    session: str
    socket: Socket
    participant: str
    floor: int
    position: int
    is_catching_up: bool = False
    is_gone: bool = False

    def take(self, entry: Entry) -> None:
        if entry.seq <= self.position:
            return
        self.position = entry.seq
        if entry.about > self.floor and (entry.audience is None or self.participant in entry.audience):
            self.socket.put(entry.frame)

    def take_some(self, entries: Iterable[Entry]) -> None:
        """As many as the socket has room for."""
        for entry in entries:
            if self.is_gone or not self.socket.is_roomy:
                return
            self.take(entry)


@dataclass(slots=True, eq=False)
class RoomChat:
    """`head`: everything up to here has come; `known`: the last number heard of."""

    id: str
    head: int
    known: int
    readers: dict[str, Reader] = field(default_factory=dict)
    held: dict[int, ChatItem] = field(default_factory=dict)
    recent: deque[Entry] = field(default_factory=lambda: deque(maxlen=MAX_RECENT))
    is_filling: bool = False

    def take(self, item: ChatItem) -> None:
        if item.seq <= self.head:
            return
        self.known = max(self.known, item.seq)
        if item.seq != self.head + 1:
            if len(self.held) < MAX_HELD:
                self.held[item.seq] = item
            return
        self._pass(item)
        while (later := self.held.pop(self.head + 1, None)) is not None:
            self._pass(later)

    def skip_to(self, seq: int) -> None:
        """There is nothing that has not come up to here."""
        if seq > self.head:
            self.head = seq
            self.recent.clear()
            self.held = {number: item for number, item in self.held.items() if number > seq}
            while (later := self.held.pop(self.head + 1, None)) is not None:
                self._pass(later)

    def after(self, seq: int) -> list[Entry] | None:
        """What came after this number, if all of it is still here."""
        if not self.recent or self.recent[0].seq > seq + 1:
            return None
        return [entry for entry in self.recent if entry.seq > seq]

    def _pass(self, item: ChatItem) -> None:
        entry = Entry.of(item)
        self.head = entry.seq
        self.recent.append(entry)
        for reader in self.readers.values():
            if not reader.is_catching_up:
                reader.take(entry)


class ChatRelay:
    def __init__(self, rooms: RoomServer) -> None:
        self._server = rooms
        self._rooms: dict[str, RoomChat] = {}
        self._room_of: dict[str, RoomChat] = {}  # by Session
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            try:
                await self._compare()
            finally:
                self._nursery = None

    def deliver(self, items: Iterable[ChatItem]) -> None:
        for item in items:
            room = self._rooms.get(item.room)
            if room is not None:
                room.take(item)
                self._fill(room)

    def add(self, session: str, socket: Socket, place: ChatPlace) -> None:
        """The welcome is in the socket's queue; what comes after `place.after` follows it. Once for each socket."""
        if session in self._room_of:
            return
        room = self._rooms.get(place.room)
        is_new = room is None
        if room is None:
            room = self._rooms[place.room] = RoomChat(place.room, place.head, place.head)
        reader = Reader(session, socket, place.participant, place.floor, place.after)
        room.readers[session] = reader
        self._room_of[session] = room
        if reader.position < room.head:
            reader.is_catching_up = True
            self._start(self._catch_up, room, reader)
        room.known = max(room.known, place.head)
        self._fill(room, anyway=is_new)  # what was delivered before there was this Room here

    def remove(self, session: str) -> None:
        room = self._room_of.pop(session, None)
        if room is None:
            return
        room.readers.pop(session).is_gone = True
        if not room.readers:
            del self._rooms[room.id]

    # --- inside

    def _fill(self, room: RoomChat, *, anyway: bool = False) -> None:
        if (anyway or room.known > room.head) and not room.is_filling:
            room.is_filling = True
            self._start(self._fill_gaps, room)

    async def _fill_gaps(self, room: RoomChat) -> None:
        """Fetch until nothing is missing, as long as somebody is there."""
        try:
            while room.readers:
                slice_ = await self._fetch(room.id, room.head)
                if slice_ is None:
                    continue
                for item in slice_.items:
                    room.take(item)
                room.skip_to(slice_.through)
                if room.head >= slice_.head:
                    room.known = room.head
                    return
        finally:
            room.is_filling = False

    async def _catch_up(self, room: RoomChat, reader: Reader) -> None:
        """Bring one socket forward to where the others are."""
        while not reader.is_gone and reader.position < room.head:
            await reader.socket.room_to_send()
            entries = room.after(reader.position)
            if entries is None:
                slice_ = await self._fetch(room.id, reader.position)
                if slice_ is None:
                    continue
                entries = [Entry.of(item) for item in slice_.items]
                if not entries:
                    reader.position = room.head  # numbers that are there no more
            reader.take_some(entries)
        reader.is_catching_up = False

    async def _fetch(self, room: str, after: int) -> ChatSlice | None:
        """None, after a while, where the room server cannot answer now."""
        try:
            with trio.fail_after(FETCH_SECONDS):
                return await self._server.chat_since(ChatSince(room=room, after=after, limit=PAGE))
        except (ApiError, trio.TooSlowError):
            pass
        except Exception as error:
            _log.error("chat not fetched", kind=type(error).__name__)
        await trio.sleep(RETRY_S)
        return None

    async def _compare(self) -> None:
        """Ask how far the Rooms are: a room server may have stored something and died before it said so."""
        while True:
            await trio.sleep(COMPARE_S)
            rooms = list(self._rooms)
            for start in range(0, len(rooms), MAX_COMPARED):
                await self._compare_some(rooms[start : start + MAX_COMPARED])

    async def _compare_some(self, rooms: list[str]) -> None:
        try:
            with trio.fail_after(FETCH_SECONDS):
                found = await self._server.chat_heads(ChatHeads(rooms=rooms))
        except (ApiError, trio.TooSlowError):
            return
        except Exception as error:
            _log.error("chat not compared", kind=type(error).__name__)
            return
        for name, head in found.heads.items():
            room = self._rooms.get(name)
            if room is not None and head > room.head:
                room.known = max(room.known, head)
                self._fill(room)

    def _start(self, task: Callable[..., Any], *values: Any) -> None:
        if self._nursery is not None:
            self._nursery.start_soon(task, *values)
