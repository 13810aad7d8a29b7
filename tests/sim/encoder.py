"""A camera as Chromium sends it: simulcast layers of L1T3 from one clock, paced, switched by demand; and a voice.

Four frames make a turn of L1T3: T0 T2 T1 T2. T0 refers to the T0 four frames before, T1 to the T0 two before, the first
T2 to the T0 and the second to the T1 right before it: always the frame `REFERENCE[temporal]` earlier. A keyframe begins
a turn.
"""

import random
from collections.abc import Callable
from typing import Final

from tests.sim import media
from tests.sim.clock import MS, SECOND, Clock
from tests.sim.media import OPUS, Stamp
from tests.sim.publisher import KEYFRAME_FACTOR, VIDEO_PACKET, Publisher, Stream, VideoLayer

TURN: Final = (0, 2, 1, 2)
REFERENCE: Final = {0: 4, 1: 2, 2: 1}
ACTIVATION_NS = 100 * MS  # Chromium, from `setParameters` to the first packet: 101 to 136 ms
PACING_FACTOR = 2.5  # libwebrtc's pacer, of the target bit rate
DTX_PERIOD_NS = 400 * MS  # Opus says so often that it is silent
SPEAKING, SILENT = 30, 127  # -dBov


class LayeredVideo(VideoLayer):
    """One encoding, L1T3."""

    def __init__(
        self,
        clock: Clock,
        stream: Stream,
        publisher: int,
        layer: int,
        bitrate_bps: int,
        fps: int,
        t0_share: float,
    ) -> None:
        super().__init__(stream, publisher, layer, bitrate_bps, fps)
        self.clock = clock
        self.tl0 = 0
        self.position = 0
        self.starts_ns: int | None = 0
        """From when on it sends; None while it is switched off."""
        self.requests_ns: list[int] = []
        """When keyframes were asked for."""
        rest = (1 - t0_share) / 3  # of the bits of a turn: T1 one part, the two T2 one each
        self._factors = {0: 4 * t0_share, 1: 4 * rest, 2: 4 * rest}

    @property
    def is_active(self) -> bool:
        return self.starts_ns is not None

    def switch(self, active: bool, now_ns: int) -> None:
        if active and self.starts_ns is None:
            self.starts_ns = now_ns + ACTIVATION_NS
            self.keyframe_wanted, self.last_keyframe_ns = True, -SECOND
        elif not active:
            self.starts_ns = None

    def request_keyframe(self) -> None:
        super().request_keyframe()
        self.requests_ns.append(self.clock.now_ns)

    def next_frame(self, now_ns: int) -> list[tuple[Stamp, bytes]]:
        keyframe = self.keyframe_wanted and now_ns - self.last_keyframe_ns >= 100 * MS
        size = self.bitrate_bps * self.period_ns // SECOND // 8
        if keyframe:
            self.keyframe_wanted, self.last_keyframe_ns = False, now_ns
            self.position = 0
            temporal, size = 0, size * KEYFRAME_FACTOR
        else:
            temporal = TURN[self.position]
            size = int(size * self._factors[temporal])
        self.tl0 += temporal == 0
        count = max(1, -(-size // VIDEO_PACKET))
        is_sync = self.position in (1, 2)  # refers to a T0 only
        out = []
        for index in range(count):
            stamp = Stamp(now_ns, self.publisher, self.layer, self.frame, index, count, keyframe)
            payload = bytearray(media.vp8_payload(stamp, self.picture_id, self.tl0, size // count))
            payload[0] |= 0x20 if temporal == 2 else 0  # nothing refers to it
            payload[5] = temporal << 6 | is_sync << 5
            out.append((stamp, bytes(payload)))
        self.frame += 1
        self.picture_id += 1
        self.position = (self.position + 1) % 4
        return out


class Studio(Publisher):
    """A Publisher with a pacer, a camera and a voice."""

    def __init__(
        self, clock: Clock, number: int, rng: random.Random, send_rtp: Callable[[bytes], None]
    ) -> None:
        super().__init__(number, rng, send_rtp, lambda: clock.now_ns)
        self.video: list[LayeredVideo] = []
        self.level = SILENT
        self.dtx = False
        self._clock = clock
        self._free_ns = 0
        self._dtx_sent_ns = 0

    def send_picture(self) -> None:
        """One capture: every active layer encodes it."""
        now = self._now()
        active = [video for video in self.video if video.starts_ns is not None and now >= video.starts_ns]
        pace_bps = int(PACING_FACTOR * sum(video.bitrate_bps for video in active))
        for video in active:
            timestamp = video.stream.timestamp(now)
            for stamp, payload in video.next_frame(now):
                when = self._free_ns = max(now, self._free_ns)
                self._free_ns += len(payload) * 8 * SECOND // pace_bps
                is_last = stamp.index == stamp.count - 1
                self._send_at(when, video.stream, payload, timestamp, is_last)

    def _send_at(self, when: int, stream: Stream, payload: bytes, timestamp: int, is_last: bool) -> None:
        self._clock.at(when, lambda: self._send(stream, payload, timestamp, marker=is_last))

    def speak(self, stream: Stream, octets: int) -> None:
        """One Opus frame; with DTX only now and then while silent."""
        now = self._now()
        frame = self.audio_frame
        self.audio_frame += 1
        if self.dtx and self.level == SILENT:
            if now - self._dtx_sent_ns < DTX_PERIOD_NS:
                return
            self._dtx_sent_ns = now
            octets = 1
        stamp = Stamp(now, self.number, 0, frame, 0, 1, False)
        self._send(stream, media.opus_payload(stamp, octets), stream.timestamp(now), marker=False)

    def _send(self, stream: Stream, payload: bytes, timestamp: int, *, marker: bool) -> None:
        number = stream.sequence & 0xFFFF
        stream.history[number] = (self._now(), timestamp, marker, payload)
        if len(stream.history) > 1000:
            stream.history.popitem(last=False)
        extensions = self._extensions(stream)
        if stream.codec == OPUS:
            extensions[media.AUDIO_LEVEL] = bytes([(0x80 if self.level < 127 else 0) | self.level])
        self._send_rtp(
            media.rtp_packet(
                stream.payload_type,
                number,
                timestamp,
                stream.ssrc,
                payload,
                marker=marker,
                extensions=extensions,
            )
        )
        stream.sequence += 1
        stream.packets += 1
        stream.octets += len(payload)
