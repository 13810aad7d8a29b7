"""Finding a sealed value without opening every row: HMAC-SHA256 of the value under a key of its own.

An index value is `key id | purpose-bound digest`. While keys are rotated rows carry either key's value, so look-ups
and checks for uniqueness ask for all `candidates` (contracts 6); what is written is the active key's.
"""

import hashlib
import hmac

from signaling.keyring import Keyring


class BlindIndex:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def of(self, text: str, purpose: str) -> bytes:
        """What to store. `purpose` is `table.column`: equal texts in two places have unequal indexes."""
        key = self._keyring.active
        return _index(key.id, key.secret, text, purpose)

    def candidates(self, text: str, purpose: str) -> list[bytes]:
        """What the stored value may be, under any key that is still there."""
        return [_index(key.id, key.secret, text, purpose) for key in self._keyring.all()]


def prefix_of(key_id: str) -> bytes:
    """How every index that this key made begins."""
    return key_id.encode("ascii") + b"|"


def key_id_of(index: bytes) -> str:
    """Which key made it; for rotation."""
    return index.partition(b"|")[0].decode("ascii", "replace")


def _index(key_id: str, secret: bytes, text: str, purpose: str) -> bytes:
    derived = hmac.digest(secret, b"treble blind index", hashlib.sha256)  # never the key that encrypts
    digest = hmac.digest(derived, f"{purpose}|{text}".encode(), hashlib.sha256)
    return prefix_of(key_id) + digest
