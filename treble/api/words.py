"""What all the interfaces share: words with one meaning everywhere, bounds, refusals."""

from enum import StrEnum
from typing import Annotated

import msgspec

# What clients may write into these structs is bounded here: msgspec takes any length and any integer
# otherwise.
ShortId = Annotated[str, msgspec.Meta(max_length=64)]
Mid = Annotated[str, msgspec.Meta(max_length=32)]
Pixels = Annotated[int, msgspec.Meta(ge=0, le=16_384)]
SlotNumber = Annotated[int, msgspec.Meta(ge=0, le=1023)]
Bitrate = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]  # bits per second


class Source(StrEnum):
    """What a Track shows or sounds like."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"
    SCREEN_AUDIO = "screen-audio"


class Role(StrEnum):
    HOST = "host"
    COHOST = "co-host"
    SPEAKER = "speaker"
    VIEWER = "viewer"


class PeerState(StrEnum):
    """A Peer's life; `silent` is a connected Peer from which nothing has come for two seconds."""

    NEW = "new"
    CHECKING = "checking"
    SECURING = "securing"
    CONNECTED = "connected"
    SILENT = "silent"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a Slot shows what it shows."""

    VIEWPORT = "viewport"
    BANDWIDTH = "bandwidth"
    PUBLISHER = "publisher"
    CAP = "cap"
    HIDDEN = "hidden"
    PAUSED_BY_HOST = "paused-by-host"
    CODEC = "codec"


class NetworkLevel(StrEnum):
    """How well a participant's network carries its media, both ways together."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class ApiError(Exception):
    """A refusal that the asking side can act on; crosses gRPC unharmed.

    `code` is one of the client's string keys (`auth.wrong`, `auth.slow`, `full`, `ended`, `elsewhere`,
    `bad.sdp`, ...).
    """

    def __init__(self, code: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all requests and answers: immutable, unknown fields ignored so that N and N-1 understand each other."""


class Done(Struct, frozen=True):
    """An answer that says nothing but that it is done."""
