"""A Room that somebody is in: the machine, its clock, and the one task that carries out its effects."""

import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import trio

from signaling.room.effects import Effect
from signaling.room.machine import Room
from signaling.room.roster import Roster
from signaling.storage.rooms import RoomRecord
from treble.api import ApiError
from treble.units import SECOND


class LiveRoom:
    """Inputs may come from any task, between two checkpoints; `run` is the Room's own task. `observe` is told of each
    change of the roster: the Room's id, the roster before and after, and why those are gone who are.

    An exception in the machine is our bug: it ends this Room (`run` raises it) and no other, and whoever
    asked is told to come again.
    """

    def __init__(
        self,
        room: RoomRecord,
        max_participants: int,
        clock: Callable[[], int],
        carry_out: Callable[["LiveRoom", Effect], Awaitable[None]],
        observe: Callable[[str, Roster, Roster, Mapping[str, str]], None] = lambda *_: None,
    ) -> None:
        self.id = room.id
        self.machine = Room(max_participants, room.settings, room.title)
        self.machine.locked = room.locked
        self._clock = clock
        self._carry_out = carry_out
        self._observe = observe
        self._observed: Roster = self.machine.roster
        self.loosening = trio.Lock()  # what permits is stored one after another; what restricts never waits
        self.asking = trio.Lock()  # of approvals likewise
        self.knows_asked = False  # whether what was asked for earlier has been read
        self._effects: deque[Effect] = deque()
        self._posted = 0
        self._carried_out = 0
        self._changed = trio.Event()
        self._progress = trio.lowlevel.ParkingLot()
        self._failure: Exception | None = None
        self.is_over = False
        self.attending = trio.Lock()  # one task at a time looks after door and leaders
        self.absence: str | None = None  # the deadline of the host's absence
        self._changes = 0  # in memory, under way to the database

    @property
    def is_changing(self) -> bool:
        """Whether something is in force that is on its way to the database."""
        return self._changes > 0

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While a change takes effect in memory and is not yet among the pending writes."""
        self._changes += 1
        try:
            yield
        finally:
            self._changes -= 1

    def feed(self, handle: Callable[..., list[Effect]], *values: Any) -> None:
        """Give one input to the machine: `feed(machine.handle_leave, participant, "left")`; the time is
        added.
        """
        if self.is_over or self._failure is not None:
            raise ApiError("busy", "the room starts anew", 1.0)
        try:
            self._post(handle(*values, self._clock()))
        except ApiError:
            raise
        except Exception as error:
            self._failure = error
            raise ApiError("busy", "the room starts anew", 1.0) from error
        finally:
            self._changed.set()

    async def told(self, is_told: Callable[[], bool]) -> None:
        """Wait until a push has left for the gateway: until `is_told`, and what it posted is carried out."""
        while not is_told() and not self.is_over:
            await self._progress.park()
        ticket = self._posted
        while self._carried_out < ticket and not self.is_over:
            await self._progress.park()

    async def run(self) -> None:
        """Until nobody is there any more, nor waits."""
        try:
            while not self.machine.is_empty or self._effects:
                await self._carry_out_all()
                await self._sleep_until_due()
        finally:
            self.is_over = True
            self._progress.unpark_all()

    async def _carry_out_all(self) -> None:
        while self._effects:
            await self._carry_out(self, self._effects.popleft())
            self._carried_out += 1
        self._progress.unpark_all()

    async def _sleep_until_due(self) -> None:
        """Wait for an input or the next timer; then let the machine do what is due."""
        self._check()
        due = self.machine.next_timer()
        now = self._clock()
        if due is None or due > now:
            if self._effects or self.machine.is_empty:
                return
            self._changed = trio.Event()
            with trio.move_on_after(math.inf if due is None else (due - now) / SECOND + 1e-6):
                await self._changed.wait()
            self._check()
            due, now = self.machine.next_timer(), self._clock()
        await trio.lowlevel.checkpoint()
        if due is not None and due <= now:
            self._post(self.machine.handle_timer(now))
            later = self.machine.next_timer()
            assert later is None or later > now, "a timer that is never settled"

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _post(self, effects: list[Effect]) -> None:
        self._effects.extend(effects)
        self._posted += len(effects)
        before, after = self._observed, self.machine.roster
        if after is not before:
            self._observed = after
            self._observe(self.id, before, after, dict(self.machine.departed))
            self.machine.departed.clear()
