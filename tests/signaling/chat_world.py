"""Phones, a gateway and a room server between which everything may be lost, late or said twice.

The room server, the gateway's relay and its send queues are the real ones; sockets and calls are modelled. A phone keeps
the documented rule: it remembers `last_seq`, drops what is not greater, and sends what was not answered again, with the
same key, after it has come back.
"""

import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio
import trio.testing
from trio.testing import wait_all_tasks_blocked

from signaling.chat.relay import COMPARE_S, ChatRelay
from signaling.chat_messages import Chat, ChatEvent, Said
from signaling.messages import Failed, Message, Welcome, decode_server, encode
from signaling.room_config import RoomConfig
from signaling.room_server import RoomShell
from signaling.send_queue import Outgoing, QueueFull, SendQueue, outgoing
from signaling.session_socket import LOW_WATER
from signaling.settings import RoomDefaults
from tests.signaling.world import WALL_NS
from treble.api import (
    ApiError,
    ChatHeads,
    ChatSince,
    CreateRoom,
    Deliver,
    DeliverChat,
    Done,
    EndSession,
    EnterRoom,
    OpenSession,
    SessionRequest,
    SocketLost,
)

RETRY = ("busy", "slow")


@dataclass
class Line:
    """How calls between the servers fare. `weather` 0: as they should."""

    random: random.Random
    weather: float = 0.0

    def is_bad(self, share: float = 1.0) -> bool:
        return self.random.random() < self.weather * share

    async def pause(self) -> None:
        for _ in range(self.random.randrange(4) if self.weather else 0):
            await trio.lowlevel.checkpoint()


class Server:
    """A room server's process: `start`, and `crash` at any moment. Calls under way then fail."""

    def __init__(self, data: Path, line: Line, nursery: trio.Nursery) -> None:
        self.data, self.line, self.nursery = data, line, nursery
        self.shell: RoomShell | None = None
        self.gateway: Gateway | None = None
        self.calls: set[trio.CancelScope] = set()
        self.life = trio.CancelScope()
        self.ended = trio.Event()

    async def start(self) -> None:
        config = RoomConfig(data=self.data, room_defaults=RoomDefaults.OPEN, chat_apart_s=0.0)
        shell = RoomShell(config, None, self, wall_ns=lambda: WALL_NS)  # type: ignore[arg-type]
        self.life, self.ended = trio.CancelScope(), trio.Event()
        await self.nursery.start(self._run, shell, self.life, self.ended)
        self.shell = shell

    async def _run(
        self,
        shell: RoomShell,
        life: trio.CancelScope,
        ended: trio.Event,
        *,
        task_status: trio.TaskStatus[None],
    ) -> None:
        with life:
            await shell.run(task_status=task_status)
        ended.set()

    async def crash(self) -> None:
        self.shell = None
        self.life.cancel()
        for call in self.calls:
            call.cancel()
        await self.ended.wait()

    async def ask(self, method: str, request: Any) -> Any:
        await self.line.pause()
        if self.shell is None or self.line.is_bad(0.1):
            raise ApiError("busy", "away", 1.0)
        with trio.CancelScope() as call:
            self.calls.add(call)
            try:
                return await getattr(self.shell, method)(request)
            finally:
                self.calls.discard(call)
        raise ApiError("busy", "died", 1.0)

    async def chat_since(self, request: ChatSince) -> Any:
        return await self.ask("chat_since", request)

    async def chat_heads(self, request: ChatHeads) -> Any:
        return await self.ask("chat_heads", request)

    # --- what the shell asks its gateway

    async def deliver(self, request: Deliver) -> Done:
        if self.gateway is not None:
            for session in request.sessions:
                self.gateway.put(session, outgoing(request.message))
        return Done()

    async def end_session(self, request: EndSession) -> Done:
        if self.gateway is not None:
            self.gateway.end(request.session)
        return Done()

    async def deliver_chat(self, request: DeliverChat) -> Done:
        """Now, twice, later in any order, or never; told or untold."""
        await self.line.pause()
        gateway = self.gateway
        if gateway is None or self.line.is_bad(0.2):
            raise ApiError("busy", "away", 1.0)
        for _ in range(2 if self.line.is_bad(0.3) else 1):
            if self.line.is_bad(0.4):
                self.nursery.start_soon(gateway.later, request)
            else:
                gateway.relay.deliver(request.items)
        if self.line.is_bad(0.1):
            raise ApiError("busy", "late answer", 1.0)
        return Done()


class Gateway:
    """A gateway's process: its relay, and the sockets that it holds."""

    def __init__(self, server: Server, line: Line) -> None:
        self.server, self.line = server, line
        self.relay = ChatRelay(server)  # type: ignore[arg-type]
        self.sockets: dict[str, Socket] = {}
        self.all: set[Socket] = set()
        self.life = trio.CancelScope()

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        with self.life:
            await self.relay.run(task_status=task_status)

    def kill(self) -> None:
        for socket in self.all:
            socket.cut()
        self.life.cancel()

    async def later(self, request: DeliverChat) -> None:
        for _ in range(self.line.random.randrange(1, 60)):
            await trio.lowlevel.checkpoint()
        self.relay.deliver(request.items)

    def put(self, session: str, item: Outgoing) -> None:
        if session in self.sockets:
            self.sockets[session].put(item)

    def end(self, session: str) -> None:
        if session in self.sockets:
            self.sockets[session].cut()


class Socket:
    """One WebSocket, both ends. What is on its way when it is cut is lost."""

    def __init__(self, phone: "Phone", gateway: Gateway) -> None:
        self.phone, self.gateway = phone, gateway
        gateway.all.add(self)
        self.session = ""
        self.is_cut = False
        self.is_frozen = False
        self.seqs: list[int] = []
        self._queue = SendQueue()
        self._wake = trio.Event()
        self._requests, self._inbox = trio.open_memory_channel[Message](1000)

    # --- the gateway's side

    @property
    def is_roomy(self) -> bool:
        return len(self._queue) <= LOW_WATER

    async def room_to_send(self) -> None:
        while not self.is_roomy and not self.is_cut:
            self._wake = trio.Event()
            await self._wake.wait()

    def put(self, item: Outgoing) -> None:
        if not self.is_cut:
            try:
                self._queue.put(item)
            except QueueFull:
                self.cut()
            self._wake.set()

    async def run(self, hello: OpenSession) -> None:
        try:
            opened = await self.gateway.server.ask("open_session", hello)
        except ApiError:
            self.cut()
            return
        if self.is_cut:
            await self._tell_lost(opened.session)
            return
        self.session = opened.session
        self.gateway.sockets[self.session] = self
        self.put(outgoing(opened.welcome))
        if opened.chat is not None:
            self.gateway.relay.add(self.session, self, opened.chat)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._write)
            await self._read()
            nursery.cancel_scope.cancel()
        await self._tell_lost(self.session)

    async def _read(self) -> None:
        async for message in self._inbox:
            try:
                request = SessionRequest(session=self.session, message=encode(message))
                answer = await self.gateway.server.ask("session_request", request)
            except ApiError as error:
                self.put(outgoing(encode(Failed(re=message.id, code=error.code, retry_after=1.0))))
                continue
            self.put(outgoing(answer.message))
            if answer.close is not None:
                await wait_all_tasks_blocked()
                self.cut()

    async def _write(self) -> None:
        while True:
            frame = None if self.is_frozen else self._queue.take()
            if frame is None:
                self._wake = trio.Event()
                await self._wake.wait()
                continue
            self._wake.set()
            await self.gateway.line.pause()
            if self.is_cut:
                return
            self.phone.hear(self, decode_server(_payload(frame)))

    async def _tell_lost(self, session: str) -> None:
        try:
            await self.gateway.server.ask("socket_lost", SocketLost(session=session, gateway="g"))
        except ApiError:
            pass

    # --- both

    def cut(self) -> None:
        self.is_cut = True
        self.gateway.relay.remove(self.session)
        if self.gateway.sockets.get(self.session) is self:
            del self.gateway.sockets[self.session]
        self._requests.close()
        self._wake.set()
        if self.phone.socket is self:
            self.phone.socket = None

    def ask(self, message: Message) -> None:
        if not self.is_cut:
            self._requests.send_nowait(message)

    def thaw(self) -> None:
        self.is_frozen = False
        self._wake.set()


@dataclass
class Request:
    kind: type[Message]
    fields: dict[str, Any]
    id: int = 0
    answer: Said | Failed | None = None


@dataclass
class Phone:
    """A client. `got` is what its user sees."""

    id: str
    token: str
    world: "World"
    socket: Socket | None = None
    resume: str | None = None
    last_seq: int | None = None
    first_seq: int = 0
    got: list[ChatEvent] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    is_welcome: bool = False

    def connect(self, *, resume: bool = True) -> None:
        if self.socket is not None:
            self.socket.cut()
        self.socket = Socket(self, self.world.gateway)
        self.is_welcome = False
        token = self.resume if resume else None
        hello = OpenSession(gateway="g", token=self.token, resume=token, re=1, last_seq=self.last_seq)
        self.world.nursery.start_soon(self.socket.run, hello)

    def say(self, kind: type[Message], **fields: Any) -> None:
        self.requests.append(Request(kind, {"key": self.world.key(), **fields}))
        self._send(self.requests[-1])

    def unanswered(self) -> list[Request]:
        return [request for request in self.requests if request.answer is None]

    def send_again(self) -> None:
        for request in self.unanswered():
            self._send(request)

    def _send(self, request: Request) -> None:
        if self.socket is not None and self.is_welcome:
            request.id = self.world.id()
            for _ in range(2 if self.world.line.is_bad(0.3) else 1):
                self.socket.ask(request.kind(id=request.id, **request.fields))

    def hear(self, socket: Socket, message: Message) -> None:
        match message:
            case Chat(event=event):
                assert not socket.seqs or event.seq > socket.seqs[-1], "out of order on one socket"
                socket.seqs.append(event.seq)
                if self.last_seq is not None and event.seq > self.last_seq:
                    self.last_seq = event.seq
                    self.got.append(event)
            case Welcome():
                self.resume, self.is_welcome = message.resume, True
                if self.last_seq is None:
                    self.last_seq = self.first_seq = message.last_seq
                assert self.last_seq <= message.last_seq, "what was sent is stored"
                socket.seqs.append(self.last_seq)
                self.send_again()
            case Said() | Failed():
                for request in self.requests:
                    is_final = isinstance(message, Said) or message.code not in RETRY
                    if request.id == message.re and request.answer is None and is_final:
                        request.answer = message


@dataclass
class World:
    server: Server
    gateway: Gateway
    line: Line
    nursery: trio.Nursery
    clock: trio.testing.MockClock
    phones: list[Phone] = field(default_factory=list)
    _numbers: int = 0

    def id(self) -> int:
        self._numbers += 1
        return self._numbers

    def key(self) -> str:
        return f"key-{self.id():020}"

    async def restart_gateway(self) -> None:
        self.gateway.kill()
        self.gateway = self.server.gateway = Gateway(self.server, self.line)
        await self.nursery.start(self.gateway.run)

    async def settle(self) -> None:
        """Until the room server has nothing under way and everybody waits."""
        await wait_all_tasks_blocked(0.0005)
        while self.server.calls:
            await wait_all_tasks_blocked(0.0005)

    async def heal(self) -> None:
        """Fair weather; everybody comes back and gets its answers."""
        self.line.weather = 0.0
        if self.server.shell is None:
            await self.server.start()
        for _ in range(40):
            for phone in self.phones:
                if phone.socket is None:
                    phone.connect()
                else:
                    phone.socket.thaw()
                    phone.send_again()
            await self.settle()
            self.clock.jump(COMPARE_S)
            await self.settle()
            if all(phone.socket and phone.is_welcome and not phone.unanswered() for phone in self.phones):
                break
        await self.settle()


@dataclass(frozen=True)
class Template:
    """A data folder with a room, and who may enter it."""

    data: Path
    people: tuple[tuple[str, str], ...]  # id and token

    @classmethod
    async def make(cls, data: Path, count: int) -> "Template":
        shell = RoomShell(RoomConfig(data=data, room_defaults=RoomDefaults.OPEN), wall_ns=lambda: WALL_NS)
        async with trio.open_nursery() as nursery:
            await nursery.start(shell.run)
            created = await shell.create_room(CreateRoom(name="Host"))
            tokens = [created.token]
            for number in range(count - 1):
                request = EnterRoom(room=created.room, password=created.password, name=f"Guest {number}")
                tokens.append((await shell.enter_room(request)).token)
            claims = [shell._opened.entrance.claims(token) for token in tokens]
            nursery.cancel_scope.cancel()
        return cls(data, tuple((each.sub, token) for each, token in zip(claims, tokens, strict=True)))


async def play(
    template: Template, seed: int, data: Path, schedule: Callable[[World, random.Random], Awaitable[None]]
) -> None:
    shutil.copytree(template.data, data)
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, trio.testing.MockClock)
    async with trio.open_nursery() as nursery:
        line = Line(random.Random(seed))
        server = Server(data, line, nursery)
        gateway = server.gateway = Gateway(server, line)
        world = World(server, gateway, line, nursery, clock)
        world.phones += [Phone(who, token, world) for who, token in template.people]
        await nursery.start(gateway.run)
        await server.start()
        await schedule(world, random.Random(seed))
        nursery.cancel_scope.cancel()
    shutil.rmtree(data)


def _payload(frame: bytes) -> bytes:
    """Of an unmasked text frame."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]
