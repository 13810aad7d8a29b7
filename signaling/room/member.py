"""One participant inside the Room machine: its socket, its media, its Tracks, and what it has been told."""

import math
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from signaling.actions import Action, Verdict
from signaling.key_messages import PassedKey
from signaling.messages import Participant, TrackState
from signaling.permissions import Overrides
from signaling.room.roster import Roster
from treble.api import PeerState, Role, SlotState, Source
from treble.units import MILLISECOND

# Roster, Slots, speakers, demand and networks: latest wins, at most four a second each (contracts 5).
PACE_NS: Final = 250 * MILLISECOND


class Media(Enum):
    """What the others can get from a Peer; finer states of the media server do not matter here."""

    NONE = "none"
    FLOWING = "flowing"
    SILENT = "silent"


MEDIA: Final = {
    PeerState.NEW: Media.NONE,
    PeerState.CHECKING: Media.NONE,
    PeerState.SECURING: Media.NONE,
    PeerState.CONNECTED: Media.FLOWING,
    PeerState.SILENT: Media.SILENT,
    PeerState.CLOSED: Media.NONE,
}

# (socket is there, media) -> what the others see; `None` depends on whether there was media before. A
# listener behind a living socket may well send nothing for two seconds, so silence alone says nothing; nor
# does a lost socket alone.
CONNECTION: Final = {
    (True, Media.NONE): None,
    (True, Media.FLOWING): "connected",
    (True, Media.SILENT): "connected",
    (False, Media.NONE): "reconnecting",
    (False, Media.FLOWING): "connected",
    (False, Media.SILENT): "reconnecting",
}


@dataclass(frozen=True, slots=True)
class Join:
    """Who enters. `socket` None: a WHIP or WHEP resource, which lives by its Peer alone."""

    participant: str
    name: str
    role: Role
    guest: bool
    session: str
    socket: str | None
    picture: str | None = None
    overrides: Overrides = field(default_factory=dict)
    subject: str | None = None  # the account or guest identity, where there is one
    admission: str | None = None  # of a resource: whose token opened it


@dataclass(slots=True)
class Pace:
    """One kind of push to one member: the version told last, and when the next may leave."""

    told: int = 0
    next_ns: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """What a media server was last told of one Track; `is_known` once it has agreed."""

    is_shut: bool
    by_host: bool
    epoch: int
    is_known: bool = False


@dataclass(slots=True)
class Peer:
    """A participant's media connection as the media server last told of it."""

    id: str
    state: PeerState = PeerState.NEW
    hung_up: bool = False  # the client itself closed it
    opened: bool = False  # the media server took the offer
    demands: dict[Source, tuple[bool, ...]] = field(
        default_factory=dict
    )  # Layers of its Tracks that are needed
    gates: dict[Source, Gate] = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    id: str
    name: str
    role: Role
    guest: bool
    session: str
    socket: str | None
    is_resource: bool
    picture: str | None = None
    subject: str | None = None
    admission: str | None = None
    hand_at: int | None = None  # Unix milliseconds since which it is raised
    overrides: dict[Action, Verdict] = field(default_factory=dict)  # what a host allowed or forbade this one
    # What it may not publish now; and what was open when a host or the policy shut it: that stays shut until its
    # owner opens it again, for nobody unmutes another.
    blocked: set[Source] = field(default_factory=set)
    stopped: set[Source] = field(default_factory=set)
    wished: set[Source] = field(default_factory=set)  # asked for, and not muted since
    permits: int = 0  # grows with each change of what it may do
    ends_at_ns: int | None = None  # when the Session ends unless a socket (for a resource: media) comes back
    peer: Peer | None = None
    earlier_peer: Peer | None = None  # let go when the newer one is opened, taken back when that is refused
    had_media: bool = False
    tracks: tuple[Source, ...] = ()
    muted: set[Source] = field(default_factory=set)  # by its owner
    epoch: int = 0
    slots: tuple[SlotState, ...] = ()
    slots_version: int = 0
    demands_told: dict[Source, tuple[bool, ...]] = field(default_factory=dict)
    demands_version: int = 0
    outcomes_told: int = 0  # of what it had asked for
    verdicts_version: int = 1  # of what it may do
    keys: list[PassedKey] = field(default_factory=list)  # sent to it by the others, not told yet
    keys_version: int = 0
    keys_allowance: float = math.inf  # of what it may send itself; bounded at the first
    keys_charged_ns: int = 0
    wants_captions: bool = False
    known: Roster = field(default_factory=dict)
    roster_pace: Pace = field(default_factory=Pace)
    paces: dict[str, Pace] = field(default_factory=dict)  # of the topics, by name

    def pace(self, topic: str) -> Pace:
        return self.paces.get(topic) or Pace()

    def is_shut(self, source: Source) -> bool:
        """Whether the gate of this Track is shut: by its owner, by a host, or by the policy."""
        return source in self.muted or self.is_shut_by_host(source)

    def is_shut_by_host(self, source: Source) -> bool:
        return source in self.stopped or source in self.blocked

    def open_peers(self) -> list[Peer]:
        """What the media server has of it: two while a newer one is being opened."""
        return [peer for peer in (self.peer, self.earlier_peer) if peer is not None and peer.opened]

    @property
    def media(self) -> Media:
        return Media.NONE if self.peer is None else MEDIA[self.peer.state]

    @property
    def is_reachable(self) -> bool:
        """Somebody is there to be waited for: a socket, or the media of a resource."""
        return self.media is Media.FLOWING if self.is_resource else self.socket is not None

    @property
    def connection(self) -> str:
        if self.is_resource and not self.had_media:
            return "joining"
        if self.is_resource and not self.tracks and self.media is Media.SILENT:
            return "connected"  # who only plays has little to say: a report every five seconds
        seen = CONNECTION[self.socket is not None, self.media]
        return seen or ("reconnecting" if self.had_media else "joining")

    def seen(self) -> Participant:
        """As everybody in the room sees it."""
        tracks = [TrackState(source=source, muted=self.is_shut(source)) for source in self.tracks]
        return Participant(
            id=self.id,
            name=self.name,
            role=self.role,
            guest=self.guest,
            connection=self.connection,
            tracks=tracks,
            hand=self.hand_at,
            picture=self.picture,
        )
