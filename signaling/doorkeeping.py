"""Hosts answer who knocks: admitted is stored first, refused is in force first (contracts 4). The first answer counts."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from signaling.actions import Action
from signaling.attendance import Attendance
from signaling.database import Database
from signaling.door_messages import Admit, Knock, Refuse
from signaling.line import Line
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.moderation import stored_answer
from signaling.rights import check
from signaling.room.door import Stage, Waiter
from signaling.room.member import Member
from signaling.storage import deadlines
from treble.api import ApiError
from treble.units import SECOND

MIN_KNOCK_S = 1.0


class Doorkeeping:
    """`now_ns` is monotonic, `wall_ns` Unix time."""

    def __init__(
        self,
        rooms: LiveRooms,
        database: Database,
        attendance: Attendance,
        now_ns: Callable[[], int],
        wall_ns: Callable[[], int],
    ) -> None:
        self._rooms = rooms
        self._database = database
        self._attendance = attendance
        self._now_ns = now_ns
        self._wall_ns = wall_ns

    async def admit(self, line: Line, member: Member, message: Admit) -> Message:
        """Who was answered by another host, or whose knock has expired, is left out."""
        check(line.live.machine, member, Action.ADMIT)
        await self.let_in(line.live, message.participants, member.name)
        return Done(re=message.id)

    async def let_in(self, live: LiveRoom, participants: Sequence[str] | None, by: str) -> list[str]:
        """Those of these who knock, None: all; who of them comes in. `locked`."""
        if live.machine.locked:
            raise ApiError("locked")
        waiters = live.machine.door.knocking(participants)
        for waiter in waiters:
            live.machine.door.claim(waiter.id, True)
        admitted: list[str] = []
        try:
            admitted = await self._store_admitted(live, by, waiters) if waiters else []
        finally:
            for waiter in waiters:
                live.machine.door.claim(waiter.id, False)
        for participant in admitted:
            live.feed(live.machine.door.handle_admitted, participant)
        return admitted

    async def _store_admitted(self, live: LiveRoom, by: str, waiters: Sequence[Waiter]) -> list[str]:
        people, now_ns, trail = self._database.people, self._wall_ns(), self._rooms.trail
        rows = [
            (each.id, each.knock, trail.entry(live.id, by, Action.ADMIT.value, each.name)) for each in waiters
        ]

        def store(connection: Connection) -> list[str]:
            admitted = []
            for participant, knock, note in rows:
                is_first = deadlines.settle(connection, knock, now_ns)
                if is_first and people.let_in(connection, participant, now_ns):
                    note(connection)
                    admitted.append(participant)
            return admitted

        return await self._database.write(store)

    async def refuse(self, line: Line, member: Member, message: Refuse) -> Message:
        check(line.live.machine, member, Action.ADMIT)
        is_stored = await self.turn_away(line.live, message.participants, member.name)
        return stored_answer(message.id, is_stored)

    async def turn_away(self, live: LiveRoom, participants: Sequence[str] | None, by: str) -> bool:
        """Those of these who knock, None: all; whether it is stored already."""
        people, now_ns = self._database.people, self._wall_ns()
        waiters = live.machine.door.knocking(participants)
        refused = [(waiter.id, waiter.knock) for waiter in waiters]
        for waiter in waiters:
            live.feed(live.machine.door.handle_refused, waiter.id)
            self._rooms.trail.note(live.id, by, "refuse", waiter.name)

        def store(connection: Connection) -> None:
            for participant, knock in refused:
                deadlines.settle(connection, knock, now_ns)
                people.refuse(connection, participant)

        return not refused or await self._rooms.pending.stored(store)

    async def knock(self, line: Line, waiter: Waiter, message: Knock) -> Message:
        """Ask again; the answer says how one waits now. `slow` for a while after a refusal; `locked`."""
        live = line.live
        if live.machine.locked:
            raise ApiError("locked")
        wait_ns = waiter.retry_at_ns - self._now_ns()
        if waiter.stage is Stage.REFUSED and wait_ns > 0:
            raise ApiError("slow", retry_after=wait_ns / SECOND)
        if waiter.stage in (Stage.REFUSED, Stage.EXPIRED):
            live.feed(live.machine.door.handle_knock, waiter.id)
            await self._attendance.attend_now(live)
            live.feed(live.machine.door.handle_answered, waiter.id)
        return waiter.waiting(message.id)
