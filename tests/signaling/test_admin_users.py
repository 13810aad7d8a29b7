"""Accounts by the operators' API."""

from pathlib import Path

from signaling.messages import Ended
from tests.signaling.admin_world import AdminWorld, admin_world
from tests.signaling.gateway_world import until
from tests.signaling.world import code_of
from treble.account_api import Caller, LogIn, Refresh
from treble.api import EnterRoom

PASSWORD = "correct horse battery"
ANN = {"email": "Ann@Example.org", "name": "Ann", "password": PASSWORD}


async def log_in(world: AdminWorld):
    return await world.rooms.shell.accounts.log_in(
        LogIn(email="ann@example.org", password=PASSWORD, caller=Caller(address="192.0.2.1", agent="Firefox"))
    )


async def test_an_account_is_made_found_renamed_and_deleted(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        made = await world.ask("POST", "/users", status=201, json=ANN)
        assert (made["name"], made["has_password"], made["disabled"]) == ("Ann", True, False)
        assert (await world.ask("POST", "/users", status=409, json=ANN))["code"] == "email.taken"
        assert await world.ask("GET", f"/users/{made['id']}") == made
        assert (await world.ask("GET", "/users"))["users"] == [made]
        assert (await world.ask("GET", "/users", params={"email": "ANN@example.ORG"}))["users"] == [made]
        changed = await world.ask("PATCH", f"/users/{made['id']}", json={"name": "Anna"})
        assert changed == {**made, "name": "Anna"}
        await world.ask("DELETE", f"/users/{made['id']}", status=204)
        await world.ask("GET", f"/users/{made['id']}", status=404)
        assert await code_of(log_in(world)) == "login.wrong"


async def test_who_is_disabled_is_out_and_stays_out_until_enabled(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        user = (await world.ask("POST", "/users", status=201, json=ANN))["id"]
        login = await log_in(world)
        room = await world.rooms.create()
        entered = await world.rooms.shell.enter_room(
            EnterRoom(room=room.room, password=room.password, name="Ann", account=login.token)
        )
        inside = await world.rooms.join(entered.token)
        (seen,) = (await world.ask("GET", f"/users/{user}/sessions"))["sessions"]
        assert (seen["agent"], seen["address"]) == ("Firefox", "192.0.2.1")
        assert (await world.ask("PATCH", f"/users/{user}", json={"disabled": True}))["disabled"]
        await until(lambda: inside.pushes(Ended))
        caller = Caller(address="192.0.2.1")
        refreshed = world.rooms.shell.accounts.refresh(Refresh(refresh=login.refresh, caller=caller))
        assert await code_of(refreshed) == "session.ended"
        assert await code_of(log_in(world)) == "login.wrong"
        await world.ask("PATCH", f"/users/{user}", json={"disabled": False})
        await log_in(world)


async def test_signing_out_everywhere_or_once(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        user = (await world.ask("POST", "/users", status=201, json=ANN))["id"]
        path = f"/users/{user}/sessions"
        for _ in range(3):
            await log_in(world)
        first, *_ = (await world.ask("GET", path))["sessions"]
        await world.ask("DELETE", path, params={"session": first["id"]}, status=204)
        await world.ask("DELETE", path, params={"session": first["id"]}, status=404)
        assert len((await world.ask("GET", path))["sessions"]) == 2
        await world.ask("DELETE", path, status=204)
        assert (await world.ask("GET", path))["sessions"] == []
