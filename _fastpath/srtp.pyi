"""SRTP sessions for the engine and the Python client; the engine uses them by pointer."""

from pylibsrtp import Session

def create_session(profile: int, key: bytes, inbound: bool) -> Session:
    """A session for every SSRC of one direction. Raises `ValueError` for a key of the wrong size."""

def protect(session: Session, packet: bytes) -> bytes: ...
def check_functions() -> None: ...
