"""The operators' side on the data folder itself, for commands: no server, no key, nobody live.

Running room servers look at what changed here every second (`watch.py`).
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from signaling.admin.parts import AdminParts
from signaling.admin.server import AdminServer
from signaling.attendance import Attendance
from signaling.audit_trail import AuditTrail
from signaling.calls import Others
from signaling.configuring import Configuring
from signaling.counters import Counters
from signaling.database import Database
from signaling.doorkeeping import Doorkeeping
from signaling.keyring import Keyring
from signaling.live_rooms import LiveRooms
from signaling.moderation import Moderation
from signaling.pending import Pending
from signaling.presence import MemoryPresence
from signaling.roles import Roles
from signaling.room_config import RoomConfig
from signaling.standing import Standing
from signaling.storage.store import TOKEN_KEYS
from signaling.sweep import Sweep
from signaling.tokens import Tokens

STORE_S = 5.0  # for what is written behind an act


@asynccontextmanager
async def local_admin(config: RoomConfig) -> AsyncIterator[AdminServer]:
    """Open until left; `ApiError("busy")` if the database cannot be opened."""
    database = await Database.open(config.data, config.database, config.retention)
    try:
        async with trio.open_nursery() as nursery:
            pending = Pending(database)
            nursery.start_soon(pending.run)
            admin = AdminServer()
            admin.open_locally(_parts(config, database, pending))
            yield admin
            with trio.fail_after(STORE_S):
                await pending.put(lambda connection: None).wait()
            nursery.cancel_scope.cancel()
    finally:
        database.close()


def _parts(config: RoomConfig, database: Database, pending: Pending) -> AdminParts:
    counters, wall_ns, now_ns = Counters(), time.time_ns, time.monotonic_ns
    tokens = Tokens(Keyring(config.data / TOKEN_KEYS), config.issuer)
    rooms = LiveRooms(
        Others(None, None, counters),
        MemoryPresence(),
        pending,
        AuditTrail(database, pending, wall_ns),
        Standing(pending, now_ns, wall_ns),
        now_ns,
        _nothing,
        lambda session: None,
        config.max_participants,
    )
    attendance = Attendance(rooms, database, Sweep(database, wall_ns, lambda room: False), wall_ns)
    return AdminParts(
        config,
        counters,
        database,
        tokens,
        rooms,
        Moderation(rooms, database, wall_ns),
        Doorkeeping(rooms, database, attendance, now_ns, wall_ns),
        Roles(rooms, database),
        Configuring(rooms, database, attendance, wall_ns),
        lambda token: None,
        set,
        now_ns,
        wall_ns,
    )


async def _nothing(room: str) -> None:
    """Nobody comes or goes here."""
