"""Restrictions that the database does not know yet: in force for whoever comes in meanwhile (contracts 4).

A restriction is in the Room's memory at once and stored as soon as it can be. Somebody who leaves and comes back is read
from the database: what is kept here goes before what was read there, for a moment also after it has been stored, because
that may have been read before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import trio
from sqlalchemy import Connection

from signaling.pending import PATIENCE_S, Pending
from signaling.permissions import Overrides
from signaling.settings import Settings
from signaling.storage.people import Person, State
from signaling.storage.rooms import RoomRecord
from treble.api import Role
from treble.units import SECOND

_ROOM: Final = ""  # stands for the Room itself; participants have longer names
LINGER_NS: Final = 10 * SECOND  # longer than anybody is between being read and being in the Room


@dataclass(slots=True)
class Held:
    """What is known better than the database does; `at` (Unix nanoseconds) is when the state changed."""

    stored: trio.Event
    overrides: Overrides | None = None
    role: Role | None = None
    state: State | None = None
    at: int = 0
    locked: bool | None = None  # of a Room
    settings: Settings | None = None
    title: str = ""
    until_ns: int | None = None


class Standing:
    def __init__(self, pending: Pending, clock: Callable[[], int], wall_ns: Callable[[], int]) -> None:
        self._pending = pending
        self._clock = clock
        self._wall_ns = wall_ns
        self._held: dict[tuple[str, str], Held] = {}

    async def keep(
        self,
        room: str,
        participant: str,
        work: Callable[[Connection], object],
        *,
        overrides: Overrides | None = None,
        role: Role | None = None,
        state: State | None = None,
    ) -> bool:
        """Store a restriction that is in force already; whether it was durable within 50 ms."""
        held = self._hold(room, participant, work)
        held.overrides = held.overrides if overrides is None else overrides
        held.role = role or held.role
        if state is not None:
            held.state, held.at = state, self._wall_ns()
        return await self._patiently(held)

    async def keep_room(
        self,
        room: str,
        work: Callable[[Connection], object],
        *,
        locked: bool | None = None,
        settings: Settings | None = None,
        title: str = "",
    ) -> bool:
        """The same for a lock, or for settings with the title."""
        held = self._hold(room, _ROOM, work)
        held.locked = held.locked if locked is None else locked
        if settings is not None:
            held.settings, held.title = settings, title
        return await self._patiently(held)

    async def end(self, room: str, work: Callable[[Connection], object]) -> bool:
        """The same for a Room that is over for good."""
        return await self.keep(room, _ROOM, work, state=State.BANNED)

    def is_over(self, room: str) -> bool:
        self._forget_old()
        held = self._held.get((room, _ROOM))
        return held is not None and held.state is State.BANNED

    def overrides(self, room: str, participant: str) -> Overrides | None:
        """What holds now; from any thread. None: nothing that the database does not know."""
        held = self._held.get((room, participant))
        return None if held is None else held.overrides

    def permit(
        self, room: str, participant: str, *, overrides: Overrides | None = None, role: Role | None = None
    ) -> None:
        """Something looser has been stored: what is kept must not go before it."""
        held = self._held.get((room, participant))
        if held is not None:
            held.overrides = None if held.overrides is None else overrides
            held.role = None if held.role is None else role

    def permit_room(
        self, room: str, *, locked: bool | None = None, settings: Settings | None = None, title: str = ""
    ) -> None:
        """The same for the Room itself."""
        held = self._held.get((room, _ROOM))
        if held is not None and locked is not None:
            held.locked = None if held.locked is None else locked
        if held is not None and settings is not None and held.settings is not None:
            held.settings, held.title = settings, title

    def apply_room(self, record: RoomRecord) -> RoomRecord:
        """A Room as read from the database, with what is in force besides."""
        self._forget_old()
        held = self._held.get((record.id, _ROOM))
        if held is None:
            return record
        locked = record.locked if held.locked is None else held.locked
        if held.settings is None:
            return msgspec.structs.replace(record, locked=locked)
        return msgspec.structs.replace(record, locked=locked, settings=held.settings, title=held.title)

    def apply(self, person: Person) -> Person:
        """A participant as read from the database, with what is in force besides."""
        self._forget_old()
        held = self._held.get((person.room, person.id))
        if held is None:
            return person
        overrides = person.overrides if held.overrides is None else dict(held.overrides)
        state = person.state
        is_newer = state is State.IN and person.admitted_at is not None and person.admitted_at > held.at
        if held.state is not None and not is_newer and state is not State.BANNED:
            state = held.state
        return msgspec.structs.replace(
            person, overrides=overrides, role=held.role or person.role, state=state
        )

    def _hold(self, room: str, participant: str, work: Callable[[Connection], object]) -> Held:
        stored = self._pending.put(work)
        held = self._held.setdefault((room, participant), Held(stored))
        held.stored, held.until_ns = stored, None
        return held

    async def _patiently(self, held: Held) -> bool:
        stored = held.stored
        self._forget_old()
        with trio.move_on_after(PATIENCE_S):
            await stored.wait()
        return stored.is_set()

    def _forget_old(self) -> None:
        now_ns = self._clock()
        for key, held in list(self._held.items()):
            if held.until_ns is None and held.stored.is_set():
                held.until_ns = now_ns + LINGER_NS
            if held.until_ns is not None and held.until_ns <= now_ns:
                del self._held[key]
