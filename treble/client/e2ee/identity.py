"""Who one is to the others in an encrypted Room: an ECDH key of this Session, proved by the room's secret, and the pairwise
keys that sender keys are wrapped with."""

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from treble.client.e2ee.derive import Root, framed, hkdf, pbkdf2
from treble.client.e2ee.frames import Chain

PUBLIC_BYTES: Final = 65
CHAIN_BYTES: Final = 32
NONCE_BYTES: Final = 12
CODE_ROUNDS: Final = 100_000
CODE_GROUPS: Final = 6
_MOST: Final = 2**53


class Known(NamedTuple):
    """A participant and its public key."""

    id: str
    key: bytes


class Identity(NamedTuple):
    private: ec.EllipticCurvePrivateKey
    key: bytes  # public, an uncompressed point


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: object) -> bytes:
    """Empty where it is no base64url."""
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def make_identity() -> Identity:
    private = ec.generate_private_key(ec.SECP256R1())
    return Identity(private, private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def prove(proof: bytes, room: str, known: Known) -> bytes:
    """That `known` is in `room` and has the secret."""
    return hmac.digest(proof, framed("hello", room, known.id, known.key), "sha256")


def is_proved(proof: bytes, room: str, known: Known, mac: bytes) -> bool:
    return len(known.key) == PUBLIC_BYTES and hmac.compare_digest(prove(proof, room, known), mac)


def pair_key(own: Identity, theirs: bytes, root: Root, sender: Known, receiver: Known) -> AESGCM:
    """The key for what `sender` wraps for `receiver`; both find the same. Raises `ValueError` for no point of the curve."""
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    shared = own.private.exchange(ec.ECDH(), other)
    info = framed("wrap", sender.id, sender.key, receiver.id, receiver.key)
    return AESGCM(hkdf(shared, root.binding, info, 16))


def wrap(key: AESGCM, chain: Chain) -> dict[str, Any]:
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.encrypt(nonce, chain.chain, f"{chain.epoch}.{chain.step}".encode())
    return {"e": chain.epoch, "s": chain.step, "i": encode(nonce), "c": encode(sealed)}


def unwrap(key: AESGCM, wrapped: dict[str, Any]) -> Chain | None:
    """None: not wrapped with this key."""
    epoch, step = _number(wrapped.get("e")), _number(wrapped.get("s"))
    if epoch is None or step is None:
        return None
    nonce, sealed = decode(wrapped.get("i")), decode(wrapped.get("c"))
    try:
        chain = key.decrypt(nonce, sealed, f"{epoch}.{step}".encode())
    except (InvalidTag, ValueError):  # the latter: a nonce of another length
        return None
    return Chain(epoch, step, chain) if len(chain) == CHAIN_BYTES else None


def safety_code(root: Root, room: str, people: Sequence[Known]) -> str:
    """24 digits in groups of four, oneself among the people: the same for all who have the same secret and the same
    identities of the same people. Takes some hundredths of a second."""
    lines = sorted(f"{one.id} {encode(one.key)}" for one in people)
    code = pbkdf2(framed("code", room, *lines), root.binding, CODE_ROUNDS, CODE_GROUPS * 4)
    groups = [int.from_bytes(code[at : at + 4], "big") % 10_000 for at in range(0, len(code), 4)]
    return " ".join(f"{group:04}" for group in groups)


def _number(value: object) -> int | None:
    """As browsers count: no fractions, below 2^53."""
    return value if type(value) is int and 0 <= value < _MOST else None
