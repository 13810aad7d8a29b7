"""How webhooks are signed, and how a receiver checks it: HMAC-SHA256 over `timestamp.body` (docs/admin.md).

`Treble-Signature: t=1800000000,v1=5257a8...`: Unix seconds of the attempt, and the signature in hex.
"""

import hashlib
import hmac
import re
from typing import Final

HEADER: Final = "Treble-Signature"
TOLERANCE_S: Final = 300  # a recorded request is not good for longer

_SHAPE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def sign(secret: str, now_s: int, body: bytes) -> str:
    """The header's value."""
    return f"t={now_s},v1={_digest(secret, now_s, body)}"


def is_signed(secret: str, header: str, body: bytes, now_s: int) -> bool:
    """Whether whoever has the secret sent this body within the last minutes; in constant time."""
    shape = _SHAPE.fullmatch(header)
    if shape is None:
        return False
    at = int(shape[1])
    return hmac.compare_digest(shape[2], _digest(secret, at, body)) & (abs(now_s - at) <= TOLERANCE_S)


def _digest(secret: str, now_s: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{now_s}.".encode() + body, hashlib.sha256).hexdigest()
