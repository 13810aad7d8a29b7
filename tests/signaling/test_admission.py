"""`treble token` beside a running server, room expiry, and what tells rooms apart from outside."""

import sqlite3
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from trio.testing import MockClock

from signaling import messages
from signaling.admission import create_token
from signaling.database import Database
from signaling.storage import sqlite
from signaling.storage.rooms import ONE_OFF_NS
from signaling.sweep import Sweep
from tests.signaling.world import World, open_world
from treble.api import ApiError, EnterRoom, Role
from treble.units import SECOND


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        world.wall["ns"] = time.time_ns()  # `create_token` reads the real clock
        yield world


async def code_of(call: object) -> str:
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value.code


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


# --- expiry -----------------------------------------------------------------------------------------------------


async def test_a_room_in_use_does_not_expire_and_an_empty_one_does(
    world: World, mock_clock: MockClock
) -> None:
    opened = world.shell._open
    assert opened is not None
    room = await world.create()
    host = await world.join(room.token)
    world.wall["ns"] += ONE_OFF_NS + SECOND
    await opened.sweep.once()
    assert isinstance(await host.ask(messages.Ping(id=1)), messages.Done)
    await world.enter(room)  # prolonged while somebody is there
    await host.ask(messages.Leave(id=2))
    world.wall["ns"] += ONE_OFF_NS - SECOND
    await opened.sweep.once()
    await world.enter(room)
    world.wall["ns"] += ONE_OFF_NS + SECOND
    await opened.sweep.once()
    await opened.sweep.once()
    assert await code_of(world.enter(room)) == "auth.wrong"


async def test_two_sweeps_settle_a_deadline_once(tmp_path: Path) -> None:
    now = time.time_ns()
    create_token(tmp_path, "daily", "Ann", Role.HOST)
    database = await Database.open(tmp_path)
    late = now + 40 * ONE_OFF_NS
    sweeps = [Sweep(database, lambda: late, lambda _room: False) for _ in range(2)]
    for sweep in sweeps:
        await sweep.once()
    count = await database.read(
        lambda connection: connection.execute(text("select count(*) from rooms")).scalar()
    )
    assert count == 0
    database.close()


# --- from outside -----------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_an_unknown_room_takes_as_long_as_a_wrong_password(world: World, mock_clock: MockClock) -> None:
    """Medians of interleaved tries within a fifth of each other: the work is the same."""
    room = await world.create()
    times: dict[str, list[float]] = {room.room: [], "0" * 26: []}
    for number in range(300):
        for name, taken in times.items():
            address = f"10.{number % 250}.{number // 250}.{len(taken) % 250}"
            started = time.perf_counter()
            await code_of(
                world.shell.enter_room(EnterRoom(room=name, password="x", name="n", address=address))
            )
            taken.append(time.perf_counter() - started)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert known == pytest.approx(unknown, rel=0.2)
