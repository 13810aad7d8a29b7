"""Who waits at a Room's door. A part of the Room machine without I/O.

    hello                          -> HOST: the meeting has not begun, or nobody is there to let one in
    a host is there, knock stored  -> KNOCK: until it is answered or expires
    let in, and stored so          -> ADMITTED: `enter` comes next
    refused                        -> REFUSED: may knock again after `REFUSED_NS`
    nobody answered                -> EXPIRED: may knock again
    socket lost                    -> gone after 30 s, unless a socket resumes the Session

A waiting client is told its own stage and nothing of the Room. Hosts are told who knocks, as a latest-wins topic.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from signaling.door_messages import Admitted, Expired, Refused, Waiter as SeenWaiter, Waiters, Waiting
from signaling.message import Message
from signaling.messages import Elsewhere, Ended
from signaling.permissions import Overrides
from signaling.presence import HOLD_NS
from signaling.room.effects import CloseSocket, Closing, Effect, ForgetSession, Send
from treble.api import ApiError, Role
from treble.units import MILLISECOND, SECOND

MAX_WAITERS: Final = 500  # of one Room: a list that a host can still look through
REFUSED_NS: Final = 60 * SECOND


class Stage(Enum):
    HOST = "host"
    KNOCK = "knock"
    ADMITTED = "admitted"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(slots=True)
class Waiter:
    """`is_known`: was let in before, and waits for the meeting to begin. `must_be_let_in`: was put out.
    `since_ns` and `expires_at` are Unix time."""

    id: str
    name: str
    guest: bool
    role: Role
    session: str
    socket: str | None
    since_ns: int
    is_known: bool = False
    must_be_let_in: bool = False
    email: str | None = None
    picture: str | None = None
    subject: str | None = None
    overrides: Overrides = field(default_factory=dict)
    stage: Stage = Stage.HOST
    knock: str = ""  # id of the deadline row
    expires_at: int = 0
    retry_at_ns: int = 0  # after a refusal
    ends_at_ns: int | None = None  # unless a socket comes back
    is_claimed: bool = False  # a host's answer is being stored
    is_answered: bool = False  # `hello` was; before that nothing is pushed

    def waiting(self, re: int | None = None, resume: str | None = None) -> Waiting:
        if self.stage is Stage.HOST:
            return Waiting(reason="host", re=re, resume=resume)
        at = self.expires_at // MILLISECOND if self.stage is Stage.KNOCK else None
        return Waiting(reason="knock", re=re, expires_at=at, resume=resume)

    def seen(self) -> SeenWaiter:
        """As hosts see it."""
        return SeenWaiter(
            participant=self.id,
            name=self.name,
            guest=self.guest,
            since=self.since_ns // MILLISECOND,
            email=self.email,
            picture=self.picture,
        )


class Door:
    """Times handed in as `now_ns` are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._waiters: dict[str, Waiter] = {}
        self._by_socket: dict[str, Waiter] = {}
        self.version = 0  # of what hosts see

    # --- questions ------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._waiters)

    def __iter__(self) -> Iterator[Waiter]:
        return iter(list(self._waiters.values()))

    def get(self, participant: str) -> Waiter | None:
        return self._waiters.get(participant)

    def has_socket(self, socket: str) -> bool:
        return socket in self._by_socket

    def seen(self) -> Waiters:
        """Everybody who knocks, the longest first."""
        return Waiters(waiters=[waiter.seen() for waiter in self if waiter.stage is Stage.KNOCK])

    def knocking(self, participants: Iterable[str] | None) -> list[Waiter]:
        """Those of these who knock and whom no other host is answering; None: all."""
        wanted = self._waiters if participants is None else participants
        found = [self._waiters[who] for who in wanted if who in self._waiters]
        return [each for each in found if each.stage is Stage.KNOCK and not each.is_claimed]

    def claim(self, participant: str, is_claimed: bool) -> None:
        """A host's answer is being stored: no other counts meanwhile."""
        waiter = self._waiters.get(participant)
        if waiter is not None:
            waiter.is_claimed = is_claimed

    # --- coming and going -----------------------------------------------------------------------------------

    def handle_wait(self, waiter: Waiter, now_ns: int) -> list[Effect]:
        """Somebody comes to the door, or comes again with a new Session and keeps the place. `ApiError("full")`."""
        earlier = self._waiters.get(waiter.id)
        if earlier is None and len(self._waiters) >= MAX_WAITERS:
            raise ApiError("full", "too many wait", 10.0)
        effects = []
        if earlier is not None:
            effects = self.drop(waiter.id, waiter.session)
            waiter.since_ns, waiter.stage = earlier.since_ns, earlier.stage
            waiter.knock, waiter.expires_at = earlier.knock, earlier.expires_at
            waiter.retry_at_ns, waiter.is_claimed = earlier.retry_at_ns, earlier.is_claimed
        self._waiters[waiter.id] = waiter
        if waiter.socket is not None:
            self._by_socket[waiter.socket] = waiter
        self.version += 1
        return effects

    def handle_answered(self, participant: str, now_ns: int) -> list[Effect]:
        """`hello` has its answer: what else there is to say follows it."""
        waiter = self._waiters.get(participant)
        if waiter is None:
            return []
        waiter.is_answered = True
        return [] if waiter.stage in (Stage.HOST, Stage.KNOCK) else self._tell(waiter, now_ns)

    def handle_resume(self, participant: str, socket: str, now_ns: int) -> list[Effect]:
        """The Session goes on over a new socket; the newest wins."""
        waiter = self._waiters[participant]
        effects = self._unplug(waiter, Closing.ELSEWHERE, Elsewhere())
        waiter.socket, waiter.ends_at_ns, waiter.is_answered = socket, None, False
        self._by_socket[socket] = waiter
        return effects

    def handle_socket_lost(self, socket: str, now_ns: int) -> list[Effect]:
        waiter = self._by_socket.pop(socket, None)
        if waiter is not None:
            waiter.socket, waiter.ends_at_ns = None, now_ns + HOLD_NS
        return []

    def handle_leave(self, participant: str, reason: str, now_ns: int) -> list[Effect]:
        """Gone at once; other reasons than `left` are told."""
        waiter = self._waiters.pop(participant, None)
        if waiter is None:
            return []
        self.version += 1
        effects = [] if reason == "left" else self._unplug(waiter, Closing.ENDED, Ended(reason=reason))
        self._by_socket.pop(waiter.socket or "", None)
        return [*effects, ForgetSession(waiter.session)]

    def drop(self, participant: str, session: str) -> list[Effect]:
        """This participant comes in, or waits anew: by this Session, or by another one and the older is `elsewhere`."""
        waiter = self._waiters.pop(participant, None)
        if waiter is None:
            return []
        self.version += 1
        if waiter.session == session:
            self._by_socket.pop(waiter.socket or "", None)
            return []
        return [*self._unplug(waiter, Closing.ELSEWHERE, Elsewhere()), ForgetSession(waiter.session)]

    # --- stages ---------------------------------------------------------------------------------------------

    def handle_knocking(self, participant: str, knock: str, expires_at: int, now_ns: int) -> list[Effect]:
        """The knock is stored: hosts are told, and have until `expires_at` (Unix nanoseconds)."""
        waiter = self._waiters.get(participant)
        if waiter is None or waiter.stage is Stage.ADMITTED:
            return []
        waiter.knock, waiter.expires_at = knock, expires_at
        return self._set(waiter, Stage.KNOCK, now_ns)

    def handle_admitted(self, participant: str, now_ns: int) -> list[Effect]:
        """Stored as let in."""
        waiter = self._waiters.get(participant)
        if waiter is None:
            return []
        return self._set(waiter, Stage.ADMITTED, now_ns)

    def handle_refused(self, participant: str, now_ns: int) -> list[Effect]:
        waiter = self._waiters.get(participant)
        if waiter is None:
            return []
        waiter.retry_at_ns = now_ns + REFUSED_NS
        return self._set(waiter, Stage.REFUSED, now_ns)

    def handle_expired(self, participant: str, knock: str, now_ns: int) -> list[Effect]:
        """Nobody answered this knock in time."""
        waiter = self._waiters.get(participant)
        if waiter is None or waiter.knock != knock or waiter.stage is not Stage.KNOCK:
            return []
        return self._set(waiter, Stage.EXPIRED, now_ns)

    def handle_knock(self, participant: str, now_ns: int) -> list[Effect]:
        """Asks again; nothing is pushed until `handle_answered`."""
        waiter = self._waiters.get(participant)
        if waiter is None or waiter.stage not in (Stage.REFUSED, Stage.EXPIRED):
            return []
        waiter.is_answered = False
        return self._set(waiter, Stage.HOST, now_ns)

    # --- time -----------------------------------------------------------------------------------------------

    def deadlines(self) -> Iterator[int]:
        return (waiter.ends_at_ns for waiter in self if waiter.ends_at_ns is not None)

    def handle_timer(self, now_ns: int) -> list[Effect]:
        gone = [waiter.id for waiter in self if waiter.ends_at_ns is not None and waiter.ends_at_ns <= now_ns]
        return [effect for who in gone for effect in self.handle_leave(who, "lost", now_ns)]

    # --- inside ---------------------------------------------------------------------------------------------

    def _set(self, waiter: Waiter, stage: Stage, now_ns: int) -> list[Effect]:
        waiter.stage = stage
        self.version += 1
        return self._tell(waiter, now_ns)

    def _tell(self, waiter: Waiter, now_ns: int) -> list[Effect]:
        if waiter.socket is None or not waiter.is_answered:
            return []
        return [Send((waiter.socket,), self._news(waiter, now_ns))]

    def _news(self, waiter: Waiter, now_ns: int) -> Message:
        match waiter.stage:
            case Stage.ADMITTED:
                return Admitted()
            case Stage.REFUSED:
                return Refused(retry_after=max(0, waiter.retry_at_ns - now_ns) / SECOND)
            case Stage.EXPIRED:
                return Expired()
            case _:
                return waiter.waiting()

    def _unplug(self, waiter: Waiter, code: Closing, farewell: Message) -> list[Effect]:
        if waiter.socket is None:
            return []
        socket, waiter.socket = waiter.socket, None
        del self._by_socket[socket]
        return [CloseSocket(socket, code, farewell)]
