"""What gateways ask of room servers for the connection test."""

from treble.api.words import Struct


class BeginCheck(Struct, frozen=True):
    """A connection test, for anybody."""

    address: str = ""


class CheckServer(Struct, frozen=True, omit_defaults=True):
    """As `RTCIceServer`."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class CheckBegun(Struct, frozen=True):
    """`check` is the right to open paths, for `seconds`."""

    check: str
    ice_servers: list[CheckServer]
    seconds: int


class CheckPath(Struct, frozen=True):
    """One offer of a connection test. Where it sends, later ones of this check receive it."""

    check: str
    sdp: str


class PathChecked(Struct, frozen=True):
    sdp: str


class EndCheck(Struct, frozen=True):
    check: str
