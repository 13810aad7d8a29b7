"""What room servers and media servers ask of each other."""

from typing import Annotated, Protocol

import msgspec

from treble.api.words import (
    Bitrate,
    Done,
    Mid,
    NetworkLevel,
    PeerState,
    Pixels,
    Reason,
    ShortId,
    SlotNumber,
    Source,
    Struct,
)


class PublishedTrack(Struct, frozen=True):
    """One sendonly m-line of an offer."""

    mid: Mid
    source: Source


class SlotPair(Struct, frozen=True):
    """One pair of recvonly m-lines of an offer; either may be absent (an audio-only or a video-only receiver)."""

    slot: SlotNumber
    audio_mid: Mid | None = None
    video_mid: Mid | None = None


class OpenPeer(Struct, frozen=True):
    """Open or renegotiate a Peer: the same `peer` with a new offer keeps DTLS and Slots.

    Empty `tracks` and `slots` on an offer with sendonly or recvonly m-lines (WHIP, WHEP) mean: first audio is
    the microphone, first video the camera; recvonly m-lines are paired in order.
    """

    room: str
    participant: str
    peer: str
    sdp: str
    tracks: list[PublishedTrack] = []
    slots: list[SlotPair] = []
    shut: list[Source] = []  # gates that are shut from the start, `by_host` as in `SetMuted`
    by_host: list[Source] = []
    epoch: int = 0  # of these gates
    events: str = ""  # address of the room server that wants this Peer's events; empty: the configured one


class PeerOpened(Struct, frozen=True):
    peer: str
    sdp: str
    tracks: list[PublishedTrack] = []


class ClosePeer(Struct, frozen=True):
    peer: str


class RestartIce(Struct, frozen=True):
    """New remote credentials by trickle-ice-sdpfrag (RFC 9725 section 4.3.2); the answer carries ours."""

    peer: str
    sdp_fragment: str


class IceRestarted(Struct, frozen=True):
    sdp_fragment: str


class Tile(Struct, frozen=True):
    """One tile that a receiver shows; sizes in device pixels."""

    participant: ShortId
    source: Source = Source.CAMERA
    width: Pixels = 0
    height: Pixels = 0
    priority: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0  # higher first: pinned 3, screen 2, speaker 1
    cap: Pixels = 0  # the most lines (shorter side) that the user wants of this picture; 0: no cap


class SetView(Struct, frozen=True):
    """All tiles that the receiver shows now; whatever is not named is hidden."""

    peer: str
    tiles: list[Tile]


class SetMuted(Struct, frozen=True):
    """Open or close the ingress gate of a Track. `epoch`: the participant's permission epoch; older ones are
    ignored. `by_host`: not its owner has muted it; receivers are told so (`paused-by-host`).
    """

    peer: str
    source: Source
    muted: bool
    epoch: int = 0
    by_host: bool = False


class LayerShape(Struct, frozen=True):
    """One Layer that a publisher's Track offers: the encoder's picture size and target bitrate.

    A spatial layer of SVC counts with those below it that are sent with it: all, in K-SVC none.
    """

    width: Pixels
    height: Pixels
    bitrate: Bitrate = 0  # 0: not known


class SetLayers(Struct, frozen=True):
    """What a Track offers now, smallest Layer first (one entry per spatial layer for SVC); empty: nobody knows."""

    peer: str
    source: Source
    layers: list[LayerShape]


class SlotState(Struct, frozen=True):
    """What a Slot carries. `source` is `camera` (with the microphone) or `screen` (with screen audio).

    From `from_rtp_timestamp` on (32 bits, the video m-line's clock) the picture is this participant's.
    `reason` says why the picture is no better; with `layer` None it says why there is none (`bandwidth`: paused,
    because not even the least fits).
    """

    slot: int
    participant: str | None = None
    source: Source = Source.CAMERA
    from_rtp_timestamp: int | None = None
    reason: Reason = Reason.VIEWPORT
    codec: str | None = None  # with reason `codec`: this one is not shown, or, with a `layer`, not larger
    layer: int | None = None  # simulcast or spatial layer, 0 the smallest; None where no video
    temporal: int | None = None  # highest temporal layer, 0 the fewest frames; None where all are sent
    bitrate: int | None = None  # bits per second of what is sent, rounded
    height: int | None = None  # shorter side of that layer's picture, where known


class PeerStateChanged(Struct, frozen=True):
    room: str
    participant: str
    peer: str
    state: PeerState
    reason: str = ""


class SlotsChanged(Struct, frozen=True):
    """The whole table of a Peer's Slots; a later one replaces an earlier one."""

    room: str
    participant: str
    peer: str
    slots: list[SlotState]


class Speaker(Struct, frozen=True):
    participant: str
    level: int  # -dBov, 0 the loudest, 127 silence (RFC 6464)


class SpeakersChanged(Struct, frozen=True):
    room: str
    speakers: list[Speaker]


class DemandChanged(Struct, frozen=True):
    """Which Layers of a Peer's Track somebody receives or is about to, smallest first; the others may rest."""

    room: str
    participant: str
    peer: str
    source: Source
    layers: list[bool]


class Network(Struct, frozen=True):
    participant: str
    level: NetworkLevel


class NetworksChanged(Struct, frozen=True):
    """Everybody's network as far as it is known; a later list replaces an earlier one."""

    room: str
    networks: list[Network]


class MediaServer(Protocol):
    """A media server as room servers see it."""

    async def open_peer(self, request: OpenPeer) -> PeerOpened: ...
    async def close_peer(self, request: ClosePeer) -> Done: ...
    async def restart_ice(self, request: RestartIce) -> IceRestarted: ...
    async def set_view(self, request: SetView) -> Done: ...
    async def set_muted(self, request: SetMuted) -> Done: ...
    async def set_layers(self, request: SetLayers) -> Done: ...


class MediaEvents(Protocol):
    """What a media server tells the room server."""

    async def peer_state_changed(self, event: PeerStateChanged) -> Done: ...
    async def slots_changed(self, event: SlotsChanged) -> Done: ...
    async def speakers_changed(self, event: SpeakersChanged) -> Done: ...
    async def demand_changed(self, event: DemandChanged) -> Done: ...
    async def networks_changed(self, event: NetworksChanged) -> Done: ...
