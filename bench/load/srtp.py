"""libsrtp for the generator: sessions made by pylibsrtp, its C functions by address."""

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

PROFILES = {
    "AEAD_AES_128_GCM": (b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 12),
    "AES128_CM_SHA1_80": (b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 14),
}
"""Name of RFC 5764 and RFC 7714 -> (OpenSSL's name, libsrtp's number, bytes of salt)."""

KEY_BYTES = 16


def calls() -> tuple[int, int, int, int]:
    """Addresses of protect, unprotect, protect_rtcp, unprotect_rtcp."""
    protect, unprotect, protect_rtcp, unprotect_rtcp = (
        int(ffi.cast("uintptr_t", ffi.addressof(lib, name)))
        for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp")
    )
    return protect, unprotect, protect_rtcp, unprotect_rtcp


def address(session: Session) -> int:
    """Of the libsrtp session; valid as long as `session` lives."""
    return int(ffi.cast("uintptr_t", session._srtp[0]))


def sessions(profile: str, material: bytes) -> tuple[Session, Session]:
    """(sending, receiving) of a DTLS client, from its exported keys (RFC 5764 section 4.2)."""
    salt = PROFILES[profile][2]
    client_key, server_key = material[:KEY_BYTES], material[KEY_BYTES : 2 * KEY_BYTES]
    salts = material[2 * KEY_BYTES :]
    return pair(profile, client_key + salts[:salt], server_key + salts[salt:])


def pair(profile: str, sending_key: bytes, receiving_key: bytes) -> tuple[Session, Session]:
    """(sending, receiving) from keys with their salts."""
    number = PROFILES[profile][1]
    sending = Policy(sending_key, Policy.SSRC_ANY_OUTBOUND, srtp_profile=number)
    receiving = Policy(receiving_key, Policy.SSRC_ANY_INBOUND, srtp_profile=number)
    for policy in (sending, receiving):
        policy.window_size = 1024
    return Session(sending), Session(receiving)
