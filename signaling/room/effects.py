"""What the Room machine asks its shell to do."""

from dataclasses import dataclass
from enum import IntEnum

from signaling.message import Message


class Closing(IntEnum):
    """WebSocket close codes; the 4000s are ours. The message before it says the same to people."""

    LEFT = 1000
    RESUME = 1012  # we have lost this socket or its Room: come again, resume or join anew
    ELSEWHERE = 4001
    ENDED = 4002


@dataclass(frozen=True, slots=True)
class Send:
    """One message for these sockets, encoded once."""

    sockets: tuple[str, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """The last message, then the close."""

    socket: str
    code: Closing
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class ClosePeer:
    """The media server shall let go of this Peer; the Slots that carry it elsewhere become free."""

    peer: str


@dataclass(frozen=True, slots=True)
class ForgetSession:
    """Nobody can resume this Session any more."""

    session: str


@dataclass(frozen=True, slots=True)
class LeadersChanged:
    """A host or co-host has come, gone or been made: somebody may have to be let in, or to take over."""


@dataclass(frozen=True, slots=True)
class CaptionsLapsed:
    """Captions are off because nobody is left who may have them on."""


Effect = Send | CloseSocket | ClosePeer | ForgetSession | LeadersChanged | CaptionsLapsed
