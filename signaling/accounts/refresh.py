"""Refresh secrets: each opens once and gives the next; an old one that comes back ends the login (contracts 2).

An answer can be lost on its way. So the secret before the newest opens once more within ten seconds, as long as
its successor has not been used; then there are two successors, of which the first to come is the true one. Whoever copied
a secret is noticed all the same: thief and owner cannot both go on.
"""

import hashlib
import hmac
from typing import Final, NamedTuple

from treble.units import SECOND

GRACE_NS: Final = 10 * SECOND


class Rotation(NamedTuple):
    """Hashes of the secrets that may come. `sibling`: the successor that was made twice; `rotated_at` in Unix ns."""

    current: str
    sibling: str | None = None
    previous: str | None = None
    rotated_at: int = 0


def rotate(state: Rotation, given: str, fresh: str, now_ns: int) -> Rotation | None:
    """What holds after the secret with the hash `given` came and the one with `fresh` was given out; None: reuse."""
    if _same(given, state.current) or _same(given, state.sibling):
        return Rotation(fresh, None, given, now_ns)
    if _same(given, state.previous) and 0 <= now_ns - state.rotated_at <= GRACE_NS:
        return Rotation(fresh, state.current, None, state.rotated_at)
    return None


def secret_hash(secret: str) -> str:
    """What is stored of a random secret, and looked for."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _same(given: str, stored: str | None) -> bool:
    return stored is not None and hmac.compare_digest(given, stored)
