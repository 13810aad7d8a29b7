"""A gateway on a loopback port over a room server written by hand, and clients that may misbehave."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import trio
from trio_websocket import WebSocketConnection, wrap_client_stream

from signaling.gateway import GatewayShell
from signaling.gateway_config import GatewayConfig
from signaling.messages import (
    Done as DoneMessage,
    Failed,
    Hello,
    Message,
    Participant,
    ServerMessage,
    Welcome,
    decode_client,
    decode_server,
    encode,
)
from treble.api import (
    ApiError,
    BeginCheck,
    CheckBegun,
    CheckPath,
    CheckServer,
    CreateRoom,
    DeleteResource,
    Done,
    EndCheck,
    EnterRoom,
    OpenResource,
    OpenSession,
    PatchResource,
    PathChecked,
    ResourceOpened,
    ResourcePatched,
    Role,
    RoomCreated,
    RoomEntered,
    SessionAnswer,
    SessionOpened,
    SessionRequest,
    SocketLost,
)

HOST = "127.0.0.1"
OFFER = "v=0\r\na=ice-ufrag:abcd\r\n"
ANSWER = "v=0\r\na=ice-ufrag:ours\r\n"
FRAGMENT = "a=ice-ufrag:new1\r\na=ice-pwd:0123456789012345678901\r\n"

HUNG_SECONDS = 60  # nothing is measured by it: a busy machine may take its time


@dataclass
class FakeRooms:
    """Takes every token but `bad`; answers every request with `done`. `said` is all that it was asked."""

    said: list[Any] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    lost: dict[str, trio.Event] = field(default_factory=dict)
    failure: BaseException | None = None
    gate: trio.Event | None = None  # requests wait for it
    on_open: Any = None  # called with the new session's name before `open_session` answers

    async def _note(self, request: Any) -> None:
        self.said.append(request)
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure

    async def create_room(self, request: CreateRoom) -> RoomCreated:
        await self._note(request)
        return RoomCreated(room="r1", password="pass-word", token="t1")

    async def enter_room(self, request: EnterRoom) -> RoomEntered:
        await self._note(request)
        if request.password != "pass-word":
            raise ApiError("auth.wrong")
        return RoomEntered(token="t2", room="r1")

    async def open_session(self, request: OpenSession) -> SessionOpened:
        await self._note(request)
        if request.token == "bad":
            raise ApiError("auth.wrong", "no such token")
        session = f"s{len(self.sessions) + 1}"
        self.sessions.append(session)
        self.lost[session] = trio.Event()
        if self.on_open is not None:
            await self.on_open(session)
        return SessionOpened(session=session, welcome=encode(_welcome(request.re, session)))

    async def session_request(self, request: SessionRequest) -> SessionAnswer:
        await self._note(request)
        message = decode_client(request.message)
        close = 1000 if type(message).__name__ == "Leave" else None
        return SessionAnswer(message=encode(DoneMessage(re=message.id)), close=close)

    async def socket_lost(self, request: SocketLost) -> Done:
        self.said.append(request)
        self.lost[request.session].set()
        return Done()

    async def open_resource(self, request: OpenResource) -> ResourceOpened:
        await self._note(request)
        if request.token == "bad":
            raise ApiError("auth.wrong")
        link = '<stun:stun.example.net>; rel="ice-server"'
        return ResourceOpened(resource="res1", sdp=ANSWER, ice_servers=[link, link.replace("stun.", "two.")])

    async def patch_resource(self, request: PatchResource) -> ResourcePatched:
        await self._note(request)
        return ResourcePatched(sdp_fragment="a=ice-ufrag:fresh\r\n")

    async def delete_resource(self, request: DeleteResource) -> Done:
        await self._note(request)
        if request.resource != "res1":
            raise ApiError("gone")
        return Done()

    async def begin_check(self, request: BeginCheck) -> CheckBegun:
        await self._note(request)
        return CheckBegun(check="c1", ice_servers=[CheckServer(urls=["stun:stun.example.net"])], seconds=60)

    async def check_path(self, request: CheckPath) -> PathChecked:
        await self._note(request)
        if request.check != "c1":
            raise ApiError("gone")
        return PathChecked(sdp=ANSWER)

    async def end_check(self, request: EndCheck) -> Done:
        await self._note(request)
        return Done()


def _welcome(re: int, session: str) -> Welcome:
    you = Participant(id="p1", name="Ann", role=Role.HOST, guest=True, connection="joining", tracks=[])
    return Welcome(
        re=re,
        session=session,
        resume="once",
        resumed=False,
        room="r1",
        you=you,
        participants=[],
        ice_servers=[],
    )


@dataclass
class World:
    gateway: GatewayShell
    rooms: FakeRooms
    context: ssl.SSLContext
    nursery: trio.Nursery
    stop: trio.CancelScope  # of the gateway
    stopped: trio.Event
    streams: list[trio.SSLStream[trio.SocketStream]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self.gateway.port}"

    async def raw(self) -> trio.SSLStream[trio.SocketStream]:
        """A TLS connection that speaks for itself."""
        stream = await trio.open_ssl_over_tcp_stream(
            HOST, self.gateway.port, ssl_context=self.context, https_compatible=True
        )
        self.streams.append(stream)
        await stream.do_handshake()
        return stream

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.origin, verify=self.context, timeout=HUNG_SECONDS)

    async def socket(self, **headers: str) -> WebSocketConnection:
        """An open WebSocket that has said nothing yet."""
        sent = {"origin": self.origin} | headers
        return await wrap_client_stream(
            self.nursery,
            await self.raw(),
            f"{HOST}:{self.gateway.port}",
            "/ws",
            subprotocols=["treble.v1"],
            extra_headers=[(name.encode(), value.encode()) for name, value in sent.items() if value],
        )

    async def session(self) -> WebSocketConnection:
        """A WebSocket with a Session, its welcome taken."""
        socket = await self.socket()
        await say(socket, Hello(id=1, token="good"))
        assert isinstance(await hear(socket), Welcome)
        return socket

    async def is_well(self) -> None:
        """A newcomer is served."""
        async with self.http() as http:
            assert (await http.get("/api/health")).status_code == 200


@asynccontextmanager
async def world(
    data: Path, rooms: Any = None, accounts: Any = None, admin: Any = None, **settings: Any
) -> AsyncIterator[World]:
    rooms = rooms or FakeRooms()
    gateway = GatewayShell(
        GatewayConfig(data=data, **{"host": HOST, "port": 0, **settings}),
        rooms,
        accounts or object(),
        admin or object(),
    )
    async with trio.open_nursery() as nursery:
        stop, stopped = trio.CancelScope(), trio.Event()
        await nursery.start(_run, gateway, stop, stopped)
        context = ssl.create_default_context(cafile=gateway.authority_path)
        served = World(gateway, rooms, context, nursery, stop, stopped)
        try:
            yield served
        finally:
            nursery.cancel_scope.cancel()
            for stream in served.streams:  # the client library leaves those that the server has closed
                stream.transport_stream.socket.close()


async def _run(
    gateway: GatewayShell, stop: trio.CancelScope, stopped: trio.Event, *, task_status: trio.TaskStatus[None]
) -> None:
    with stop:
        await gateway.run(task_status=task_status)
    stopped.set()


async def say(socket: WebSocketConnection, message: Message) -> None:
    await socket.send_message(encode(message).decode())


async def hear(socket: WebSocketConnection) -> ServerMessage:
    with trio.fail_after(HUNG_SECONDS):
        return decode_server(await socket.get_message())


async def hear_failed(socket: WebSocketConnection) -> Failed:
    message = await hear(socket)
    assert isinstance(message, Failed)
    return message


async def closed_with(socket: WebSocketConnection) -> int | None:
    """Read to the end; the close code that came."""
    from trio_websocket import ConnectionClosed

    with trio.fail_after(HUNG_SECONDS):
        try:
            while True:
                await socket.get_message()
        except ConnectionClosed as closed:
            return closed.reason.code if closed.reason else None


async def all_of(stream: trio.abc.Stream) -> bytes:
    """Read to the end of the connection, however it ends."""
    received = bytearray()
    with trio.fail_after(HUNG_SECONDS):
        try:
            while data := await stream.receive_some():
                received += data
        except (trio.BrokenResourceError, ssl.SSLError):
            pass
    return bytes(received)


async def exchange(world: World, *pieces: bytes) -> bytes:
    """Send these bytes on a connection of their own; all that came back until it was closed."""
    stream = await world.raw()
    try:
        with suppress(trio.BrokenResourceError):  # it may have been closed already
            for piece in pieces:
                await stream.send_all(piece)
        return await all_of(stream)
    finally:
        await trio.aclose_forcefully(stream)


def json_of(response: httpx.Response) -> Any:
    return msgspec.json.decode(response.content)


async def until(condition: Callable[[], Any]) -> None:
    """For what happens in the server and nobody is told of."""
    with trio.fail_after(HUNG_SECONDS):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(0.005)
