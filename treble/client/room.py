"""A Room as a program sees it: who is there, what they send, what one sends, the chat, and what happened.

    async with Room.connect(server, token) as room:
        room.on("participant_connected", lambda participant: print(participant.name))
        await room.chat.say("Hello")

All its tasks live inside the `async with`; leaving the block leaves the Room.
"""

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import trio

from signaling import messages as wire
from signaling.actions import Action, Verdict
from signaling.caption_messages import Captions as CaptionsPush
from signaling.chat_messages import Chat as ChatPush
from signaling.door_messages import Expired, Knock, Refused, Waiting
from signaling.host_messages import Renew, Renewed, Stopped, Verdicts
from signaling.key_messages import Keys
from signaling.message import Message
from treble.api import Network, SlotState, Source, Speaker, Tile
from treble.client.captions import Captions
from treble.client.chat import Chat
from treble.client.emitter import Emitter
from treble.client.encryption import Encryption
from treble.client.errors import TrebleError
from treble.client.events import EVENTS
from treble.client.local import LocalParticipant
from treble.client.media.turn import relays_of
from treble.client.meeting import Meeting
from treble.client.participant import RemoteParticipant
from treble.client.peer import Peer
from treble.client.roster import Roster
from treble.client.signal import Options, Signal
from treble.client.slots import SlotTable
from treble.client.view import View

PUBLISH: Final = {
    Source.MICROPHONE: Action.TALK,
    Source.CAMERA: Action.SHOW,
    Source.SCREEN: Action.SHARE,
    Source.SCREEN_AUDIO: Action.SHARE,
}
SLOTS: Final = 12
RENEW_S: Final = 300.0
SILENT: Final = 127  # -dBov


class Room(Emitter):
    """`microphone`, `camera`, `screen`: `av` frames that come in time, sent from the start. `slots`: how many others are
    received at once. `video_codec`: `vp8` or `h264`, of what is sent; `vp8` where the Room is encrypted. `secret`: of
    end-to-end encryption. `media` False: chat and roster only.
    """

    def __init__(
        self,
        *,
        microphone: AsyncIterable[Any] | None = None,
        camera: AsyncIterable[Any] | None = None,
        screen: AsyncIterable[Any] | None = None,
        slots: int = SLOTS,
        video_codec: str = "vp8",
        secret: str = "",
        media: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        renew_token: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        super().__init__(EVENTS)
        given = {Source.MICROPHONE: microphone, Source.CAMERA: camera, Source.SCREEN: screen}
        self.state = "new"  # connecting, waiting, connected, reconnecting, disconnected
        self.name = self.server = ""
        self.active_speakers: list[RemoteParticipant | LocalParticipant] = []  # the loudest first
        self.encryption = Encryption(
            secret, self._ask, self._is_present, partial(self.emit, "encryption_changed"), self._rebuild
        )
        self.meeting = Meeting(self._ask, self.emit)
        self.local_participant = LocalParticipant(
            self._tell_mute, self.meeting.rename, self.emit, self.encryption
        )
        self.chat = Chat(self._ask, self.emit, lambda: self.local_participant.id)
        self.captions = Captions(self._ask, self.emit, self.meeting)
        self._given = {source: frames for source, frames in given.items() if frames is not None}
        self._with_media = media
        self._ssl_context, self._renew_token = ssl_context, renew_token
        self._view = View(lambda: self._roster.participants.values())
        self._roster = Roster(self.emit, self._view.refresh)
        self._peer = Peer(self.local_participant, self.encryption, slots, video_codec, self._ask, self)
        self._entered = trio.Event()
        self._over = trio.Event()
        self._error: TrebleError | None = None
        self._follow_people()

    @classmethod
    @asynccontextmanager
    async def connect(cls, server: str, token: str, **options: Any) -> AsyncIterator["Room"]:
        """In the Room while the block lasts; `options` of `Room`. Raises `TrebleError` where the server refuses."""
        async with cls(**options).joined(server, token) as room:
            yield room

    @asynccontextmanager
    async def joined(self, server: str, token: str) -> AsyncIterator["Room"]:
        """As `connect`, for a Room whose events are listened to from the start (`waiting`, `retrying`). Once: another
        try is made with another Room, else `TrebleError` `used`."""
        if self.state != "new":
            raise TrebleError("used", "a Room is joined once: make another one")
        options = Options(self._ssl_context, self._renew_token, lambda: self.chat.last_seq)
        self.state, self.server = "connecting", server
        self._signal = Signal(server, token, self, options)
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                self.local_participant.start(nursery, self._given)
                nursery.start_soon(self._run)
                await self._entered.wait()
                if self._error:
                    raise self._error
                try:
                    yield self
                finally:  # also of what goes wrong: nobody is to wait for us
                    await self._leave()
                await self._over.wait()
                nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise _only(group) from None
        finally:
            self._end(TrebleError("left"))

    def _follow_people(self) -> None:
        """Keys go to who is there, and to nobody else."""
        self.on("participant_connected", lambda one: self.encryption.joined(one.id))
        self.on("participant_disconnected", lambda one, _: self.encryption.left(one.id))
        self.on("about_changed", lambda: self.encryption.hear(self.meeting.about))

    def _is_present(self, participant: str) -> bool:
        return participant in self._roster.participants

    @property
    def slots(self) -> SlotTable:
        """Whom each Slot carries."""
        return self._peer.slots

    @property
    def remote_participants(self) -> dict[str, RemoteParticipant]:
        """Everybody else, by id."""
        return self._roster.participants

    @property
    def token(self) -> str:
        """What files of the chat are asked for with."""
        return self._signal.token

    def find(self, name: str) -> RemoteParticipant | None:
        """Somebody by name."""
        return next((one for one in self._roster.participants.values() if one.name == name), None)

    def set_view(self, tiles: Sequence[Tile]) -> None:
        """What is shown beside the pictures that are read; sizes in pixels."""
        self._view.set(tiles)

    async def knock(self) -> None:
        """Ask once more to be let in, after `refused` or `knock_expired`."""
        answer = await self._ask(Knock)
        if isinstance(answer, Waiting):
            self.on_waiting(answer)

    def retry_now(self) -> None:
        """Try to reach the server now."""
        self._signal.retry_now()

    async def disconnect(self) -> None:
        """Leave the Room; `Room.connect`'s block does it at its end."""
        await self._leave()
        await self._over.wait()

    async def _leave(self) -> None:
        self._peer.close()
        await self._signal.close(TrebleError("left"))

    async def wait_disconnected(self) -> TrebleError:
        """Why one is no longer in the Room, once it is so: `ended`, `removed`, `elsewhere`, `left`, ..."""
        await self._over.wait()
        assert self._error is not None
        return self._error

    # --- tasks

    async def _run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._view.run, self._tell_view)
            nursery.start_soon(self._keep_token)
            nursery.start_soon(self.encryption.run)
            error = await self._signal.run()
            nursery.cancel_scope.cancel()
        self._end(error)

    async def _keep_token(self) -> None:
        """A fresh one for the next socket."""
        while True:
            await trio.sleep(RENEW_S)
            try:
                renewed: Renewed = await self._ask(Renew)
            except TrebleError:
                continue
            self._signal.token = renewed.token
            self.emit("token_renewed", renewed.token)

    # --- what the signalling says

    def on_welcome(self, welcome: wire.Welcome) -> None:
        self.name = welcome.room
        self.local_participant.know(welcome.you)
        self.meeting.enter(welcome)
        self._roster.reconcile(welcome.participants)
        self.chat.enter(welcome)
        self._nursery.start_soon(self.captions.enter, welcome)
        self.encryption.enter(welcome)
        self._peer.relays = relays_of(welcome.ice_servers)
        if welcome.resumed and self._peer.media:
            self._take_slots(welcome.slots)
        else:
            self._restart_media()
        if not self._with_media:
            self._entered.set()
        self._view.resend()
        self._reflect()

    def on_waiting(self, waiting: Waiting) -> None:
        self.state = "waiting"
        self._peer.close()
        self.emit("waiting", waiting.reason, waiting.expires_at)

    def on_lost(self) -> None:
        self._reflect()

    def on_retrying(self, seconds: float) -> None:
        self.emit("retrying", seconds)

    def on_push(self, push: Message) -> None:
        if self.meeting.take(push):
            return self._obey(push)
        match push:
            case ChatPush():
                self.chat.take(push.event)
            case CaptionsPush():
                self.captions.take(push, self._participant)
            case wire.Joined() | wire.Changed():
                self._know(push.participant)
            case wire.Left():
                self._roster.remove(push.participant, push.reason)
            case wire.Slots():
                self._take_slots(push.slots)
            case Keys():
                self.encryption.take(push)
            case wire.Demand():
                self.local_participant.demand(push.source, push.layers)
            case wire.Speakers():
                self._take_speakers(push.speakers)
            case wire.Networks():
                self._take_networks(push.networks)
            case Refused():
                self.emit("refused", push.retry_after)
            case Expired():
                self.emit("knock_expired")
        return None

    def _know(self, said: wire.Participant) -> None:
        if said.id == self.local_participant.id:
            self.local_participant.know(said)
            self.emit("local_changed")
        else:
            self._roster.upsert(said)

    def _participant(self, participant_id: str) -> RemoteParticipant | LocalParticipant | None:
        own = self.local_participant
        return own if participant_id == own.id else self._roster.participants.get(participant_id)

    def _take_speakers(self, speakers: list[Speaker]) -> None:
        levels = {speaker.participant: speaker.level for speaker in speakers}
        everybody: list[RemoteParticipant | LocalParticipant] = [self.local_participant]
        for one in everybody + list(self._roster.participants.values()):
            one.is_speaking = one.id in levels
            one.audio_level = max(0.0, 1 - levels[one.id] / SILENT) if one.is_speaking else 0.0
        found = [self._participant(speaker.participant) for speaker in speakers]
        self.active_speakers = [one for one in found if one]
        self.emit("active_speakers_changed", self.active_speakers)

    def _take_networks(self, networks: list[Network]) -> None:
        for network in networks:
            one = self._participant(network.participant)
            if one and one.connection_quality != network.level:
                one.connection_quality = network.level
                self.emit("connection_quality_changed", network.level, one)

    def _obey(self, push: Message) -> None:
        """What a host has decided changes one's own Tracks; offers hold only what may be sent."""
        if isinstance(push, Stopped):
            self.local_participant.withhold(push.source)
        elif isinstance(push, Verdicts):
            self.local_participant.role = push.role
            if self._allowed() != self._peer.sources:
                self._rebuild()
            self.emit("local_changed")

    def _take_slots(self, states: list[SlotState]) -> None:
        self._peer.take_slots(states)
        self.emit("slots_changed", states)

    # --- what the media says

    def remote(self, participant: str) -> RemoteParticipant | None:
        return self._roster.participants.get(participant)

    def on_media(self) -> None:
        self._view.resend()
        self._entered.set()
        self._reflect()

    def on_media_lost(self) -> None:
        self._reflect()

    async def on_media_failed(self, error: TrebleError) -> None:
        await self._signal.close(error)

    def _restart_media(self) -> None:
        if self._with_media and not self._over.is_set():
            self._peer.restart(self._nursery, self._allowed())

    def _rebuild(self) -> None:
        """Another connection in place of the one that stands."""
        if self._peer.is_kept:
            self._restart_media()

    def _allowed(self) -> list[Source]:
        """What one may send, perhaps when a host is asked."""
        return [
            source for source, action in PUBLISH.items() if self.meeting.verdict(action) is not Verdict.DENY
        ]

    # --- requests

    async def _ask(self, kind: Callable[..., Message], **fields: Any) -> Any:
        return await self._signal.request(kind, **fields)

    async def _tell_mute(self, source: Source, muted: bool) -> None:
        await self._ask(wire.Mute, source=source, muted=muted)

    async def _tell_view(self, tiles: list[Tile]) -> None:
        await self._ask(wire.View, tiles=tiles)

    # --- state

    def _reflect(self) -> None:
        """Connected is: the socket is accepted and media flows."""
        well = self._signal.is_accepted and (self._peer.media is not None or not self._with_media)
        before = self.state
        if well and before in ("connecting", "waiting", "reconnecting"):
            self._say_state("connected")
            self.emit("reconnected" if before == "reconnecting" else "connected")
        elif not well and before == "connected":
            self._say_state("reconnecting")
            self.emit("reconnecting")

    def _say_state(self, state: str) -> None:
        self.state = state
        if self._with_media:  # without, others see one as joining
            self.local_participant.connection = state

    def _end(self, error: TrebleError) -> None:
        if self._over.is_set():
            return
        self.state, self._error = "disconnected", error
        self._peer.close()
        self._roster.close()
        self._over.set()
        self._entered.set()
        self.emit("disconnected", error)
        self.close()


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one thing that went wrong, as it was raised; the group where there are more."""
    inner: BaseException = group
    while isinstance(inner, BaseExceptionGroup) and len(inner.exceptions) == 1:
        inner = inner.exceptions[0]
    return inner
