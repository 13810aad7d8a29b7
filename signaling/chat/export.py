"""The chat as a text or JSON file, written while it is read from the database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec

from signaling.chat_messages import ChatEvent

_decoder = msgspec.json.Decoder(ChatEvent)


async def as_json(pages: AsyncIterator[list[bytes]]) -> AsyncIterator[bytes]:
    """One array of `ChatEvent`s."""
    between = b"["
    async for events in pages:
        for event in events:
            yield between + event
            between = b",\n"
    yield b"]\n" if between != b"[" else b"[]\n"


async def as_text(pages: AsyncIterator[list[bytes]]) -> AsyncIterator[bytes]:
    async for events in pages:
        for event in events:
            yield _lines(_decoder.decode(event)).encode()


def _lines(event: ChatEvent) -> str:
    """Further lines of a message are indented, so that none can pass for another message."""
    at = datetime.fromtimestamp(event.at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    to = "" if event.to is None else f" to {event.to_name or '?'} (private)"
    text = "(deleted)" if event.erased else event.text.replace("\n", "\n    ")
    edited = " (edited)" if event.edited_at is not None else ""
    lines = [f"{at}  {event.name or '?'}{to}: {text}{edited}"]
    lines += [f"    [{file.name}, {file.media_type}, {file.size} bytes]" for file in event.files]
    lines += [f"    {each.emoji} {len(each.participants)}" for each in event.reactions]
    return "\n".join(lines) + "\n"
