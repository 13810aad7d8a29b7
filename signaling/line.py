"""One Session's line of requests: one at a time, each answered once, answers kept for a resend after a resume."""

import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import trio

from signaling.live_room import LiveRoom
from signaling.room.door import Waiter
from signaling.room.member import Member
from treble.api import LayerShape, SessionAnswer, Source, Tile

# A client has few requests under way; what it resends after a lost socket is among the last of them.
MAX_ANSWERS: Final = 32
MAX_ANSWER_BYTES: Final = 1024 * 1024  # an SDP answer for 30 Slot pairs has 60 kB
PACK_BYTES: Final = 4096


class Answers:
    """The last answers by request id, bounded by number and bytes; the long ones, which are SDP, are kept packed."""

    def __init__(self) -> None:
        self._answers: OrderedDict[int, _Kept] = OrderedDict()
        self._bytes = 0

    def get(self, request: int) -> SessionAnswer | None:
        kept = self._answers.get(request)
        return None if kept is None else SessionAnswer(message=kept.message(), close=kept.close)

    def keep(self, request: int, answer: SessionAnswer) -> None:
        is_packed = len(answer.message) >= PACK_BYTES
        stored = zlib.compress(answer.message, level=1) if is_packed else answer.message
        self._answers[request] = _Kept(stored, is_packed, answer.close)
        self._bytes += len(stored)
        while len(self._answers) > MAX_ANSWERS or self._bytes > MAX_ANSWER_BYTES:
            _, dropped = self._answers.popitem(last=False)
            self._bytes -= len(dropped.stored)


class _Kept(NamedTuple):
    stored: bytes
    is_packed: bool
    close: int | None

    def message(self) -> bytes:
        return zlib.decompress(self.stored) if self.is_packed else self.stored


@dataclass(slots=True, eq=False)
class Line:
    """What the shell keeps of a Session beside the Room machine."""

    live: LiveRoom
    participant: str
    session: str
    socket: str
    lock: trio.Lock = field(default_factory=trio.Lock)
    answers: Answers = field(default_factory=Answers)
    last_seq: int | None = None  # of the chat, as somebody who waits at the door has said
    certificate: str = ""  # fingerprint of the offer that the present Peer was opened with
    tiles: list[Tile] | None = None  # the last view, for a Peer that comes later
    layers: dict[Source, list[LayerShape]] = field(default_factory=dict)  # likewise

    def member(self) -> Member | None:
        """The participant, while this Session is its Session."""
        member = self.live.machine.member(self.participant)
        return member if member is not None and member.session == self.session else None

    def waiter(self) -> Waiter | None:
        """The participant at the door, while this Session is its Session."""
        waiter = self.live.machine.door.get(self.participant)
        return waiter if waiter is not None and waiter.session == self.session else None


class Lines:
    """The lines of all Sessions, by Session and by the socket that each has now."""

    def __init__(self) -> None:
        self._by_session: dict[str, Line] = {}
        self._by_socket: dict[str, Line] = {}

    def __len__(self) -> int:
        return len(self._by_session)

    def add(self, line: Line) -> None:
        self._by_session[line.session] = line
        self._by_socket[line.socket] = line

    def of_session(self, session: str) -> Line | None:
        return self._by_session.get(session)

    def of_socket(self, socket: str) -> Line | None:
        return self._by_socket.get(socket)

    def plug(self, line: Line, socket: str) -> None:
        """The Session goes on over a new socket."""
        self._by_socket.pop(line.socket, None)
        line.socket = socket
        self._by_socket[socket] = line

    def unplug(self, socket: str) -> Line | None:
        return self._by_socket.pop(socket, None)

    def forget(self, session: str) -> None:
        line = self._by_session.pop(session, None)
        if line is not None:
            self._by_socket.pop(line.socket, None)
