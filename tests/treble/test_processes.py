"""`treble dev`, and the three servers apart, as processes: they start, talk, and end."""

import email
import email.policy
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
import trio

from tests.treble.ports import HOST, free_media_port, free_ports
from treble.api import Role
from treble.client import Room, TrebleError, create_room, enter_room

START_SECONDS = 60  # on a busy machine
BUSY = 4  # 2 s are promised on a machine of its own; tests share theirs
pytestmark = pytest.mark.slow


class Running:
    """A server process; `lines` is what it said on stdout up to and with `ready`."""

    def __init__(self, process, lines, log):
        self.process = process
        self.lines = lines
        self.log = log

    async def stop(self, number=signal.SIGTERM):
        """Seconds until it had ended; with status 0 and nothing unexpected in its log."""
        started = time.monotonic()
        self.process.send_signal(number)
        with trio.fail_after(60):
            assert await self.process.wait() == 0
        assert not re.search(r"(?i)traceback|unhandled|exception", self.log.read_text())
        return time.monotonic() - started


@asynccontextmanager
async def running(folder, kind, *arguments, defaults="open"):
    """`treble <kind>` once it is ready; killed where the test did not stop it."""
    log = folder / f"{kind}.log"
    command = [sys.executable, "-m", "treble.cli", kind, "--host", HOST, "--data", str(folder / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TREBLE_")}
    environment["TREBLE_ROOM_DEFAULTS"] = defaults
    with log.open("wb") as stderr:
        process = await trio.lowlevel.open_process(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=stderr, env=environment
        )
    try:
        said = ""
        with trio.fail_after(START_SECONDS):
            while not re.search(r"^ready .*\n", said, re.MULTILINE):
                data = await process.stdout.receive_some()
                assert data, f"it ended: {log.read_text()}"
                said += data.decode()
        yield Running(process, said.splitlines(), log)
    finally:
        if process.returncode is None:
            process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdout.aclose()


async def meet(url, authority):
    """Two people meet in a new room, with media; what the first one hears of the second."""
    context = ssl.create_default_context(cafile=authority)
    made = await create_room(url, "Ann", ssl_context=context)
    entered = await enter_room(url, made.room, made.password, "Bob", ssl_context=context)
    with pytest.raises(TrebleError, match=r"auth\.wrong"):
        await enter_room(url, made.room, "no", "Bob", ssl_context=context)
    with trio.fail_after(START_SECONDS):
        async with Room.connect(url, made.token, media=False, ssl_context=context) as ann:
            assert ann.local_participant.role is Role.HOST
            with ann.listen("participant_connected", "participant_disconnected") as heard:
                async with Room.connect(url, entered.token, ssl_context=context) as bob:
                    assert [each.name for each in bob.remote_participants.values()] == ["Ann"]
                    name, participant = await anext(heard)
                    assert participant.name == "Bob"
                return [name, *(await anext(heard))[::2]]


MET = ["participant_connected", "participant_disconnected", "left"]


async def test_dev_says_how_to_trust_it_then_is_ready_and_serves(tmp_path):
    metrics = free_ports(1)[0]
    ports = ("--port", "0", "--media-port", str(free_media_port()), "--metrics-port", str(metrics))
    async with running(tmp_path, "dev", *ports) as dev:
        authority = str(tmp_path / "data/ca/ca.pem")
        assert authority in "\n".join(dev.lines[:-1])
        url = dev.lines[-1].removeprefix("ready ")
        assert re.fullmatch(r"https://127\.0\.0\.1:[0-9]+", url)
        assert await meet(url, authority) == MET
        async with httpx.AsyncClient(timeout=20) as http:
            figures = (await http.get(f"http://{HOST}:{metrics}/metrics")).text
        for figure in ("treble_gateway_sockets_total", "treble_room_", "treble_media_"):
            assert figure in figures
        await dev.stop(signal.SIGINT)


async def test_dev_ends_with_open_sockets_within_the_time_that_is_promised(tmp_path):
    async with running(tmp_path, "dev", "--port", "0", "--media-port", str(free_media_port())) as dev:
        port = int(dev.lines[-1].rpartition(":")[2])
        streams = [await trio.open_tcp_stream(HOST, port) for _ in range(3)]
        assert await dev.stop() < 2 * BUSY
        for stream in streams:
            await stream.aclose()


async def test_hang_up_leaves_it_running(tmp_path):
    async with running(tmp_path, "dev", "--port", "0", "--media-port", str(free_media_port())) as dev:
        dev.process.send_signal(signal.SIGHUP)
        url = dev.lines[-1].removeprefix("ready ")
        context = ssl.create_default_context(cafile=tmp_path / "data/ca/ca.pem")
        async with httpx.AsyncClient(base_url=url, verify=context, timeout=20) as http:
            assert (await http.get("/api/health")).status_code == 200
        await dev.stop()


@asynccontextmanager
async def apart(folder, defaults="open"):
    """Media, room and gateway, each a process of its own."""
    gateway, room, media = free_ports(3)
    addresses = [
        *("--gateway-address", f"{HOST}:{gateway}"),
        *("--room-address", f"{HOST}:{room}"),
        *("--media-address", f"{HOST}:{media}"),
    ]
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(running(folder, kind, *addresses, *ports, defaults=defaults))
            for kind, ports in (
                ("media", ("--media-port", str(free_media_port()))),
                ("room", ()),
                ("gateway", ("--port", "0")),
            )
        ]


async def test_the_three_apart_do_the_same_over_grpc(tmp_path):
    async with apart(tmp_path) as servers:
        url = servers[-1].lines[-1].removeprefix("ready ")
        assert await meet(url, tmp_path / "data/ca/ca.pem") == MET
        for each in reversed(servers):
            await each.stop()


async def command(folder, *arguments):
    """What `treble <arguments>` prints."""
    line = [sys.executable, "-m", "treble.cli", *arguments, "--data", str(folder / "data"), "--json"]
    done = await trio.run_process(line, capture_stdout=True)
    return json.loads(done.stdout)


async def mailed_code(folder):
    """What the link in the first mail carries, which the room server has put into the outbox."""
    with trio.fail_after(START_SECONDS):
        while not (mails := [*folder.glob("data/outbox/*.eml")]):  # noqa: ASYNC110
            await trio.sleep(0.05)
    text = email.message_from_bytes(mails[0].read_bytes(), policy=email.policy.default).get_content()
    return text.partition("#")[2].split()[0]


async def let_in(host, name):
    """Once there is a knock."""
    with host.listen("waiters_changed") as changed:
        while not host.meeting.waiters:
            await anext(changed)
    assert [each.name for each in host.meeting.waiters] == [name]
    await host.meeting.admit()


async def test_accounts_door_chat_and_operators_work_between_processes(tmp_path):
    """Nobody but the room server opens the database: all of it goes by gRPC."""
    async with apart(tmp_path, defaults="safe") as servers:
        url = servers[-1].lines[-1].removeprefix("ready ")
        context = ssl.create_default_context(cafile=tmp_path / "data/ca/ca.pem")
        headers = {"origin": url}
        async with httpx.AsyncClient(base_url=url, verify=context, timeout=60, headers=headers) as http:
            person = {"email": "zoe@example.org", "password": "correct horse battery", "name": "Zoe"}
            assert (await http.post("/api/account/sign-up", json=person)).status_code == 202
            code = await mailed_code(tmp_path)
            assert (await http.post("/api/account/verify", json={"code": code})).status_code == 200
            login = {name: person[name] for name in ("email", "password")}
            signed_in = (await http.post("/api/session", json=login)).json()
            account = {"authorization": f"Bearer {signed_in['token']}"}
            made = (await http.post("/api/rooms", json={"name": "Zoe"}, headers=account)).json()
            entry = {"name": "Bob", "password": made["password"]}
            entered = (await http.post(f"/api/rooms/{made['room']}/enter", json=entry)).json()
            host = {"authorization": f"Bearer {made['token']}"}
            guest = {"authorization": f"Bearer {entered['token']}"}
            files = f"/api/rooms/{made['room']}/files"
            zoe, bob = (Room(media=False, ssl_context=context) for _ in range(2))
            with trio.fail_after(2 * START_SECONDS), bob.listen("waiting", "chat_message") as heard:
                async with zoe.joined(url, made["token"]), trio.open_nursery() as nursery:
                    assert (zoe.local_participant.role, zoe.local_participant.guest) == (Role.HOST, False)
                    nursery.start_soon(let_in, zoe, "Bob")
                    async with bob.joined(url, entered["token"]):
                        assert (await anext(heard))[:2] == ("waiting", "knock")
                        upload = {"content-type": "text/plain", "x-file-name": "plan.txt"}
                        file = (await http.post(files, content=b"at noon", headers=host | upload)).json()
                        await zoe.chat.say("Here", files=[file["file"]])
                        _, event = await anext(heard)
                        assert (event.text, event.files[0].name) == ("Here", "plan.txt")
                        assert (
                            await http.get(f"{files}/{file['file']}", headers=guest)
                        ).content == b"at noon"
                        key = (await command(tmp_path, "admin-key", "create", "Test"))["key"]
                        operator = {"authorization": f"Bearer {key}"}
                        at = f"/api/admin/rooms/{made['room']}/participants/{bob.local_participant.id}"
                        assert (await http.delete(at, headers=operator)).json() == {"stored": True}
                        assert (await bob.wait_disconnected()).code == "removed"
        for each in reversed(servers):
            await each.stop()
