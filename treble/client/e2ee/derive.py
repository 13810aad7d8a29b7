"""Keys from keys: HKDF and PBKDF2, and the schedule of RFC 9605 4.4.2 for cipher suite 4."""

import unicodedata
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

SUITE: Final = 4  # AES_128_GCM_SHA256_128
SECRET_ROUNDS: Final = 600_000


class Root(NamedTuple):
    """What the room's secret is used for: proving that one has it, and binding wrapped keys to it."""

    proof: bytes
    binding: bytes


class FrameKey(NamedTuple):
    cipher: AESGCM
    salt: bytes


def framed(*parts: str | bytes) -> bytes:
    """Parts told apart by their lengths, so that no two lists read alike."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(2, "big") + part for part in encoded)


def hkdf(key: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt, info).derive(key)


def pbkdf2(secret: bytes, salt: bytes, rounds: int, size: int) -> bytes:
    return PBKDF2HMAC(SHA256(), size, salt, rounds).derive(secret)


def root_of(secret: str, room: str) -> Root:
    """`secret`: random, or a passphrase. Takes a fifth of a second: not for the event loop."""
    typed = unicodedata.normalize("NFC", secret).strip().encode()
    root = pbkdf2(typed, f"treble e2ee 1|{room}".encode(), SECRET_ROUNDS, 32)
    return Root(hkdf(root, b"", b"proof", 32), hkdf(root, b"", b"binding", 32))


def ratchet(chain: bytes) -> bytes:
    """One step: nobody finds the chain before from the one after."""
    return hkdf(chain, b"", b"treble e2ee ratchet", 32)


def frame_key(base: bytes, key_id: int) -> FrameKey:
    """Key and salt of one key id (RFC 9605 4.4.2)."""
    name = key_id.to_bytes(8, "big") + SUITE.to_bytes(2, "big")
    raw = hkdf(base, b"", b"SFrame 1.0 Secret key " + name, 16)
    return FrameKey(AESGCM(raw), hkdf(base, b"", b"SFrame 1.0 Secret salt " + name, 12))


def nonce_of(salt: bytes, counter: int) -> bytes:
    """The salt with the counter in its last bytes (RFC 9605 4.4.3)."""
    return (int.from_bytes(salt, "big") ^ counter).to_bytes(len(salt), "big")
