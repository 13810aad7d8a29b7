"""The chat of a Room: every message once and in order, whatever becomes of sockets and Sessions.

Events have growing numbers; `last_seq` is told with each `hello`, so that what was missed is sent, and what is not
greater is dropped.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from signaling.chat_messages import ChatEvent, Edit, Erase, History, React, Reaction, Read, Said, Say
from signaling.messages import Welcome
from treble.client.outbox import Ask, Outbox

PAGE: Final = 50
MOST_KEPT: Final = 5_000  # messages; the oldest are forgotten, `history` has them


class Chat:
    """`messages` as they stand, each a `ChatEvent` of kind `message` with its latest text and reactions."""

    def __init__(self, ask: Ask, emit: Callable[..., None], own_id: Callable[[], str]) -> None:
        self.last_seq: int | None = None  # the last event that one has; None before the first welcome
        self._ask = ask
        self._emit = emit
        self._own_id = own_id
        self._outbox = Outbox(ask)
        self._said: dict[int, ChatEvent] = {}

    @property
    def messages(self) -> list[ChatEvent]:
        """All that are here, the oldest first."""
        return [self._said[seq] for seq in sorted(self._said)]

    async def say(
        self, text: str, *, to: str | None = None, reply: int | None = None, files: Sequence[str] = ()
    ) -> Said:
        """Said once, in this Session or a later one; gives its number. `to`: for this participant only."""
        said: Said = await self._outbox.send(Say, text=text, to=to, reply=reply, files=list(files))
        return said

    async def edit(self, seq: int, text: str) -> None:
        await self._outbox.send(Edit, seq=seq, text=text)

    async def erase(self, seq: int) -> None:
        await self._outbox.send(Erase, seq=seq)

    async def react(self, seq: int, emoji: str, on: bool = True) -> None:
        await self._outbox.send(React, seq=seq, emoji=emoji, on=on)

    async def mark_read(self, seq: int) -> None:
        await self._ask(Read, seq=seq)

    async def load_earlier(self) -> bool:
        """Fetch the page before the first message that is here; gives whether there are earlier ones still."""
        first = min(self._said, default=None)
        page = await self._ask(History, limit=PAGE, before=first)
        for event in page.events:
            self._said.setdefault(event.seq, event)
        self._emit("chat_changed")
        return bool(page.more)

    # --- what the server says

    def enter(self, welcome: Welcome) -> None:
        """A Session begins or goes on."""
        if self.last_seq is None:
            self.last_seq = welcome.last_seq
        self._outbox.resume()

    def take(self, event: ChatEvent) -> None:
        if event.seq <= (self.last_seq or 0):
            return
        self.last_seq = event.seq
        if event.kind == "message":
            self._said[event.seq] = event
            if len(self._said) > MOST_KEPT:
                del self._said[min(self._said)]
            if event.sender != self._own_id():
                self._emit("chat_message", event)
        elif (message := self._said.get(event.target or 0)) is not None:
            self._said[message.seq] = changed(message, event)
        self._emit("chat_changed")


def changed(message: ChatEvent, event: ChatEvent) -> ChatEvent:
    """What an edit, erase or reaction makes of a message; doing it twice changes nothing."""
    changes: dict[str, Any] = {}
    if event.kind == "edit":
        changes = {"text": event.text, "edited_at": event.at}
    elif event.kind == "erase":
        changes = {"text": "", "files": [], "reactions": [], "erased": True}
    elif event.kind == "reaction":
        changes = {"reactions": _react(message.reactions, event)}
    return msgspec.structs.replace(message, **changes)


def _react(reactions: list[Reaction], event: ChatEvent) -> list[Reaction]:
    by_emoji = {each.emoji: each.participants for each in reactions}
    people = [one for one in by_emoji.get(event.emoji, []) if one != event.sender]
    by_emoji[event.emoji] = [*people, event.sender] if event.on else people
    return [Reaction(emoji=emoji, participants=people) for emoji, people in by_emoji.items() if people]
