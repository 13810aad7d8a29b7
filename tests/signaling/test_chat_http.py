"""Files in the chat and the chat as a file, over HTTPS, with a real room server behind the gateway."""

import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import trio
from PIL import Image

from signaling.actions import Action, Verdict
from signaling.chat_messages import ChatEvent, Erase, Said, Say, SharedFile
from signaling.messages import Failed, Welcome, decode_server, encode
from signaling.room_config import RoomConfig
from signaling.room_server import RoomShell
from signaling.settings import RoomDefaults
from tests.signaling import gateway_world
from treble.api import ApiError, CreateRoom, EnterRoom, OpenSession, SessionRequest

MAX_BYTES = 1_500_000  # a refused body of this size is read to its end


@dataclass
class Person:
    id: str
    token: str
    session: str
    world: "World"
    number: int = 0

    async def ask(self, kind: type, **fields: Any) -> Any:
        self.number += 1
        message = kind(id=self.number, key=f"{self.id[:10]}-{self.number:020}", **fields)
        request = SessionRequest(session=self.session, message=encode(message))
        return decode_server((await self.world.shell.session_request(request)).message)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def upload(
        self, data: bytes, media_type: str = "text/plain", name: str = "notes.txt", **headers: str
    ) -> httpx.Response:
        return await self.world.http.post(
            f"/api/rooms/{self.world.room}/files",
            content=data,
            headers={**self.headers, "content-type": media_type, "x-file-name": name, **headers},
        )

    async def shared(self, data: bytes, **fields: Any) -> SharedFile:
        response = await self.upload(data, **fields)
        assert response.status_code == 201, response.text
        return msgspec.json.decode(response.content, type=SharedFile)

    async def download(self, file: str) -> httpx.Response:
        return await self.world.http.get(f"/api/rooms/{self.world.room}/files/{file}", headers=self.headers)


@dataclass
class World:
    shell: RoomShell
    http: httpx.AsyncClient
    room: str = ""
    password: str = ""

    async def person(self, name: str) -> Person:
        if not self.room:
            created = await self.shell.create_room(CreateRoom(name=name))
            self.room, self.password, token = created.room, created.password, created.token
        else:
            request = EnterRoom(room=self.room, password=self.password, name=name)
            token = (await self.shell.enter_room(request)).token
        opened = await self.shell.open_session(OpenSession(gateway="", token=token))
        welcome = decode_server(opened.welcome)
        assert isinstance(welcome, Welcome)
        return Person(welcome.you.id, token, opened.session, self)

    def permit(self, person: Person, action: Action, verdict: Verdict) -> None:
        live = self.shell._opened.rooms.get(self.room)
        live.machine.member(person.id).overrides[action] = verdict


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[World]:
    config = RoomConfig(data=data, room_defaults=RoomDefaults.OPEN, max_file_bytes=MAX_BYTES)
    shell = RoomShell(config)
    async with trio.open_nursery() as nursery:
        await nursery.start(shell.run)
        async with gateway_world.world(data, shell, max_file_bytes=MAX_BYTES) as gateway:
            shell.gateway = gateway.gateway
            async with gateway.http() as http:
                yield World(shell, http)
        nursery.cancel_scope.cancel()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as opened:
        yield opened


async def test_a_file_is_sent_said_and_fetched(world: World) -> None:
    ann, bob = await world.person("Ann"), await world.person("Bob")
    data = os.urandom(1_400_000)  # two parts
    file = await ann.shared(data, media_type="application/zip", name="caf%C3%A9%20%E2%80%AE.zip")
    assert (file.name, file.size, file.media_type) == ("café .zip", len(data), "application/zip")
    said = await ann.ask(Say, text="", files=[file.file])
    assert isinstance(said, Said)
    response = await bob.download(file.file)
    assert response.content == data
    assert response.headers["content-disposition"].startswith('attachment; filename="caf_')
    assert "UTF-8''caf%C3%A9" in response.headers["content-disposition"]
    assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-type"] == "application/zip"


async def test_a_page_or_script_is_never_shown(world: World) -> None:
    ann = await world.person("Ann")
    for media_type, name in (("text/html", "a.html"), ("image/svg+xml", "a.svg"), ("image/png", "a.png")):
        file = await ann.shared(b"<svg onload=alert(1)>", media_type=media_type, name=name)
        response = await ann.download(file.file)
        assert response.headers["content-disposition"].startswith("attachment")
        assert not response.headers["content-type"].startswith("image/")
        assert "sandbox" in response.headers["content-security-policy"]


async def test_a_picture_is_drawn_anew(world: World) -> None:
    ann = await world.person("Ann")
    image = Image.new("RGB", (3000, 20), "red")
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    image.save(out, "JPEG", exif=exif)
    file = await ann.shared(out.getvalue(), media_type="image/jpeg", name="holiday.jpeg")
    assert (file.media_type, file.name) == ("image/webp", "holiday.webp")
    response = await ann.download(file.file)
    assert response.headers["content-disposition"].startswith("inline")
    assert b"where I live" not in response.content
    assert Image.open(io.BytesIO(response.content)).size == (2560, 17)


async def test_a_picture_of_too_many_pixels_is_no_picture(world: World) -> None:
    ann = await world.person("Ann")
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    file = await ann.shared(out.getvalue(), media_type="image/png", name="bomb.png")
    assert file.media_type == "application/octet-stream"


async def test_only_those_who_may_see_the_message_get_the_file(world: World) -> None:
    ann, bob, cid = [await world.person(name) for name in ("Ann", "Bob", "Cid")]
    file = await ann.shared(b"for bob")
    unsaid = await bob.download(file.file)
    said = await ann.ask(Say, text="look", files=[file.file], to=bob.id)
    assert (await bob.download(file.file)).content == b"for bob"
    answers = [unsaid, await cid.download(file.file), await cid.download("nothing")]
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    assert isinstance(await ann.ask(Erase, seq=said.seq), Said)
    assert (await bob.download(file.file)).status_code == 404


async def test_a_file_is_said_once_and_by_whoever_sent_it(world: World) -> None:
    ann, bob = await world.person("Ann"), await world.person("Bob")
    file = await ann.shared(b"mine")
    refused = await bob.ask(Say, text="see", files=[file.file])
    assert isinstance(refused, Failed)
    assert refused.code == "not.found"
    assert isinstance(await ann.ask(Say, text="see", files=[file.file]), Said)
    again = await ann.ask(Say, text="see", files=[file.file])
    assert again.code == "not.found"


async def test_who_may_not_send_files_is_told_before_the_body(world: World) -> None:
    _, bob = await world.person("Ann"), await world.person("Bob")
    world.permit(bob, Action.FILES, Verdict.DENY)
    for media_type in ("text/plain", "image/png"):
        response = await bob.upload(b"x", media_type)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("size", [0, MAX_BYTES + 1])
async def test_a_file_has_bounds(world: World, size: int) -> None:
    ann = await world.person("Ann")
    response = await ann.upload(b"x" * size)
    assert (response.status_code, response.json()["code"]) == (413, "bad.size")


async def test_a_room_has_bounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.chat.share.MAX_ROOM_BYTES", 1000)
    ann = await world.person("Ann")
    await ann.shared(b"x" * 600)
    response = await ann.upload(b"x" * 600)
    assert (response.status_code, response.json()["code"]) == (409, "files.full")


async def test_a_token_is_needed_and_has_to_be_of_somebody_who_is_there(world: World) -> None:
    ann, bob = await world.person("Ann"), await world.person("Bob")
    file = await ann.shared(b"x")
    assert (await ann.upload(b"x", authorization="")).status_code == 401
    assert (await ann.upload(b"x", authorization="Bearer rubbish")).status_code == 403
    live = world.shell._opened.rooms.get(world.room)
    live.feed(live.machine.handle_leave, bob.id, "removed")
    assert (await bob.upload(b"x")).status_code == 404
    assert (await bob.download(file.file)).status_code == 404


async def test_the_chat_as_a_file(world: World) -> None:
    ann, bob, cid = [await world.person(name) for name in ("Ann", "Bob", "Cid")]
    await ann.ask(Say, text="one\n2026-01-01 00:00:00  Bob: I never said that")
    await bob.ask(Say, text="secret", to=cid.id)
    await bob.ask(Say, text="for the host", to=ann.id)
    address = f"/api/rooms/{world.room}/chat"
    response = await world.http.get(address, headers=ann.headers)
    assert response.headers["content-disposition"].startswith("attachment")
    lines = response.text.splitlines()
    assert [line[21:] for line in lines[::2]] == ["Ann: one", "Bob to Ann (private): for the host"]
    assert lines[1].startswith("    2026")
    response = await world.http.get(address, params={"format": "json"}, headers=ann.headers)
    events = msgspec.json.decode(response.content, type=list[ChatEvent])
    assert [event.seq for event in events] == [1, 3]
    assert (await world.http.get(address, headers=bob.headers)).json()["code"] == "forbidden"
    assert (await world.http.get(address, params={"format": "pdf"}, headers=ann.headers)).status_code == 400


async def test_who_left_has_the_chat_also_when_the_meeting_is_over(world: World) -> None:
    ann, bob = await world.person("Ann"), await world.person("Bob")
    await ann.ask(Say, text="before")
    address = f"/api/rooms/{world.room}/chat"
    live = world.shell._opened.rooms.get(world.room)
    live.feed(live.machine.handle_leave, ann.id, "left")
    await bob.ask(Say, text="after")
    response = await world.http.get(address, headers=ann.headers)
    assert [line[21:] for line in response.text.splitlines()] == ["Ann: before", "Bob: after"]
    assert (await bob.download("nothing")).status_code == 404
    await world.shell._opened.hosting.moderation.end_room(live, "Ann")
    response = await world.http.get(address, headers=ann.headers)
    assert len(response.text.splitlines()) == 2
    assert (await world.http.get(address, headers=bob.headers)).json()["code"] == "forbidden"


async def test_who_was_put_out_has_not(world: World) -> None:
    ann = await world.person("Ann")
    await ann.ask(Say, text="one")
    address = f"/api/rooms/{world.room}/chat"
    live = world.shell._opened.rooms.get(world.room)
    await world.shell._opened.hosting.moderation.put_out(live, live.machine.member(ann.id), "operator")
    assert (await world.http.get(address, headers=ann.headers)).status_code == 404


async def test_a_long_chat_is_exported_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.chat.share.MAX_EXPORTED", 3)
    ann = await world.person("Ann")
    for number in range(8):
        assert isinstance(await ann.ask(Say, text=str(number)), Said)
    response = await world.http.get(f"/api/rooms/{world.room}/chat?format=json", headers=ann.headers)
    assert [event["text"] for event in response.json()] == [str(number) for number in range(8)]


async def test_an_empty_chat_is_an_empty_file(world: World) -> None:
    ann = await world.person("Ann")
    response = await world.http.get(f"/api/rooms/{world.room}/chat?format=json", headers=ann.headers)
    assert response.json() == []


async def test_too_many_files_are_slowed_down(world: World) -> None:
    ann = await world.person("Ann")
    answers = [(await ann.upload(b"x")).status_code for _ in range(11)]
    assert answers == [201] * 10 + [429]


async def test_a_part_that_is_not_of_the_file_is_refused(world: World) -> None:
    from treble.api import BeginFile, PutFilePart

    ann = await world.person("Ann")
    begun = await world.shell.begin_file(
        BeginFile(token=ann.token, room=world.room, name="x", media_type="a/b", size=5)
    )
    for number, data in ((0, b"1234"), (0, b"123456"), (1, b"12345"), (-1, b"12345")):
        with pytest.raises(ApiError, match=r"bad\.size"):
            await world.shell.put_file_part(
                PutFilePart(token=ann.token, room=world.room, file=begun.file, number=number, data=data)
            )
    said = await ann.ask(Say, text="not yet whole", files=[begun.file])
    assert said.code == "not.found"
