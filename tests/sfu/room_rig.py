"""A Worker with a fake engine: people come, publish and go in one line each; handshakes are taken as done."""

import datetime
import random
from functools import cache

from OpenSSL import SSL

from _fastpath.engine import NO_TRACK, Event, EventKind, Kind
from sfu.effects import Effect, TellDemand, TellNetworks, TellPeerState, TellSlots, TellSpeakers
from sfu.peer import Site
from sfu.transport.certificate import Certificate, make_certificate
from sfu.transport.dtls import make_context
from sfu.transport.endpoint import Input
from sfu.wire.candidates import candidate_lines
from sfu.worker import Worker
from tests.sfu.fake_engine import FakeEngine
from tests.sfu.offers import offer
from treble.api import (
    NetworkLevel,
    OpenPeer,
    PeerOpened,
    PeerState,
    PublishedTrack,
    SetMuted,
    SetView,
    SlotPair,
    SlotState,
    Source,
    Speaker,
    Tile,
)
from treble.units import SECOND

TRACKS = [PublishedTrack(mid="0", source=Source.MICROPHONE), PublishedTrack(mid="1", source=Source.CAMERA)]


NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


@cache
def certificate() -> Certificate:
    return make_certificate(NOW)


@cache
def context() -> SSL.Context:
    return make_context(certificate())


PLENTY = 100_000_000  # bits per second


def pairs(count: int) -> list[SlotPair]:
    return [SlotPair(slot=i, audio_mid=str(2 + 2 * i), video_mid=str(3 + 2 * i)) for i in range(count)]


class Rig:
    """`auto_tell`: the room server takes every table at once."""

    def __init__(self, *, auto_tell: bool = True) -> None:
        self.engine = FakeEngine()
        self.now_ns = 1_000 * SECOND
        self.auto_tell = auto_tell
        self.tables: dict[str, list[SlotState]] = {}
        self.states: list[tuple[str, PeerState, str]] = []
        self.speakers: list[list[Speaker]] = []
        self.told: list[tuple[str, int]] = []  # what awaits `tell`
        self.demands: dict[str, list[list[bool]]] = {}  # of the camera, by its publisher
        self.networks: dict[str, NetworkLevel] = {}
        self.others: list[Effect] = []
        site = Site(
            engine=self.engine,  # type: ignore[arg-type]
            context=context(),
            fingerprint=certificate().fingerprint,
            candidates=candidate_lines(["192.0.2.1", "2001:db8::1"], 7882, with_tcp=True),
            entropy=random.Random(7).randbytes,
        )
        self.worker = Worker(site)

    def open(
        self,
        name: str,
        sdp: str | None = None,
        *,
        room: str = "room",
        tracks: list[PublishedTrack] = TRACKS,
        slots: list[SlotPair] | None = None,
        participant: str | None = None,
    ) -> PeerOpened:
        request = OpenPeer(
            room=room,
            participant=participant or name.upper(),
            peer=name,
            sdp=sdp or offer("chromium_slots3"),
            tracks=tracks,
            slots=pairs(3) if slots is None else slots,
        )
        opened = self.worker.handle_open_peer(request, self.now_ns)
        self.settle()
        return opened

    def join(self, name: str, sdp: str | None = None, **how: object) -> PeerOpened:
        """Open, connect and start to send every Layer."""
        opened = self.open(name, sdp, **how)  # type: ignore[arg-type]
        self.connect(name, how.get("room", "room"))  # type: ignore[arg-type]
        for track in self.peer(name).tracks.values():
            if track.source is not Source.SCREEN:
                for layer in range(track.layers):
                    self.event(EventKind.LAYER_STARTED, track=track.id, layer=layer)
        return opened

    def connect(self, name: str, room: str = "room") -> None:
        peer = self.worker.rooms[room].peers[name]
        self.event(EventKind.PATH, endpoint=peer.endpoint.id)
        changes = peer.endpoint._enter(Input.KEYED)
        self.worker._effects += self.worker.rooms[room]._follow(peer, changes, self.now_ns)
        self.worker._after(self.worker.rooms[room], peer)
        self.event(EventKind.ESTIMATE, endpoint=peer.endpoint.id, value=PLENTY)

    def peer(self, name: str):  # type: ignore[no-untyped-def]
        return next(room.peers[name] for room in self.worker.rooms.values() if name in room.peers)

    def track(self, name: str, source: Source) -> int:
        return self.peer(name).find_track(source).id

    def event(self, kind: EventKind, **fields: int) -> None:
        self.worker.handle_events([Event(kind, **fields)], self.now_ns)
        self.settle()

    def advance(self, seconds: float) -> None:
        """Let time pass, stopping at every timer."""
        end = self.now_ns + int(seconds * SECOND)
        while (timer := self.worker.next_timer()) is not None and timer <= end:
            self.now_ns = max(self.now_ns, timer)
            self.worker.handle_timer(self.now_ns)
            self.settle()
        self.now_ns = end

    def settle(self) -> None:
        while effects := self.worker.settle(self.now_ns):
            for effect in effects:
                self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case TellSlots(event, revision):
                self.tables[event.peer] = event.slots
                self.told.append((event.peer, revision))
                if self.auto_tell:
                    self.tell()
            case TellPeerState(event):
                self.states.append((event.peer, event.state, event.reason))
            case TellSpeakers(event):
                self.speakers.append(event.speakers)
            case TellDemand(event):
                self.demands.setdefault(event.peer, []).append(event.layers)
            case TellNetworks(event):
                self.networks = {network.participant: network.level for network in event.networks}
            case _:
                self.others.append(effect)

    def estimate(self, name: str, kbps: float) -> None:
        endpoint = self.peer(name).endpoint.id
        self.event(EventKind.ESTIMATE, endpoint=endpoint, value=round(kbps * 1000))

    def rates(self, name: str, *layers: tuple[int, ...]) -> None:
        """What each Layer of the camera has measured, in kbit/s of each temporal layer; it counts after some seconds."""
        for layer, rates in enumerate(layers):
            self.engine.rates[self.track(name, Source.CAMERA), layer] = (
                tuple(1000 * each for each in rates),
            )
        self.advance(3)

    def sent(self, name: str, slot: int) -> str:
        """The video Layer that the engine sends in this Slot with its highest temporal layer: "2", "0/1", "-"."""
        row = self.peer(name).table.slots[slot].video.row
        track, layer, _ = self.engine.sources[row]
        if track == NO_TRACK:
            return "-"
        spatial, temporal = self.engine.upto[row]
        return f"{layer if spatial == 7 else spatial}" + ("" if temporal == 7 else f"/{temporal}")

    def tell(self, was_told: bool = True) -> None:
        """The room server takes what waits, or fails to."""
        waiting, self.told = self.told, []
        for peer, revision in waiting:
            self.worker.handle_slots_told(peer, revision, was_told, self.now_ns)
        self.settle()

    def view(self, name: str, *tiles: Tile) -> None:
        self.worker.handle_set_view(SetView(peer=name, tiles=list(tiles)))
        self.settle()

    def mute(self, name: str, source: Source, muted: bool = True, epoch: int = 0) -> int | None:
        number = self.worker.handle_set_muted(SetMuted(peer=name, source=source, muted=muted, epoch=epoch))
        self.settle()
        return number

    def carried(self, name: str, slot: int) -> tuple[int, int, int]:
        """(audio Track, video Track, video Layer) that the engine sends in this Slot."""
        lanes = self.peer(name).table.slots[slot]
        audio, _, _ = self.engine.sources[lanes.audio.row]
        video, layer, _ = self.engine.sources[lanes.video.row]
        return audio, video, layer

    def seats(self, name: str) -> list[str | None]:
        """Whom each Slot was said to carry."""
        return [
            f"{state.participant}/{state.source}" if state.participant else None
            for state in self.tables.get(name, [])
        ]


__all__ = ["TRACKS", "Kind", "Rig", "pairs"]
