"""An operator with a key, over the real gateway, to a real room server with a media server written by hand."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from signaling.database import Database
from signaling.storage.admin_keys import AdminKey
from tests.signaling import gateway_world
from tests.signaling.world import WALL_NS, World, open_world
from treble.ids import new_secret


@dataclass
class AdminWorld:
    rooms: World  # joined directly, as by another gateway
    http: httpx.AsyncClient  # with a key
    gateway: gateway_world.World
    key: str

    async def ask(self, method: str, path: str, *, status: int = 200, **given: Any) -> Any:
        """The decoded answer to `/api/admin` + path, which must have this status."""
        answer = await self.http.request(method, f"/api/admin{path}", **given)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def audit(self, room: str) -> list[tuple[str, str, str]]:
        """(actor, action, subject), oldest first."""
        entries = (await self.ask("GET", f"/rooms/{room}/audit"))["entries"]
        return [(each["actor"], each["action"], each["subject"]) for each in reversed(entries)]


@asynccontextmanager
async def admin_world(data: Path, **config: object) -> AsyncIterator[AdminWorld]:
    """The clock is real, Unix time is the test's."""
    async with open_world(data, None, **config) as rooms:
        shell = rooms.shell
        key = await add_key(rooms, "Nightly")
        served = gateway_world.world(data, rooms=shell, accounts=shell.accounts, admin=shell.admin)
        async with served as gateway:
            headers = {"authorization": f"Bearer {key}"}
            async with httpx.AsyncClient(
                base_url=gateway.origin,
                verify=gateway.context,
                headers=headers,
                timeout=gateway_world.HUNG_SECONDS,
            ) as http:
                yield AdminWorld(rooms, http, gateway, key)


async def add_key(world: World, name: str, expires_at: int | None = None) -> str:
    secret = new_secret(os.urandom)
    database: Database = await Database.open(world.data)
    try:
        key = AdminKey(id=f"key-{name}", name=name, created_at=WALL_NS, expires_at=expires_at)
        await database.write(lambda connection: database.admin_keys.add(connection, key, secret))
    finally:
        database.close()
    return secret
