"""What the servers ask of each other: typed requests, answers and the interfaces that carry them.

In `treble dev` these interfaces are called directly; between processes `treble/rpc.py` carries the same
structs by unary gRPC. Ids are strings made by the application: rooms and participants are unguessable, a Peer
is one media connection of a participant.
"""

from enum import StrEnum
from typing import Annotated, Protocol

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


# --- media server -------------------------------------------------------------------------------------------


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


# --- room server --------------------------------------------------------------------------------------------


class CreateRoom(Struct, frozen=True):
    """`account`: the account token of who asks, if there is one. `settings`: JSON of some of `settings.Settings`."""

    name: str  # of the host
    address: str = ""  # of the asking client, for rate limits
    account: str | None = None
    title: str = ""
    alias: str | None = None  # a friendly link
    settings: bytes = b"{}"


class RoomCreated(Struct, frozen=True):
    room: str
    password: str  # empty where the room has none
    token: str  # the host's access token


class EnterRoom(Struct, frozen=True):
    """`room`: id or friendly link. Who needs no password (a room without one, its hosts, who was let in) gives none."""

    room: str
    password: str
    name: str
    address: str = ""
    account: str | None = None


class RoomEntered(Struct, frozen=True):
    token: str
    room: str = ""  # its id


class OpenSession(Struct, frozen=True):
    """A WebSocket's first message. `resume` is the single-use resume token of an earlier socket of the same Session."""

    gateway: str
    token: str
    resume: str | None = None
    address: str = ""
    re: int = 0  # the hello's id, which the welcome answers
    last_seq: int | None = None  # the last chat event that the client has


class ChatPlace(Struct, frozen=True):
    """Where a socket stands in the chat of its Room: it is sent what comes after `after` and is about something after
    `floor`. `head`: the last number when this was said."""

    room: str
    participant: str
    after: int
    floor: int
    head: int


class SessionOpened(Struct, frozen=True):
    """`session` names this socket of the Session in all later calls: a resume gets a new one, so none is confused."""

    session: str
    welcome: bytes  # the encoded message for the client: `Welcome`, or `Waiting` at the door
    chat: ChatPlace | None = None  # None while one waits at the door


class SessionRequest(Struct, frozen=True):
    session: str
    message: bytes  # the client's message, already decoded and found valid once by the gateway


class SessionAnswer(Struct, frozen=True):
    message: bytes
    close: int | None = None  # WebSocket close code where the Session has ended
    chat: ChatPlace | None = None  # from now on this socket takes part in the chat


class SocketLost(Struct, frozen=True):
    session: str
    gateway: str


class OpenResource(Struct, frozen=True):
    """WHIP (`publish` true) or WHEP with a `treble token` admission."""

    token: str
    room: str
    sdp: str
    publish: bool
    address: str = ""


class ResourceOpened(Struct, frozen=True):
    resource: str
    sdp: str
    ice_servers: list[str] = []  # `Link` header values, RFC 9725 section 4.6


class PatchResource(Struct, frozen=True):
    token: str
    resource: str
    sdp_fragment: str


class ResourcePatched(Struct, frozen=True):
    sdp_fragment: str


class DeleteResource(Struct, frozen=True):
    token: str
    resource: str


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


class ChatItem(Struct, frozen=True):
    """One chat event as a client is sent it. `about`: the message that it changes, else `seq` itself.

    `audience` None: everybody in the Room."""

    room: str
    seq: int
    about: int
    message: bytes
    audience: list[str] | None = None


class ChatSince(Struct, frozen=True):
    """The next events after a number, private ones too: gateways filter."""

    room: str
    after: int
    limit: int = 100


class ChatSlice(Struct, frozen=True):
    """Nothing is missing up to `through`; `head` is the last number of the Room."""

    items: list[ChatItem]
    through: int
    head: int


class ChatHeads(Struct, frozen=True):
    rooms: list[str]


class ChatHeadsFound(Struct, frozen=True):
    """The last number of each Room that has a chat."""

    heads: dict[str, int]


class BeginFile(Struct, frozen=True):
    """A file for the chat, to be sent in parts of `FILE_PART_BYTES`. `token`: a Room token of somebody who is there.

    `size` 0 only asks whether one may.
    """

    token: str
    room: str
    name: str
    media_type: str
    size: int


class FileBegun(Struct, frozen=True):
    """`name`: as it is stored."""

    file: str
    name: str


class PutFilePart(Struct, frozen=True):
    token: str
    room: str
    file: str
    number: int
    data: bytes


class GetFilePart(Struct, frozen=True):
    token: str
    room: str
    file: str
    number: int


class FilePart(Struct, frozen=True):
    name: str
    media_type: str
    size: int
    parts: int
    data: bytes


class ExportChat(Struct, frozen=True):
    """The next messages after a number that whoever may export the chat can see."""

    token: str
    room: str
    after: int
    limit: int = 100


class ChatExported(Struct, frozen=True):
    """`events`: JSON of `ChatEvent`s, each as it is now. `more`: there are later ones, after `through`."""

    events: list[bytes]
    through: int
    more: bool


FILE_PART_BYTES = 1024 * 1024  # a call between servers carries 2 MB at most


class RoomServer(Protocol):
    """A room server as gateways see it. Every method raises `ApiError` for a refusal."""

    async def create_room(self, request: CreateRoom) -> RoomCreated: ...
    async def enter_room(self, request: EnterRoom) -> RoomEntered: ...
    async def open_session(self, request: OpenSession) -> SessionOpened: ...
    async def session_request(self, request: SessionRequest) -> SessionAnswer: ...
    async def socket_lost(self, request: SocketLost) -> Done: ...
    async def open_resource(self, request: OpenResource) -> ResourceOpened: ...
    async def patch_resource(self, request: PatchResource) -> ResourcePatched: ...
    async def delete_resource(self, request: DeleteResource) -> Done: ...
    async def begin_check(self, request: BeginCheck) -> CheckBegun: ...
    async def check_path(self, request: CheckPath) -> PathChecked: ...
    async def end_check(self, request: EndCheck) -> Done: ...
    async def chat_since(self, request: ChatSince) -> ChatSlice: ...
    async def chat_heads(self, request: ChatHeads) -> ChatHeadsFound: ...
    async def begin_file(self, request: BeginFile) -> FileBegun: ...
    async def put_file_part(self, request: PutFilePart) -> Done: ...
    async def file_part(self, request: GetFilePart) -> FilePart: ...
    async def export_chat(self, request: ExportChat) -> ChatExported: ...


# --- gateway ------------------------------------------------------------------------------------------------


class Deliver(Struct, frozen=True):
    """One encoded message for these Sessions; encoded once, sent to many."""

    sessions: list[str]
    message: bytes


class EndSession(Struct, frozen=True):
    """Send `message` (if any), then close the Session's socket with `code`."""

    session: str
    code: int
    message: bytes = b""


class DeliverChat(Struct, frozen=True):
    """Chat events of any Rooms, to every gateway that holds one of them; what is missing between them it fetches."""

    items: list[ChatItem]


class Gateway(Protocol):
    """A gateway as room servers see it."""

    async def deliver(self, request: Deliver) -> Done: ...
    async def end_session(self, request: EndSession) -> Done: ...
    async def deliver_chat(self, request: DeliverChat) -> Done: ...
