"""The load generator must not lie: what a forwarder drops or doubles is counted, asked for, and never made good."""

import select
import socket
import time
from collections.abc import Iterator

import pytest
from aiortc import rtp
from pylibsrtp import Policy, Session

from bench.__main__ import build

build()

from bench.load import sdp, srtp  # noqa: E402
from bench.load.generator import Generator  # noqa: E402

KEY, BACK_KEY = bytes(range(28)), bytes(range(28, 56))
GCM = Policy.SRTP_PROFILE_AEAD_AES_128_GCM


def session(key: bytes, direction: int) -> Session:
    return Session(Policy(key, direction, srtp_profile=GCM))


class Forwarder:
    """Hands a publisher's packets to a receiver as they are; drops, doubles and spoils some."""

    def __init__(self) -> None:
        self.publisher, self.receiver = self.pair(), self.pair()
        self.count = self.handed = self.drop_every = self.double_every = 0
        self.dropped: set[int] = set()
        self.feedback: list[object] = []
        self.open = session(BACK_KEY, Policy.SSRC_ANY_INBOUND)

    @staticmethod
    def pair() -> tuple[socket.socket, socket.socket]:
        """(the peer's socket, ours), connected to each other."""
        ours, theirs = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (ours, theirs):
            sock.setblocking(False)
            sock.bind(("127.0.0.1", 0))
        ours.connect(theirs.getsockname())
        theirs.connect(ours.getsockname())
        return theirs, ours

    def close(self) -> None:
        for sock in (*self.publisher, *self.receiver):
            sock.close()

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for sock in select.select([self.publisher[1], self.receiver[1]], [], [], 0.01)[0]:
                data = sock.recv(2048)
                rtcp = 192 <= data[1] <= 223
                if sock is self.receiver[1]:
                    self.feedback += rtp.RtcpPacket.parse(self.open.unprotect_rtcp(data)) if rtcp else []
                elif not rtcp:
                    self.forward(data)

    def forward(self, data: bytes) -> None:
        self.count += 1
        if self.drop_every and self.count % self.drop_every == 0:
            self.dropped.add(int.from_bytes(data[2:4], "big"))
            return
        for _ in range(2 if self.double_every and self.count % self.double_every == 0 else 1):
            self.receiver[1].send(data)
            self.handed += 1


@pytest.fixture
def forwarder() -> Iterator[Forwarder]:
    made = Forwarder()
    yield made
    made.close()


@pytest.fixture
def generator(forwarder: Forwarder) -> Iterator[Generator]:
    """One publisher of 200 packets a second, one receiver."""
    made = Generator(srtp.calls(), sample_every=8)
    send, receive = session(KEY, Policy.SSRC_ANY_OUTBOUND), session(KEY, Policy.SSRC_ANY_INBOUND)
    back = session(BACK_KEY, Policy.SSRC_ANY_OUTBOUND)
    address = srtp.address
    made.add_peer(
        forwarder.publisher[0].fileno(),
        send_session=address(send),
        receive_session=address(receive),
        keep=(send, receive),
        transport_id=3,
        mid_id=4,
    )
    inbound = session(KEY, Policy.SSRC_ANY_INBOUND)
    made.add_peer(
        forwarder.receiver[0].fileno(),
        send_session=address(back),
        receive_session=address(inbound),
        keep=(back, inbound),
        ssrc=99,
        transport_id=3,
        kinds={sdp.VP8: sdp.VIDEO},
    )
    start_ns = time.monotonic_ns() + 10_000_000
    made.add_track(
        0,
        video=True,
        payload_type=sdp.VP8,
        ssrc=7,
        bitrate_bps=800_000,
        rate_hz=50.0,
        payload_bytes=500,
        start_ns=start_ns,
    )
    made.measure(start_ns, start_ns + 10_000_000_000)
    made.start()
    yield made
    made.stop()


def finish(forwarder: Forwarder, generator: Generator) -> None:
    """Stop publishing and let everything on its way arrive, however slow the machine."""
    generator.stop_track(0)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        forwarder.run(0.02)
        through = generator.tracks()[0]["packets"] == forwarder.count
        if through and generator.peers()[1]["received"] == forwarder.handed:
            return
    raise AssertionError("packets got lost on loopback")


def figures(generator: Generator) -> tuple[int, dict[str, int]]:
    """(packets sent, the receiver's only stream)."""
    (track,) = generator.tracks()
    (stream,) = generator.streams()
    return track["window"], stream


def test_what_arrives_is_counted_and_decrypts(forwarder: Forwarder, generator: Generator) -> None:
    forwarder.run(0.5)
    finish(forwarder, generator)
    sent, stream = figures(generator)
    assert sent == stream["window"] == forwarder.count > 50
    assert stream["samples"] > 5
    assert (stream["bad"], stream["duplicates"], stream["switches"]) == (0, 0, 0)


def test_dropped_packets_are_missed_and_asked_for(forwarder: Forwarder, generator: Generator) -> None:
    forwarder.drop_every = 10
    forwarder.run(0.5)
    finish(forwarder, generator)
    sent, stream = figures(generator)
    assert sent - stream["window"] == len(forwarder.dropped) > 5
    asked = {
        number
        for packet in forwarder.feedback
        if isinstance(packet, rtp.RtcpRtpfbPacket) and packet.fmt == rtp.RTCP_RTPFB_NACK
        for number in packet.lost
    }
    # The very last one may be the last packet of all: nothing after it shows the gap.
    assert forwarder.dropped - asked <= {max(forwarder.dropped)}
    assert asked <= forwarder.dropped


def test_doubles_are_not_taken_for_deliveries(forwarder: Forwarder, generator: Generator) -> None:
    forwarder.double_every = 5
    forwarder.run(0.5)
    finish(forwarder, generator)
    sent, stream = figures(generator)
    assert stream["window"] == sent
    assert stream["duplicates"] == forwarder.count // 5


def test_reports_say_what_came(forwarder: Forwarder, generator: Generator) -> None:
    forwarder.drop_every = 4
    forwarder.run(1.3)
    reports = [packet for packet in forwarder.feedback if isinstance(packet, rtp.RtcpRrPacket)]
    block = reports[-1].reports[0]
    assert block.ssrc == 7
    assert 40 <= block.fraction_lost <= 90  # of 256: a quarter, give or take where the second was cut
    assert any(isinstance(p, rtp.RtcpRtpfbPacket) and p.fmt == 15 for p in forwarder.feedback)
