"""Deadlines as rows, and rooms that expire."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from trio.testing import MockClock

from signaling import messages
from signaling.database import Database
from signaling.retention import DAY, HOUR, Retention
from signaling.sweep import Sweep
from tests.signaling.tokens_made_beside import create_token
from tests.signaling.world import World, code_of, open_world
from treble.api import Role
from treble.units import SECOND


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    # `create_token` reads the real clock
    async with open_world(tmp_path, mock_clock, time.time_ns()) as world:
        yield world


async def test_a_room_in_use_does_not_expire_and_an_empty_one_does(
    world: World, mock_clock: MockClock
) -> None:
    opened = world.shell._open
    assert opened is not None
    room = await world.create()
    host = await world.join(room.token)
    world.wall["ns"] += DAY + SECOND
    await opened.sweep.once()
    assert isinstance(await host.ask(messages.Ping(id=1)), messages.Done)
    await world.enter(room)  # prolonged while somebody is there
    await host.ask(messages.Leave(id=2))
    world.wall["ns"] += DAY - SECOND
    await opened.sweep.once()
    await world.enter(room)
    world.wall["ns"] += DAY + SECOND
    await opened.sweep.once()
    await opened.sweep.once()
    assert await code_of(world.enter(room)) == "auth.wrong"


async def test_two_sweeps_settle_a_deadline_once(tmp_path: Path) -> None:
    now = time.time_ns()
    create_token(tmp_path, "daily", "Ann", Role.HOST)
    database = await Database.open(tmp_path)
    late = now + 40 * DAY
    sweeps = [Sweep(database, lambda: late, lambda _room: False) for _ in range(2)]
    for sweep in sweeps:
        await sweep.once()
    count = await database.read(
        lambda connection: connection.execute(text("select count(*) from rooms")).scalar()
    )
    assert count == 0
    database.close()


async def test_rooms_are_kept_as_long_as_configured(tmp_path: Path, mock_clock: MockClock) -> None:
    keep = Retention(one_off_ns=2 * HOUR)
    async with open_world(tmp_path, mock_clock, retention=keep) as world:
        room = await world.create()
        world.wall["ns"] += 2 * HOUR - SECOND
        await world.shell._open.sweep.once()
        await world.enter(room)
        world.wall["ns"] += 2 * SECOND
        await world.shell._open.sweep.once()
        assert await code_of(world.enter(room)) == "auth.wrong"
