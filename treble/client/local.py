"""Oneself: what one publishes, and whether it is muted.

A source is any `async for` of `av` frames that come as they are to be seen or heard, such as those of `MediaFile`. On
the way in a Track is sent before the server opens its gate, on the way out it is silenced first.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import Any, Final

import trio

from signaling.messages import Participant
from treble.api import NetworkLevel, Role, Source
from treble.client.encryption import Encryption
from treble.client.errors import TrebleError
from treble.client.media.session import Media
from treble.client.publishing import LocalTrack

# Why the server does not let a Track through.
REFUSED: Final = frozenset({"ask", "forbidden"})


class LocalParticipant:
    """`tell_mute` tells the server."""

    def __init__(
        self,
        tell_mute: Callable[[Source, bool], Awaitable[None]],
        rename: Callable[[str], Awaitable[bool]],
        emit: Callable[..., None],
        encryption: Encryption,
    ) -> None:
        self.id = ""
        self.name = ""
        self.role = Role.SPEAKER
        self.guest = False
        self.connection = "joining"
        self.hand: int | None = None
        self.picture: str | None = None
        self.is_speaking = False
        self.audio_level = 0.0  # 0 to 1
        self.connection_quality: NetworkLevel | None = None
        self._tell_mute, self._rename = tell_mute, rename
        self._emit = emit
        self._encryption = encryption
        self._tracks: dict[Source, LocalTrack] = {}
        self._scopes: dict[Source, trio.CancelScope] = {}
        self._media: Media | None = None
        self._nursery: trio.Nursery | None = None
        self._locks: dict[Source, trio.Lock] = {source: trio.Lock() for source in Source}

    def know(self, said: Participant) -> None:
        """What the server says of oneself."""
        self.id, self.name, self.role, self.guest = said.id, said.name, said.role, said.guest
        self.connection, self.hand, self.picture = said.connection, said.hand, said.picture

    async def set_name(self, name: str) -> bool:
        """Whether a host has been asked instead."""
        return await self._rename(name)

    def track(self, source: Source) -> LocalTrack | None:
        return self._tracks.get(source)

    def is_enabled(self, source: Source) -> bool:
        track = self._tracks.get(source)
        return track is not None and track.enabled

    @property
    def is_microphone_enabled(self) -> bool:
        return self.is_enabled(Source.MICROPHONE)

    @property
    def is_camera_enabled(self) -> bool:
        return self.is_enabled(Source.CAMERA)

    @property
    def is_screen_share_enabled(self) -> bool:
        return self.is_enabled(Source.SCREEN)

    async def set_microphone_enabled(self, on: bool, frames: AsyncIterable[Any] | None = None) -> None:
        """`frames`: what to send from now on in place of what was sent."""
        await self.set_enabled(Source.MICROPHONE, on, frames)

    async def set_camera_enabled(self, on: bool, frames: AsyncIterable[Any] | None = None) -> None:
        await self.set_enabled(Source.CAMERA, on, frames)

    async def set_screen_share_enabled(self, on: bool, frames: AsyncIterable[Any] | None = None) -> None:
        await self.set_enabled(Source.SCREEN, on, frames)

    async def publish_track(self, frames: AsyncIterable[Any], source: Source = Source.CAMERA) -> None:
        """Send these as one of the four sources."""
        await self.set_enabled(source, True, frames)

    async def unpublish_track(self, source: Source) -> None:
        """Send nothing more of it, and read its frames no more."""
        await self.set_enabled(source, False)
        if scope := self._scopes.pop(source, None):
            scope.cancel()
        if track := self._tracks.pop(source, None):
            self._emit("local_track_unpublished", track, self)

    async def set_enabled(self, source: Source, on: bool, frames: AsyncIterable[Any] | None = None) -> None:
        """Raises `TrebleError`: `ask` or `forbidden` where the server does not let the Track through, `dev.none` where
        there is nothing to send, `e2ee.secret` or `e2ee.alone` where it may not go in clear and cannot be encrypted."""
        async with self._locks[source]:
            if on and (refusal := self._encryption.refusal):
                raise refusal
            if frames is not None:
                self._replace(source, frames, enabled=on)
            track = self._tracks.get(source)
            if track is None:
                if on:
                    raise TrebleError("dev.none", f"nothing to send as {source}")
                return
            self._switch(track, on)
            try:
                await self._tell_mute(source, not on)
            except TrebleError as error:
                if on and error.code in REFUSED:
                    self._switch(track, False)
                raise

    # --- of the Room

    def start(self, nursery: trio.Nursery, tracks: dict[Source, AsyncIterable[Any]]) -> None:
        """Begin to read the sources; what the Room was made with is enabled from the start."""
        self._nursery = nursery
        for source, frames in tracks.items():
            self._replace(source, frames, enabled=True)

    def attach(self, media: Media | None) -> None:
        """Send through this connection from now on."""
        self._media = media
        for track in self._tracks.values():
            self._connect(track)

    async def announce(self, allowed: Iterable[Source]) -> None:
        """Tell the server about every source: a new Session knows none."""
        for source in allowed:
            if self.is_enabled(source) and (refusal := self._encryption.refusal):
                self.withhold(source)
                self._emit("withheld", source, refusal.code)
            try:
                await self._tell_mute(source, not self.is_enabled(source))
            except TrebleError as error:
                if error.code in REFUSED and self.is_enabled(source):
                    self.withhold(source)
                    self._emit("withheld", source, error.code)

    def withhold(self, source: Source) -> None:
        """A host has stopped this: it stays silent until it is enabled again."""
        if track := self._tracks.get(source):
            self._switch(track, False)
            self._emit("local_changed")

    def demand(self, source: Source, layers: list[bool]) -> None:
        """Nothing is encoded that nobody receives."""
        if track := self._tracks.get(source):
            track.is_wanted = any(layers)

    def _switch(self, track: LocalTrack, on: bool) -> None:
        if track.enabled != on:
            track.enabled = on
            self._emit("track_unmuted" if on else "track_muted", track, self)

    def _replace(self, source: Source, frames: AsyncIterable[Any], *, enabled: bool) -> None:
        if self._nursery is None:
            raise TrebleError("closed")
        if scope := self._scopes.get(source):
            scope.cancel()
        track = LocalTrack(source, frames, self._encryption.seal)
        track.enabled = enabled
        self._tracks[source] = track
        self._connect(track)
        self._scopes[source] = trio.CancelScope()
        self._nursery.start_soon(self._run, track, self._scopes[source])
        self._emit("local_track_published", track, self)

    def _connect(self, track: LocalTrack) -> None:
        media = self._media
        sender = media.senders.get(track.source) if media else None
        if media and sender:
            track.connect(media.connection, sender, media.video_codec)
        else:
            track.disconnect()

    async def _run(self, track: LocalTrack, scope: trio.CancelScope) -> None:
        """Until its frames end."""
        with scope:
            await track.run()
        if scope.cancelled_caught or self._tracks.get(track.source) is not track:
            return
        track.enabled = False
        try:
            await self._tell_mute(track.source, True)
        except TrebleError:
            pass
        self._emit("local_track_unpublished", track, self)
