"""A room server between a media server and a gateway written by hand, on a clock that tests turn."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing
from sqlalchemy import Connection

from signaling import messages
from signaling.accounts.refresh import Rotation
from signaling.door_messages import Enter, Waiting
from signaling.line import Line
from signaling.messages import Message, Welcome, decode_server, encode
from signaling.room_config import RoomConfig
from signaling.room_server import RoomShell
from signaling.settings import RoomDefaults
from signaling.storage.accounts import StoredAccount
from signaling.storage.families import Family
from treble.api import (
    ApiError,
    ChatItem,
    ClosePeer,
    CreateRoom,
    Deliver,
    DeliverChat,
    Done,
    EndSession,
    EnterRoom,
    IceRestarted,
    OpenPeer,
    OpenSession,
    PeerOpened,
    PeerState,
    PeerStateChanged,
    PublishedTrack,
    RestartIce,
    RoomCreated,
    SessionAnswer,
    SessionOpened,
    SessionRequest,
    SetLayers,
    SetMuted,
    SetView,
    SocketLost,
    Source,
)

WALL_NS = 1_800_000_000 * 10**9

SEND = "v=0\r\na=fingerprint:sha-256 {mark}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n"
RECEIVE = "v=0\r\na=fingerprint:sha-256 {mark}\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=recvonly\r\n"


class FakeMedia:
    """Takes every offer whose SDP begins with `v=0`, and remembers what it was asked, in order."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.peers: dict[str, OpenPeer] = {}
        self.gate = trio.Event()
        self.gate.set()

    def of(self, kind: type) -> list:
        return [call for call in self.calls if isinstance(call, kind)]

    async def open_peer(self, request: OpenPeer) -> PeerOpened:
        self.calls.append(request)
        await self.gate.wait()
        if not request.sdp.startswith("v=0"):
            raise ApiError("bad.sdp", "no version")
        self.peers[request.peer] = request
        tracks = request.tracks
        if not tracks and "a=sendonly" in request.sdp:
            tracks = [PublishedTrack(mid="0", source=Source.MICROPHONE)]
        return PeerOpened(peer=request.peer, sdp=f"v=0 answer for {request.peer}", tracks=tracks)

    async def close_peer(self, request: ClosePeer) -> Done:
        self.calls.append(request)
        self.peers.pop(request.peer, None)
        return Done()

    async def restart_ice(self, request: RestartIce) -> IceRestarted:
        self.calls.append(request)
        return IceRestarted(sdp_fragment="a=ice-ufrag:new")

    async def set_view(self, request: SetView) -> Done:
        self.calls.append(request)
        return Done()

    async def set_muted(self, request: SetMuted) -> Done:
        self.calls.append(request)
        return Done()

    async def set_layers(self, request: SetLayers) -> Done:
        self.calls.append(request)
        return Done()


class FakeGateway:
    """Keeps what each socket was sent, and how it was closed."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Message]] = defaultdict(list)
        self.closed: dict[str, int] = {}
        self.chat: list[ChatItem] = []
        self.frames = 0
        self.gate = trio.Event()
        self.gate.set()

    async def deliver(self, request: Deliver) -> Done:
        await self.gate.wait()
        self.frames += 1
        for session in request.sessions:
            self.sent[session].append(decode_server(request.message))
        return Done()

    async def deliver_chat(self, request: DeliverChat) -> Done:
        await self.gate.wait()
        self.chat += request.items
        return Done()

    async def end_session(self, request: EndSession) -> Done:
        if request.message:
            self.sent[request.session].append(decode_server(request.message))
        self.closed[request.session] = request.code
        return Done()


@dataclass
class Client:
    """One socket, as a gateway holds it."""

    world: "World"
    token: str
    socket: str
    welcome: Welcome
    _id: int = 100
    mark: str = "AA"

    answers: list[Message] = field(default_factory=list)  # what it was sent beside the inbox

    @property
    def id(self) -> str:
        if isinstance(self.welcome, Welcome):
            return self.welcome.you.id
        return self.world.line_of(self.socket).participant

    @property
    def is_waiting(self) -> bool:
        return isinstance(self.welcome, Waiting)

    @property
    def peer(self) -> str:
        return self.world.media.of(OpenPeer)[-1].peer

    @property
    def inbox(self) -> list[Message]:
        return self.world.gateway.sent[self.socket]

    def pushes(self, kind: type) -> list:
        return [message for message in self.inbox if isinstance(message, kind)]

    async def ask(self, message: Message) -> Message:
        answer = await self.send(message)
        self.answers.append(decode_server(answer.message))
        return self.answers[-1]

    async def come_in(self) -> "Client":
        """`enter`, after `admitted`."""
        answer = await self.ask(Enter(id=3))
        assert isinstance(answer, Welcome), answer
        self.welcome = answer
        return self

    async def send(self, message: Message) -> SessionAnswer:
        return await self.world.shell.session_request(
            SessionRequest(session=self.socket, message=encode(message))
        )

    async def offer(
        self, *sources: Source, sdp: str = SEND, mark: str | None = None, request: int | None = None
    ) -> Message:
        self._id += 1
        tracks = [PublishedTrack(mid=str(mid), source=source) for mid, source in enumerate(sources)]
        text = (sdp if sources else RECEIVE).format(mark=mark or self.mark)
        return await self.ask(messages.Offer(id=request or self._id, sdp=text, tracks=tracks))

    async def connect(self, *sources: Source) -> str:
        """Offer, and let the media server say that the Peer is up; the Peer's id."""
        answer = await self.offer(*sources)
        assert isinstance(answer, messages.Answer)
        peer = answer.sdp.split()[-1]
        await self.media(PeerState.CONNECTED, peer)
        return peer

    async def media(self, state: PeerState, peer: str, reason: str = "") -> None:
        room = self.welcome.room
        event = PeerStateChanged(room=room, participant=self.id, peer=peer, state=state, reason=reason)
        await self.world.shell.peer_state_changed(event)

    async def lose_socket(self) -> None:
        await self.world.shell.socket_lost(SocketLost(session=self.socket, gateway="g"))

    async def resume(self) -> "Client":
        return await self.world.hello(self.token, resume=self.welcome.resume)


@dataclass
class World:
    shell: RoomShell
    media: FakeMedia
    gateway: FakeGateway
    clock: trio.testing.MockClock
    data: Path
    wall: dict[str, int] = field(default_factory=lambda: {"ns": WALL_NS})

    async def pass_time(self, seconds: float, step: float = 0.05) -> None:
        for _ in range(round(seconds / step)):
            self.clock.jump(step)
            await trio.testing.wait_all_tasks_blocked()

    def opened(self) -> Any:
        """The room server's inside."""
        assert self.shell._open is not None
        return self.shell._open

    def line_of(self, socket: str) -> Line:
        line = self.opened().rooms.lines.of_socket(socket)
        assert line is not None
        return line

    async def create(self, name: str = "Host", **settings: object) -> RoomCreated:
        """`settings`: also `account`, `alias`, `title`."""
        more = {key: settings.pop(key) for key in ("account", "alias", "title") if key in settings}
        request = CreateRoom(name=name, address="192.0.2.1", settings=msgspec.json.encode(settings), **more)
        return await self.shell.create_room(request)

    async def enter(self, room: RoomCreated, name: str = "Guest", account: str | None = None) -> str:
        request = EnterRoom(
            room=room.room, password=room.password, name=name, address="192.0.2.2", account=account
        )
        return (await self.shell.enter_room(request)).token

    def account(self, name: str, *, verified: bool = True, sub: str | None = None) -> str:
        """An account token, its login stored; unverified: a guest's identity."""
        sub = sub or f"account-{name}"
        now_ns = self.wall["ns"]
        database, email = (
            self.opened().entrance._database,
            f"{name.lower()}@example.org" if verified else None,
        )
        stored = StoredAccount(id=sub, guest=not verified, name=name, created_at=now_ns, email=email)
        family = Family(
            id=f"family-{sub}",
            account=sub,
            rotation=Rotation("", rotated_at=now_ns),
            created_at=now_ns,
            since=now_ns,
            expires_at=now_ns + 10**18,
            agent="",
            address="",
        )

        def store(connection: Connection) -> None:
            if database.accounts.find(connection, sub) is None:
                database.accounts.add(connection, stored)
                database.families.add(connection, family)

        database._store.write(store)
        return self.opened().entrance._tokens.issue_account(
            sub=sub,
            name=name,
            verified=verified,
            guest=not verified,
            session=family.id,
            since=now_ns // 10**9,
            email=email,
            picture=None,
            now_s=now_ns // 10**9,
        )

    async def open(self, token: str, resume: str | None = None, last_seq: int | None = None) -> SessionOpened:
        return await self.shell.open_session(
            OpenSession(gateway="g", token=token, resume=resume, re=7, last_seq=last_seq)
        )

    async def hello(self, token: str, resume: str | None = None, address: str = "") -> Client:
        """Answered by `welcome`, or by `waiting`."""
        request = OpenSession(gateway="g", token=token, resume=resume, re=7, address=address)
        opened = await self.shell.open_session(request)
        welcome = decode_server(opened.welcome)
        assert welcome.re == 7
        client = Client(self, token, opened.session, welcome)
        client.answers.append(welcome)
        return client

    async def join(self, token: str, resume: str | None = None) -> Client:
        client = await self.hello(token, resume)
        assert isinstance(client.welcome, Welcome), client.welcome
        return client

    async def knock(self, room: RoomCreated, name: str = "Guest", account: str | None = None) -> Client:
        """Somebody at the door."""
        client = await self.hello(await self.enter(room, name, account))
        assert isinstance(client.welcome, Waiting), client.welcome
        return client

    async def attended(self) -> None:
        """What follows at the doors from who is there has been stored and told; threads do not know the mock clock."""
        await trio.testing.wait_all_tasks_blocked()
        for live in list(self.opened().rooms._rooms.values()):
            async with live.attending:
                pass
        await self.pass_time(0.6)

    async def sweep(self, seconds: float = 0.0) -> None:
        """Let Unix time go on, and settle what is due."""
        self.wall["ns"] += round(seconds * 10**9)
        await self.opened().sweep.once()
        await self.pass_time(0.3)

    async def people(self, *names: str) -> list[Client]:
        """A new room with these participants, the first its host, and all pushes of their joining done."""
        room = await self.create(names[0])
        clients = [await self.join(room.token)]
        for name in names[1:]:
            clients.append(await self.join(await self.enter(room, name)))
        await self.pass_time(0.6)
        for client in clients:
            client.inbox.clear()
        return clients


@asynccontextmanager
async def open_world(
    data: Path, clock: trio.testing.MockClock | None, wall_ns: int = WALL_NS, **config: object
) -> AsyncIterator[World]:
    media, gateway, wall = FakeMedia(), FakeGateway(), {"ns": wall_ns}
    config = {"room_defaults": RoomDefaults.OPEN, "chat_apart_s": 0.0} | config
    shell = RoomShell(RoomConfig(data=data, **config), media, gateway, wall_ns=lambda: wall["ns"])
    async with trio.open_nursery() as nursery:
        await nursery.start(shell.run)
        yield World(shell, media, gateway, clock, data, wall)
        nursery.cancel_scope.cancel()


async def code_of(call: Awaitable[object]) -> str:
    """The code with which it is refused."""
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value.code


def replaced(participant: messages.Participant, **changes: object) -> messages.Participant:
    return msgspec.structs.replace(participant, **changes)
