"""Somebody else's Track: `async for frame in track` gives decoded `av` frames while somebody reads.

What waits is bounded. A reader that is too slow misses frames: of sound the oldest, of a picture all until the next
keyframe.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import trio

from treble.api import Source
from treble.client.inbox import Inbox
from treble.client.media.decoding import Decoder
from treble.client.media.offer import KIND_OF
from treble.client.media.receiving import Encoded

MOST_WAITING: Final = {"audio": 100, "video": 60}  # two seconds


class RemoteTrack:
    """`changed` is called when the first reader comes and when the last goes."""

    def __init__(self, participant: str, source: Source, changed: Callable[[], None]) -> None:
        self.participant = participant
        self.source = source
        self.kind = KIND_OF[source]
        self.is_muted = True
        self.size = (640, 360)  # wanted of a picture, in pixels
        self.is_over = False
        self._changed = changed
        self._readers: list[Reader] = []

    @property
    def is_read(self) -> bool:
        return bool(self._readers)

    @contextmanager
    def frames(self, size: tuple[int, int] | None = None) -> Iterator["Reader"]:
        """Frames as long as the block lasts; `size`: how large the picture is wanted."""
        reader = Reader(self.kind)
        self.size = size or self.size
        if self.is_over:
            reader.close()
        self._readers.append(reader)
        self._changed()
        try:
            yield reader
        finally:
            self._readers.remove(reader)
            self._changed()

    async def __aiter__(self) -> AsyncIterator[Any]:
        with self.frames() as frames:
            async for frame in frames:
                yield frame

    def deliver(self, frame: Encoded) -> bool:
        """To all readers; gives whether one waits for a keyframe."""
        waiting = [reader.put(frame) for reader in self._readers]
        return any(waiting)

    def skip(self) -> None:
        """A frame came that cannot be read."""
        for reader in self._readers:
            reader.skip()

    def close(self) -> None:
        """Its participant has left: readers come to their end."""
        self.is_over = True
        for reader in self._readers:
            reader.close()


class Reader:
    """One `async for` over a Track, with a decoder of its own."""

    def __init__(self, kind: str) -> None:
        self.missed = 0  # frames that came and were not given
        self._kind = kind
        self._inbox: Inbox[Encoded] = Inbox(MOST_WAITING[kind])
        self._decoder = Decoder(kind)
        self._decoded: list[Any] = []
        self._needs_keyframe = kind == "video"

    def put(self, frame: Encoded) -> bool:
        is_full = len(self._inbox) == MOST_WAITING[self._kind]
        if self._kind == "video" and (is_full or frame.after_gap):
            self._needs_keyframe = True
        if self._needs_keyframe and not frame.is_keyframe:
            self.missed += 1
            return True
        if not (self._kind == "video" and is_full):
            self._needs_keyframe = False
            self._inbox.put(frame)
        return self._needs_keyframe

    def skip(self) -> None:
        """A picture is worth something again from the next keyframe on."""
        self.missed += 1
        self._needs_keyframe = self._kind == "video"

    def close(self) -> None:
        self._inbox.close()

    def __aiter__(self) -> "Reader":
        return self

    async def __anext__(self) -> Any:
        while not self._decoded:
            frame = await anext(self._inbox)
            if self._kind == "audio":  # 0.1 ms: a thread would cost more
                self._decoded = self._decoder.decode(frame)
            else:
                self._decoded = await trio.to_thread.run_sync(self._decoder.decode, frame)
        return self._decoded.pop(0)
