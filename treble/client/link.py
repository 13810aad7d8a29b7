"""Invitations: `https://host/r/<room>#<password>`; of an end-to-end encrypted room `#<password>&e2ee=<secret>`."""

from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

SECRET: Final = "&e2ee="


class Invitation(NamedTuple):
    server: str  # `https://host[:port]`
    room: str
    password: str
    secret: str = ""  # of end-to-end encryption


def read_invitation(link: str) -> Invitation:
    """Raises `ValueError` for anything but a room's https link."""
    parts = urlsplit(link.strip())
    head, _, room = parts.path.rpartition("/")
    if parts.scheme != "https" or not parts.hostname or head != "/r" or not room:
        raise ValueError(f"not an invitation (https://host/r/room#password): {link}")
    password, _, secret = parts.fragment.partition(SECRET)
    return Invitation(f"https://{parts.netloc}", unquote(room), unquote(password), unquote(secret))
