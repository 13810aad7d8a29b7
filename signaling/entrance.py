"""The way in: creating a room, entering with its password, and what a token is worth."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.attempts import HOUR_NS, ROOMS_AT_ONCE, Attempts, Buckets, network
from signaling.confusables import skeleton
from signaling.counters import Counters
from signaling.database import Database
from signaling.names import clean_alias, clean_name, clean_title, is_room_id
from signaling.permissions import verdict
from signaling.settings import RoomDefaults, parse_settings
from signaling.standing import Standing
from signaling.storage import deadlines
from signaling.storage.people import Person, State
from signaling.storage.rooms import ROOM_CLOSES, RoomRecord
from signaling.storage.serialise import serialise
from signaling.tokens import (
    ACCESS_SECONDS,
    AccountClaims,
    BadToken,
    Claims,
    ExpiredToken,
    Tokens,
)
from treble.api import ApiError, CreateRoom, EnterRoom, Role, RoomCreated, RoomEntered
from treble.ids import new_id, new_password
from treble.units import SECOND

MAX_PASSWORD_LETTERS: Final = 256
PEOPLE_OF_ROOM: Final = (
    5_000  # new participants of a room in an hour: rows that whoever has the password can make
)
LEADERS: Final = (Role.HOST, Role.COHOST)

# Participant and name of everybody inside a Room now.
Present = Callable[[str], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes with a token in force. `is_admitted`: by a `treble token`, which skips password, knock and waiting."""

    room: RoomRecord
    person: Person
    is_admitted: bool
    is_stored: bool

    @property
    def is_owner(self) -> bool:
        return self.room.owner is not None and self.room.owner in (self.person.subject, self.person.id)

    @property
    def role(self) -> Role:
        """The owner's return restores the host's role (contracts 4)."""
        return Role.HOST if self.is_owner else self.person.role

    @property
    def must_knock(self) -> bool:
        """Put out by a host: neither role nor `treble token` lets in again, but the room's owner stays its owner."""
        return self.person.state is State.REMOVED and not self.is_owner

    @property
    def is_in(self) -> bool:
        """Let in before, and stored so; who leads needs nobody to let them in."""
        return self.is_stored and self.person.state is State.IN and self.role is self.person.role


class Entrance:
    """Answers before there is a Session. `now_ns` is monotonic, `wall_ns` Unix time."""

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        counters: Counters,
        defaults: RoomDefaults,
        standing: Standing,
        present: Present,
        now_ns: Callable[[], int],
        wall_ns: Callable[[], int],
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._defaults = defaults
        self._standing = standing
        self._present = present
        self._now_ns = now_ns
        self._wall_ns = wall_ns
        self._attempts = Attempts()
        self._new_rooms = Buckets(ROOMS_AT_ONCE, ROOMS_AT_ONCE * SECOND)
        self._new_people = Buckets(PEOPLE_OF_ROOM, HOUR_NS)
        self._counters = counters

    # --- over HTTP ------------------------------------------------------------------------------------------

    async def create_room(self, request: CreateRoom) -> RoomCreated:
        """Whoever asks is its host, with an account or without: `bad.*`, `alias.taken`, `auth.slow`."""
        caller = await self._caller(request.account)
        name, title = clean_name(request.name), clean_title(request.title)
        alias = None if request.alias is None else clean_alias(request.alias)
        settings = parse_settings(request.settings, self._defaults)
        self._take(self._new_rooms, network(request.address))
        wall_ns, room = self._wall_ns(), new_id(os.urandom)
        host = self._new_person(room, caller, name, Role.HOST)
        record = RoomRecord(
            id=room,
            created_at=wall_ns,
            expires_at=self._database.rooms.kept_until(settings, wall_ns),
            settings=settings,
            title=title,
            owner=host.subject or host.id,
            alias=alias,
        )
        password, expiry, closing = new_password(os.urandom), new_id(os.urandom), new_id(os.urandom)

        def store(connection: Connection) -> None:
            self._database.rooms.create(connection, record, password, expiry)
            self._database.people.add(connection, host)
            if settings.closes_at is not None:
                deadlines.add(connection, closing, room, ROOM_CLOSES, settings.closes_at * SECOND)

        await self._database.write(store)
        shown = password if settings.has_password else ""
        return RoomCreated(room=room, password=shown, token=self.token(host))

    async def enter_room(self, request: EnterRoom) -> RoomEntered:
        """Id or link and password, then the name. An unknown room, a wrong password and a ban are one and the same."""
        caller = await self._caller(request.account)
        if len(request.password) > MAX_PASSWORD_LETTERS or not is_room_id(request.room):
            raise self._refusal("shape")
        self._attempts.take(request.address, request.room, self._now_ns())
        found, wrong = None, False
        try:
            found = await self._database.read(lambda connection: self._open(connection, request, caller))
            wrong = found is None
        finally:
            if not wrong:  # right, or never looked at
                self._attempts.give_back(request.address, request.room, self._now_ns())
        if found is None:
            raise self._refusal("password")
        room, known = found
        name = clean_name(request.name)
        self._refuse_guests_name(room, known, caller, name)
        if known is None:
            self._take(self._new_people, room.id)
        person = await self._database.write(lambda connection: self._admit(connection, room, caller, name))
        return RoomEntered(token=self.token(person), room=room.id)

    # --- with a token ---------------------------------------------------------------------------------------

    def claims(self, token: str, *, allow_expired: bool = False) -> Claims:
        """What a genuine token says; `auth.wrong` or `auth.expired`."""
        try:
            return self._tokens.open(token, self._wall_ns() // SECOND, allow_expired=allow_expired)
        except ExpiredToken:
            raise ApiError("auth.expired") from None
        except BadToken as error:
            raise self._refusal(f"token {error}") from None

    async def arrival(self, claims: Claims) -> Arrival:
        """Whom a token stands for: `ended` if the room is gone, `auth.wrong` if the admission is, or for a ban;
        `auth.expired` where a login of this person has ended since it was issued.
        """
        return await self._arrival(claims.room, claims.sub, claims if claims.admission else None, claims.nbf)

    async def arrival_of(self, room: str, participant: str) -> Arrival:
        """The same for somebody at the door."""
        return await self._arrival(room, participant, None, None)

    async def past(self, claims: Claims) -> Arrival:
        """The same for somebody who may have left, and a meeting that may be over: `ended` once the room is deleted."""
        admission = claims if claims.admission else None
        return await self._arrival(claims.room, claims.sub, admission, claims.nbf, may_be_over=True)

    async def _arrival(
        self,
        room: str,
        participant: str,
        admission: Claims | None,
        issued_s: int | None,
        *,
        may_be_over: bool = False,
    ) -> Arrival:
        wall_ns = self._wall_ns()
        rooms, people = self._database.rooms, self._database.people

        def find(connection: Connection) -> tuple[RoomRecord | None, bool, Person | None]:
            found = rooms.find_admission(connection, participant, room, wall_ns)
            person = people.find(connection, room, participant)
            if person is not None:
                self._refuse_outdated(connection, person, issued_s)
            return rooms.find(connection, room, wall_ns), found is not None, person

        record, is_admitted, person = await self._database.read(find)
        if record is None:
            raise ApiError("ended")
        if not may_be_over and (record.is_closed(wall_ns) or self._standing.is_over(room)):
            raise ApiError("ended")
        if admission is not None and not is_admitted:
            raise self._refusal("admission")
        is_stored = person is not None
        if person is None and admission is not None:
            person = self._of_admission(admission)
        if person is None:
            raise self._refusal("participant")
        person = self._standing.apply(person)
        if person.state is State.BANNED:
            raise self._refusal("ban")
        return Arrival(record, person, admission is not None, is_stored)

    def _refuse_outdated(self, connection: Connection, person: Person, issued_s: int | None) -> None:
        """A deleted account's participant stays without a name; a token from before an ended login opens nothing."""
        if not person.name:
            raise self._refusal("deleted account")
        if issued_s is not None and person.subject is not None:
            tokens_from = self._database.accounts.tokens_from(connection, person.subject)
            if tokens_from is not None and issued_s < tokens_from:
                raise ApiError("auth.expired")

    async def let_in(self, arrival: Arrival) -> Arrival:
        """Stored as let in, and the owner as host again; `auth.wrong` where a ban came in between."""
        person, people, wall_ns = arrival.person, self._database.people, self._wall_ns()

        def store(connection: Connection) -> Person | None:
            if not arrival.is_stored and people.find(connection, person.room, person.id) is None:
                people.add(connection, person)
            if arrival.role is not person.role:
                people.set_role(connection, person.id, arrival.role)
            is_in = people.let_in(connection, person.id, wall_ns)
            return people.find(connection, person.room, person.id) if is_in else None

        found = await self._database.write(store)
        if found is None:
            raise self._refusal("ban")
        return Arrival(arrival.room, found, arrival.is_admitted, is_stored=True)

    def token(self, person: Person) -> str:
        """An access token of this participant, for `ACCESS_SECONDS`."""
        return self._tokens.issue(
            sub=person.id,
            room=person.room,
            role=person.role,
            name=person.name,
            now_s=self._wall_ns() // SECOND,
            lifetime_s=ACCESS_SECONDS,
        )

    def refuse_taken(self, room: str, participant: str, name: str) -> None:
        """`ApiError("name.taken")` for a name that could be mistaken for that of somebody inside."""
        looks = skeleton(name)
        for who, present in self._present(room):
            if who != participant and skeleton(present) == looks:
                raise ApiError("name.taken")

    # --- inside ---------------------------------------------------------------------------------------------

    async def _caller(self, token: str | None) -> AccountClaims | None:
        """Whose account token it is, nobody's without one; `auth.expired`, `session.ended` where the login has ended."""
        if token is None:
            return None
        wall_ns = self._wall_ns()
        try:
            claims = self._tokens.open_account(token, wall_ns // SECOND)
        except ExpiredToken:
            raise ApiError("auth.expired") from None
        except BadToken as error:
            raise self._refusal(f"account token {error}") from None
        families = self._database.families
        in_force = await self._database.read(
            lambda connection: families.is_in_force(connection, claims.session, claims.sub, wall_ns)
        )
        if not in_force:
            raise ApiError("session.ended")
        return claims

    def _open(
        self, connection: Connection, request: EnterRoom, caller: AccountClaims | None
    ) -> tuple[RoomRecord, Person | None] | None:
        """The room, and the caller's participant there, if this caller may enter; the same work whatever stands in the
        way."""
        rooms, wall_ns = self._database.rooms, self._wall_ns()
        found = rooms.threshold(connection, request.room, wall_ns)
        place = found.room or request.room
        is_right = rooms.is_password(connection, place, request.password, wall_ns)
        subject = "" if caller is None else caller.sub
        person = self._database.people.of_subject(connection, place, subject)
        is_banned = person is not None and person.state is State.BANNED
        is_led = person is not None and person.role in LEADERS and person.state is not State.REMOVED
        is_known = is_led or (person is not None and person.state is State.IN)
        is_owner = bool(subject) and found.owner == subject
        if is_banned or not (is_right or is_known or is_owner or not found.has_password):
            return None
        room = rooms.find(connection, place, wall_ns)
        return None if room is None else (room, person)

    def _refuse_guests_name(
        self, room: RoomRecord, known: Person | None, caller: AccountClaims | None, name: str
    ) -> None:
        """Who is verified, leads, or was let in under this name keeps it."""
        is_owner = caller is not None and room.owner == caller.sub
        leads = is_owner or (known is not None and known.role in LEADERS)
        is_kept = known is not None and (known.name == name or not _may_rename(room, known))
        if not leads and not is_kept and not (caller is not None and _is_verified(caller)):
            self.refuse_taken(room.id, "" if known is None else known.id, name)

    def _admit(
        self, connection: Connection, room: RoomRecord, caller: AccountClaims | None, name: str
    ) -> Person:
        """The participant of this caller in this room, made if need be."""
        people = self._database.people
        known = None
        if caller is not None:
            serialise(connection, f"people {room.id}")
            known = people.of_subject(connection, room.id, caller.sub)
        if known is None:
            is_owner = caller is not None and room.owner == caller.sub
            person = self._new_person(room.id, caller, name, Role.HOST if is_owner else Role.SPEAKER)
            people.add(connection, person)
            return person
        assert caller is not None
        people.set_identity(connection, known.id, verified=_is_verified(caller), email=caller.email)
        if known.name != name and _may_rename(room, known):
            people.rename(connection, known.id, name)
        return people.of_subject(connection, room.id, caller.sub) or known

    def _new_person(self, room: str, caller: AccountClaims | None, name: str, role: Role) -> Person:
        wall_ns, is_host = self._wall_ns(), role is Role.HOST
        return Person(
            id=new_id(os.urandom),
            room=room,
            subject=None if caller is None else caller.sub,
            role=role,
            state=State.IN if is_host else State.NEW,
            verified=caller is not None and _is_verified(caller),
            name=name,
            email=caller.email if caller is not None and _is_verified(caller) else None,
            picture=None if caller is None else caller.picture,
            created_at=wall_ns,
            admitted_at=wall_ns if is_host else None,
        )

    def _of_admission(self, claims: Claims) -> Person:
        return Person(
            id=claims.sub,
            room=claims.room,
            subject=None,
            role=claims.role,
            state=State.NEW,
            verified=True,
            name=claims.name,
            created_at=self._wall_ns(),
        )

    def _take(self, buckets: Buckets, key: str) -> None:
        now_ns = self._now_ns()
        wait_s = buckets.wait_s(key, now_ns)
        if wait_s > 0:
            raise ApiError("auth.slow", retry_after=wait_s)
        buckets.change(key, -1, now_ns)

    def _refusal(self, reason: str) -> ApiError:
        """One answer for everything that lacks the right; the reason is counted, not told."""
        self._counters.count("entrance refused", reason)
        return ApiError("auth.wrong")


def _is_verified(caller: AccountClaims) -> bool:
    return caller.verified and not caller.guest


def _may_rename(room: RoomRecord, person: Person) -> bool:
    """Nobody knows the name yet of who was never let in; later a host has to agree where the policy says so."""
    if person.state is not State.IN:
        return True
    return verdict(person.role, Action.RENAME, room.settings.policy, person.overrides) is Verdict.ALLOW
