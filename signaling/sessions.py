"""How a Session begins and goes on: `hello` with a token, or with the resume token of an earlier socket."""

import os
from collections.abc import Callable

from signaling.chat import ChatService, speaker_of
from signaling.chat_saying import Speaker
from signaling.entrance import Entrance
from signaling.line import Line
from signaling.live_rooms import LiveRooms
from signaling.member import Join
from signaling.messages import IceServer, Welcome, encode
from signaling.presence import Presence, Session, resume_hash, socket_name
from signaling.storage.rooms import RoomRecord
from signaling.tokens import Claims
from treble.api import ApiError, ChatPlace, OpenSession, SessionOpened
from treble.ids import new_id, new_secret


class Sessions:
    """`now_ns` is monotonic."""

    def __init__(
        self,
        entrance: Entrance,
        rooms: LiveRooms,
        chat: ChatService,
        presence: Presence,
        ice_servers: tuple[IceServer, ...],
        now_ns: Callable[[], int],
    ) -> None:
        self._entrance = entrance
        self._rooms = rooms
        self._chat = chat
        self._presence = presence
        self._ice_servers = ice_servers
        self._now_ns = now_ns

    async def open(self, request: OpenSession) -> SessionOpened:
        """Resume a Session, or begin one: `auth.wrong`, `auth.expired`, `ended`, `full`, `busy`."""
        claims = self._entrance.claims(request.token, allow_expired=request.resume is not None)
        if request.resume is not None:
            resumed = await self._resume(request, request.resume, claims)
            if resumed is not None:
                return resumed
            self._entrance.claims(request.token)  # a new Session needs a token in force
        record = await self._entrance.room_of(claims)
        return await self._join(request, claims, record)

    async def _resume(self, request: OpenSession, resume: str, claims: Claims) -> SessionOpened | None:
        lines, live = self._rooms.lines, self._rooms.get(claims.room)
        member = None if live is None else live.machine.member(claims.sub)
        if live is None or member is None:
            return None
        place = await self._chat.place(speaker_of(live.id, live.machine, member), request.last_seq)
        secret = new_secret(os.urandom)
        session = await self._presence.resume(
            resume, claims.sub, resume_hash(secret), request.gateway, self._now_ns()
        )
        line = None if session is None else lines.of_session(session.id)
        if session is None or session.socket is None or line is None or line.member() is None:
            return None
        lines.plug(line, session.socket)
        line.live.feed(line.live.machine.handle_resume, line.participant, session.socket)
        return self._welcome(line, request.re, secret, place, resumed=True)

    async def _join(self, request: OpenSession, claims: Claims, record: RoomRecord) -> SessionOpened:
        speaker = Speaker(record.id, claims.sub, claims.name, claims.role, record.settings.policy, {})
        place = await self._chat.place(speaker, request.last_seq)
        secret, session = new_secret(os.urandom), new_id(os.urandom)
        socket = socket_name(session, 1)
        if self._rooms.standing.is_over(record.id):
            raise ApiError("ended")
        live = self._rooms.enter(record)
        guest = not claims.admission
        join = Join(claims.sub, claims.name, claims.role, guest, session, socket)
        live.feed(live.machine.handle_join, join)
        line = Line(live, claims.sub, session, socket)
        self._rooms.lines.add(line)
        try:
            await self._presence.put(
                Session(
                    id=session,
                    room=record.id,
                    participant=claims.sub,
                    gateway=request.gateway,
                    resume_hash=resume_hash(secret),
                    socket=socket,
                )
            )
        except BaseException:
            live.feed(live.machine.handle_leave, claims.sub, "lost")
            raise
        return self._welcome(line, request.re, secret, place, resumed=False)

    def _welcome(self, line: Line, re: int, resume: str, place: ChatPlace, *, resumed: bool) -> SessionOpened:
        """No checkpoint from here to the gateway: the welcome is what the Room believes it has told."""
        member = line.member()
        if member is None:
            raise ApiError("elsewhere")  # another socket of the same participant came in between
        others = line.live.machine.welcome(member, self._now_ns())
        welcome = Welcome(
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
        return SessionOpened(session=line.socket, welcome=encode(welcome), chat=place)
