"""Who may use the operators' API: whoever has a key in force, and nobody learns anything else."""

from pathlib import Path

import httpx
import pytest

from signaling.storage.admin_keys import AdminKeys
from tests.signaling.admin_world import add_key, admin_world
from tests.signaling.world import WALL_NS
from treble.admin_routes import OPERATIONS, PREFIX
from treble.units import SECOND

WRONG = {"authorization": "Bearer " + "x" * 43}


def asked(path: str) -> str:
    return PREFIX + path.replace("{", "").replace("}", "")


async def test_a_wrong_key_gets_one_answer_everywhere(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world, world.gateway.http() as http:
        room = (await world.ask("POST", "/rooms", status=201, json={}))["id"]
        requests = [
            *[(each.method, asked(each.path), {}) for each in OPERATIONS[:8]],
            ("GET", f"{PREFIX}/rooms/{room}", {}),
            ("GET", f"{PREFIX}/rooms/absent", {}),
            ("GET", f"{PREFIX}/nothing/at/all", {}),
            ("GET", PREFIX, {}),
            ("PUT", f"{PREFIX}/rooms", {}),
            ("GET", f"{PREFIX}/rooms?limit=x", {}),
            ("POST", f"{PREFIX}/tokens", {"json": {"unknown": 1}}),
        ]
        answers = set()
        for method, path, given in requests:
            answer = await http.request(method, path, headers=WRONG, **given)
            answers.add((answer.status_code, answer.content if method != "HEAD" else b""))
    assert len(answers) == 1, answers
    status, body = answers.pop()
    assert status == 401
    assert b'"auth.wrong"' in body


async def test_every_operation_asks_for_a_key(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world, world.gateway.http() as http:
        for each in OPERATIONS:
            answer = await http.request(each.method, asked(each.path))
            assert (answer.status_code, answer.json()["code"]) == (401, "auth.missing"), each
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_any_key_nobody_gets_in(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        database = world.rooms.shell.admin.webhooks._database
        await database.write(lambda c: AdminKeys(database._store.cipher).delete(c, "key-Nightly"))
        assert (await world.ask("GET", "/rooms", status=401))["code"] == "auth.wrong"


async def test_a_key_is_good_until_its_time_is_over(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        key = await add_key(world.rooms, "Short", WALL_NS + 10 * SECOND)
        headers = {"authorization": f"Bearer {key}"}
        await world.ask("GET", "/rooms", headers=headers)
        world.rooms.wall["ns"] += 10 * SECOND
        assert (await world.ask("GET", "/rooms", headers=headers, status=401))["code"] == "auth.wrong"
        await world.ask("GET", "/rooms")


async def test_trying_keys_becomes_slow_and_a_right_one_costs_nothing(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        for _ in range(30):
            await world.ask("GET", "/rooms")
        codes = [await code_of(world.http, WRONG) for _ in range(22)]
    assert codes[:20] == ["auth.wrong"] * 20
    assert set(codes[20:]) == {"auth.slow"}


async def code_of(http: httpx.AsyncClient, headers: dict[str, str]) -> str:
    answer = await http.get("/api/admin/rooms", headers=headers)
    if answer.status_code == 429:
        assert int(answer.headers["retry-after"]) > 0
    return str(answer.json()["code"])


@pytest.mark.parametrize("header", ["", "Bearer", "Basic eDp5", "Bearer a b", "bearer " + "x" * 5000])
async def test_headers_that_are_no_key(tmp_path: Path, header: str) -> None:
    async with admin_world(tmp_path) as world:
        answer = await world.http.get("/api/admin/rooms", headers={"authorization": header})
    assert answer.status_code == 401


async def test_a_page_of_another_origin_may_not_ask(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        headers = {"origin": "https://elsewhere.example"}
        assert (await world.ask("GET", "/rooms", status=403, headers=headers))["code"] == "forbidden"
