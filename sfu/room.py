"""One Room on this Worker: its Peers, what they publish, and who is shown to whom."""

from typing import Final

from _fastpath.engine import Event, EventKind
from sfu.effects import Effect, TellPeerState, TellSlots, TellSpeakers
from sfu.media.codecs import display_name
from sfu.media.slots import Seat, make_view
from sfu.media.speakers import Speakers
from sfu.media.track import Track
from sfu.peer import PRESENT, Directory, Gate, Peer, Site
from sfu.sharing import Sharing
from sfu.transport.endpoint import StateChanged
from sfu.wire.sdp import parse_ice_fragment_untrusted, parse_offer_untrusted
from treble.api import (
    IceRestarted,
    OpenPeer,
    PeerOpened,
    PeerState,
    PeerStateChanged,
    RestartIce,
    SetLayers,
    SetMuted,
    SetView,
    SlotsChanged,
    Source,
    SpeakersChanged,
)
from treble.units import MILLISECOND, SECOND

# A lost Peer's Slots elsewhere are freed within 10 s (contracts section 2); the engine reports silence
# after 2.
AWAY_AFTER_NS: Final = 7 * SECOND
# A screen on which nothing moves may send nothing for a while; only then is its sharing over.
SCREEN_HOLD_NS: Final = 5 * SECOND
# Seating everybody costs 0.3 ms for each Peer of a large Room. So a small one is seated at once, a larger one the
# less often the larger it is: within 84 ms for 100 Peers.
SMALL_ROOM: Final = 16
ARRANGE_INTERVAL_NS: Final = 1 * MILLISECOND


class Room:
    """A machine: inputs return effects; `settle` follows each batch of inputs."""

    def __init__(self, name: str, site: Site, directory: Directory) -> None:
        self.name = name
        self._site = site
        self._directory = directory
        self.peers: dict[str, Peer] = {}
        self._speakers = Speakers()
        self._is_dirty = False
        self._arrange_after_ns = 0
        self._untold: dict[str, None] = {}  # Peers whose table may differ from what was told
        self._index: dict[tuple[str, Source], Track] | None = None
        self._screen_stopped_ns: dict[int, int] = {}
        self._sharing = Sharing(name, site.engine, self.peers, self._find_track)

    # --- requests

    def open_peer(self, request: OpenPeer, now_ns: int) -> tuple[PeerOpened, list[Effect]]:
        """A new Peer, or a known one's next offer; raises `BadSdp` with nothing changed."""
        offer = parse_offer_untrusted(request.sdp)
        effects: list[Effect] = []
        peer = self.peers.get(request.peer)
        if peer is None:
            peer = Peer(
                self._site, self._directory, self.name, request.peer, request.participant, offer, now_ns
            )
            _shut(peer, request)
            try:
                sdp = peer.negotiate(offer, request.tracks, request.slots, now_ns)
            except Exception:
                peer.close()
                raise
            self.peers[request.peer] = peer
            effects += self._tell_states(peer, peer.endpoint.handle_answered())
        else:
            _shut(peer, request)
            before = [track.id for track in peer.tracks.values()]
            sdp = peer.negotiate(offer, request.tracks, request.slots, now_ns)
            self._forget_tracks(before, peer)
        self._mark()
        return PeerOpened(peer=peer.name, sdp=sdp, tracks=peer.published()), effects

    def close_peer(self, name: str) -> list[Effect]:
        return self._remove(self.peers[name], "closed")

    def restart_ice(self, request: RestartIce) -> IceRestarted:
        """Raises `BadSdp`; a fragment that only brings candidates is answered with nothing."""
        credentials = parse_ice_fragment_untrusted(request.sdp_fragment)
        if credentials is None:
            return IceRestarted(sdp_fragment="")
        return IceRestarted(sdp_fragment=self.peers[request.peer].restart_ice(credentials[0]))

    def set_view(self, request: SetView) -> None:
        self.peers[request.peer].view = make_view(request.tiles)
        self._mark()

    def set_layers(self, request: SetLayers, now_ns: int) -> None:
        self.peers[request.peer].set_layers(request.source, request.layers, now_ns)
        self._mark()

    def set_muted(self, request: SetMuted) -> int | None:
        """The number of the engine's command to wait for; None where nothing was to do."""
        self._mark()
        gate = Gate(request.muted, request.by_host, request.epoch)
        return self.peers[request.peer].set_gate(request.source, gate)

    def handle_slots_told(self, name: str, revision: int, was_told: bool, now_ns: int) -> None:
        if peer := self.peers.get(name):
            peer.table.handle_told(revision, was_told, self._find_track, now_ns)
            self._untold[name] = None

    def handle_demand_untold(self, name: str, source: Source) -> None:
        """The room server could not be told; a later tick tries again."""
        track = peer.find_track(source) if (peer := self.peers.get(name)) else None
        if track and track.video:
            track.video.forget_told()

    # --- the engine's events

    def handle_event(self, peer: Peer, event: Event, now_ns: int) -> list[Effect]:
        match event.kind:
            case EventKind.LAYER_STARTED | EventKind.LAYER_STOPPED:
                self._note_layer(event, now_ns)
            case EventKind.UNDECODABLE:
                self._note_undecodable(event)
            case EventKind.ESTIMATE:
                self._sharing.handle_estimate(peer, event.value, now_ns)
            case EventKind.VOICE:
                self._note_voice(event, now_ns)
            case EventKind.SWITCHED | EventKind.BYE | EventKind.ACK:
                pass
            case _:
                return self._follow(peer, peer.endpoint.handle_event(event, now_ns), now_ns)
        return []

    def _note_undecodable(self, event: Event) -> None:
        _, lane = self._directory.rows.get(event.row, (None, None))
        if lane is not None and lane.track == event.track:
            lane.cannot_decode = display_name(event.value)
            self._mark()

    def _note_layer(self, event: Event, now_ns: int) -> None:
        _, track = self._directory.tracks.get(event.track, (None, None))
        if track is None:  # removed while the event was under way
            return
        if event.kind is EventKind.LAYER_STARTED:
            track.active_layers.add(event.layer)
            if track.video:
                track.video.handle_started(event.layer, now_ns)
        else:
            track.active_layers.discard(event.layer)
            if track.video:
                track.video.handle_stopped(event.layer, now_ns)
            self._screen_stopped_ns[track.id] = now_ns
        if track.source is Source.SCREEN:
            self._mark()
        self._sharing.touch_track(track)

    def _note_voice(self, event: Event, now_ns: int) -> None:
        """Somebody begins to speak: those who have no Slot for him yet get one now, not at the next tick."""
        _, track = self._directory.tracks.get(event.track, (None, None))
        if track is None or track.source is not Source.MICROPHONE or track.is_muted:
            return
        self._speakers.handle_voice(track.participant, now_ns)
        others = (peer for peer in self.peers.values() if peer.participant != track.participant)
        if any(peer.endpoint.state in PRESENT and not peer.table.has(track.participant) for peer in others):
            self._mark()

    # --- time

    def handle_levels(self, levels: dict[str, int], now_ns: int) -> list[Effect]:
        """Participants' voices, a few times a second; also the time to look at what lasts seconds."""
        self._look_for_the_away(now_ns)
        for track, stopped_ns in list(self._screen_stopped_ns.items()):
            if now_ns - stopped_ns >= SCREEN_HOLD_NS:
                del self._screen_stopped_ns[track]
                self._mark()
        speakers = self._speakers.update(levels, now_ns)
        if speakers is None:
            return []
        self._mark()
        return [TellSpeakers(SpeakersChanged(room=self.name, speakers=speakers))]

    def handle_tick(self, now_ns: int) -> list[Effect]:
        """A few times a second: measure, and follow what has changed."""
        return self._sharing.handle_tick(now_ns)

    def handle_timer(self, peer: Peer, now_ns: int) -> list[Effect]:
        return self._follow(peer, peer.endpoint.handle_timer(now_ns), now_ns)

    def _look_for_the_away(self, now_ns: int) -> None:
        for peer in self.peers.values():
            silent_ns = peer.silent_since_ns
            is_away = silent_ns is not None and now_ns - silent_ns >= AWAY_AFTER_NS
            if is_away != peer.is_away:
                peer.is_away = is_away
                self._mark()

    def next_timer(self) -> int | None:
        """When `settle` has something to do that it could not do yet."""
        return self._arrange_after_ns if self._is_dirty else None

    # --- who is shown to whom

    def settle(self, now_ns: int) -> list[Effect]:
        """Seat everybody anew where something changed, and tell the tables that are due."""
        if self._is_dirty and now_ns >= self._arrange_after_ns:
            self._is_dirty = False
            self._arrange_after_ns = now_ns + max(0, len(self.peers) - SMALL_ROOM) * ARRANGE_INTERVAL_NS
            self._arrange(now_ns)
        shared, effects = self._sharing.settle(now_ns)
        self._untold.update(dict.fromkeys(shared))
        for name in list(self._untold):
            peer = self.peers[name]
            if table := peer.table.take_table(self._find_track, now_ns):
                revision, states = table
                event = SlotsChanged(room=self.name, participant=peer.participant, peer=name, slots=states)
                effects.append(TellSlots(event, revision))
            if not peer.table.is_waiting:
                del self._untold[name]
        return effects

    def _arrange(self, now_ns: int) -> None:
        candidates = self._candidates(now_ns)
        loudness = self._speakers.loudness()
        for peer in self.peers.values():
            if peer.endpoint.state in PRESENT:
                others = [seat for seat in candidates if seat.participant != peer.participant]
                peer.table.arrange(others, loudness, peer.view, now_ns)
                self._sharing.touch_peer(peer)

    def _candidates(self, now_ns: int) -> list[Seat]:
        """Who may sit in a Slot, in order of arrival."""
        seats: dict[Seat, None] = {}
        for peer in self.peers.values():
            if peer.is_away or peer.endpoint.state not in PRESENT:
                continue
            for track in peer.tracks.values():
                is_camera = track.source in (Source.MICROPHONE, Source.CAMERA)
                if is_camera:
                    seats[Seat(peer.participant, Source.CAMERA)] = None
                elif track.source is Source.SCREEN and self._is_shared(track):
                    seats[Seat(peer.participant, Source.SCREEN)] = None
        return list(seats)

    def _is_shared(self, screen: Track) -> bool:
        """Its m-line is there from the start; a screen is shared while a picture comes, or came a moment ago."""
        return not screen.is_muted and bool(screen.active_layers or screen.id in self._screen_stopped_ns)

    def _mark(self) -> None:
        """Something changed that seats or Tracks depend on."""
        self._is_dirty = True
        self._index = None

    def _find_track(self, participant: str, source: Source) -> Track | None:
        """A participant's Track; of two Peers of the same person that of the later one to be connected."""
        if self._index is None:
            present = [peer for peer in self.peers.values() if peer.endpoint.state in PRESENT]
            tracks = (track for peer in present for track in peer.tracks.values())
            self._index = {(track.participant, track.source): track for track in tracks}
        return self._index.get((participant, source))

    # --- the life of a Peer

    def _follow(self, peer: Peer, changes: list[StateChanged], now_ns: int) -> list[Effect]:
        if not changes:
            return []
        self._mark()
        peer.silent_since_ns = now_ns if peer.endpoint.state is PeerState.SILENT else None
        peer.is_away = peer.is_away and peer.endpoint.state is PeerState.SILENT
        last = changes[-1]
        if last.state is PeerState.CLOSED:
            return self._tell_states(peer, changes[:-1]) + self._remove(peer, last.reason)
        return self._tell_states(peer, changes)

    def _remove(self, peer: Peer, reason: str) -> list[Effect]:
        tracks = [track.id for track in peer.tracks.values()]
        peer.close()
        del self.peers[peer.name]
        self._forget_tracks(tracks, peer)
        self._untold.pop(peer.name, None)
        if not any(other.participant == peer.participant for other in self.peers.values()):
            self._speakers.forget(peer.participant)
        self._mark()
        return self._tell_states(peer, [StateChanged(PeerState.CLOSED, reason)])

    def _forget_tracks(self, before: list[int], peer: Peer) -> None:
        """The engine lets Rows fall silent whose Track is gone, and may give its number to another."""
        gone = set(before) - {track.id for track in peer.tracks.values()}
        for number in gone:
            self._screen_stopped_ns.pop(number, None)
        if gone:
            for other in self.peers.values():
                other.table.forget_tracks(gone)

    def _tell_states(self, peer: Peer, changes: list[StateChanged]) -> list[Effect]:
        return [
            TellPeerState(
                PeerStateChanged(
                    room=self.name,
                    participant=peer.participant,
                    peer=peer.name,
                    state=change.state,
                    reason=change.reason,
                )
            )
            for change in changes
        ]


def _shut(peer: Peer, request: OpenPeer) -> None:
    """Before there are the Tracks, so that none of their packets passes."""
    for source in request.shut:
        peer.set_gate(source, Gate(True, source in request.by_host, request.epoch))
