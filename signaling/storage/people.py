"""Participants of Rooms as they are stored: role, state at the door, and what a host allowed or forbade them."""

from collections.abc import Collection
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, Row, case, insert, select, update

from signaling.actions import Action, Verdict
from signaling.storage.columns import ColumnCipher
from signaling.storage.people_tables import people
from treble.api import Role


class State(StrEnum):
    """`new`: knows the password and has not been let in. `in`: let in, also after coming back. `removed`: put out, and has
    to be let in again, whatever the role or the token (all but the owner)."""

    NEW = "new"
    IN = "in"
    REFUSED = "refused"
    REMOVED = "removed"
    BANNED = "banned"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """`subject`: the account or guest identity, where there is one; such a person is one participant of a Room for good."""

    id: str
    room: str
    subject: str | None
    role: Role
    state: State
    verified: bool
    name: str
    email: str | None = None
    picture: str | None = None
    overrides: dict[Action, Verdict] = {}
    created_at: int
    admitted_at: int | None = None


class People:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def add(self, connection: Connection, person: Person) -> None:
        """`IntegrityError` where this subject already is a participant of this Room."""
        connection.execute(
            insert(people).values(
                id=person.id,
                room=person.room,
                subject=person.subject,
                role=person.role.value,
                state=person.state.value,
                verified=person.verified,
                name=self._cipher.seal(person.name, "people", "name", person.id),
                email=self._sealed(person.email, "email", person.id),
                picture=person.picture,
                overrides=msgspec.json.encode(person.overrides).decode(),
                created_at=person.created_at,
                admitted_at=person.admitted_at,
            )
        )

    def find(self, connection: Connection, room: str, participant: str) -> Person | None:
        here = (people.c.id == participant) & (people.c.room == room)
        row = connection.execute(select(people).where(here)).one_or_none()
        return None if row is None else self._person(row)

    def of_subject(self, connection: Connection, room: str, subject: str) -> Person | None:
        here = (people.c.room == room) & (people.c.subject == subject)
        row = connection.execute(select(people).where(here)).one_or_none()
        return None if row is None else self._person(row)

    def of_room(self, connection: Connection, room: str) -> list[Person]:
        """Oldest first."""
        rows = connection.execute(
            select(people).where(people.c.room == room).order_by(people.c.created_at, people.c.id)
        )
        return [self._person(row) for row in rows]

    def of_ids(self, connection: Connection, room: str, ids: Collection[str]) -> list[Person]:
        """Those of these participants who are stored, in the order in which they were let in."""
        here = (people.c.room == room) & people.c.id.in_(ids)
        rows = connection.execute(
            select(people).where(here).order_by(people.c.admitted_at, people.c.created_at, people.c.id)
        )
        return [self._person(row) for row in rows]

    def let_in(self, connection: Connection, participant: str, now_ns: int) -> bool:
        """State `in`, and since when; false for who is banned."""
        here = (people.c.id == participant) & (people.c.state != State.BANNED.value)
        admitted_at = case((people.c.state == State.IN.value, people.c.admitted_at), else_=now_ns)
        changed = connection.execute(
            update(people).where(here).values(state=State.IN.value, admitted_at=admitted_at)
        )
        return changed.rowcount == 1

    def refuse(self, connection: Connection, participant: str) -> None:
        """State `refused`, for who has not been let in."""
        here = (people.c.id == participant) & (people.c.state == State.NEW.value)
        connection.execute(update(people).where(here).values(state=State.REFUSED.value))

    def set_identity(
        self, connection: Connection, participant: str, *, verified: bool, email: str | None
    ) -> None:
        """What the account says now; `email` only where it is verified."""
        sealed = self._sealed(email, "email", participant)
        connection.execute(
            update(people).where(people.c.id == participant).values(verified=verified, email=sealed)
        )

    def set_state(self, connection: Connection, participant: str, state: State, now_ns: int) -> None:
        """`in` also says when."""
        admitted = {"admitted_at": now_ns} if state is State.IN else {}
        connection.execute(
            update(people).where(people.c.id == participant).values(state=state.value, **admitted)
        )

    def put_out(self, connection: Connection, participant: str, state: State, at_ns: int) -> None:
        """`removed` or `banned` at `at_ns`, perhaps a while ago: who was let in again since stays so, unless banned."""
        whom = people.c.id == participant
        if state is not State.BANNED:
            whom &= people.c.admitted_at.is_(None) | (people.c.admitted_at <= at_ns)
        connection.execute(update(people).where(whom).values(state=state.value))

    def set_role(self, connection: Connection, participant: str, role: Role) -> None:
        connection.execute(update(people).where(people.c.id == participant).values(role=role.value))

    def set_overrides(
        self, connection: Connection, participant: str, overrides: dict[Action, Verdict]
    ) -> None:
        text = msgspec.json.encode(overrides).decode()
        connection.execute(update(people).where(people.c.id == participant).values(overrides=text))

    def rename(self, connection: Connection, participant: str, name: str) -> None:
        sealed = self._cipher.seal(name, "people", "name", participant)
        connection.execute(update(people).where(people.c.id == participant).values(name=sealed))

    def set_picture(self, connection: Connection, participant: str, picture: str | None) -> None:
        connection.execute(update(people).where(people.c.id == participant).values(picture=picture))

    def anonymise(self, connection: Connection, subject: str) -> list[str]:
        """The account is deleted: its participants stay without name, e-mail and picture; their ids."""
        ids = connection.execute(select(people.c.id).where(people.c.subject == subject)).scalars().all()
        for participant in ids:
            self.rename(connection, participant, "")
        gone = {"subject": None, "email": None, "picture": None, "verified": False}
        connection.execute(update(people).where(people.c.subject == subject).values(gone))
        return list(ids)

    def _sealed(self, text: str | None, column: str, row: str) -> bytes | None:
        return None if text is None else self._cipher.seal(text, "people", column, row)

    def _person(self, row: Row) -> Person:  # type: ignore[type-arg]
        email = None if row.email is None else self._cipher.open(row.email, "people", "email", row.id)
        return Person(
            id=row.id,
            room=row.room,
            subject=row.subject,
            role=Role(row.role),
            state=State(row.state),
            verified=row.verified,
            name=self._cipher.open(row.name, "people", "name", row.id),
            email=email,
            picture=row.picture,
            overrides=msgspec.json.decode(row.overrides, type=dict[Action, Verdict]),
            created_at=row.created_at,
            admitted_at=row.admitted_at,
        )
