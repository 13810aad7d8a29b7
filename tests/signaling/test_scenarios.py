"""Thousands of random plays over the real room server: nobody ever does what the table forbids (contracts 3 and 4).

`TREBLE_LONG=1` plays 10,000, `TREBLE_SEED=n` one again.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from signaling.settings import RoomDefaults
from tests.signaling.scenario.disk import Disk
from tests.signaling.scenario.gateway import RawGateway
from tests.signaling.scenario.media import GateMedia
from tests.signaling.scenario.player import Player
from tests.signaling.world import open_world

BATCH = 50  # scenarios in one room server
SHORT, LONG = 200, 10_000
MEMORY = Path("/dev/shm")


def seeds() -> range:
    if "TREBLE_SEED" in os.environ:
        seed = int(os.environ["TREBLE_SEED"])
        return range(seed, seed + 1)
    return range(LONG if os.environ.get("TREBLE_LONG") == "1" else SHORT)


async def play(some: Iterable[int], data: Path, clock: MockClock) -> None:
    async with open_world(data, clock, room_defaults=RoomDefaults.SAFE) as world:
        world.shell.media = world.media = GateMedia()
        world.shell.gateway = world.gateway = RawGateway()
        disk = Disk(world.opened().entrance._database)
        for seed in some:
            player = Player(world, disk, seed)
            try:
                await player.play(15 + seed % 16)
            except Exception as error:
                error.add_note("\n".join([f"TREBLE_SEED={seed}", *player.log]))
                raise
            await wait_all_tasks_blocked()
            for kept in (world.media.calls, world.media.peers, world.media.gates):
                kept.clear()
            for kept in (world.gateway.sent, world.gateway.raw, world.gateway.closed):
                kept.clear()


def test_nobody_ever_does_what_the_table_forbids() -> None:
    every = seeds()
    for start in range(0, len(every), BATCH):
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as data:
            clock = MockClock()
            trio.run(play, every[start : start + BATCH], Path(data), clock, clock=clock)
