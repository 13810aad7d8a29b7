"""One of our own Tracks: frames in, packets out, paced by the frames themselves."""

from collections.abc import AsyncIterable, Callable, Sequence
from functools import partial
from typing import Any, Final

import trio

from treble.api import Source
from treble.client.media.connection import Connection
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
from treble.client.media.paths import now_ns
from treble.client.media.sending import SendStream
from treble.units import SECOND

LARGEST: Final = {Source.CAMERA: 720, Source.SCREEN: 1080}  # lines
BURST: Final = 8  # packets of a picture at once
BURST_S: Final = 0.003  # between two bursts: a keyframe of 60 kB takes 20 ms
MOST_DRIFT: Final = SAMPLE_RATE // 10  # of audio against the clock, after a pause
SHARE_STEP: Final = 10  # tenths of the wished bitrate
Seal = Callable[[bytes, Source, str], bytes | None]


class LocalTrack:
    """Frames are read also while it is muted, as a device is. `seal`: an encoded frame of a codec as it is sent, None where
    it must not be."""

    def __init__(self, source: Source, frames: AsyncIterable[Any], seal: Seal) -> None:
        self.source = source
        self.enabled = False
        self.is_wanted = True  # somebody receives it, or nobody has said
        self.frames_sent = 0
        self._frames = frames
        self._seal = seal
        self._video_codec = ""
        self._connection: Connection | None = None
        self._sender: SendStream | None = None
        self._fresh = True  # the next picture is a keyframe
        self._audio_timestamp: int | None = None

    @property
    def is_muted(self) -> bool:
        return not self.enabled

    def connect(self, connection: Connection, sender: SendStream, video_codec: str) -> None:
        self._connection, self._sender, self._video_codec = connection, sender, video_codec
        self._fresh, self._audio_timestamp, self.is_wanted = True, None, True

    def disconnect(self) -> None:
        self._connection = self._sender = None

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
            for sound, level in sounds:
                timestamp = self._next_audio(sender)
                payload = self._seal(sound, self.source, "opus")
                if payload is None:
                    continue
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
            if encoder.codec != self._video_codec:
                encoder = VideoEncoder(self._video_codec, LARGEST[self.source])
            connection, sender = self._connection, self._sender
            if not (self.enabled and self.is_wanted and connection and sender):
                self._fresh = True
                continue
            keyframe = self._fresh or sender.wants_keyframe
            self._fresh = sender.wants_keyframe = False
            timestamp, at = _timestamp(sender, VIDEO_CLOCK), now_ns()
            bitrate = self._bitrate(frame, connection)
            encode = partial(encoder.encode, frame, at, bitrate, keyframe=keyframe)
            pictures = await trio.to_thread.run_sync(encode)
            if sender is not self._sender:  # the connection is another one
                continue
            for picture in pictures:
                sealed = self._seal(picture, self.source, encoder.codec)
                if sealed is None:
                    self._fresh = True
                else:
                    await self._send_paced(connection, sender, encoder.packetise(sealed), timestamp, at)

    async def _send_paced(
        self,
        connection: Connection,
        sender: SendStream,
        payloads: Sequence[bytes],
        timestamp: int,
        at_ns: int,
    ) -> None:
        for index, packet in enumerate(sender.write(payloads, timestamp, at_ns)):
            if index and index % BURST == 0:
                await trio.sleep(BURST_S)
            connection.send(packet)
        self.frames_sent += 1

    def _bitrate(self, frame: Any, connection: Connection) -> int:
        width, height = fit(frame.width, frame.height, LARGEST[self.source])
        share = max(1, round(connection.uplink.share * SHARE_STEP))
        return bitrate_for(width, height) * share // SHARE_STEP


def _timestamp(sender: SendStream, clock_rate: int) -> int:
    """The RTP timestamp of now."""
    return (sender.first_timestamp + now_ns() * clock_rate // SECOND) & 0xFFFFFFFF
