"""Stored chat events as clients are told them."""

from collections.abc import Mapping, Sequence

from signaling.chat_messages import Chat, ChatEvent, Reaction
from signaling.messages import encode
from signaling.storage.chat import MESSAGE, Event
from treble.api import ChatItem
from treble.units import MILLISECOND


def event_of(
    event: Event, target: Event | None = None, reactions: Mapping[str, Sequence[str]] | None = None
) -> ChatEvent:
    """`target`: the message that an edit, erasure or reaction is about, as it is now."""
    body = event.body
    if event.kind == MESSAGE:
        text, edited_at, erased = body.text, body.edited_at, body.erased
    elif event.kind == "edit" and target is not None:
        text, edited_at, erased = target.body.text, target.body.edited_at, target.body.erased
    else:
        text, edited_at, erased = "", None, event.kind == "erase"
    return ChatEvent(
        seq=event.seq,
        at=event.at // MILLISECOND,
        kind=event.kind,  # type: ignore[arg-type]
        sender=event.sender,
        name=body.name,
        text=text,
        to=event.recipient,
        to_name=body.to_name,
        reply=body.reply,
        files=list(body.files),
        target=event.target,
        emoji=body.emoji,
        on=body.on,
        edited_at=None if edited_at is None else edited_at // MILLISECOND,
        erased=erased,
        reactions=[Reaction(emoji=emoji, participants=list(who)) for emoji, who in (reactions or {}).items()],
    )


def item_of(event: Event, target: Event | None = None) -> ChatItem:
    return ChatItem(
        room=event.room,
        seq=event.seq,
        about=event.seq if event.target is None else event.target,
        audience=None if event.recipient is None else [event.sender, event.recipient],
        message=encode(Chat(event=event_of(event, target))),
    )
