"""The sending half of a synthetic browser: streams with a history, RTX answers, keyframes on demand."""

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from _fastpath import rtcp, twcc
from tests.sim import media
from tests.sim.clock import MS, SECOND
from tests.sim.media import OPUS, VP8, Stamp

HISTORY = 1000  # packets per stream that can be sent again
VIDEO_PACKET = 1100  # bytes of payload, as libwebrtc's packetizer fills them
KEYFRAME_FACTOR = 5  # a keyframe is so many times larger than the others
AUDIO_FRAME_NS = 20 * MS


@dataclass
class Stream:
    """One SSRC with its RTX twin."""

    codec: int
    ssrc: int
    payload_type: int
    clock_rate: int
    mid: bytes
    rid: bytes = b""
    rtx_ssrc: int = 0
    rtx_payload_type: int = 0
    sequence: int = 0
    rtx_sequence: int = 0
    timestamp_offset: int = 0
    packets: int = 0
    octets: int = 0
    nacked: int = 0
    """Sequence numbers asked for again, repeats counted."""
    resent: int = 0
    history: OrderedDict[int, tuple[int, int, bool, bytes]] = field(default_factory=OrderedDict)
    """sequence: last sent (ns), timestamp, marker, payload."""

    def timestamp(self, now_ns: int) -> int:
        return (self.timestamp_offset + now_ns * self.clock_rate // SECOND) & 0xFFFFFFFF


TEMPORAL_PATTERN = {1: (0,), 2: (0, 1), 3: (0, 2, 1, 2)}


class VideoLayer:
    """A constant-rate encoder; a keyframe when asked, not twice within 100 ms.

    With temporal layers, as libwebrtc makes them for VP8: T1 refers to T0, the first T2 to T0, the second to T1.
    """

    def __init__(self, stream: Stream, publisher: int, layer: int, bitrate_bps: int, fps: int) -> None:
        self.stream = stream
        self.publisher = publisher
        self.layer = layer
        self.bitrate_bps = bitrate_bps
        self.period_ns = SECOND // fps
        self.frame = 0
        self.picture_id = 0x7FF0  # turns over soon
        self.keyframe_wanted = True
        self.last_keyframe_ns = -SECOND
        self.keyframe_requests = 0
        self.temporal_layers = 1
        self.references: dict[int, tuple[int, ...]] = {}
        """Of each frame, by number."""
        self.temporal: dict[int, int] = {}
        self._since_keyframe = 0
        self._tl0 = 0

    def request_keyframe(self) -> None:
        self.keyframe_requests += 1
        self.keyframe_wanted = True

    def next_frame(self, now_ns: int) -> list[tuple[Stamp, bytes]]:
        keyframe = self.keyframe_wanted and now_ns - self.last_keyframe_ns >= 100 * MS
        size = self.bitrate_bps * self.period_ns // SECOND // 8
        if keyframe:
            self.keyframe_wanted, self.last_keyframe_ns = False, now_ns
            size *= KEYFRAME_FACTOR
        count = max(1, -(-size // VIDEO_PACKET))
        temporal, sync = self._place(keyframe=keyframe)
        out = []
        for index in range(count):
            stamp = Stamp(now_ns, self.publisher, self.layer, self.frame, index, count, keyframe)
            payload = media.vp8_payload(stamp, self.picture_id, self._tl0, size // count, temporal, sync=sync)
            out.append((stamp, payload))
        self.frame += 1
        self.picture_id += 1
        return out

    def _place(self, *, keyframe: bool) -> tuple[int, bool]:
        """Temporal layer of the next frame, and whether it refers to T0 alone."""
        self._since_keyframe = 0 if keyframe else self._since_keyframe + 1
        pattern = TEMPORAL_PATTERN[self.temporal_layers]
        at = self._since_keyframe % len(pattern)
        temporal = pattern[at]
        base = self.frame - (at or len(pattern))  # the T0 before it
        reference = self.frame - 1 if at == 3 else base
        self.references[self.frame] = () if keyframe else (reference,)
        self.temporal[self.frame] = temporal
        self._tl0 += temporal == 0
        return temporal, temporal > 0 and reference == base


class Publisher:
    """`send_rtp` and `send_rtcp` protect and send; every packet takes the next transport-wide number."""

    def __init__(
        self, number: int, rng: random.Random, send_rtp: Callable[[bytes], None], now: Callable[[], int]
    ) -> None:
        self.number = number
        self.streams: dict[int, Stream] = {}
        self.layers: list[VideoLayer] = []
        self.sent: dict[tuple[int, int, int, int], int] = {}
        """When each video packet first left, by its stamp's identity."""
        self.audio_frame = 0
        self.retransmit_ns = 40 * MS
        self.transport_sequence = rng.randrange(65536)
        self.transport_sent: dict[int, int] = {}
        """When each transport-wide number left (the last turn of them)."""
        self.transport_acked: dict[int, int] = {}
        """When it arrived, on the server's clock; lost ones are absent."""
        self._rng = rng
        self._send_rtp = send_rtp
        self._now = now

    def add_stream(self, stream: Stream) -> Stream:
        stream.sequence = self._rng.randrange(65536)
        stream.rtx_sequence = self._rng.randrange(65536)
        stream.timestamp_offset = self._rng.randrange(2**32)
        self.streams[stream.ssrc] = stream
        return stream

    def add_layer(self, stream: Stream, layer: int, bitrate_bps: int, fps: int) -> VideoLayer:
        video = VideoLayer(self.add_stream(stream), self.number, layer, bitrate_bps, fps)
        self.layers.append(video)
        return video

    def send_frame(self, video: VideoLayer) -> None:
        """All packets of a frame at once, as browsers do."""
        now = self._now()
        frame = video.next_frame(now)
        for stamp, payload in frame:
            self.sent[stamp.identity] = now
            self._send_new(video.stream, payload, marker=stamp.index == stamp.count - 1)

    def send_audio(self, stream: Stream) -> None:
        stamp = Stamp(self._now(), self.number, 0, self.audio_frame, 0, 1, False)
        self.audio_frame += 1
        self._send_new(stream, media.opus_payload(stamp, 80), marker=False)

    def send_padding(self, stream: Stream) -> None:
        """A padding-only packet, as a probe sends."""
        header = bytearray(self._packet(stream, b"", marker=False))
        header[0] |= 0x20
        self._send_rtp(bytes(header) + bytes(99) + b"\x64")
        stream.sequence += 1

    def _send_new(self, stream: Stream, payload: bytes, *, marker: bool) -> None:
        now = self._now()
        stream.history[stream.sequence & 0xFFFF] = (now, stream.timestamp(now), marker, payload)
        if len(stream.history) > HISTORY:
            stream.history.popitem(last=False)
        self._send_rtp(self._packet(stream, payload, marker=marker))
        stream.sequence += 1
        stream.packets += 1
        stream.octets += len(payload)

    def _extensions(self, stream: Stream, *, repaired: bool = False) -> dict[int, bytes]:
        self.transport_sequence = (self.transport_sequence + 1) & 0xFFFF
        self.transport_sent[self.transport_sequence] = self._now()
        extensions = {
            media.MID: stream.mid,
            media.ABS_SEND_TIME: media.abs_send_time(self._now()),
            media.TRANSPORT_SEQUENCE: self.transport_sequence.to_bytes(2, "big"),
        }
        if stream.rid:
            extensions[media.REPAIRED_RID if repaired else media.RID] = stream.rid
        if stream.codec == OPUS:
            extensions[media.AUDIO_LEVEL] = b"\x9e"
        return extensions

    def _packet(self, stream: Stream, payload: bytes, *, marker: bool) -> bytes:
        return media.rtp_packet(
            stream.payload_type,
            stream.sequence,
            stream.timestamp(self._now()),
            stream.ssrc,
            payload,
            marker=marker,
            extensions=self._extensions(stream),
        )

    def handle_nack(self, ssrc: int, sequences: list[int]) -> None:
        """By RTX (RFC 4588), not twice within about a round trip (libwebrtc's rule)."""
        stream = self.streams.get(ssrc)
        now = self._now()
        for sequence in sequences if stream else ():
            assert stream is not None
            stream.nacked += 1
            if sequence not in stream.history or stream.codec != VP8:
                continue
            last_sent, timestamp, marker, payload = stream.history[sequence]
            if now - last_sent < self.retransmit_ns:
                continue
            stream.history[sequence] = (now, timestamp, marker, payload)
            stream.resent += 1
            packet = media.rtp_packet(
                stream.rtx_payload_type,
                stream.rtx_sequence,
                timestamp,
                stream.rtx_ssrc,
                sequence.to_bytes(2, "big") + payload,
                marker=marker,
                extensions=self._extensions(stream, repaired=True),
            )
            stream.rtx_sequence += 1
            self._send_rtp(packet)

    def handle_keyframe_request(self, ssrc: int) -> None:
        for video in self.layers:
            if video.stream.ssrc == ssrc:
                video.request_keyframe()

    def handle_transport_feedback(self, data: bytes) -> None:
        acks = twcc.read(data)
        assert acks is not None
        for sequence, arrival_ns in acks:
            assert sequence in self.transport_sent, "feedback about a packet that was never sent"
            if arrival_ns is not None:
                self.transport_acked[sequence] = arrival_ns

    def reports(self) -> list[bytes]:
        """A sender report with a name for each stream."""
        now = self._now()
        return [
            rtcp.sender_report(28, s.ssrc, ntp(now), s.timestamp(now), s.packets, s.octets)
            + rtcp.sdes_cname(100, s.ssrc, b"peer%d" % self.number)
            for s in self.streams.values()
            if s.packets
        ]


def ntp(now_ns: int) -> int:
    return ((now_ns // SECOND) << 32) | ((now_ns % SECOND) << 32) // SECOND
