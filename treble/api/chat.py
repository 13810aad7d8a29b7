"""What gateways ask of room servers for chat and its files."""

from treble.api.words import Struct


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
