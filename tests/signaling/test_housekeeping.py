from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from trio.testing import MockClock

from signaling.retention import DAY, Retention
from signaling.storage.approval_tables import audit
from signaling.storage.audit import Entry
from tests.signaling.world import WALL_NS, World, open_world


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock, retention=Retention(audit_ns=2 * DAY)) as world:
        yield world


async def test_a_running_server_forgets_what_is_old(world: World, mock_clock: MockClock) -> None:
    room = await world.create()
    database = world.shell._open.entrance._database

    def note(connection: object) -> None:
        for age in (1, 3):
            entry = Entry(at=WALL_NS - age * DAY, action="lock", actor="A")
            database.audit.note(connection, f"{age}", room.room, entry)

    await database.write(note)
    await world.shell._open.housekeeping.once()
    here = select(func.count()).where(audit.c.id.in_(["1", "3"]))
    assert await database.read(lambda it: it.execute(here).scalar()) == 1
