"""Every message on the WebSocket (subprotocol `treble.v1`): JSON objects told apart by `type`.

A request carries an `id` of the client's choice and gets exactly one answer with the same number in `re`.
Everything else from the server is a push. Roster, Slots, speakers, demand and networks are latest-wins.

Here are the messages of Session and media; those of leading a Room are in `host_messages.py`, those of the chat in
`chat_messages.py`, those of captions in `caption_messages.py`, those of end-to-end encryption in `key_messages.py`.
`decode_client` is the only parser of what clients send. docs/protocol.md is made from these files.
"""

from typing import Annotated

import msgspec

from signaling.actions import Action, Verdict
from signaling.caption_messages import CaptionRequest, Captions
from signaling.chat_messages import ChatAnswer, ChatPush, ChatRequest
from signaling.host_messages import HostAnswer, HostPush, HostRequest, RoomState
from signaling.key_messages import Keys, SendKeys
from signaling.message import Id, Message, Name as Name, Sdp, Text, UnixMs
from treble.api import (
    LayerShape,
    Network,
    PublishedTrack,
    Role,
    SlotPair,
    SlotState,
    Source,
    Speaker,
    Tile,
)

# 30 Slot pairs make a 197 kB offer in Chromium with codecs untrimmed; room for JSON escapes beside it.
MAX_MESSAGE_BYTES = 512 * 1024

# --- requests of the client ---------------------------------------------------------------------------------


class Hello(Message, frozen=True):
    """The first message on a socket, within 5 s. With `resume` an earlier Session goes on, its media too.

    `last_seq`: the last chat event that the client has; what came since is sent after the welcome.
    """

    id: Id
    token: Text
    resume: Text | None = None
    last_seq: Id | None = None


class Offer(Message, frozen=True):
    """The client's whole offer: at the start; again when it adds Tracks, wants more Slots, restarts ICE."""

    id: Id
    sdp: Sdp
    tracks: Annotated[list[PublishedTrack], msgspec.Meta(max_length=16)] = []
    slots: Annotated[list[SlotPair], msgspec.Meta(max_length=64)] = []


class View(Message, frozen=True):
    """All tiles shown now; latest wins. Whatever is not named is hidden. At most 4 a second."""

    id: Id
    tiles: Annotated[list[Tile], msgspec.Meta(max_length=64)]


class Mute(Message, frozen=True):
    """Says that one's own Track is muted or not; the server stops forwarding a muted Track."""

    id: Id
    source: Source
    muted: bool


class Layers(Message, frozen=True):
    """What one's own Track offers, smallest Layer first (for SVC one entry per spatial layer), whenever it changes."""

    id: Id
    source: Source
    layers: Annotated[list[LayerShape], msgspec.Meta(max_length=4)]


class Leave(Message, frozen=True):
    id: Id


class Ping(Message, frozen=True):
    id: Id


ClientMessage = (
    Hello
    | Offer
    | View
    | Mute
    | Layers
    | Leave
    | Ping
    | SendKeys
    | CaptionRequest
    | HostRequest
    | ChatRequest
)


# --- answers ------------------------------------------------------------------------------------------------


class IceServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As `RTCIceServer`."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class TrackState(msgspec.Struct, frozen=True, kw_only=True):
    source: Source
    muted: bool


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """One person as the room sees them. `connection`: `joining`, `connected` or `reconnecting`.

    `guest`: without a verified account. `hand`: since when it is raised. `picture`: `/api/pictures/{picture}`.
    """

    id: str
    name: str
    role: Role
    guest: bool
    connection: str
    tracks: list[TrackState]
    hand: UnixMs | None = None
    picture: str | None = None


class Welcome(Message, frozen=True):
    """The answer to `hello`: who you are and who is there. `resume` is for the next socket, once, within 30
    s.

    `resumed` false after a `hello` with `resume`: the Session was gone; offer anew.
    """

    re: Id
    session: str
    resume: str
    resumed: bool
    room: str
    you: Participant
    participants: list[Participant]  # without you
    ice_servers: list[IceServer]
    slots: list[SlotState] = []
    last_seq: Id = 0  # of the chat
    state: RoomState = RoomState()
    verdicts: dict[Action, Verdict] = {}  # what you may do


class Answer(Message, frozen=True):
    re: Id
    sdp: str


class Done(Message, frozen=True):
    re: Id


class Failed(Message, frozen=True):
    """`code` is a key of the client's strings (`auth.wrong`, `auth.slow`, `full`, `ended`, `bad.message`,
    `bad.sdp`...).
    """

    re: Id
    code: str
    detail: str = ""
    retry_after: float | None = None  # seconds


# --- pushes -------------------------------------------------------------------------------------------------


class Joined(Message, frozen=True):
    participant: Participant


class Changed(Message, frozen=True):
    """A participant's name, Tracks or connection changed."""

    participant: Participant


class Left(Message, frozen=True):
    """`reason`: `left`, `lost`, `removed`, `ended`."""

    participant: str
    reason: str


class Slots(Message, frozen=True):
    """The whole table of one's own Slots."""

    slots: list[SlotState]


class Speakers(Message, frozen=True):
    """Who speaks now, loudest first."""

    speakers: list[Speaker]


class Demand(Message, frozen=True):
    """Which Layers of one's own Track somebody receives or is about to, smallest first; the others may be switched
    off.

    Told at once when one is needed, 5 s after it is no longer. Until the first of a media connection all are wanted.
    """

    source: Source
    layers: list[bool]


class Networks(Message, frozen=True):
    """How well each participant's network does, as far as it is known; oneself included."""

    networks: list[Network]


class Elsewhere(Message, frozen=True):
    """This Session now has a newer socket; the server closes this one."""


class Ended(Message, frozen=True):
    """The Session is over: `ended`, `removed`, `expired`, `lost`. With `shutdown` only the server goes: come again."""

    reason: str


ServerMessage = (
    Welcome
    | Answer
    | Done
    | Failed
    | Joined
    | Changed
    | Left
    | Slots
    | Speakers
    | Demand
    | Networks
    | Elsewhere
    | Ended
    | Keys
    | Captions
    | HostAnswer
    | HostPush
    | ChatAnswer
    | ChatPush
)

_client_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server_decoder: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_encoder = msgspec.json.Encoder()


class BadMessage(Exception):
    """What came is no message of ours; the text says where and why."""


def decode_client(data: bytes | str) -> ClientMessage:
    """Decode what a client sent; raises `BadMessage` only."""
    try:
        return _client_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(str(error)) from None


def decode_server(data: bytes | str) -> ServerMessage:
    """Decode what a server sent (Python clients, tests); raises `BadMessage` only."""
    try:
        return _server_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage(str(error)) from None


def encode(message: Message) -> bytes:
    return _encoder.encode(message)
