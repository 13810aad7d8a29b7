"""Invitations: `https://host/r/<room>#<password>`."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class Invitation(NamedTuple):
    server: str  # `https://host[:port]`
    room: str
    password: str


def read_invitation(link: str) -> Invitation:
    """Raises `ValueError` for anything but a room's https link."""
    parts = urlsplit(link.strip())
    head, _, room = parts.path.rpartition("/")
    if parts.scheme != "https" or not parts.hostname or head != "/r" or not room:
        raise ValueError(f"not an invitation (https://host/r/room#password): {link}")
    return Invitation(f"https://{parts.netloc}", unquote(room), unquote(parts.fragment))
