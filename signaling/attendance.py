"""What follows at a Room's door and at its head from who is there: knocks begin, people come in, somebody takes over.

leaders have changed, settings too   -> `attend`: who may come in is admitted, who must knock knocks
the last host is gone                -> a deadline; after it the senior co-host is host, or nobody
deadline passed (any room server)    -> one conditional update, and whoever holds the Room tells it
"""

import os
from collections.abc import Callable
from typing import Final

import structlog
import trio
from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.database import Database
from signaling.gates import regate
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.permissions import verdict
from signaling.room.door import Stage, Waiter
from signaling.room.machine import Room
from signaling.settings import Settings
from signaling.storage import deadlines
from signaling.storage.deadlines import Deadline
from signaling.storage.people import Person
from signaling.storage.rooms import ROOM_CLOSES
from signaling.sweep import Sweep
from treble.api import ApiError, Role
from treble.ids import new_id
from treble.units import SECOND

KNOCK: Final = "knock"
KNOCK_NS: Final = 5 * 60 * SECOND
HOST_ABSENCE: Final = "host-absence"
HOST_ABSENCE_NS: Final = 60 * SECOND
RETRY_S: Final = 1.0

_log = structlog.get_logger("signaling.attendance")


class Attendance:
    """`wall_ns` is Unix time."""

    def __init__(
        self, rooms: LiveRooms, database: Database, sweep: Sweep, wall_ns: Callable[[], int]
    ) -> None:
        self._rooms = rooms
        self._database = database
        self._sweep = sweep
        self._wall_ns = wall_ns
        sweep.on(KNOCK, self.settle_knock)
        sweep.on(HOST_ABSENCE, self.settle_absence)
        sweep.on(ROOM_CLOSES, self.settle_closing)

    async def attend(self, live: LiveRoom) -> None:
        """Until it is done: while the database is away everybody waits."""
        is_done = False
        while not is_done and not live.is_over:
            try:
                await self._once(live)
                is_done = True
            except ApiError as error:
                _log.warning("door not attended", room=live.id, cause=error.detail)
                await trio.sleep(RETRY_S)

    async def attend_now(self, live: LiveRoom) -> None:
        """Once; if that fails it is tried again behind the caller's back."""
        try:
            await self._once(live)
        except ApiError:
            self._rooms.start(self.attend, live)

    async def _once(self, live: LiveRoom) -> None:
        async with live.attending:
            await self._open_door(live)
            await self._watch_for_host(live)

    # --- the door -------------------------------------------------------------------------------------------

    async def _open_door(self, live: LiveRoom) -> None:
        machine, now_ns = live.machine, self._wall_ns()
        if machine.locked:
            return
        enters = [waiter for waiter in machine.door if may_enter(machine, waiter)]
        knocks = [waiter for waiter in machine.door if must_knock(machine, waiter)]
        ids = {waiter.id: new_id(os.urandom) for waiter in knocks}
        people = self._database.people

        def store(connection: Connection) -> list[Waiter]:
            for waiter in knocks:
                deadlines.add(
                    connection, ids[waiter.id], live.id, KNOCK, now_ns + KNOCK_NS, subject=waiter.id
                )
            for waiter in enters:
                if waiter.knock:
                    deadlines.settle(connection, waiter.knock, now_ns)
            return [waiter for waiter in enters if people.let_in(connection, waiter.id, now_ns)]

        if not enters and not knocks:
            return
        for waiter in await self._database.write(store):
            live.feed(machine.door.handle_admitted, waiter.id)
        for waiter in knocks:
            live.feed(machine.door.handle_knocking, waiter.id, ids[waiter.id], now_ns + KNOCK_NS)
            self._rooms.observer.waiting(live.id, waiter.id, waiter.name, waiter.guest)

    async def settle_knock(self, deadline: Deadline, now_ns: int) -> None:
        """Nobody has answered."""
        if not self._sweep.is_ours(deadline, now_ns):
            return
        is_first = await self._database.write(
            lambda connection: deadlines.settle(connection, deadline.id, now_ns)
        )
        live = self._rooms.get(deadline.room)
        if is_first and live is not None:
            live.feed(live.machine.door.handle_expired, deadline.subject, deadline.id)

    # --- the host -------------------------------------------------------------------------------------------

    async def _watch_for_host(self, live: LiveRoom) -> None:
        """The host's absence is a deadline while it lasts, and somebody is there to take over."""
        is_absent = live.machine.has_lost_host and len(live.machine) > 0
        now_ns, absence = self._wall_ns(), live.absence
        until_ns = now_ns + HOST_ABSENCE_NS - live.machine.host_silence_ns
        if is_absent and absence is None:
            added = new_id(os.urandom)
            await self._database.write(
                lambda connection: deadlines.add(connection, added, live.id, HOST_ABSENCE, until_ns)
            )
            live.absence = added
        elif not is_absent and absence is not None:
            await self._database.write(lambda connection: deadlines.settle(connection, absence, now_ns))
            live.absence = None

    async def settle_absence(self, deadline: Deadline, now_ns: int) -> None:
        """The host stays away: the senior among those who may takes over (contracts 4)."""
        if not self._sweep.is_ours(deadline, now_ns):
            return
        live = self._rooms.get(deadline.room)
        present = [] if live is None else [each.id for each in live.machine if not each.is_resource]
        is_absent = live is not None and live.absence == deadline.id and live.machine.has_lost_host
        settings = Settings() if live is None else live.machine.settings
        people = self._database.people

        def settle(connection: Connection) -> Person | None:
            if not deadlines.settle(connection, deadline.id, now_ns) or not is_absent:
                return None
            heir = successor(people.of_ids(connection, deadline.room, present), settings)
            if heir is not None:
                people.set_role(connection, heir.id, Role.HOST)
            return heir

        heir = await self._database.write(settle)
        if live is None or live.is_over:
            return
        if live.absence == deadline.id:
            live.absence = None
        member = None if heir is None else live.machine.member(heir.id)
        if member is not None:
            self._rooms.trail.note(live.id, "", Action.HAND_OVER.value, member.name)
            live.feed(live.machine.handle_role, member.id, Role.HOST)
            await regate(self._rooms, live, member, may_open=True)

    async def settle_closing(self, deadline: Deadline, now_ns: int) -> None:
        """The planned end, unless it was put off."""
        if not self._sweep.is_ours(deadline, now_ns):
            return
        rooms = self._database.rooms

        def settle(connection: Connection) -> bool:
            record = rooms.find(connection, deadline.room, 0)
            is_first = deadlines.settle(connection, deadline.id, now_ns)
            return is_first and record is not None and record.is_closed(now_ns)

        is_over = await self._database.write(settle)
        live = self._rooms.get(deadline.room)
        if is_over and live is not None:
            live.feed(live.machine.handle_end, "ended")


def may_enter(machine: Room, waiter: Waiter) -> bool:
    """Whether nobody has to be asked, and the meeting has begun."""
    if waiter.stage is Stage.ADMITTED or waiter.is_claimed or waiter.must_be_let_in:
        return False
    entering = verdict(waiter.role, Action.ENTER, machine.settings.policy, waiter.overrides)
    has_begun = machine.has_leader or not machine.settings.wait_for_host
    return has_begun and (waiter.is_known or entering is Verdict.ALLOW)


def must_knock(machine: Room, waiter: Waiter) -> bool:
    """Whether somebody is there now who could answer."""
    return machine.has_leader and waiter.stage is Stage.HOST and not may_enter(machine, waiter)


def successor(present: list[Person], settings: Settings) -> Person | None:
    """The senior co-host; where the Room allows it also a guest, or else the senior speaker. Never a viewer."""
    cohosts = [person for person in present if person.role is Role.COHOST]
    speakers = [person for person in present if person.role is Role.SPEAKER]
    if settings.hand_over_to_guests:
        return next(iter([*cohosts, *speakers]), None)
    return next((person for person in cohosts if person.verified), None)
