"""The way in: creating a room, entering with its password, and what a token is worth."""

import os
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from signaling.attempts import ROOMS_AT_ONCE, Attempts, Buckets, network
from signaling.counters import Counters
from signaling.database import Database
from signaling.names import clean_name, is_room_id
from signaling.settings import RoomDefaults, new_settings
from signaling.storage.rooms import RoomRecord
from signaling.tokens import BadToken, Claims, ExpiredToken, Tokens
from treble.api import ApiError, CreateRoom, EnterRoom, Role, RoomCreated, RoomEntered
from treble.ids import new_id, new_password
from treble.units import SECOND

MAX_PASSWORD_LETTERS: Final = 256


class Entrance:
    """Answers before there is a Session. `now_ns` is monotonic, `wall_ns` Unix time."""

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        counters: Counters,
        defaults: RoomDefaults,
        now_ns: Callable[[], int],
        wall_ns: Callable[[], int],
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._defaults = defaults
        self._now_ns = now_ns
        self._wall_ns = wall_ns
        self._attempts = Attempts()
        self._new_rooms = Buckets(ROOMS_AT_ONCE, ROOMS_AT_ONCE * SECOND)
        self._counters = counters

    async def create_room(self, request: CreateRoom) -> RoomCreated:
        """A one-off room; whoever asks is its host."""
        name = clean_name(request.name)
        self._take_new_room(network(request.address))
        wall_ns = self._wall_ns()
        settings = new_settings(self._defaults)
        room = RoomRecord(
            id=new_id(os.urandom),
            created_at=wall_ns,
            expires_at=wall_ns + settings.retention_ns,
            settings=settings,
        )
        password, deadline = new_password(os.urandom), new_id(os.urandom)
        rooms = self._database.rooms
        await self._database.write(lambda connection: rooms.create(connection, room, password, deadline))
        return RoomCreated(room=room.id, password=password, token=self._token(room.id, Role.HOST, name))

    async def enter_room(self, request: EnterRoom) -> RoomEntered:
        """Id and password, then the name. An unknown room and a wrong password are one and the same."""
        if len(request.password) > MAX_PASSWORD_LETTERS or not is_room_id(request.room):
            raise self._refusal("shape")
        self._attempts.take(request.address, request.room, self._now_ns())
        wrong = False
        try:
            wrong = not await self._database.read(lambda connection: self._is_password(connection, request))
        finally:
            if not wrong:  # right, or never looked at
                self._attempts.give_back(request.address, request.room, self._now_ns())
        if wrong:
            raise self._refusal("password")
        return RoomEntered(token=self._token(request.room, Role.SPEAKER, clean_name(request.name)))

    def claims(self, token: str, *, allow_expired: bool = False) -> Claims:
        """What a genuine token says; `auth.wrong` or `auth.expired`."""
        try:
            return self._tokens.open(token, self._wall_ns() // SECOND, allow_expired=allow_expired)
        except ExpiredToken:
            raise ApiError("auth.expired") from None
        except BadToken as error:
            raise self._refusal(f"token {error}") from None

    async def room_of(self, claims: Claims) -> RoomRecord:
        """The room that a token opens: `ended` if it is gone, `auth.wrong` if its admission is."""
        wall_ns = self._wall_ns()
        rooms = self._database.rooms

        def find(connection: Connection) -> tuple[RoomRecord | None, bool]:
            admission = rooms.find_admission(connection, claims.sub, claims.room, wall_ns)
            return rooms.find(connection, claims.room, wall_ns), admission is not None

        room, is_admitted = await self._database.read(find)
        if room is None:
            raise ApiError("ended")
        if claims.admission and not is_admitted:
            raise self._refusal("admission")
        return room

    def _is_password(self, connection: Connection, request: EnterRoom) -> bool:
        rooms = self._database.rooms
        return rooms.is_password(connection, request.room, request.password, self._wall_ns())

    def _token(self, room: str, role: Role, name: str) -> str:
        now_s = self._wall_ns() // SECOND
        return self._tokens.issue(sub=new_id(os.urandom), room=room, role=role, name=name, now_s=now_s)

    def _take_new_room(self, address: str) -> None:
        now_ns = self._now_ns()
        wait_s = self._new_rooms.wait_s(address, now_ns)
        if wait_s > 0:
            raise ApiError("auth.slow", retry_after=wait_s)
        self._new_rooms.change(address, -1, now_ns)

    def _refusal(self, reason: str) -> ApiError:
        """One answer for everything that lacks the right; the reason is counted, not told."""
        self._counters.count("entrance refused", reason)
        return ApiError("auth.wrong")
