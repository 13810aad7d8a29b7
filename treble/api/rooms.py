"""What gateways ask of room servers."""

from typing import Protocol

from treble.api.chat import (
    BeginFile,
    ChatExported,
    ChatHeads,
    ChatHeadsFound,
    ChatSince,
    ChatSlice,
    ExportChat,
    FileBegun,
    FilePart,
    GetFilePart,
    PutFilePart,
)
from treble.api.checks import BeginCheck, CheckBegun, CheckPath, EndCheck, PathChecked
from treble.api.words import Done, Struct


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
