"""aiortc as a WHIP publisher or a WHEP player: `python aiortc_client.py publish|play URL TOKEN`.

A program of its own, because aiortc needs asyncio. It prints one JSON object per line: `{"location"}` once,
`{"state"}` at each change, `{"audio", "video", "width", "height"}` twice a second when it plays. SIGTERM
makes it delete the resource and end with status 0.
"""

import array
import asyncio
import fractions
import json
import math
import signal
import ssl
import sys
from typing import Any

import httpx
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

WIDTH, HEIGHT, FRAME_RATE = 640, 360, 15
VIDEO_CLOCK = 90_000
SAMPLE_RATE, SAMPLES, TONE = 48_000, 960, 440


class MovingBar(VideoStreamTrack):
    """A bright bar that wanders over grey."""

    _number = 0

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(1 / FRAME_RATE)
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        luma, *chroma = frame.planes
        left = self._number * 8 % (WIDTH - 40)
        line = bytearray(b"\x50" * luma.line_size)
        line[left : left + 40] = b"\xe0" * 40
        luma.update(bytes(line) * HEIGHT)
        for plane in chroma:
            plane.update(b"\x80" * plane.buffer_size)
        frame.pts, frame.time_base = (
            self._number * VIDEO_CLOCK // FRAME_RATE,
            fractions.Fraction(1, VIDEO_CLOCK),
        )
        self._number += 1
        return frame


class Tone(AudioStreamTrack):
    """A sine of 440 Hz."""

    _position = 0
    _began: float | None = None

    async def recv(self) -> AudioFrame:
        now = asyncio.get_running_loop().time()
        self._began = self._began or now
        await asyncio.sleep(max(0.0, self._began + self._position / SAMPLE_RATE - now))
        turn = 2 * math.pi * TONE / SAMPLE_RATE
        positions = range(self._position, self._position + SAMPLES)
        frame = AudioFrame("s16", "mono", SAMPLES)
        frame.planes[0].update(
            array.array("h", [int(8000 * math.sin(turn * p)) for p in positions]).tobytes()
        )
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._position
        frame.time_base = fractions.Fraction(1, SAMPLE_RATE)
        self._position += SAMPLES
        return frame


class Counts:
    """What came out of the decoders."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {"audio": 0, "video": 0, "width": 0, "height": 0}

    async def take(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.seen[track.kind] += 1
            if isinstance(frame, VideoFrame):
                self.seen["width"], self.seen["height"] = frame.width, frame.height


def say(**fields: Any) -> None:
    print(json.dumps(fields), flush=True)


async def run(verb: str, url: str, token: str) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    pc, counts, tasks = RTCPeerConnection(RTCConfiguration(iceServers=[])), Counts(), []
    pc.on("connectionstatechange", lambda: say(state=pc.connectionState))
    pc.on("track", lambda track: tasks.append(asyncio.ensure_future(counts.take(track))))
    if verb == "publish":
        pc.addTrack(Tone())
        pc.addTrack(MovingBar())
    else:
        pc.addTransceiver("audio", direction="recvonly")
        pc.addTransceiver("video", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    headers = {"authorization": f"Bearer {token}", "content-type": "application/sdp"}
    async with httpx.AsyncClient(verify=_trusting(), headers=headers, timeout=60) as http:
        answer = await http.post(url, content=pc.localDescription.sdp)
        if answer.status_code != 201:
            sys.exit(f"{answer.status_code} {answer.text}")
        location = answer.headers["location"]
        say(location=location)
        await pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        while not ended.is_set():
            if verb == "play":
                say(**counts.seen)
            await asyncio.wait([asyncio.ensure_future(ended.wait())], timeout=0.5)
        deleted = await http.delete(str(httpx.URL(url).join(location)))
        say(deleted=deleted.status_code)
    await pc.close()


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:4]))
