"""Rooms, tokens and Sessions by the operators' API."""

from pathlib import Path

import pytest
import trio

from signaling.messages import Ended
from tests.signaling.admin_world import AdminWorld, admin_world
from tests.signaling.gateway_world import HUNG_SECONDS, until
from tests.signaling.world import open_world
from treble.api import EnterRoom, Source

OPEN = {"wait_for_host": False, "policy": {"speaker": {"enter": "allow"}}}


async def test_a_room_is_made_shown_changed_and_deleted(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        made = await world.ask(
            "POST", "/rooms", status=201, json={"title": "Stand-up", "alias": "stand-up", "settings": OPEN}
        )
        assert made["password"]
        assert (made["title"], made["alias"], made["live"], made["participants"]) == (
            "Stand-up",
            "stand-up",
            False,
            0,
        )
        assert await world.ask("GET", f"/rooms/{made['id']}") == made
        assert await world.ask("GET", "/rooms/stand-up") == made
        changed = await world.ask(
            "PATCH",
            "/rooms/stand-up",
            json={"title": "Weekly", "alias": None, "password": None, "locked": True},
        )
        assert (changed["title"], changed["alias"], changed["locked"]) == ("Weekly", None, True)
        assert changed["password"] not in (None, made["password"])
        assert changed["settings"] == made["settings"]
        assert await world.ask("PATCH", f"/rooms/{made['id']}", json={}) == changed
        await world.ask("GET", "/rooms/stand-up", status=404)
        await world.ask("DELETE", f"/rooms/{made['id']}", status=204)
        assert (await world.ask("DELETE", f"/rooms/{made['id']}", status=404))["code"] == "not.found"


async def test_what_an_operator_chose_opens_the_room(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        body = {"id": "daily", "password": "correct horse", "settings": OPEN}
        await world.ask("POST", "/rooms", status=201, json=body)
        entered = await world.rooms.shell.enter_room(
            EnterRoom(room="daily", password="correct horse", name="Ann")
        )
        client = await world.rooms.join(entered.token)
        assert client.welcome.room == "daily"
        assert (await world.ask("POST", "/rooms", status=409, json=body))["code"] == "room.taken"


async def test_acts_are_in_the_audit_log_with_the_keys_name(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        room = (await world.ask("POST", "/rooms", status=201, json={}))["id"]
        await world.ask("PATCH", f"/rooms/{room}", json={"locked": True, "title": "T"})
        await world.ask("POST", "/tokens", status=201, json={"room": room, "name": "Ann"})
        assert await world.audit(room) == [
            ("admin: Nightly", "create", ""),
            ("admin: Nightly", "settings", ""),
            ("admin: Nightly", "lock", ""),
            ("admin: Nightly", "token", "Ann"),
        ]


async def test_rooms_come_a_page_at_a_time_newest_first(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        made = []
        for number in range(5):
            world.rooms.wall["ns"] += number // 2  # two at the same moment
            made.append((await world.ask("POST", "/rooms", status=201, json={}))["id"])
        seen, cursor, pages = [], None, 0
        while True:
            given = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = await world.ask("GET", "/rooms", params=given)
            seen += [each["id"] for each in page["rooms"]]
            pages, cursor = pages + 1, page["cursor"]
            if cursor is None:
                break
    assert (sorted(seen), pages) == (sorted(made), 3)
    assert seen[0] == made[4]


async def test_live_rooms_and_who_is_in_them(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        await world.ask("POST", "/rooms", status=201, json={})
        room = await world.rooms.create("Ann")
        ann = await world.rooms.join(room.token)
        await ann.connect(Source.MICROPHONE)
        bob = await world.rooms.join(await world.rooms.enter(room, "Bob"))
        (live,) = (await world.ask("GET", "/rooms", params={"live": "true"}))["rooms"]
        assert (live["id"], live["live"], live["participants"]) == (room.room, True, 2)
        found = (await world.ask("GET", f"/rooms/{room.room}/participants"))["participants"]
        by_id = {each["id"]: each for each in found}
        assert by_id.keys() == {ann.id, bob.id}
        seen = by_id[ann.id]
        assert (seen["name"], seen["role"], seen["connection"]) == ("Ann", "host", "connected")
        assert seen["tracks"] == [{"source": "microphone", "muted": False}]
        assert await world.ask("GET", f"/rooms/{room.room}/participants/{bob.id}") == by_id[bob.id]
        await world.ask("GET", f"/rooms/{room.room}/participants/absent", status=404)
        sessions = (await world.ask("GET", "/sessions", params={"room": room.room}))["sessions"]
        assert {each["participant"] for each in sessions} == by_id.keys()


async def test_ending_a_meeting_and_deleting_its_room_tells_everybody(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        for method, path, status in (("POST", "/end", 200), ("DELETE", "", 204)):
            room = await world.rooms.create("Ann")
            ann = await world.rooms.join(room.token)
            await world.ask(method, f"/rooms/{room.room}{path}", status=status)
            await until(lambda ann=ann: ann.pushes(Ended))
            assert ann.pushes(Ended)[0].reason == "ended"
        await world.ask("POST", f"/rooms/{room.room}/end", status=404)


async def test_ending_a_session(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        room = await world.rooms.create("Ann")
        ann = await world.rooms.join(room.token)
        (session,) = (await world.ask("GET", "/sessions"))["sessions"]
        await world.ask("DELETE", f"/sessions/{session['id']}", status=204)
        await until(lambda: ann.pushes(Ended))
        await world.ask("DELETE", f"/sessions/{session['id']}", status=404)


# --- tokens -----------------------------------------------------------------------------------------------------


async def test_a_token_opens_its_room_until_it_is_revoked(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        body = {"room": "studio", "name": "Zo\u00eb", "role": "host", "lifetime_s": 3600}
        made = await world.ask("POST", "/tokens", status=201, json=body)
        client = await world.rooms.join(made["token"])
        assert (client.welcome.room, client.welcome.you.name, client.welcome.you.role) == (
            "studio",
            "Zo\u00eb",
            "host",
        )
        assert made["expires_at"] == made["created_at"] + 3600
        (listed,) = (await world.ask("GET", "/tokens", params={"room": "studio"}))["tokens"]
        assert listed == {key: value for key, value in made.items() if key != "token"}
        await world.ask("DELETE", f"/tokens/{made['id']}", status=204)
        await until(lambda: client.pushes(Ended))
        await world.ask("DELETE", f"/tokens/{made['id']}", status=404)
        assert (await world.ask("GET", "/tokens"))["tokens"] == []
        with pytest.raises(Exception, match=r"auth\.wrong"):
            await world.rooms.join(made["token"])


# --- bad input --------------------------------------------------------------------------------------------------


WRONG = [
    ("POST", "/rooms", {"json": {"titel": "x"}}, "bad.request"),
    ("POST", "/rooms", {"json": {"title": "x" * 121}}, "bad.request"),
    ("POST", "/rooms", {"json": {"id": "a/b"}}, "bad.room"),
    ("POST", "/rooms", {"json": {"settings": {"capacity": 0}}}, "bad.request"),
    ("POST", "/rooms", {"json": {"settings": {"policy": {"host": {"enter": "deny"}}}}}, "bad.settings"),
    ("POST", "/rooms", {"content": b"{", "headers": {"content-type": "application/json"}}, "bad.request"),
    ("POST", "/rooms", {"content": b"{}"}, "bad.type"),
    ("POST", "/rooms", {"json": {"title": "x" * 10_000}}, "bad.size"),
    ("GET", "/rooms?limit=0", {}, "bad.request"),
    ("GET", "/rooms?limit=x", {}, "bad.request"),
    ("GET", "/rooms?limit=1&limit=2", {}, "bad.request"),
    ("GET", "/rooms?by=x", {}, "bad.request"),
    ("GET", "/rooms?cursor=%21", {}, "bad.cursor"),
    ("GET", "/rooms?cursor=" + "x" * 201, {}, "bad.request"),
    ("GET", "/rooms/" + "x" * 65, {}, "not.found"),
    ("GET", "/nothing", {}, "not.found"),
    ("PUT", "/rooms", {}, "bad.method"),
    ("POST", "/tokens", {"json": {"room": "r"}}, "bad.request"),
    ("POST", "/tokens", {"json": {"room": "r", "name": "\u202e"}}, "bad.name"),
    ("POST", "/tokens", {"json": {"room": "r", "name": "A", "lifetime_s": 1}}, "bad.request"),
    ("POST", "/webhooks", {"json": {"url": "http://127.0.0.1/"}}, "bad.url"),
    ("POST", "/webhooks", {"json": {"url": "https://a.example/", "events": ["x"]}}, "bad.event"),
]


async def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        for method, path, given, code in WRONG:
            answer = await world.http.request(method, f"/api/admin{path}", **given)
            assert answer.json()["code"] == code, (method, path)
            assert answer.json()["detail"]
            assert 400 <= answer.status_code < 500


# --- webhooks ---------------------------------------------------------------------------------------------------


async def test_webhooks_are_added_listed_and_removed(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        body = {"url": "https://hooks.example.org/x", "events": ["room.started", "room.started"]}
        made = await world.ask("POST", "/webhooks", status=201, json=body)
        assert len(made["secret"]) >= 43
        assert made["events"] == ["room.started"]
        (listed,) = (await world.ask("GET", "/webhooks"))["webhooks"]
        assert "secret" not in listed
        assert listed["url"] == "https://hooks.example.org/x"
        page = await world.ask("GET", f"/webhooks/{made['id']}/deliveries")
        assert page == {"deliveries": [], "cursor": None}
        await world.ask("DELETE", f"/webhooks/{made['id']}", status=204)
        await world.ask("DELETE", f"/webhooks/{made['id']}", status=404)
        await world.ask("GET", f"/webhooks/{made['id']}/deliveries", status=404)


async def test_a_webhook_of_the_configuration_is_not_removed_here(tmp_path: Path) -> None:
    config = {"webhooks": ("https://hooks.example.org/x",), "webhook_secret": "a" * 16}
    async with admin_world(tmp_path, **config) as world:
        listed = await configured(world)
        assert listed["configured"]
        assert (await world.ask("DELETE", f"/webhooks/{listed['id']}", status=400))["code"] == "bad.webhook"
    async with open_world(tmp_path, None) as other:
        database = other.shell.admin.webhooks._database
        with trio.fail_after(HUNG_SECONDS):
            while await database.read(database.webhooks.all):
                pass


async def configured(world: AdminWorld) -> dict:
    found: list = []
    while not found:
        found = (await world.ask("GET", "/webhooks"))["webhooks"]
    return found[0]
