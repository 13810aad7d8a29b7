"""What a camera sees where a bit rate matters: a still room through a cheap sensor in poor light.

Chromium's own fake picture holds nearly no information: its encoders send a fraction of their target, and no bottleneck
would be felt. Fresh noise in every frame costs an encoder its whole target; because it is as dear in a delta frame as in
a keyframe, keyframes are a few times as large as other frames, as with real cameras. (A moving texture would do for the
rate, but an encoder predicts it for nothing and then drops frames for half a second after each keyframe.)

The file is YUV4MPEG2, which Chromium plays in a loop for a camera.
"""

import random
from operator import add
from pathlib import Path

SECONDS = 4
GRAIN = 4  # pixels of a block of noise
FEATURE = 16  # blocks of a thing in the room
NOISE = 12  # of 256 steps of brightness


def write_picture(path: Path, width: int, height: int, fps: int, seed: int = 1) -> Path:
    """`width` and `height` are even. Takes about a second for 960 x 540 at 15."""
    rng = random.Random(seed)
    columns, rows = -(-width // GRAIN), -(-height // GRAIN)
    room = [_features(rng, columns) for _ in range(-(-rows // FEATURE))]
    noise = bytes(value * NOISE // 256 for value in range(256))
    pixels = [bytes([value]) * GRAIN for value in range(256)]
    chroma = bytes([128]) * (width * height // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(SECONDS * fps):
            file.write(b"FRAME\n")
            left = height
            for row in range(rows):
                blocks = map(add, room[row // FEATURE], rng.randbytes(columns).translate(noise))
                line = b"".join([pixels[block] for block in blocks])[:width]
                file.write(line * min(GRAIN, left))
                left -= GRAIN
            file.write(chroma)
    return path


def _features(rng: random.Random, columns: int) -> list[int]:
    return [value for _ in range(-(-columns // FEATURE)) for value in [rng.randrange(40, 180)] * FEATURE][
        :columns
    ]
