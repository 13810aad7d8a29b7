"""Compression of what is served: which coding a browser takes, and the bytes in each.

What is asked for is compressed quickly, and everything once more at top quality soon after (`finest`), in a worker
thread: the whole client takes 30 ms the first time and half a second the second.
"""

import gzip
import math
from typing import Final

import brotli

TYPES: Final = ("text/", "application/json", "application/manifest+json", "application/wasm", "image/svg+xml")
PREFERENCE: Final = ("br", "gzip")
QUICK: Final = 5
FINEST: Final = 11
SMALL_BYTES: Final = 1 << 20  # what is larger (models, decoders) would take seconds at top quality


def is_worth_it(content_type: str, body: bytes) -> bool:
    return content_type.startswith(TYPES) and len(body) > 200


def quick(coding: str, body: bytes) -> bytes:
    return _brotli(body, QUICK) if coding == "br" else gzip.compress(body, 9, mtime=0)


def finest(body: bytes) -> bytes:
    """Brotli at its best: 7 % smaller than `quick`, forty times as slow."""
    return _brotli(body, FINEST if len(body) <= SMALL_BYTES else QUICK)


def _brotli(body: bytes, quality: int) -> bytes:
    return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality))


def chosen(accept_encoding: str) -> str:
    """The best of ours that a request's Accept-Encoding takes; "identity" where none is taken."""
    weights: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights[name] = _weight(parameters)
    usable = [name for name in PREFERENCE if weights.get(name, weights.get("*", 0.0)) > 0]
    return usable[0] if usable else "identity"


def _weight(parameters: list[str]) -> float:
    for each in parameters:
        if each.startswith("q="):
            try:
                weight = float(each[2:])
            except ValueError:
                return 0.0
            return weight if math.isfinite(weight) else 0.0
    return 1.0
