"""What an admission opens, made beside a running server."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from trio.testing import MockClock

from signaling.database import Database
from signaling.storage import sqlite
from tests.signaling.tokens_made_beside import create_token
from tests.signaling.world import World, code_of, open_world
from treble.api import ApiError, Role
from treble.units import SECOND


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    # `create_token` reads the real clock
    async with open_world(tmp_path, mock_clock, time.time_ns()) as world:
        yield world


async def test_a_token_made_beside_the_server_opens_it(world: World, mock_clock: MockClock) -> None:
    token = create_token(world.data, "daily", "Zo\u00eb", Role.COHOST)
    client = await world.join(token)
    assert (client.welcome.room, client.welcome.you.name) == ("daily", "Zo\u00eb")
    assert (client.welcome.you.role, client.welcome.you.guest) == (Role.COHOST, False)
    second = await world.join(create_token(world.data, "daily", "Ann", Role.VIEWER))
    assert [who.name for who in second.welcome.participants] == ["Zo\u00eb"]


async def test_an_admission_lasts_for_its_time_and_can_be_taken_back(
    world: World, mock_clock: MockClock
) -> None:
    token = create_token(world.data, "daily", "Ann", Role.HOST)
    world.wall["ns"] += 12 * 3600 * SECOND - 5 * SECOND
    await world.join(token)
    world.wall["ns"] += 10 * SECOND
    assert await code_of(world.join(token)) == "auth.expired"
    other = create_token(world.data, "daily", "Bob", Role.HOST, lifetime_s=30 * 24 * 3600)
    await world.join(other)
    database = await Database.open(world.data)
    await database.write(lambda connection: connection.execute(text("delete from admissions")))
    database.close()
    assert await code_of(world.join(other)) == "auth.wrong"


def test_bad_names_and_rooms_are_refused(tmp_path: Path) -> None:
    for room, name, code in (("a/b", "Ann", "bad.room"), ("a", "", "bad.name")):
        with pytest.raises(ApiError, match=code):
            create_token(tmp_path, room, name, Role.HOST)


async def test_a_token_of_another_issuer_or_data_folder_is_wrong(
    world: World, mock_clock: MockClock, tmp_path: Path
) -> None:
    strange = create_token(world.data, "daily", "Ann", Role.HOST, issuer="other")
    elsewhere = create_token(tmp_path / "elsewhere", "daily", "Ann", Role.HOST)
    for token in (strange, elsewhere, "", "a.b.c.d.e", "x" * 100_000):
        assert await code_of(world.join(token)) == "auth.wrong"


async def test_a_locked_database_is_a_busy_answer(
    tmp_path: Path, mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    async with open_world(tmp_path, mock_clock) as world:
        with closing(sqlite3.connect(tmp_path / "treble.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await code_of(world.create()) == "busy"
        await world.create()
