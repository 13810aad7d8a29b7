"""Calls between servers over loopback, under mutual TLS. Real time, but nothing waits for it to pass."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
import trio

from signaling import certificates
from treble import rpc
from treble.api import ApiError, MediaServer, RoomServer, SetMuted, Source, Struct

PATIENCE = 60.0


class Words(Struct, frozen=True):
    text: str
    weight: float | None = None
    source: Source = Source.CAMERA


class Longer(Struct, frozen=True):
    text: str
    added: int = 7


class Echo(Protocol):
    async def echo(self, request: Words) -> Words: ...


class NewEcho(Protocol):
    async def echo(self, request: Words) -> Longer: ...


@dataclass
class Echoes:
    """Does what the text says."""

    started: trio.Event = field(default_factory=trio.Event)
    cancelled: trio.Event = field(default_factory=trio.Event)
    calls: int = 0

    async def echo(self, request: Words) -> Words:
        self.calls += 1
        match request.text:
            case "refuse":
                raise ApiError("auth.slow", "too many", 2.5)
            case "break":
                raise ValueError("secret detail")
            case "wait":
                self.started.set()
                try:
                    await trio.sleep_forever()
                finally:
                    self.cancelled.set()
        return request


@dataclass
class Wire:
    """A server, and clients of it that are closed at the end."""

    port: int
    echoes: Echoes
    authority: certificates.Authority
    clients: list[object] = field(default_factory=list)

    def client(
        self, protocol: type = Echo, credentials: rpc.Credentials | None = None, **options: object
    ) -> Echo:
        secrets = credentials or credentials_of(self.authority, "gateway")
        made = rpc.client(protocol, f"127.0.0.1:{self.port}", secrets, **options)
        self.clients.append(made)
        return made


def credentials_of(authority: certificates.Authority, kind: str) -> rpc.Credentials:
    issued = authority.issue_internal(kind)
    return rpc.Credentials(authority.pem, issued.certificate, issued.key, "room.treble.internal")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> certificates.Authority:
    return certificates.load_or_create(tmp_path_factory.mktemp("data"))


async def start(
    nursery: trio.Nursery, authority: certificates.Authority, **options: object
) -> tuple[int, Echoes]:
    """A server in the nursery; its port and what it serves."""
    echoes = Echoes()

    async def serve(*, task_status: trio.TaskStatus[int]) -> None:
        credentials = credentials_of(authority, "room")
        await rpc.serve({Echo: echoes}, "127.0.0.1:0", credentials, task_status=task_status, **options)

    return await nursery.start(serve), echoes


@pytest.fixture
async def wire(authority: certificates.Authority) -> AsyncIterator[Wire]:
    async with trio.open_nursery() as nursery:
        port, echoes = await start(nursery, authority)
        made = Wire(port, echoes, authority)
        with trio.fail_after(PATIENCE):
            yield made
        for client in made.clients:
            rpc.close(client)
        nursery.cancel_scope.cancel()


async def refused(call: object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value


async def test_structs_cross_unharmed(wire: Wire) -> None:
    words = Words(text="gr\u00fc\u00df", weight=1.5, source=Source.SCREEN_AUDIO)
    assert await wire.client().echo(words) == words


async def test_an_api_error_crosses_unharmed(wire: Wire) -> None:
    error = await refused(wire.client().echo(Words(text="refuse")))
    assert (error.code, error.detail, error.retry_after) == ("auth.slow", "too many", 2.5)


async def test_a_broken_handler_says_busy_and_nothing_else(wire: Wire) -> None:
    error = await refused(wire.client().echo(Words(text="break")))
    assert error.code == "busy"
    assert "secret" not in str(error)


async def test_many_calls_at_once(wire: Wire) -> None:
    client, answers = wire.client(), []

    async def one(number: int) -> None:
        answers.append((await client.echo(Words(text=str(number)))).text)

    async with trio.open_nursery() as nursery:
        for number in range(200):
            nursery.start_soon(one, number)
    assert sorted(answers, key=int) == [str(number) for number in range(200)]


async def test_cancelling_the_caller_cancels_the_handler(wire: Wire) -> None:
    client = wire.client()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.echo, Words(text="wait"))
        await wire.echoes.started.wait()
        nursery.cancel_scope.cancel()
    await wire.echoes.cancelled.wait()
    assert (await client.echo(Words(text="again"))).text == "again"


# A busy machine may take longer than the first of these to connect at all: then nothing has begun that could end.
DEADLINES = (0.2, 1.0, 4.0)


async def test_a_deadline_ends_both_sides(wire: Wire) -> None:
    for seconds in DEADLINES:
        error = await refused(wire.client(deadline=seconds).echo(Words(text="wait")))
        assert error.code == "busy"
        if wire.echoes.started.is_set():
            break
    await wire.echoes.cancelled.wait()


async def test_the_callers_own_deadline_crosses(wire: Wire) -> None:
    for seconds in DEADLINES:
        with trio.move_on_after(seconds) as scope, contextlib.suppress(ApiError):
            await wire.client().echo(Words(text="wait"))
        assert scope.deadline <= trio.current_time()
        if wire.echoes.started.is_set():
            break
    await wire.echoes.cancelled.wait()


async def test_a_strangers_certificate_is_refused(wire: Wire, tmp_path: Path) -> None:
    ours, strange = (
        credentials_of(authority, "gateway")
        for authority in (wire.authority, certificates.load_or_create(tmp_path))
    )
    false_name = rpc.Credentials(ours.ca, strange.certificate, strange.key, ours.server_name)
    for credentials in (strange, false_name):
        assert (await refused(wire.client(credentials=credentials).echo(Words(text="x")))).code == "busy"
    assert wire.echoes.calls == 0


async def test_a_server_that_is_not_who_was_called_is_refused(wire: Wire) -> None:
    credentials = dataclasses.replace(
        credentials_of(wire.authority, "gateway"), server_name="media.treble.internal"
    )
    assert (await refused(wire.client(credentials=credentials).echo(Words(text="x")))).code == "busy"
    assert wire.echoes.calls == 0


async def test_only_named_callers_where_callers_are_named(authority: certificates.Authority) -> None:
    async with trio.open_nursery() as nursery:
        port, echoes = await start(nursery, authority, callers={Echo: ["media.treble.internal"]})
        media, gateway = (
            rpc.client(Echo, f"127.0.0.1:{port}", credentials_of(authority, kind))
            for kind in ("media", "gateway")
        )
        with trio.fail_after(PATIENCE):
            assert (await media.echo(Words(text="x"))).text == "x"
            assert (await refused(gateway.echo(Words(text="x")))).code == "busy"
        rpc.close(media)
        rpc.close(gateway)
        nursery.cancel_scope.cancel()
    assert echoes.calls == 1


async def test_nobody_there_is_busy_with_a_time_to_try_again(wire: Wire) -> None:
    client = rpc.client(Echo, "127.0.0.1:1", credentials_of(wire.authority, "gateway"))
    wire.clients.append(client)
    error = await refused(client.echo(Words(text="x")))
    assert (error.code, error.retry_after) == ("busy", 1.0)


async def test_stopping_the_server_ends_what_runs(authority: certificates.Authority) -> None:
    errors = []
    async with trio.open_nursery() as clients, trio.open_nursery() as servers:
        port, echoes = await start(servers, authority)
        client = rpc.client(Echo, f"127.0.0.1:{port}", credentials_of(authority, "gateway"))

        async def wait() -> None:
            errors.append(await refused(client.echo(Words(text="wait"))))
            rpc.close(client)

        clients.start_soon(wait)
        with trio.fail_after(PATIENCE):
            await echoes.started.wait()
        servers.cancel_scope.cancel()
    assert [error.code for error in errors] == ["busy"]
    assert echoes.cancelled.is_set()


async def test_a_taken_port_is_named(wire: Wire) -> None:
    with pytest.raises(OSError, match=f"127.0.0.1:{wire.port}"):
        await rpc.serve({}, f"127.0.0.1:{wire.port}", credentials_of(wire.authority, "room"))


async def test_versions_n_and_n_minus_1_understand_each_other(wire: Wire) -> None:
    newer = type("Echo", (), {"echo": NewEcho.echo})
    answer = await wire.client(newer).echo(Words(text="x"))
    assert answer == Longer(text="x", added=7)


def test_our_interfaces_are_callable() -> None:
    names = {method.path for protocol in (MediaServer, RoomServer) for method in rpc.methods(protocol)}
    assert "/treble.v1.MediaServer/set_muted" in names
    assert "/treble.v1.RoomServer/open_session" in names
    assert next(m for m in rpc.methods(MediaServer) if m.name == "set_muted").request is SetMuted


def test_a_protocol_that_cannot_cross_is_refused() -> None:
    class Bad(Protocol):
        async def two(self, a: Words, b: Words) -> Words: ...

    with pytest.raises(TypeError, match="two"):
        rpc.methods(Bad)
