"""The engine thread over real loopback sockets: UDP, ICE-TCP framing, events through the eventfd."""

import select
import socket
import struct
from collections.abc import Iterator

import pytest
from pylibsrtp import Policy

from _fastpath.engine import Codec, Engine, Event, EventKind, Extension, Kind, Profile, RowCodec
from tests.fastpath.table import IDS, TYPES, binding_request, payload_of, rtp, session, vp8

DEADLINE = 5.0


class Server:
    def __init__(self, family: int = socket.AF_INET, host: str = "127.0.0.1") -> None:
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.bind((host, 0))
        self.udp.setblocking(False)
        self.address = self.udp.getsockname()
        self.tcp = socket.socket(family, socket.SOCK_STREAM)
        self.tcp.bind(self.address)
        self.tcp.listen()
        self.tcp.setblocking(False)
        self.engine = Engine(max_endpoints=16)
        self.engine.listen([self.udp.fileno()], [self.tcp.fileno()])
        self.engine.start()
        self.family = family

    def close(self) -> None:
        self.engine.stop()
        self.udp.close()
        self.tcp.close()

    def wait(self, kind: EventKind) -> Event:
        """The next event of this kind; events before it are dropped."""
        while True:
            assert select.select([self.engine.event_fd], [], [], DEADLINE)[0], f"no {kind.name}"
            for event in self.engine.poll():
                if event.kind == kind:
                    return event

    def dial(self) -> socket.socket:
        client = socket.socket(self.family, socket.SOCK_DGRAM)
        client.connect(self.address)
        client.settimeout(DEADLINE)
        return client


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


PASSWORD = b"password-of-24-letters-x"


def frame(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def read_frame(stream: socket.socket) -> bytes:
    def exactly(size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = stream.recv(size - len(data))
            assert more, "closed"
            data += more
        return data

    return exactly(struct.unpack("!H", exactly(2))[0])


def test_udp_in_tcp_out(server: Server):
    engine = server.engine
    keys = {}
    for number, name in enumerate((b"sender01", b"taker001")):
        endpoint = engine.add_endpoint(name, PASSWORD)
        keys[name] = bytes([number + 1]) * 28, bytes([number + 9]) * 28
        engine.set_extensions(endpoint, IDS)
        engine.set_payload_types(endpoint, TYPES)
        engine.set_keys(endpoint, Profile.AEAD_AES_128_GCM, *keys[name])
    track = engine.add_track(0, Kind.VIDEO)
    engine.add_layer(track, 0, mid=b"1")
    row = engine.add_row(
        1,
        Kind.VIDEO,
        ssrc=7000,
        mid=b"9",
        cname=b"slot0",
        codecs=[RowCodec(Codec.VP8, 120, 90000)],
        extensions=[Extension.MID],
    )
    engine.set_source(row, track, 0)
    with server.dial() as sender, socket.create_connection(server.address, DEADLINE) as taker:
        sender.send(binding_request(b"sender01", PASSWORD))
        assert sender.recv(2048)[:2] == b"\x01\x01"
        check = frame(binding_request(b"taker001", PASSWORD))
        taker.sendall(check[:30])
        taker.sendall(check[30:])
        assert read_frame(taker)[:2] == b"\x01\x01"
        assert server.wait(EventKind.PATH).endpoint in (0, 1)
        seal = session(keys[b"sender01"][0], Profile.AEAD_AES_128_GCM, Policy.SSRC_ANY_OUTBOUND)
        unseal = session(keys[b"taker001"][1], Profile.AEAD_AES_128_GCM, Policy.SSRC_ANY_INBOUND)
        sender.send(seal.protect(rtp(1, 0, vp8(b"picture", key=True))))
        packet = read_frame(taker)
        while 192 <= packet[1] <= 223:
            packet = read_frame(taker)
        assert payload_of(unseal.unprotect(packet))[7:] == b"picture"
        taker.close()
        sender.send(seal.protect(rtp(2, 0, vp8(b"picture"))))
        acknowledged = engine.set_gate(track, False)
        assert server.wait(EventKind.ACK).value == acknowledged


def test_a_gate_is_acknowledged_without_traffic(server: Server):
    server.engine.add_endpoint(b"sender01", PASSWORD)
    number = server.engine.set_gate(server.engine.add_track(0, Kind.AUDIO), False)
    assert server.wait(EventKind.ACK).value == number


def test_garbage_on_udp_and_tcp_is_survived(server: Server):
    with server.dial() as client, socket.create_connection(server.address, DEADLINE) as stream:
        for size in (0, 1, 1499, 2049, 9000):
            client.send(bytes(size))
        stream.sendall(b"\xff\xff" + bytes(3000))
        assert stream.recv(1) == b"", "a frame that cannot be ours ends the connection"
    assert server.engine.counters()["drop_truncated"] == 2
    endpoint = server.engine.add_endpoint(b"late0001", PASSWORD)
    number = server.engine.set_gate(server.engine.add_track(endpoint, Kind.AUDIO), True)
    assert server.wait(EventKind.ACK).value == number


def test_ipv6():
    if not socket.has_ipv6:
        pytest.fail("this machine has no IPv6; the test needs ::1")
    server = Server(socket.AF_INET6, "::1")
    try:
        server.engine.add_endpoint(b"sender01", PASSWORD)
        with server.dial() as client:
            client.send(binding_request(b"sender01", PASSWORD))
            assert client.recv(2048)[:2] == b"\x01\x01"
        assert server.wait(EventKind.PATH).data.startswith(b"udp ::1 ")
    finally:
        server.close()


def test_stopping_twice_is_harmless(server: Server):
    server.engine.stop()
    server.engine.stop()
