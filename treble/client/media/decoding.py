"""Encoded frames into `av` frames; `pts` is the RTP timestamp, `time_base` its clock."""

from fractions import Fraction
from typing import Any, Final

import av

from treble.client.media.receiving import CLOCK_RATE, Encoded

DECODERS: Final = {"vp8": "vp8", "h264": "h264", "opus": "libopus"}


class Decoder:
    """Follows the codec of what comes; what cannot be decoded gives nothing."""

    def __init__(self, kind: str) -> None:
        self._time_base = Fraction(1, CLOCK_RATE[kind])
        self._name = ""
        self._codec: Any = None

    def decode(self, encoded: Encoded) -> list[Any]:
        if encoded.codec not in DECODERS:
            return []
        if encoded.codec != self._name:
            self._open(encoded.codec)
        packet = av.Packet(encoded.data)
        packet.pts, packet.time_base = encoded.timestamp, self._time_base
        try:
            frames: list[Any] = self._codec.decode(packet)
        except av.FFmpegError:
            return []
        for frame in frames:
            frame.pts, frame.time_base = encoded.timestamp, self._time_base
        return frames

    def _open(self, codec: str) -> None:
        self._name = codec
        self._codec = av.CodecContext.create(DECODERS[codec], "r")
        self._codec.thread_count = 1
        if codec == "opus":
            self._codec.sample_rate, self._codec.layout = CLOCK_RATE["audio"], "stereo"
