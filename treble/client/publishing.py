"""One of our own Tracks: frames in, packets out, paced by the frames themselves."""

from collections.abc import AsyncIterable
from functools import partial
from typing import Any, Final

import trio

from treble.api import Source
from treble.client.media.connection import Connection, now_ns
from treble.client.media.encoding import (
    SAMPLE_RATE,
    SAMPLES,
    VIDEO_CLOCK,
    AudioEncoder,
    VideoEncoder,
    bitrate_for,
    fit,
)
from treble.client.media.offer import KIND_OF
from treble.client.media.sending import SendStream
from treble.units import SECOND

LARGEST: Final = {Source.CAMERA: 720, Source.SCREEN: 1080}  # lines
BURST: Final = 8  # packets of a picture at once
BURST_S: Final = 0.003  # between two bursts: a keyframe of 60 kB takes 20 ms
MOST_DRIFT: Final = SAMPLE_RATE // 10  # of audio against the clock, after a pause
SHARE_STEP: Final = 10  # tenths of the wished bitrate


class LocalTrack:
    """Frames are read also while it is muted, as a device is."""

    def __init__(self, source: Source, frames: AsyncIterable[Any], video_codec: str) -> None:
        self.source = source
        self.enabled = False
        self.is_wanted = True  # somebody receives it, or nobody has said
        self.frames_sent = 0
        self._frames = frames
        self._video_codec = video_codec
        self._connection: Connection | None = None
        self._sender: SendStream | None = None
        self._fresh = True  # the next picture is a keyframe
        self._audio_timestamp: int | None = None

    def connect(self, connection: Connection | None, sender: SendStream | None) -> None:
        self._connection, self._sender = connection, sender
        self._fresh, self._audio_timestamp, self.is_wanted = True, None, True

    async def run(self) -> None:
        """Until the frames end."""
        if KIND_OF[self.source] == "audio":
            await self._run_audio()
        else:
            await self._run_video()

    async def _run_audio(self) -> None:
        encoder = AudioEncoder()
        async for frame in self._frames:
            sounds = encoder.encode(frame)
            connection, sender = self._connection, self._sender
            if not (self.enabled and connection and sender):
                self._audio_timestamp = None
                continue
            for payload, level in sounds:
                timestamp = self._next_audio(sender)
                for packet in sender.write([payload], timestamp, now_ns(), level=level):
                    connection.send(packet)
                self.frames_sent += 1

    def _next_audio(self, sender: SendStream) -> int:
        """Twenty milliseconds after the last, or what the clock says where that is far away."""
        clock = _timestamp(sender, SAMPLE_RATE)
        after = clock if self._audio_timestamp is None else self._audio_timestamp + SAMPLES
        drift = (after - clock + 2**31) % 2**32 - 2**31
        self._audio_timestamp = (clock if abs(drift) > MOST_DRIFT else after) & 0xFFFFFFFF
        return self._audio_timestamp

    async def _run_video(self) -> None:
        encoder = VideoEncoder(self._video_codec, LARGEST[self.source])
        async for frame in self._frames:
            connection, sender = self._connection, self._sender
            if not (self.enabled and self.is_wanted and connection and sender):
                self._fresh = True
                continue
            keyframe = self._fresh or sender.wants_keyframe
            self._fresh = sender.wants_keyframe = False
            timestamp, at = _timestamp(sender, VIDEO_CLOCK), now_ns()
            bitrate = self._bitrate(frame, connection)
            encode = partial(encoder.encode, frame, timestamp, bitrate, keyframe=keyframe)
            payloads = await trio.to_thread.run_sync(encode)
            if sender is self._sender:  # else the connection is another one
                await self._send_paced(connection, sender, payloads, timestamp, at)

    async def _send_paced(
        self, connection: Connection, sender: SendStream, payloads: list[bytes], timestamp: int, at_ns: int
    ) -> None:
        for index, packet in enumerate(sender.write(payloads, timestamp, at_ns)):
            if index and index % BURST == 0:
                await trio.sleep(BURST_S)
            connection.send(packet)
        self.frames_sent += bool(payloads)

    def _bitrate(self, frame: Any, connection: Connection) -> int:
        width, height = fit(frame.width, frame.height, LARGEST[self.source])
        share = max(1, round(connection.uplink.share * SHARE_STEP))
        return bitrate_for(width, height) * share // SHARE_STEP


def _timestamp(sender: SendStream, clock_rate: int) -> int:
    """The RTP timestamp of now."""
    return (sender.first_timestamp + now_ns() * clock_rate // SECOND) & 0xFFFFFFFF
