"""What hostile clients send to a real gateway, room server, accounts and operators' API: refused, and the servers live."""

import base64
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import trio
from trio_websocket import ConnectionClosed

from signaling.keyring import Keyring
from signaling.messages import Failed
from signaling.storage.store import TOKEN_KEYS
from tests.signaling.admin_world import AdminWorld, admin_world
from tests.signaling.gateway_world import HUNG_SECONDS, closed_with, hear
from tests.signaling.test_tokens import ours

# An override, an isolate, control characters, nothing to see, too long, and what no text is.
UNSEEN = ["\u200b", "\u00ad", "\u3000"]
HOSTILE_NAMES = ["a\u202eb", "a\u2066b", "a\0b", "a\nb", "a\x7fb", "x" * 61, "\ue000", "\ufdd0", *UNSEEN]
FIVE_MEGABYTES = "a" * 5_000_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AdminWorld]:
    async with admin_world(tmp_path) as world:
        yield world


def bombs(data: Path) -> list[str]:
    """Sealed by our own key, small, and a megabyte once inflated; one that nobody sealed."""
    ring = Keyring(data / TOKEN_KEYS)
    blank = b" " * 1_000_000
    kinds = ({"typ": "access+jwe"}, {"typ": "account+jwe"})
    return [ours(ring, blank, zip="DEF", **kind) for kind in kinds] + [
        base64.urlsafe_b64encode(zlib.compress(blank)).decode()
    ]


# --- tokens ---------------------------------------------------------------------------------------------------


async def test_a_bomb_is_as_wrong_as_any_other_token(world: AdminWorld) -> None:
    room = await world.rooms.create()
    for bomb in bombs(world.rooms.data):
        socket = await world.gateway.socket()
        await socket.send_message(msgspec.json.encode({"type": "hello", "id": 1, "token": bomb}).decode())
        refused = await hear(socket)
        assert isinstance(refused, Failed)
        assert refused.code == "auth.wrong"
        headers = {"authorization": f"Bearer {bomb}"}
        async with world.gateway.http() as http:
            answers = [
                await http.post("/api/rooms", json={"name": "Eve"}, headers=headers),
                await http.post(f"/api/rooms/{room.room}/enter", json={"name": "Eve"}, headers=headers),
                await http.get("/api/account", headers=headers),
                await http.get("/api/admin/rooms", headers=headers),
                await http.post(
                    f"/whip/{room.room}",
                    content=b"v=0",
                    headers=headers | {"content-type": "application/sdp"},
                ),
            ]
        assert {answer.status_code for answer in answers} <= {401, 403, 404}, answers
        assert {answer.json()["code"] for answer in answers} <= {"auth.wrong", "session.ended", "not.found"}
    await world.gateway.is_well()


async def test_five_megabytes_of_token_are_not_read(world: AdminWorld) -> None:
    socket = await world.gateway.socket()
    try:
        await socket.send_message(f'{{"type":"hello","id":1,"token":"{FIVE_MEGABYTES}"}}')
    except (ConnectionClosed, trio.BrokenResourceError):
        pass  # closed while we still spoke
    assert await closed_with(socket) != 1000
    stream = await world.gateway.raw()
    head = f"GET /api/account HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {FIVE_MEGABYTES}\r\n\r\n"
    with trio.fail_after(HUNG_SECONDS):
        try:
            await stream.send_all(head.encode())
            assert b" 200 " not in await stream.receive_some()
        except trio.BrokenResourceError:
            pass  # closed while we still spoke
    await world.gateway.is_well()


# --- texts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
async def test_no_such_name_gets_in_anywhere(world: AdminWorld, name: str) -> None:
    room = await world.rooms.create("Ann")
    entry = {"name": name, "password": room.password}
    person = {"email": "eve@example.org", "password": "correct horse", "name": name}
    async with world.gateway.http() as http:
        answers = {
            "create": await http.post("/api/rooms", json={"name": name}),
            "enter": await http.post(f"/api/rooms/{room.room}/enter", json=entry),
            "guest": await http.post(
                "/api/session/guest", json={"name": name}, headers={"origin": world.gateway.origin}
            ),
            "sign up": await http.post("/api/account/sign-up", json=person),
            "token": await world.http.post("/api/admin/tokens", json={"room": "daily", "name": name}),
            "user": await world.http.post("/api/admin/users", json=person),
        }
        if len(name) <= 60 and name not in UNSEEN:
            answers["title"] = await http.post("/api/rooms", json={"name": "Ann", "title": name})
            answers["admin title"] = await world.http.post("/api/admin/rooms", json={"title": name})
            answers["room password"] = await world.http.post(
                "/api/admin/rooms", json={"password": f"password{name}"}
            )
    for place, answer in answers.items():
        assert answer.status_code == 400, (place, answer.text)
        assert answer.json()["code"].startswith("bad."), (place, answer.text)
    ann = await world.rooms.join(room.token)
    socket = await world.gateway.socket()
    hello = {"type": "hello", "id": 1, "token": room.token}
    await socket.send_message(msgspec.json.encode(hello).decode())
    await hear(socket)
    for request in (
        {"type": "rename", "name": name},
        {"type": "ask", "action": "rename", "value": name},
    ):
        await socket.send_message(msgspec.json.encode(request | {"id": 2}).decode())
        answer = await hear(socket)
        while not isinstance(answer, Failed):
            answer = await hear(socket)
        assert answer.code in ("bad.name", "bad.message")
    assert ann.id


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\xff\xfe"}',
        b'{"name": "\\ud800"}',
        b'{"name": "' + b"[" * 5000 + b'"}',
        b"[" * 8000,
        b'{"name": 1e999}',
        b"\0",
        b"",
    ],
    ids=lambda body: ascii(body[:16]),
)
async def test_no_such_body_is_read(world: AdminWorld, body: bytes) -> None:
    headers = {"content-type": "application/json", "origin": world.gateway.origin}
    async with world.gateway.http() as http:
        for path in ("/api/rooms", "/api/session/guest", "/api/session", "/api/account/sign-up"):
            answer = await http.post(path, content=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad.request"), path
    for path in ("/api/admin/rooms", "/api/admin/tokens", "/api/admin/webhooks"):
        answer = await world.http.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad.request"), path
