"""A load on one server: peers joined one by one, Tracks started, one measuring window.

The generator's thread runs from the first peer on, so that keyframe requests are answered and consent is
kept while later peers join. `LoadPeer`s are made from either end's offer: Treble answers ours, Janus offers
to subscribers.
"""

import itertools
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import trio

from bench import rig
from bench.load import sdp, srtp
from bench.load.connect import Connected, connect, credentials
from bench.load.generator import Generator

Exchange = Callable[[str], Awaitable[str]]
"""Carries an offer to the server and brings its answer."""


@dataclass(frozen=True)
class Media:
    """What each publisher sends. `spread`: share of a frame's period over which its packets are spread; 0: a
    burst."""

    video_bps: int = 0
    audio_bps: int = 0
    frames_hz: float = 30.0
    keyframe_every: int = 90
    spread: float = 0.0

    @property
    def kinds(self) -> list[str]:
        return ["audio"] * bool(self.audio_bps) + ["video"] * bool(self.video_bps)


@dataclass
class LoadPeer:
    number: int
    asked_ns: int
    """When its join began."""
    tracks: list[int] = field(default_factory=list)


class Load:
    """Peers of one scenario on one server."""

    def __init__(self, wire: rig.Wire, profile: str | None, media: Media) -> None:
        """`profile` None: plain RTP, as the floor takes it."""
        self.wire = wire
        self.profile = profile
        self.media = media
        self.generator = Generator(srtp.calls(), rig.GENERATOR_CPU)
        self.peers: list[LoadPeer] = []
        self._sockets: list[socket.socket] = []
        self._ssrcs = itertools.count(0x10000001)
        self.generator.start()

    def close(self) -> None:
        """Fall silent, without a word to the server."""
        self.generator.stop()
        for sock in self._sockets:
            sock.close()

    def source_lines(self) -> list[sdp.Line]:
        """Sendonly m-lines of one publisher."""
        return [
            sdp.Line(str(index), kind, "sendonly", sdp.Source(next(self._ssrcs), next(self._ssrcs)))
            for index, kind in enumerate(self.media.kinds)
        ]

    def slot_lines(self, pairs: int, first_mid: int = 0) -> list[sdp.Line]:
        """Recvonly m-lines for so many participants."""
        mids = itertools.count(first_mid)
        return [
            sdp.Line(str(next(mids)), kind, "recvonly") for _ in range(pairs) for kind in self.media.kinds
        ]

    async def offer(self, exchange: Exchange, lines: Sequence[sdp.Line], setup: str = "actpass") -> LoadPeer:
        """Join with our offer; publishing starts at once. `setup` as some servers need it to be the DTLS
        server."""
        asked_ns = time.monotonic_ns()
        own = credentials()
        remote = sdp.read(await exchange(sdp.write_offer(lines, own, setup)))
        return await self._attach(own, remote, lines, asked_ns)

    async def answer(self, offer: str, exchange: Exchange, asked_ns: int) -> LoadPeer:
        """Join with an answer to the server's offer; receiving only."""
        own = credentials()
        remote = sdp.read(offer)
        await exchange(sdp.write_answer(remote, own))
        return await self._attach(own, remote, (), asked_ns)

    async def _attach(
        self, own: sdp.Credentials, remote: sdp.Remote, lines: Sequence[sdp.Line], asked_ns: int
    ) -> LoadPeer:
        assert self.profile is not None
        connected = await connect(self.wire.generator, own, remote, self.profile)
        return self._add(connected, remote, lines, asked_ns)

    async def keyed(self, remote: sdp.Remote, material: bytes, lines: Sequence[sdp.Line]) -> LoadPeer:
        """Join with keys known beforehand: a check, no DTLS."""
        asked_ns = time.monotonic_ns()
        assert self.profile is not None
        connected = await connect(self.wire.generator, credentials(), remote, self.profile, material)
        return self._add(connected, remote, lines, asked_ns)

    def _add(
        self, connected: Connected, remote: sdp.Remote, lines: Sequence[sdp.Line], asked_ns: int
    ) -> LoadPeer:
        self._sockets.append(connected.sock)
        number = self.generator.add_peer(
            connected.sock.fileno(),
            send_session=srtp.address(connected.sending),
            receive_session=srtp.address(connected.receiving),
            keep=connected,
            ssrc=next(self._ssrcs),
            kinds=remote.kinds,
            mid_id=remote.extension("mid"),
            abs_send_time_id=remote.extension("abs_send_time"),
            transport_id=remote.extension("transport"),
            level_id=remote.extension("level"),
            consent=connected.consent,
        )
        peer = LoadPeer(number, asked_ns)
        for line in lines:
            if line.source is not None:
                peer.tracks.append(self._publish(number, line, line.source, remote.line(line.mid)))
        self.peers.append(peer)
        return peer

    def _publish(self, peer: int, line: sdp.Line, source: sdp.Source, answered: sdp.RemoteLine) -> int:
        return self._track(
            peer,
            video=line.kind == "video",
            payload_type=answered.codec,
            rtx_payload_type=answered.rtx,
            ssrc=source.ssrc,
            rtx_ssrc=source.rtx_ssrc,
            mid=line.mid.encode(),
        )

    def _track(self, peer: int, *, video: bool, **more: Any) -> int:
        """Start a Track; publishers' phases are spread over their period as in life."""
        rate_hz = self.media.frames_hz if video else 50.0
        period_ns = int(1e9 / rate_hz)
        phase = (peer * 0.618034) % 1.0
        bitrate_bps = self.media.video_bps if video else self.media.audio_bps
        return self.generator.add_track(
            peer,
            video=video,
            bitrate_bps=bitrate_bps,
            rate_hz=rate_hz,
            start_ns=time.monotonic_ns() + 20_000_000 + int(phase * period_ns),
            spread_ns=int(self.media.spread * period_ns) if video else 0,
            keyframe_every=self.media.keyframe_every if video else 0,
            **more,
        )

    def plain(self, address: tuple[str, int], *, publish: bool, receive: bool = True) -> LoadPeer:
        """A peer without ICE, DTLS and SRTP, for the floor."""
        asked_ns = time.monotonic_ns()
        sock = rig.udp_socket(self.wire.generator, address)
        self._sockets.append(sock)
        if receive:
            sock.send(b"J")
        kinds = {sdp.VP8: sdp.VIDEO, sdp.VP8_RTX: sdp.RTX, sdp.OPUS: sdp.AUDIO}
        ids = sdp.EXTENSION_IDS
        number = self.generator.add_peer(
            sock.fileno(),
            keep=sock,
            kinds=kinds,
            mid_id=ids["mid"],
            abs_send_time_id=ids["abs_send_time"],
            transport_id=ids["transport"],
            level_id=ids["level"],
        )
        peer = LoadPeer(number, asked_ns)
        for kind in self.media.kinds if publish else ():
            video = kind == "video"
            payload_type = sdp.VP8 if video else sdp.OPUS
            track = self._track(number, video=video, payload_type=payload_type, ssrc=next(self._ssrcs))
            peer.tracks.append(track)
        self.peers.append(peer)
        return peer

    async def until_flowing(self, streams: int, timeout_s: float = 10.0) -> bool:
        """Wait until so many streams arrive and are understood."""
        with trio.move_on_after(timeout_s):
            while sum(each["track"] >= 0 for each in self.generator.streams()) < streams:  # noqa: ASYNC110
                await trio.sleep(0.05)
            return True
        return False

    def join_times_ms(self) -> list[float]:
        """From the offer to the first packet that a decoder can begin with, of every peer that received one."""
        firsts = self.generator.peers()
        return [
            (firsts[peer.number]["first_media_ns"] - peer.asked_ns) / 1e6
            for peer in self.peers
            if firsts[peer.number]["first_media_ns"]
        ]


def direct_path_us(wire: rig.Wire, media: Media, seconds: float = 1.0) -> dict[str, int]:
    """Latency of the generator's own sends to a socket at the server's end: what a forwarder cannot be
    blamed for."""
    with wire.server_side():
        target = rig.udp_socket(wire.server)
    generator = Generator(None, rig.GENERATOR_CPU)
    sock = rig.udp_socket(wire.generator, target.getsockname())
    generator.add_peer(sock.fileno(), keep=sock, transport_id=3, mid_id=4)
    generator.add_peer(target.fileno(), keep=target, kinds={sdp.VP8: sdp.VIDEO})
    start_ns = time.monotonic_ns() + 100_000_000
    bitrate = media.video_bps or media.audio_bps
    generator.add_track(
        0, video=True, payload_type=sdp.VP8, ssrc=1, bitrate_bps=bitrate, rate_hz=30.0, start_ns=start_ns
    )
    generator.measure(start_ns + 100_000_000, start_ns + 100_000_000 + int(seconds * 1e9))
    generator.start()
    time.sleep(seconds + 0.3)
    generator.stop()
    sock.close()
    target.close()
    latency: dict[str, int] = generator.window()["latency"]
    return latency
