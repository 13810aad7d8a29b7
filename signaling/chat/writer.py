"""Writes of the chat: those that wait while a transaction runs share the next one, and its fsync. Transactions begin some
time apart, for most of what one costs does not grow with what is in it; what comes alone is written at once.

Rooms are taken in the order of their ids, so that two room servers never wait for each other. What was stored is
announced in the order of its numbers before anybody who asked is answered.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import trio
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from signaling.chat.saying import Stored
from signaling.database import Database
from signaling.storage.chat import ChatStore, Counter
from treble.api import ApiError, ChatItem

MAX_TOGETHER: Final = 64  # some ms of writing; the next transaction takes the others


@dataclass(slots=True, eq=False)
class _Job:
    room: str
    work: Callable[[Connection, Counter], Any]
    done: trio.Event = field(default_factory=trio.Event)
    outcome: Any = None
    failure: Exception | None = None


class ChatWriter:
    def __init__(
        self,
        database: Database,
        store: ChatStore,
        announce: Callable[[list[ChatItem]], None],
        apart_s: float,
    ) -> None:
        self._database = database
        self._apart_s = apart_s
        self._store = store
        self._announce = announce
        self._waiting: deque[_Job] = deque()
        self._wake = trio.Event()

    async def write(self, room: str, work: Callable[[Connection, Counter], Any]) -> Any:
        """What `work` gives once it is durable; what it raises. It is done even if the caller is cancelled."""
        job = _Job(room, work)
        self._waiting.append(job)
        self._wake.set()
        await job.done.wait()
        if job.failure is not None:
            raise job.failure
        return job.outcome

    async def run(self) -> None:
        next_at = trio.current_time()
        while True:
            while self._waiting:
                if trio.current_time() < next_at and len(self._waiting) < MAX_TOGETHER:
                    await trio.sleep_until(next_at)
                next_at = trio.current_time() + self._apart_s
                count = min(MAX_TOGETHER, len(self._waiting))
                await self._write([self._waiting.popleft() for _ in range(count)])
            self._wake = trio.Event()
            await self._wake.wait()

    async def _write(self, jobs: list[_Job]) -> None:
        jobs = sorted(jobs, key=lambda job: job.room)
        try:
            await self._database.write(lambda connection: self._carry_out(connection, jobs))
        except ApiError as error:
            _fail(jobs, error)
        except (
            Exception
        ) as error:  # one of them broke the transaction: each for itself, so that only it fails
            if len(jobs) > 1:
                for job in jobs:
                    await self._write([job])
                return
            _fail(jobs, ApiError("ended") if isinstance(error, IntegrityError) else error)
        self._announce(
            [job.outcome.item for job in jobs if job.failure is None and isinstance(job.outcome, Stored)]
        )
        for job in jobs:
            job.done.set()

    def _carry_out(self, connection: Connection, jobs: list[_Job]) -> None:
        for room, group in groupby(jobs, key=lambda job: job.room):
            counter = self._store.counter(connection, room)
            for job in group:
                job.outcome, job.failure = None, None
                try:
                    job.outcome = job.work(connection, counter)
                except ApiError as error:
                    job.failure = error
            self._store.close(connection, counter)


def _fail(jobs: list[_Job], error: Exception) -> None:
    for job in jobs:
        job.failure = error
