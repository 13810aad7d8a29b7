"""What the Worker asks of its shell."""

from dataclasses import dataclass

from treble.api import DemandChanged, NetworksChanged, PeerStateChanged, SlotsChanged, SpeakersChanged


@dataclass(frozen=True, slots=True)
class TellPeerState:
    event: PeerStateChanged


@dataclass(frozen=True, slots=True)
class TellSlots:
    """Answered with `Worker.handle_slots_told(peer, revision, ...)`; only then does the engine move."""

    event: SlotsChanged
    revision: int


@dataclass(frozen=True, slots=True)
class TellSpeakers:
    event: SpeakersChanged


@dataclass(frozen=True, slots=True)
class TellDemand:
    event: DemandChanged


@dataclass(frozen=True, slots=True)
class TellNetworks:
    event: NetworksChanged


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The engine has carried out the command with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class RoomFailed:
    """A defect of ours took this Room down; its Peers are closed, the others go on."""

    room: str
    error: Exception


Effect = TellPeerState | TellSlots | TellSpeakers | TellDemand | TellNetworks | Acknowledged | RoomFailed
