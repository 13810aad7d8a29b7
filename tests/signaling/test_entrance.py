"""Doors that look alike from outside."""

import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trio.testing import MockClock

from tests.signaling.world import World, open_world
from treble.api import ApiError, EnterRoom


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    # `create_token` reads the real clock
    async with open_world(tmp_path, mock_clock, time.time_ns()) as world:
        yield world


async def code_of(call: object) -> str:
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value.code


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
