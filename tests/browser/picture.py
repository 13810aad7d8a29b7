"""What a camera sees where a bit rate matters: a texture that costs an encoder its whole target, as real rooms do.

Chromium's own fake picture is nearly free of information: its encoders send a fraction of their target, and no bottleneck
would be felt. The file is YUV4MPEG2, which Chromium plays in a loop for a camera.
"""

import random
from pathlib import Path

SECONDS = 4
GRAIN = 6  # pixels: coarse enough to be a picture, fine enough to be work
STEP = 2  # pixels of panning per frame


def write_picture(path: Path, width: int, height: int, fps: int, seed: int = 1) -> Path:
    """A pan over a random texture, forth and back, so that the loop has no cut."""
    rng = random.Random(seed)
    frames = SECONDS * fps
    wide = width + frames * STEP
    luma = [_row(rng, wide) for _ in range(-(-height // GRAIN))]
    chroma = bytes([128]) * (width * height // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in range(frames):
            x = STEP * (2 * frame if 2 * frame < frames else 2 * (frames - frame))
            shown = [row[x : x + width] for row in luma]
            file.write(b"FRAME\n" + b"".join(shown[y // GRAIN] for y in range(height)) + chroma)
    return path


def _row(rng: random.Random, width: int) -> bytes:
    return b"".join(bytes([rng.randrange(40, 216)]) * GRAIN for _ in range(-(-width // GRAIN) + 1))
