"""How a Session begins and goes on: `hello` with a token, or with the resume token of an earlier socket.

hello -> may come in: `welcome`                   admitted at the door, `enter`: `welcome`
      -> must be let in, or nobody leads: `waiting`
      -> `auth.wrong`, `auth.expired`, `early`, `locked`, `name.taken`, `full`, `ended`
"""

import os
from collections.abc import Awaitable, Callable
from typing import Final

from signaling.actions import Action, Verdict
from signaling.attempts import Buckets, network
from signaling.chat.saying import Speaker
from signaling.chat.service import ChatService, speaker_of
from signaling.entrance import LEADERS, Arrival, Entrance
from signaling.line import Line
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.messages import IceServer, Welcome, encode
from signaling.permissions import verdict
from signaling.presence import Presence, Session, resume_hash, socket_name
from signaling.room.door import Stage, Waiter
from signaling.room.member import Join
from signaling.settings import Settings
from signaling.tokens import Claims
from treble.api import ApiError, ChatPlace, OpenSession, SessionOpened
from treble.ids import new_id, new_secret
from treble.units import SECOND

KNOCKS_AT_ONCE: Final = 30  # of one address; then one in six seconds
KNOCKS_FILL_NS: Final = 180 * SECOND


class Sessions:
    """`now_ns` is monotonic, `wall_ns` Unix time. `attend` lets in who may come in now, and knocks for the others."""

    def __init__(
        self,
        entrance: Entrance,
        rooms: LiveRooms,
        chat: ChatService,
        presence: Presence,
        ice_servers: tuple[IceServer, ...],
        now_ns: Callable[[], int],
        wall_ns: Callable[[], int],
        attend: Callable[[LiveRoom], Awaitable[None]],
    ) -> None:
        self._entrance = entrance
        self._rooms = rooms
        self._chat = chat
        self._presence = presence
        self._ice_servers = ice_servers
        self._now_ns = now_ns
        self._wall_ns = wall_ns
        self._attend = attend
        self._knocks = Buckets(KNOCKS_AT_ONCE, KNOCKS_FILL_NS)

    # --- a socket's first message ---------------------------------------------------------------------------

    async def open(self, request: OpenSession) -> SessionOpened:
        """Resume a Session, or begin one: inside the Room or at its door."""
        claims = self._entrance.claims(request.token, allow_expired=request.resume is not None)
        if request.resume is not None:
            resumed = await self._resume(request, request.resume, claims)
            if resumed is not None:
                return resumed
            self._entrance.claims(request.token)  # a new Session needs a token in force
        began_ns = self._now_ns()
        arrival = await self._entrance.arrival(claims)
        is_new = not arrival.is_in
        if self._may_come_in(arrival, is_new):
            if is_new:
                arrival = await self._entrance.let_in(arrival)
            place = await self._chat.place(_speaker(arrival), request.last_seq)
            if self._rooms.has_ended(arrival.person.subject, began_ns):
                raise ApiError("auth.expired")
            self._refuse_changed(arrival)
            if self._may_come_in(arrival, is_new):  # still: no checkpoint from here to the join
                return await self._join(request, arrival, place)
        return await self._wait(request, arrival)

    async def _resume(self, request: OpenSession, resume: str, claims: Claims) -> SessionOpened | None:
        lines, live = self._rooms.lines, self._rooms.get(claims.room)
        member = None if live is None else live.machine.member(claims.sub)
        place = None
        if live is not None and member is not None:
            place = await self._chat.place(speaker_of(live.id, live.machine, member), request.last_seq)
        secret = new_secret(os.urandom)
        session = await self._presence.resume(
            resume, claims.sub, resume_hash(secret), request.gateway, self._now_ns()
        )
        line = None if session is None else lines.of_session(session.id)
        if session is None or session.socket is None or line is None:
            return None
        machine = line.live.machine
        if line.member() is not None and place is not None:
            lines.plug(line, session.socket)
            line.live.feed(machine.handle_resume, line.participant, session.socket)
            welcome = self._welcome(line, request.re, secret, place, resumed=True)
            return SessionOpened(session=line.socket, welcome=welcome, chat=place)
        if line.waiter() is not None:
            lines.plug(line, session.socket)
            line.last_seq = request.last_seq
            line.live.feed(machine.door.handle_resume, line.participant, session.socket)
            return self._waiting(line, request.re, secret)
        return None

    # --- inside ---------------------------------------------------------------------------------------------

    async def enter(self, line: Line, re: int) -> tuple[bytes, ChatPlace]:
        """`enter`: an admitted waiter comes in, on the same socket; the welcome. Again from inside: a new welcome."""
        secret = new_secret(os.urandom)
        arrival = await self._entrance.arrival_of(line.live.id, line.participant)
        if line.member() is None and not self._is_admitted(line, arrival):
            raise ApiError("ask", Action.ENTER.value)
        place = await self._chat.place(_speaker(arrival), line.last_seq)
        if line.member() is None:
            if not self._is_admitted(line, arrival):
                raise ApiError("gone")
            self._refuse_changed(arrival)
            line.live.feed(line.live.machine.handle_join, _join(arrival, line.session, line.socket))
        await self._put(line, secret)
        return self._welcome(line, re, secret, place, resumed=False), place

    def _is_admitted(self, line: Line, arrival: Arrival) -> bool:
        waiter = line.waiter()
        at_door = waiter is not None and waiter.stage is Stage.ADMITTED and waiter.socket == line.socket
        return at_door and arrival.is_in

    async def _join(self, request: OpenSession, arrival: Arrival, place: ChatPlace) -> SessionOpened:
        live = self._rooms.enter(arrival.room)
        line = self._line(live, arrival)
        live.feed(live.machine.handle_join, _join(arrival, line.session, line.socket))
        self._rooms.lines.add(line)
        secret = await self._begin(request, line)
        welcome = self._welcome(line, request.re, secret, place, resumed=False)
        return SessionOpened(session=line.socket, welcome=welcome, chat=place)

    def _welcome(self, line: Line, re: int, resume: str, place: ChatPlace, *, resumed: bool) -> bytes:
        """No checkpoint from here to the gateway: the welcome is what the Room believes it has told."""
        member = line.member()
        if member is None:
            raise ApiError("elsewhere")  # another socket of the same participant came in between
        others = line.live.machine.welcome(member, self._now_ns())
        return encode(
            Welcome(
                re=re,
                session=line.session,
                resume=resume,
                resumed=resumed,
                room=line.live.id,
                you=member.seen(),
                participants=list(others.values()),
                ice_servers=list(self._ice_servers),
                slots=list(member.slots),
                last_seq=place.head,
                state=line.live.machine.state(member),
                verdicts=line.live.machine.verdicts(member),
            )
        )

    # --- at the door ----------------------------------------------------------------------------------------

    async def _wait(self, request: OpenSession, arrival: Arrival) -> SessionOpened:
        self.take_knock(request.address)
        live = self._rooms.enter(arrival.room)
        line = self._line(live, arrival)
        line.last_seq = request.last_seq
        live.feed(live.machine.door.handle_wait, self._waiter(line, arrival))
        self._rooms.lines.add(line)
        secret = await self._begin(request, line)
        await self._attend(live)
        return self._waiting(line, request.re, secret)

    def take_knock(self, address: str) -> None:
        """`ApiError("auth.slow")` for an address that comes to doors too often."""
        key, now_ns = network(address), self._now_ns()
        wait_s = self._knocks.wait_s(key, now_ns)
        if wait_s > 0:
            raise ApiError("auth.slow", retry_after=wait_s)
        self._knocks.change(key, -1, now_ns)

    def _waiting(self, line: Line, re: int, resume: str) -> SessionOpened:
        waiter = line.waiter()
        if waiter is None:
            raise ApiError("elsewhere")
        message = waiter.waiting(re, resume)
        line.live.feed(line.live.machine.door.handle_answered, line.participant)
        return SessionOpened(session=line.socket, welcome=encode(message))

    def _waiter(self, line: Line, arrival: Arrival) -> Waiter:
        person = arrival.person
        return Waiter(
            id=person.id,
            name=person.name,
            guest=not person.verified,
            role=arrival.role,
            session=line.session,
            socket=line.socket,
            since_ns=self._wall_ns(),
            is_known=arrival.is_in,
            must_be_let_in=arrival.must_knock,
            email=person.email,
            picture=person.picture,
            subject=person.subject,
            overrides=person.overrides,
        )

    # --- who may --------------------------------------------------------------------------------------------

    def _may_come_in(self, arrival: Arrival, is_new: bool) -> bool:
        """False: to the door. `ApiError`: `early`, `locked`, `name.taken`, `forbidden`."""
        live = self._rooms.get(arrival.room.id)
        machine = None if live is None or live.is_over else live.machine
        if arrival.must_knock:
            return self._may_knock(arrival)
        if arrival.role in LEADERS or (machine is not None and machine.member(arrival.person.id) is not None):
            return True
        settings, is_locked = self._rooms.in_force(arrival.room)
        self._refuse_early(settings)
        if is_locked and is_new:
            raise ApiError("locked")
        if arrival.is_admitted:
            return True
        may_enter = verdict(arrival.role, Action.ENTER, settings.policy, arrival.person.overrides)
        if may_enter is Verdict.DENY:
            raise ApiError("forbidden", Action.ENTER.value)
        if is_new and not arrival.person.verified:
            self._entrance.refuse_taken(arrival.room.id, arrival.person.id, arrival.person.name)
        is_led = machine is not None and machine.has_leader
        return (arrival.is_in or may_enter is Verdict.ALLOW) and (is_led or not settings.wait_for_host)

    def _may_knock(self, arrival: Arrival) -> bool:
        """Who was put out; `early`, `locked`."""
        settings, is_locked = self._rooms.in_force(arrival.room)
        self._refuse_early(settings)
        if is_locked:
            raise ApiError("locked")
        return False

    def _refuse_changed(self, arrival: Arrival) -> None:
        """`ApiError("busy")` where a host has restricted this one since it was read: the next try knows."""
        if self._rooms.standing.apply(arrival.person) != arrival.person:
            raise ApiError("busy", "changed meanwhile", 1.0)

    def _refuse_early(self, settings: Settings) -> None:
        wait_ns = (settings.opens_at or 0) * SECOND - self._wall_ns()
        if wait_ns > 0:
            raise ApiError("early", retry_after=wait_ns / SECOND)

    # --- the Session ----------------------------------------------------------------------------------------

    def _line(self, live: LiveRoom, arrival: Arrival) -> Line:
        session = new_id(os.urandom)
        return Line(live, arrival.person.id, session, socket_name(session, 1))

    async def _begin(self, request: OpenSession, line: Line) -> str:
        """Presence knows the Session; its resume token."""
        secret = new_secret(os.urandom)
        try:
            await self._put(line, secret, request.gateway)
        except BaseException:
            line.live.feed(line.live.machine.handle_leave, line.participant, "lost")
            raise
        return secret

    async def _put(self, line: Line, secret: str, gateway: str | None = None) -> None:
        """`gateway` None: the Session is there, and gets a new resume token."""
        known = await self._presence.get(line.session) if gateway is None else None
        if gateway is None and known is None:
            raise ApiError("elsewhere")
        await self._presence.put(
            Session(
                id=line.session,
                room=line.live.id,
                participant=line.participant,
                gateway=gateway or (known.gateway if known is not None else ""),
                resume_hash=resume_hash(secret),
                socket=line.socket,
                sockets=1 if known is None else known.sockets,
                peer=None if known is None else known.peer,
            )
        )


def _speaker(arrival: Arrival) -> Speaker:
    person = arrival.person
    return Speaker(
        person.room, person.id, person.name, person.role, arrival.room.settings.policy, person.overrides
    )


def _join(arrival: Arrival, session: str, socket: str | None) -> Join:
    person = arrival.person
    return Join(
        participant=person.id,
        name=person.name,
        role=person.role,
        guest=not person.verified,
        session=session,
        socket=socket,
        picture=person.picture,
        overrides=person.overrides,
        subject=person.subject,
    )
