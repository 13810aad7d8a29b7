"""The media server over real sockets on loopback, and what it says when it cannot have them."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from prometheus_client import CollectorRegistry, generate_latest

from sfu.config import MediaConfig
from sfu.metrics import MediaCollector
from sfu.server import MediaShell
from sfu.sockets import MediaSocketError, local_addresses, open_sockets
from sfu.transport.certificate import make_certificate
from tests.sfu.offers import Answer
from tests.sfu.room_rig import NOW, TRACKS, pairs
from tests.sfu.wire_client import WireClient
from treble.api import (
    ApiError,
    ClosePeer,
    DemandChanged,
    Done,
    NetworksChanged,
    OpenPeer,
    PeerState,
    PeerStateChanged,
    SetMuted,
    SetView,
    SlotsChanged,
    Source,
    SpeakersChanged,
)

LOOPBACK = MediaConfig(host="127.0.0.1", port=0)


class Listener:
    """A room server that only listens."""

    def __init__(self) -> None:
        self.states: list[PeerState] = []
        self.tables: dict[str, SlotsChanged] = {}
        self.failures = 0
        self._changed = trio.Event()

    async def peer_state_changed(self, event: PeerStateChanged) -> Done:
        self.states.append(event.state)
        return self._note()

    async def slots_changed(self, event: SlotsChanged) -> Done:
        if self.failures:
            self.failures -= 1
            raise ApiError("server.error", "not now")
        self.tables[event.peer] = event
        return self._note()

    async def speakers_changed(self, event: SpeakersChanged) -> Done:
        return self._note()

    async def demand_changed(self, event: DemandChanged) -> Done:
        return self._note()

    async def networks_changed(self, event: NetworksChanged) -> Done:
        return self._note()

    def _note(self) -> Done:
        self._changed.set()
        self._changed = trio.Event()
        return Done()

    async def until(self, condition) -> None:  # type: ignore[no-untyped-def]
        with trio.fail_after(5):
            while not condition():
                await self._changed.wait()


@asynccontextmanager
async def running(config: MediaConfig = LOOPBACK) -> AsyncIterator[tuple[MediaShell, Listener]]:
    listener = Listener()
    shell = MediaShell(config, listener)
    async with trio.open_nursery() as nursery:
        await nursery.start(shell.run)
        yield shell, listener
        nursery.cancel_scope.cancel()


class Connection:
    """A client on a socket, UDP or TCP with RFC 4571 framing."""

    def __init__(self, client: WireClient, shell: MediaShell, *, by_tcp: bool = False) -> None:
        self.client = client
        self._address = ("127.0.0.1", shell.port)
        self._by_tcp = by_tcp
        kind = socket.SOCK_STREAM if by_tcp else socket.SOCK_DGRAM
        self._socket = trio.socket.socket(socket.AF_INET, kind)
        self._buffer = b""

    async def connect(self, answer: str) -> None:
        await self._socket.connect(self._address)
        await self.send(self.client.start(answer))
        with trio.fail_after(5):
            while not self.client.is_keyed:
                await self.send(self.client.handle(await self._receive()))

    async def send(self, datagrams: list[bytes]) -> None:
        for data in datagrams:
            await self._socket.send(len(data).to_bytes(2, "big") + data if self._by_tcp else data)

    async def _receive(self) -> bytes:
        if not self._by_tcp:
            return await self._socket.recv(2048)
        while len(self._buffer) < 2 or len(self._buffer) < 2 + int.from_bytes(self._buffer[:2], "big"):
            self._buffer += await self._socket.recv(65536)
        size = 2 + int.from_bytes(self._buffer[:2], "big")
        data, self._buffer = self._buffer[2:size], self._buffer[size:]
        return data

    def drop(self) -> None:
        self._socket.close()


async def join(shell: MediaShell, name: str, *, by_tcp: bool = False) -> Connection:
    client = WireClient(make_certificate(NOW), ufrag=f"user{name}")
    request = OpenPeer(
        room="r", participant=name.upper(), peer=name, sdp=client.offer(), tracks=TRACKS, slots=pairs(3)
    )
    connection = Connection(client, shell, by_tcp=by_tcp)
    await connection.connect((await shell.open_peer(request)).sdp)
    return connection


@pytest.mark.parametrize("by_tcp", [False, True])
async def test_clients_connect_see_each_other_and_leave(by_tcp: bool) -> None:
    async with running() as (shell, listener):
        a = await join(shell, "a")
        b = await join(shell, "b", by_tcp=by_tcp)
        await listener.until(
            lambda: "a" in listener.tables and listener.tables["a"].slots[0].participant == "B"
        )
        await shell.set_view(SetView(peer="a", tiles=[]))
        assert await shell.set_muted(SetMuted(peer="b", source=Source.MICROPHONE, muted=True)) == Done()
        await b.send(b.client.close())
        await listener.until(lambda: listener.tables["a"].slots[0].participant is None)
        assert listener.states[-1] is PeerState.CLOSED
        await shell.close_peer(ClosePeer(peer="a"))
        await listener.until(lambda: listener.states.count(PeerState.CLOSED) == 2)
        a.drop()
        b.drop()


async def test_a_room_server_that_fails_is_told_again() -> None:
    async with running() as (shell, listener):
        listener.failures = 1
        connections = [await join(shell, name) for name in "ab"]
        await listener.until(lambda: {"a", "b"} <= listener.tables.keys())
        for connection in connections:
            connection.drop()


async def test_the_answer_names_the_address_that_was_given() -> None:
    async with running() as (shell, _):
        client = WireClient(make_certificate(NOW))
        opened = await shell.open_peer(OpenPeer(room="r", participant="A", peer="a", sdp=client.offer()))
        candidates = Answer(opened.sdp).values(0, "candidate")
        assert [line.split()[2:6] for line in candidates] == [
            ["udp", candidates[0].split()[3], "127.0.0.1", str(shell.port)],
            ["tcp", candidates[1].split()[3], "127.0.0.1", str(shell.port)],
        ]


async def test_announced_addresses_come_first() -> None:
    config = MediaConfig(host="127.0.0.1", port=0, announce=("198.51.100.7",), tcp=False)
    async with running(config) as (shell, _):
        client = WireClient(make_certificate(NOW))
        opened = await shell.open_peer(OpenPeer(room="r", participant="A", peer="a", sdp=client.offer()))
        addresses = [line.split()[4] for line in Answer(opened.sdp).values(0, "candidate")]
        assert addresses == ["198.51.100.7", "127.0.0.1"]


async def test_bad_requests_are_refused_and_the_server_lives() -> None:
    async with running() as (shell, _):
        with pytest.raises(ApiError, match=r"bad\.sdp"):
            await shell.open_peer(OpenPeer(room="r", participant="A", peer="a", sdp="v=0\r\n"))
        with pytest.raises(ApiError, match="ended"):
            await shell.set_view(SetView(peer="nobody", tiles=[]))
        (await join(shell, "a")).drop()


async def test_garbage_from_the_network_is_counted() -> None:
    async with running() as (shell, _):
        with trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            for data in (b"\x00", b"\x16" * 50, b"\x80" * 2000, b"\xff" * 100):
                await noise.sendto(data, ("127.0.0.1", shell.port))
        connection = await join(shell, "a")
        assert sum(value for name, value in shell.engine.counters().items() if name.startswith("drop_")) >= 4
        connection.drop()


async def test_metrics_count_peers_and_packets() -> None:
    async with running() as (shell, _):
        connection = await join(shell, "a")
        registry = CollectorRegistry()
        registry.register(MediaCollector(shell))
        text = generate_latest(registry).decode()
        assert "treble_media_rooms 1.0" in text
        assert 'treble_media_peers{state="connected"} 1.0' in text
        assert "treble_media_received_packets_total" in text
        assert 'treble_media_dropped_total{reason="srtp"} 0.0' in text
        connection.drop()


async def test_a_busy_port_names_itself_and_the_key_to_change() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        shell = MediaShell(MediaConfig(host="127.0.0.1", port=port), Listener())
        with pytest.raises(MediaSocketError, match=f"media_port: port {port} is already in use"):
            await shell.run()


@pytest.mark.parametrize(
    ("host", "says"), [("localhost", "no IP address"), ("192.0.2.200", "no address of this")]
)
def test_a_host_that_cannot_be_bound_is_explained(host: str, says: str) -> None:
    with pytest.raises(MediaSocketError, match=f"host: .*{says}"):
        open_sockets(MediaConfig(host=host, port=0))


def test_a_wildcard_never_means_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ["127.0.0.1", "::1", "fe80::1", "2001:db8::5", "192.0.2.5"]
    monkeypatch.setattr("sfu.sockets.get_host_addresses", lambda **_: found)
    assert local_addresses("0.0.0.0") == ["192.0.2.5", "2001:db8::5"]
    assert local_addresses("127.0.0.1") == ["127.0.0.1"]
    monkeypatch.setattr("sfu.sockets.get_host_addresses", lambda **_: found[:3])
    with pytest.raises(MediaSocketError, match=r"127\.0\.0\.1"):
        local_addresses("::")
