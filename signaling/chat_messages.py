"""Messages of the chat. Everything said is an event with a number (`seq`) that grows by one in a Room, stored before
anybody is sent it.

A request that says something carries a `key`: 128 random bits of the client, so that one which is sent twice is said
once. Clients keep the last `seq` and drop what is not greater; numbers are missing where a message was private.
"""

from typing import Annotated, Literal

import msgspec

from signaling.message import Id, Message, Part, PersonId, UnixMs

Key = Annotated[str, msgspec.Meta(min_length=22, max_length=32, pattern="^[0-9A-Za-z_-]+$")]
Said_ = Annotated[str, msgspec.Meta(max_length=4000)]
Emoji = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
MAX_PAGE = 100

# --- requests ---------------------------------------------------------------------------------------------------


class Say(Message, frozen=True):
    """Answered by `said` once it is stored. `to`: for this participant only; `reply`: the `seq` it answers."""

    id: Id
    key: Key
    text: Said_
    to: PersonId | None = None
    reply: Id | None = None
    files: Annotated[list[PersonId], msgspec.Meta(max_length=4)] = []


class Edit(Message, frozen=True):
    """New text for one's own message `seq`."""

    id: Id
    key: Key
    seq: Id
    text: Said_


class Erase(Message, frozen=True):
    """Delete one's own message, or, as a host, anybody's."""

    id: Id
    key: Key
    seq: Id


class React(Message, frozen=True):
    """`on` false takes the reaction back."""

    id: Id
    key: Key
    seq: Id
    emoji: Emoji
    on: bool = True


class Read(Message, frozen=True):
    """One has read up to here; kept across Sessions for the number of unread messages."""

    id: Id
    seq: Id


class History(Message, frozen=True):
    """A page of what one may read: the latest events before `before`, or the latest of all; answered by `page`."""

    id: Id
    before: Id | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 50


# --- answers ----------------------------------------------------------------------------------------------------


class Said(Message, frozen=True):
    re: Id
    seq: Id
    at: UnixMs


class SharedFile(Part, frozen=True):
    """A file in the chat: `GET /api/rooms/{room}/files/{file}` with the access token."""

    file: str
    name: str
    media_type: str
    size: int


class Reaction(Part, frozen=True):
    emoji: str
    participants: list[str]


class ChatEvent(Part, frozen=True):
    """`message`, or what became of one: `edit` and `erase` say its new state, `reaction` one person's reaction.

    `seq` numbers the event, `target` the message that it is about. In a `page` every message has its latest text, its
    reactions, and `edited_at` or `erased` where it was changed; other kinds are left out there.
    """

    seq: Id
    at: UnixMs
    kind: Literal["message", "edit", "erase", "reaction"]
    sender: str
    name: str
    text: str = ""
    to: str | None = None
    to_name: str = ""
    reply: Id | None = None
    files: list[SharedFile] = []
    target: Id | None = None
    emoji: str = ""
    on: bool = True
    edited_at: UnixMs | None = None
    erased: bool = False
    reactions: list[Reaction] = []


class Page(Message, frozen=True):
    """Oldest first. `more`: there are earlier ones that one may read. `read`: up to where one has read."""

    re: Id
    events: list[ChatEvent]
    more: bool = False
    read: Id = 0


# --- push -------------------------------------------------------------------------------------------------------


class Chat(Message, frozen=True):
    event: ChatEvent


ChatRequest = Say | Edit | Erase | React | Read | History
ChatAnswer = Said | Page
ChatPush = Chat
