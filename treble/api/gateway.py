"""What room servers ask of gateways."""

from typing import Protocol

from treble.api.chat import ChatItem
from treble.api.words import Done, Struct


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
