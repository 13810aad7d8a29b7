"""What an offer says, as far as a selective forwarder needs it. Every string here has been checked by the parser."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class BadSdp(Exception):
    """The text is no offer that can be answered; says what is wrong, never quoting more than a number of it."""


class Direction(StrEnum):
    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @property
    def mirrored(self) -> "Direction":
        """The same stream of packets as the other side calls it."""
        return _MIRROR[self]


_MIRROR: Final = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}


@dataclass(frozen=True, slots=True)
class Format:
    """One payload type of an m-line: `a=rtpmap`, `a=fmtp` and those `a=rtcp-fb` lines that we speak."""

    number: int
    name: str  # lower case: "vp8", "rtx", "opus"
    spelling: str  # as offered: "VP8", GStreamer's "OPUS"
    clock_rate: int
    channels: int = 1
    parameters: str = ""
    feedback: tuple[str, ...] = ()

    def parameter(self, key: str) -> str | None:
        """The value of `key` in the fmtp line, in lower case; None where absent."""
        for part in self.parameters.split(";"):
            name, _, value = part.partition("=")
            if name.strip().lower() == key:
                return value.strip().lower()
        return None


@dataclass(frozen=True, slots=True)
class ExtensionLine:
    """`a=extmap` (RFC 8285 section 5); `direction` is None where the line has none, which means both ways."""

    number: int
    uri: str
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line and what belongs to it."""

    kind: str  # "audio", "video", "application"
    port: int
    protocol: str
    format_list: str  # the m-line's own list, for a rejection that repeats it
    mid: str | None = None
    direction: Direction = Direction.SENDRECV
    is_bundle_only: bool = False
    formats: tuple[Format, ...] = ()
    extensions: tuple[ExtensionLine, ...] = ()
    allows_mixed: bool = False
    has_rtcp_mux: bool = False
    has_rtcp_rsize: bool = False
    send_rids: tuple[str, ...] = ()  # in the order of a=simulcast; empty without simulcast
    ssrcs: tuple[int, ...] = ()
    rtx_ssrcs: tuple[tuple[int, int], ...] = ()  # FID groups: (media, RTX)
    ice_ufrag: str | None = None
    ice_pwd: str | None = None
    fingerprints: tuple[tuple[str, str], ...] = ()  # (hash in lower case, digest as "AB:CD:...")
    setup: str | None = None

    @property
    def is_offered(self) -> bool:
        """Port 0 is a rejection, except with `a=bundle-only`: Firefox's Slots under max-bundle (RFC 9143)."""
        return self.port != 0 or self.is_bundle_only


@dataclass(frozen=True, slots=True)
class Offer:
    """All m-lines, and the one transport that they share."""

    sections: tuple[Section, ...]
    bundle: tuple[str, ...]
    ice_ufrag: str
    ice_pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    setup: str | None = None
    allows_mixed: bool = False
