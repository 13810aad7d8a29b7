"""SRTP by the book, slowly: RFC 3711 (key derivation, AES-CM with HMAC-SHA1) and RFC 7714 (AES-GCM)."""

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def aes_ctr(key: bytes, counter: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(data)


def derive(master_key: bytes, master_salt: bytes, label: int, size: int) -> bytes:
    """One session key (RFC 3711 4.3.1), key derivation rate 0. A short salt is padded (RFC 7714 11)."""
    salt = int.from_bytes(master_salt.ljust(14, b"\0"), "big")
    start = (salt ^ (label << 48)) << 16
    return aes_ctr(master_key, start.to_bytes(16, "big"), bytes(size))


def header_size(packet: bytes) -> int:
    size = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        size += 4 + 4 * int.from_bytes(packet[size + 2 : size + 4], "big")
    return size


def protect_cm(master: bytes, packet: bytes, roc: int = 0) -> bytes:
    """AES128_CM_SHA1_80; `master` is 16 bytes of key and 14 of salt."""
    key, salt = master[:16], master[16:30]
    session_key, auth_key, session_salt = (
        derive(key, salt, label, size) for label, size in ((0, 16), (1, 20), (2, 14))
    )
    head = header_size(packet)
    ssrc = int.from_bytes(packet[8:12], "big")
    index = (roc << 16) | int.from_bytes(packet[2:4], "big")
    start = (int.from_bytes(session_salt, "big") << 16) ^ (ssrc << 64) ^ (index << 16)
    out = packet[:head] + aes_ctr(session_key, start.to_bytes(16, "big"), packet[head:])
    return out + hmac.new(auth_key, out + roc.to_bytes(4, "big"), hashlib.sha1).digest()[:10]


def gcm_with(session_key: bytes, session_salt: bytes, packet: bytes, roc: int = 0) -> bytes:
    head = header_size(packet)
    nonce = bytes(2) + packet[8:12] + roc.to_bytes(4, "big") + packet[2:4]
    nonce = bytes(a ^ b for a, b in zip(nonce, session_salt, strict=True))
    return packet[:head] + AESGCM(session_key).encrypt(nonce, packet[head:], packet[:head])


def protect_gcm(master: bytes, packet: bytes, roc: int = 0) -> bytes:
    """AEAD_AES_128_GCM; `master` is 16 bytes of key and 12 of salt."""
    key, salt = master[:16], master[16:28]
    return gcm_with(derive(key, salt, 0, 16), derive(key, salt, 2, 12), packet, roc)
