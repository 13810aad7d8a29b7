"""Frames into what is sent: Opus in 20 ms, VP8 or H264 for conversation (no frame waits for a later one)."""

import math
from array import array
from collections.abc import Sequence
from fractions import Fraction
from operator import mul
from typing import Any, Final, NamedTuple

import av
from av.video.frame import PictureType

from treble.client.media import h264, vp8
from treble.units import SECOND

SAMPLE_RATE: Final = 48_000
SAMPLES: Final = 960  # 20 ms
AUDIO_BPS: Final = 64_000
SILENCE: Final = 127  # -dBov, the least that there is (RFC 6464)
FULL_SCALE: Final = 32_768.0
VIDEO_CLOCK: Final = 90_000
KEYFRAME_EVERY: Final = 3_000  # frames; they come when asked for
ENCODERS: Final = {"vp8": "libvpx", "h264": "libx264"}
OPTIONS: Final = {
    "vp8": {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "error-resilient": "1",
        "auto-alt-ref": "0",
    },
    "h264": {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline"},
}


class Sound(NamedTuple):
    """20 ms; `level` in -dBov."""

    payload: bytes
    level: int


class AudioEncoder:
    """Any audio frames into mono Opus."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE, frame_size=SAMPLES)
        self._codec: Any = av.CodecContext.create("libopus", "w")
        self._codec.sample_rate, self._codec.layout, self._codec.format = SAMPLE_RATE, "mono", "s16"
        self._codec.time_base = Fraction(1, SAMPLE_RATE)
        self._codec.bit_rate = AUDIO_BPS
        self._codec.options = {"frame_duration": "20"}
        self._at = 0

    def encode(self, frame: av.AudioFrame) -> list[Sound]:
        sounds = []
        for piece in self._resampler.resample(frame):
            piece.pts, piece.time_base = self._at, Fraction(1, SAMPLE_RATE)
            self._at += piece.samples
            level = level_of(bytes(piece.planes[0])[: 2 * piece.samples])
            sounds += [Sound(bytes(packet), level) for packet in self._codec.encode(piece)]
        return sounds


def level_of(pcm: bytes) -> int:
    """Loudness of 16-bit samples in -dBov (RFC 6464)."""
    samples = array("h", pcm)
    power = sum(map(mul, samples, samples)) / max(1, len(samples))
    if power == 0:
        return SILENCE
    return min(SILENCE, max(0, round(-20 * math.log10(math.sqrt(power) / FULL_SCALE))))


class VideoEncoder:
    """`largest`: the most lines (shorter side); larger pictures are scaled down."""

    def __init__(self, codec: str, largest: int = 720) -> None:
        self.codec = codec
        self._largest = largest
        self._codec: Any = None
        self._shape = (0, 0, 0)
        self._picture_id = 0

    def encode(self, frame: av.VideoFrame, at_ns: int, bitrate: int, *, keyframe: bool) -> list[bytes]:
        """The picture, where the encoder gives one. Another size or bitrate begins with a keyframe.

        `at_ns`: when, on a clock that only rises (RTP timestamps begin anew with each connection, and wrap).
        """
        width, height = fit(frame.width, frame.height, self._largest)
        if self._shape != (width, height, bitrate):
            self._open(width, height, bitrate)
        picture = frame.reformat(width=width, height=height, format="yuv420p")
        picture.pts, picture.time_base = at_ns * VIDEO_CLOCK // SECOND, Fraction(1, VIDEO_CLOCK)
        picture.pict_type = PictureType.I if keyframe else PictureType.NONE
        return [bytes(packet) for packet in self._codec.encode(picture)]

    def packetise(self, data: bytes) -> Sequence[bytes]:
        """RTP payloads of one picture."""
        if self.codec == "h264":
            return h264.packetise(data)
        self._picture_id = self._picture_id + 1 & 0x7FFF
        return vp8.packetise(data, self._picture_id)

    def _open(self, width: int, height: int, bitrate: int) -> None:
        self._shape = (width, height, bitrate)
        self._codec = av.CodecContext.create(ENCODERS[self.codec], "w")
        self._codec.width, self._codec.height, self._codec.pix_fmt = width, height, "yuv420p"
        self._codec.time_base = Fraction(1, VIDEO_CLOCK)
        self._codec.framerate = Fraction(30)
        self._codec.bit_rate = bitrate
        self._codec.gop_size = KEYFRAME_EVERY
        self._codec.thread_count = 1
        options = dict(OPTIONS[self.codec])
        options |= {"maxrate": str(bitrate), "bufsize": str(bitrate // 2)}
        self._codec.options = options


def fit(width: int, height: int, largest: int) -> tuple[int, int]:
    """Even sizes with the picture's shape and at most so many lines."""
    scale = min(1.0, largest / max(1, min(width, height)))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def bitrate_for(width: int, height: int) -> int:
    """As browsers send a camera of this size, about: 640x360 800 kbit/s, 1280x720 2 Mbit/s."""
    pixels = width * height
    return int(min(2_500_000, max(150_000, 800_000 * (pixels / (640 * 360)) ** 0.7)))
