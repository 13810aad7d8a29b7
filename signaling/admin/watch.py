"""What was done beside this server, by a command or at another room server, holds here too, within a second.

Rooms deleted or over, admissions revoked, accounts deleted or disabled, participants removed or banned: looked for among
those who are here, one read a second. What was changed and not taken back is for `catching_up.py`.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

import structlog
import trio
from sqlalchemy import Connection, select

from signaling.admin.catching_up import CatchingUp
from signaling.admin.parts import AdminParts
from signaling.storage.account_tables import accounts
from signaling.storage.people import State
from signaling.storage.people_tables import people
from signaling.storage.rooms import RoomRecord, Rooms
from signaling.storage.schema import admissions
from treble.api import ApiError, Role

PERIOD_S: Final = 1.0
CHUNK: Final = 500  # ids in one question

_log = structlog.get_logger("signaling.admin.watch")


class _Here(NamedTuple):
    """Ids of those who are here now; `participants` with the tokens of WHIP and WHEP."""

    rooms: set[str]
    participants: set[str]
    subjects: set[str]
    inside: set[str]


class _Found(NamedTuple):
    """Which of them the database knows; `admissions` with the time (Unix nanoseconds) until which each is good."""

    rooms: dict[str, RoomRecord]
    roles: dict[str, Role]
    removed: set[str]
    banned: set[str]
    disabled: set[str]
    subjects: set[str]
    admissions: dict[str, int]


class AdminWatch:
    """Remembers who was known: an account or admission that was never seen cannot have been taken back."""

    def __init__(self, parts: AdminParts) -> None:
        self._parts = parts
        self._catching_up = CatchingUp(parts)
        self._subjects: set[str] = set()
        self._admissions: dict[str, int] = {}

    async def run(self) -> None:
        while True:
            await trio.sleep(PERIOD_S)
            try:
                await self.once()
            except ApiError as error:
                _log.warning("watch put off", cause=error.detail)

    async def once(self) -> None:
        here = self._here()
        if not here.rooms:
            return
        rooms = self._parts.database.rooms
        found = await self._parts.database.read(lambda connection: _look(connection, rooms, here))
        for room in here.rooms - found.rooms.keys():
            live = self._parts.rooms.get(room)
            if live is not None and not live.is_over:
                live.feed(live.machine.handle_end, "ended")
        for subject in found.disabled | (here.subjects & self._subjects) - found.subjects:
            self._parts.rooms.end_subject(subject)
        self._put_out(found.banned | self._revoked(here, found))
        self._put_out(found.removed & here.inside)
        self._subjects = found.subjects
        self._admissions = found.admissions
        await self._catch_up(found)

    async def _catch_up(self, found: _Found) -> None:
        for live in self._parts.rooms:
            if live.id in found.rooms:
                await self._catching_up.room(live, found.rooms[live.id])
            for member in live.machine:
                if member.id in found.roles:
                    await self._catching_up.role(live, member, found.roles[member.id])

    def _revoked(self, here: _Here, found: _Found) -> set[str]:
        """Gone before its time; an admission whose time is over leaves its Session alone."""
        now_ns = self._parts.wall_ns()
        before = {each for each, until_ns in self._admissions.items() if until_ns > now_ns}
        return (here.participants & before) - found.admissions.keys()

    def _put_out(self, gone: set[str]) -> None:
        for who in gone & self._parts.resource_tokens():
            self._parts.end_resources(who)
        for live in self._parts.rooms:
            for who in {each.id for each in [*live.machine, *live.machine.door]} & gone:
                self._parts.rooms.end_participant(live.id, who, "removed")

    def _here(self) -> _Here:
        here = _Here(set(), self._parts.resource_tokens(), set(), set())
        for live in self._parts.rooms:
            here.rooms.add(live.id)
            here.inside.update(each.id for each in live.machine)
            for each in [*live.machine, *live.machine.door]:
                here.participants.add(each.id)
                if each.subject is not None:
                    here.subjects.add(each.subject)
        return here


def _look(connection: Connection, rooms: Rooms, here: _Here) -> _Found:
    found = _Found({}, {}, set(), set(), set(), set(), {})
    for ids in _chunks(here.rooms):
        found.rooms.update((each.id, each) for each in rooms.of_ids(connection, ids))
    for ids in _chunks(here.participants):
        known = select(people.c.id, people.c.role, people.c.state).where(people.c.id.in_(ids))
        for person in connection.execute(known):
            found.roles[person.id] = Role(person.role)
            if person.state == State.BANNED.value:
                found.banned.add(person.id)
            elif person.state == State.REMOVED.value:
                found.removed.add(person.id)
        good = select(admissions.c.id, admissions.c.expires_at).where(admissions.c.id.in_(ids))
        found.admissions.update((row.id, row.expires_at) for row in connection.execute(good))
    for ids in _chunks(here.subjects):
        states = select(accounts.c.id, accounts.c.disabled).where(accounts.c.id.in_(ids))
        for row in connection.execute(states):
            (found.disabled if row.disabled else found.subjects).add(row.id)
    return found


def _chunks(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK)]
