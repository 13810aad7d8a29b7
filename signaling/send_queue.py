"""What waits to be sent on one socket: bounded, in order, with pushes that replace their elders.

Slots, speakers, networks, reactions, a Track's demand and a participant's `changed` are latest-wins: while an older one
still waits, the newer takes its place at the end of the queue, so a slow reader gets the present state and not
its history. Everything else (answers, joined, left, chat) is never dropped: when the bound is reached the socket
is given up with 1013 and the client resumes (contracts 5).
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import msgspec

from signaling.frame_guard import text_frame

MAX_QUEUED: Final = 64
# Beside the number: 64 answers to offers with 30 Slot pairs are 4 MB, an attacker's 64 `failed` nothing.
MAX_QUEUED_BYTES: Final = 4 * 1024 * 1024


class QueueFull(Exception):
    """The reader is too slow; close with 1013."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One encoded frame. `replaces` names the state that it tells the latest of, if it is latest-wins."""

    frame: bytes
    replaces: str | None = None


class _Subject(msgspec.Struct, frozen=True):
    id: str = ""


class _Push(msgspec.Struct, frozen=True):
    type: str
    participant: _Subject | str | None = None
    source: str = ""


_decoder = msgspec.json.Decoder(_Push)


def outgoing(message: bytes) -> Outgoing:
    """Frame an encoded message of ours and find out whether it is latest-wins."""
    push = _decoder.decode(message)
    if push.type in ("slots", "speakers", "networks", "emoted"):
        return Outgoing(text_frame(message), push.type)
    if push.type == "demand":
        return Outgoing(text_frame(message), f"demand {push.source}")
    if push.type == "changed" and isinstance(push.participant, _Subject):
        return Outgoing(text_frame(message), f"changed {push.participant.id}")
    return Outgoing(text_frame(message))


class SendQueue:
    """First in, first out."""

    def __init__(self) -> None:
        self._frames: OrderedDict[int | str, bytes] = OrderedDict()
        self._number = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, item: Outgoing) -> None:
        """Raises `QueueFull`."""
        self._number += 1
        key = item.replaces or self._number
        self._bytes += len(item.frame) - len(self._frames.pop(key, b""))
        self._frames[key] = item.frame
        if len(self._frames) > MAX_QUEUED or self._bytes > MAX_QUEUED_BYTES:
            raise QueueFull

    def take(self) -> bytes | None:
        """The next frame, or None."""
        if not self._frames:
            return None
        _, frame = self._frames.popitem(last=False)
        self._bytes -= len(frame)
        return frame

    def clear(self) -> None:
        self._frames.clear()
        self._bytes = 0
