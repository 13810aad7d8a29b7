"""Small damage to a well-formed example, from a seeded generator."""

import random


def mutated(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
        kind = rng.randrange(6)
        position = rng.randrange(len(out) + 1)
        if kind == 0:
            del out[position:]
        elif kind == 1:
            out[position:position] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 2:
            del out[position : position + rng.randrange(1, 5)]
        elif kind == 3 and out:
            out[position % len(out)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind == 4 and out:
            out[position % len(out)] ^= 1 << rng.randrange(8)
        elif kind == 5:
            out += out[position : position + rng.randrange(1, 40)]
    return bytes(out)
