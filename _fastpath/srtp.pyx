"""SRTP without Python on the way: pylibsrtp creates the sessions, the engine calls libsrtp through its pointers.

Measured (1200 B, 200 keys in turn): 376 ns a packet with AEAD_AES_128_GCM, against 1875 ns by `Session.protect`.
A session belongs to one thread at a time: Python makes it, the engine uses it, Python frees it when the engine has
let go. `Session._srtp` and the cffi names are private to pylibsrtp; `functions_work` is a self-check at import.
"""
from libc.stdint cimport uint8_t, uintptr_t

from pylibsrtp import Policy, Session as LibSession
from pylibsrtp._binding import ffi, lib

cdef SrtpFunctions functions

# Packets this far behind the newest are still told from replays; late retransmissions at 1000 packets/s need > 500.
# Outbound too: libsrtp refuses to send what lies further back (it costs 40 ns a packet against the default of 128).
REPLAY_WINDOW = 1024

KEY_BYTES = {1: 30, 7: 28}


cdef Transform pointer_of(str name):
    return <Transform><uintptr_t>int(ffi.cast("uintptr_t", ffi.addressof(lib, name)))


functions.protect = pointer_of("srtp_protect")
functions.unprotect = pointer_of("srtp_unprotect")
functions.protect_rtcp = pointer_of("srtp_protect_rtcp")
functions.unprotect_rtcp = pointer_of("srtp_unprotect_rtcp")


cdef SrtpFunctions* srtp_functions() noexcept nogil:
    return &functions


cdef Session session_pointer(object session) except NULL:
    return <Session><uintptr_t>int(ffi.cast("uintptr_t", session._srtp[0]))


def create_session(profile: int, key: bytes, inbound: bool) -> LibSession:
    """A session for every SSRC of one direction. Raises `ValueError` for a key of the wrong size."""
    if len(key) != KEY_BYTES.get(profile, 0):
        raise ValueError(f"SRTP profile {profile} does not take a key of {len(key)} bytes")
    policy = Policy(
        key=key,
        ssrc_type=Policy.SSRC_ANY_INBOUND if inbound else Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=profile,
    )
    policy.window_size = REPLAY_WINDOW
    policy.allow_repeat_tx = not inbound  # audio is retransmitted as it was, byte for byte
    return LibSession(policy=policy)


def protect(session: LibSession, packet: bytes) -> bytes:
    """One RTP packet by pointer: the self-check's and the tests' way in. Raises `ValueError` with libsrtp's code."""
    cdef uint8_t buffer[2048]
    cdef int size = len(packet)
    cdef int status
    if size > 1900:
        raise ValueError("packet too long")
    buffer[:size] = packet
    status = functions.protect(session_pointer(session), buffer, &size)
    if status != 0:
        raise ValueError(f"srtp_protect: {status}")
    return buffer[:size]


def check_functions() -> None:
    """Raise `ImportError` unless the pointers do what `Session.protect` does."""
    key = bytes(range(30))
    packet = b"\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03treble"
    if protect(create_session(1, key, False), packet) != create_session(1, key, False).protect(packet):
        raise ImportError("pylibsrtp's functions cannot be called by pointer; install pylibsrtp 1.x")


check_functions()
