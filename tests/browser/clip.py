"""A clip to play: a moving picture of 640x360 at 15 frames a second, and a tone."""

import math
from array import array
from fractions import Fraction
from pathlib import Path

import av

WIDTH, HEIGHT, RATE, SAMPLE_RATE, TONE_HZ = 640, 360, 15, 48_000, 440


def make_clip(path: Path, seconds: int) -> Path:
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = file.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        for index in range(seconds * RATE):
            file.mux(video.encode(picture(index)))
            file.mux(audio.encode(sound(index)))
        file.mux(video.encode(None))
        file.mux(audio.encode(None))
    return path


def picture(index: int) -> av.VideoFrame:
    """Bars that move eight pixels a frame."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    row = bytes((x + 8 * index) & 255 for x in range(frame.planes[0].line_size))
    frame.planes[0].update(row * HEIGHT)
    for plane in frame.planes[1:]:
        plane.update(bytes([128]) * plane.buffer_size)
    frame.pts, frame.time_base = index, Fraction(1, RATE)
    return frame


def sound(index: int) -> av.AudioFrame:
    """As long as a picture."""
    count = SAMPLE_RATE // RATE
    frame = av.AudioFrame("s16", "mono", count)
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, index * count, Fraction(1, SAMPLE_RATE)
    angle = 2 * math.pi * TONE_HZ / SAMPLE_RATE
    samples = (int(9000 * math.sin(angle * (index * count + at))) for at in range(count))
    frame.planes[0].update(array("h", samples).tobytes())
    return frame
