"""A file as a microphone and a camera: its frames come when they are to be heard and seen."""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import av
import trio

from treble.client.errors import TrebleError

AT_ONCE: Final = {"audio": 10, "video": 2}  # frames for which a thread is asked


class MediaFile:
    """`audio` and `video` give `av` frames to one `async for` each; None where the file has none."""

    def __init__(self, path: str | Path, *, loop: bool = False) -> None:
        """Reads the file's head; raises `TrebleError("bad.file")`."""
        try:
            with av.open(str(path)) as container:
                kinds = {stream.type for stream in container.streams}
                self.duration_s = (container.duration or 0) / av.time_base
        except (av.FFmpegError, OSError) as error:
            raise TrebleError("bad.file", f"{path}: {error}") from None
        if not kinds & {"audio", "video"}:
            raise TrebleError("bad.file", f"{path}: neither sound nor picture")
        self._began: float | None = None
        self.audio = FileTrack(self, str(path), "audio", loop) if "audio" in kinds else None
        self.video = FileTrack(self, str(path), "video", loop) if "video" in kinds else None

    def began(self) -> float:
        """When the first frame was wanted: both play by this."""
        if self._began is None:
            self._began = trio.current_time()
        return self._began


class FileTrack:
    """One stream, read from the file by itself: neither waits for the other's frames."""

    def __init__(self, file: MediaFile, path: str, kind: str, loop: bool) -> None:
        self.kind = kind
        self._file, self._path, self._loop = file, path, loop
        self._frames: Iterator[Any] | None = None
        self._ready: deque[Any] = deque()
        self._rounds = 0

    def __aiter__(self) -> "FileTrack":
        return self

    async def __anext__(self) -> Any:
        if not self._ready:
            await self._read()
        if not self._ready:
            raise StopAsyncIteration
        frame = self._ready.popleft()
        at_s = self._rounds * self._file.duration_s + (frame.time or 0.0)
        await trio.sleep_until(self._file.began() + at_s)
        return frame

    async def _read(self) -> None:
        """The next frames, of the next round where one is over."""
        self._ready.extend(await trio.to_thread.run_sync(self._next))
        if not self._ready and self._loop:
            self._rounds, self._frames = self._rounds + 1, None
            self._ready.extend(await trio.to_thread.run_sync(self._next))

    def _next(self) -> list[Any]:
        if self._frames is None:
            self._frames = _decode(self._path, self.kind)
        return list(islice(self._frames, AT_ONCE[self.kind]))


def _decode(path: str, kind: str) -> Iterator[Any]:
    """All frames; what cannot be decoded is left out."""
    with av.open(path) as container:
        stream = next(each for each in container.streams if each.type == kind)
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue
