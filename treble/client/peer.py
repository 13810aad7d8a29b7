"""Which media connection stands, and another in its place; what it brings goes to the Tracks whose Slots it is."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, Protocol

import trio

from signaling.messages import Offer
from treble.api import PublishedTrack, SlotPair, SlotState, Source
from treble.client.encryption import Encryption
from treble.client.errors import TrebleError, may_pass
from treble.client.local import LocalParticipant
from treble.client.media.connection import PathLost
from treble.client.media.receiving import Encoded
from treble.client.media.session import Media
from treble.client.media.turn import RelayServer
from treble.client.participant import RemoteParticipant
from treble.client.slots import SlotTable
from treble.client.tracks import RemoteTrack

REBUILD_S: Final = 1.0  # what ends the Session often closes media first
MOST_REBUILD_S: Final = 10.0
OFFER_TRIES: Final = 6  # a media server that starts anew is back within seconds
# Failures of an offer that a new Session brings its own cure for.
CURED: Final = frozenset({"session.new", "gone", "closed"})


class Hooks(Protocol):
    """Whom a `Peer` asks and tells."""

    def remote(self, participant: str) -> RemoteParticipant | None: ...
    def on_media(self) -> None: ...
    def on_media_lost(self) -> None: ...
    async def on_media_failed(self, error: TrebleError) -> None: ...


class Peer:
    """`slot_count`: how many others are received at once. `video_codec`: sent where the Room is not encrypted."""

    def __init__(
        self,
        local: LocalParticipant,
        encryption: Encryption,
        slot_count: int,
        video_codec: str,
        ask: Callable[..., Awaitable[Any]],
        hooks: Hooks,
    ) -> None:
        self.media: Media | None = None
        self.is_kept = False  # there is one, or one is on its way
        self.slots = SlotTable()
        self.sources: list[Source] = []
        self.relays: list[RelayServer] = []
        self._local, self._encryption = local, encryption
        self._slot_count, self._video_codec = slot_count, video_codec
        self._ask, self._hooks = ask, hooks
        self._scope = trio.CancelScope()
        self._has_opened = False

    def restart(self, nursery: trio.Nursery, sources: list[Source]) -> None:
        """A connection that sends these."""
        self._scope.cancel()
        self._lose()
        self.is_kept, self.sources, self._scope = True, sources, trio.CancelScope()
        nursery.start_soon(self._keep, self._scope)

    def close(self) -> None:
        """None is wanted, or none until `restart`."""
        self.is_kept = False
        self._scope.cancel()
        self.media = None
        self._local.attach(None)

    def take_slots(self, states: list[SlotState]) -> None:
        self.slots.update(states)

    async def _keep(self, scope: trio.CancelScope) -> None:
        """One connection after the other, until the Session is another one."""
        with scope:
            wait_s = REBUILD_S
            while True:
                try:
                    await self._local.announce(self.sources)
                    codec = "vp8" if self._encryption.is_on else self._video_codec
                    only, relays = self._encryption.is_on, self.relays
                    media = Media(self.sources, self._slot_count, codec, self, only=only, relays=relays)
                    began = trio.current_time()
                    reason = await media.run(self._exchange)
                    if trio.current_time() - began > MOST_REBUILD_S:
                        wait_s = REBUILD_S
                except PathLost as lost:
                    reason = lost
                except TrebleError as error:
                    if error.code not in CURED:
                        await self._hooks.on_media_failed(error)
                    return
                self._lose()
                if not self._has_opened:
                    await self._hooks.on_media_failed(TrebleError("gone", str(reason)))
                    return
                await trio.sleep(wait_s)
                wait_s = min(2 * wait_s, MOST_REBUILD_S)

    async def _exchange(self, sdp: str, tracks: list[PublishedTrack], slots: list[SlotPair]) -> str:
        """Offer, again after a while where the server cannot take it now."""
        for tries in range(1, OFFER_TRIES):
            try:
                return str((await self._ask(Offer, sdp=sdp, tracks=tracks, slots=slots)).sdp)
            except TrebleError as error:
                if not may_pass(error):
                    raise
            await trio.sleep(tries)
        return str((await self._ask(Offer, sdp=sdp, tracks=tracks, slots=slots)).sdp)

    def _lose(self) -> None:
        if self.media:
            self.media = None
            self._local.attach(None)
            self._hooks.on_media_lost()

    # --- what the media says

    def is_wanted(self, slot: int, kind: str) -> bool:
        track = self._track_in(slot, kind)
        return track is not None and track.is_read

    def on_frame(self, slot: int, kind: str, frame: Encoded) -> None:
        track = self._track_in(slot, kind)
        if track is None or (kind == "video" and not self.slots.is_theirs(slot, frame.timestamp)):
            return
        data = self._encryption.open(frame.data, track.participant, track.source)
        if data is None:
            track.skip()
        elif track.deliver(replace(frame, data=data)) and self.media:
            self.media.request_keyframe(slot)

    def on_media(self, media: Media) -> None:
        self.media, self._has_opened = media, True
        self._local.attach(media)
        self._hooks.on_media()

    def _track_in(self, slot: int, kind: str) -> RemoteTrack | None:
        found = self.slots.find(slot, kind)
        participant = self._hooks.remote(found[0]) if found else None
        return participant.tracks.get(found[1]) if found and participant else None
