"""The Worker's control plane as one machine: requests, the engine's events and time go in, effects come out.

It owns the Rooms and gives each input to one of them. A Room that fails by a defect of ours is taken down
alone: its Peers are closed and told so, the others go on.
"""

from collections.abc import Callable, Iterable
from typing import Final, ParamSpec, TypeVar

from _fastpath.engine import Event, EventKind
from sfu.effects import Acknowledged, Effect, RoomFailed
from sfu.peer import Directory, Peer, Site
from sfu.room import Room
from sfu.wire.sdp_model import BadSdp
from treble.api import (
    ApiError,
    ClosePeer,
    IceRestarted,
    OpenPeer,
    PeerOpened,
    PeerState,
    RestartIce,
    SetLayers,
    SetMuted,
    SetView,
    Source,
)
from treble.units import MILLISECOND

# How often audio levels are read; speakers are told at most 4 times a second.
LEVELS_INTERVAL_NS: Final = 200 * MILLISECOND
# How often Tracks and receivers are measured, and what a rising estimate allows is given.
TICK_INTERVAL_NS: Final = 250 * MILLISECOND
# An Endpoint costs the engine memory; more than a core can serve.
MAX_PEERS: Final = 4000

Inputs = ParamSpec("Inputs")
Answer = TypeVar("Answer")


class Worker:
    """Synchronous and without a clock. Requests raise `ApiError`; after each batch comes `settle`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._directory = Directory()
        self.rooms: dict[str, Room] = {}
        self._rooms_of_peers: dict[str, Room] = {}
        self._shaking: dict[str, Peer] = {}  # Peers that are not connected yet: those with timers
        self._next_levels_ns = 0
        self._next_tick_ns = 0
        self._effects: list[Effect] = []

    # --- requests

    def handle_open_peer(self, request: OpenPeer, now_ns: int) -> PeerOpened:
        known = self._rooms_of_peers.get(request.peer)
        if known is not None:
            peer = known.peers[request.peer]
            if known.name != request.room or peer.participant != request.participant:
                raise ApiError("bad.request", "this Peer belongs to somebody else")
        elif len(self._rooms_of_peers) >= MAX_PEERS:
            raise ApiError("full", "this media server has no room for another Peer")
        room = known or self.rooms.get(request.room) or Room(request.room, self._site, self._directory)
        try:
            opened, effects = self._guarded(room, room.open_peer, request, now_ns)
        except BadSdp as error:
            raise ApiError("bad.sdp", str(error)) from None
        self.rooms[room.name] = room
        if known is None:
            self._rooms_of_peers[request.peer] = room
            self._shaking[request.peer] = room.peers[request.peer]
        self._effects += effects
        return opened

    def handle_close_peer(self, request: ClosePeer) -> None:
        """Idempotent: a Peer that is gone already is closed."""
        room = self._rooms_of_peers.get(request.peer)
        if room is not None:
            self._effects += self._guarded(room, room.close_peer, request.peer)
            self._sweep(room)

    def handle_shutdown(self) -> None:
        """Say goodbye to everybody."""
        for room in list(self.rooms.values()):
            for name in list(room.peers):
                self._effects += self._try(room, room.close_peer, name) or []
            self._sweep(room)

    def handle_restart_ice(self, request: RestartIce) -> IceRestarted:
        room = self._room_of(request.peer)
        try:
            return self._guarded(room, room.restart_ice, request)
        except BadSdp as error:
            raise ApiError("bad.sdp", str(error)) from None

    def handle_set_view(self, request: SetView) -> None:
        room = self._room_of(request.peer)
        self._guarded(room, room.set_view, request)

    def handle_set_layers(self, request: SetLayers, now_ns: int) -> None:
        room = self._room_of(request.peer)
        self._guarded(room, room.set_layers, request, now_ns)

    def handle_set_muted(self, request: SetMuted) -> int | None:
        """The number that a later `Acknowledged` carries; None where nothing is to wait for."""
        room = self._room_of(request.peer)
        return self._guarded(room, room.set_muted, request)

    def handle_slots_told(self, peer: str, revision: int, was_told: bool, now_ns: int) -> None:
        """A `TellSlots` effect has been carried out, or has failed and is asked for again later."""
        room = self._rooms_of_peers.get(peer)
        if room is not None:
            self._try(room, room.handle_slots_told, peer, revision, was_told, now_ns)

    def handle_demand_untold(self, peer: str, source: Source) -> None:
        """A `TellDemand` effect has failed and is asked for again later."""
        room = self._rooms_of_peers.get(peer)
        if room is not None:
            self._try(room, room.handle_demand_untold, peer, source)

    # --- the engine's events

    def handle_events(self, events: Iterable[Event], now_ns: int) -> None:
        for event in events:
            if event.kind is EventKind.ACK:
                self._effects.append(Acknowledged(event.value))
            elif peer := self._peer_of(event):
                room = self.rooms[peer.room]
                self._effects += self._try(room, room.handle_event, peer, event, now_ns) or []
                self._after(room, peer)

    def _peer_of(self, event: Event) -> Peer | None:
        """Whom it concerns; None for what has been removed since."""
        directory = self._directory
        owner = directory.rows.get(event.row) or directory.tracks.get(event.track)
        return owner[0] if owner else directory.endpoints.get(event.endpoint)

    # --- time

    def next_timer(self) -> int | None:
        """When `handle_timer` must be called, on the engine's clock; None while nobody is there."""
        if not self.rooms:
            return None
        timers = [peer.endpoint.next_timer() for peer in self._shaking.values()]
        timers += [room.next_timer() for room in self.rooms.values()]
        return min(
            [self._next_levels_ns, self._next_tick_ns, *(timer for timer in timers if timer is not None)]
        )

    def handle_timer(self, now_ns: int) -> None:
        for peer in list(self._shaking.values()):
            timer = peer.endpoint.next_timer()
            if timer is not None and timer <= now_ns:
                room = self.rooms[peer.room]
                self._effects += self._try(room, room.handle_timer, peer, now_ns) or []
                self._after(room, peer)
        if now_ns >= self._next_levels_ns:
            self._next_levels_ns = now_ns + LEVELS_INTERVAL_NS
            self._read_levels(now_ns)
        if now_ns >= self._next_tick_ns:
            self._next_tick_ns = now_ns + TICK_INTERVAL_NS
            for room in list(self.rooms.values()):
                self._effects += self._try(room, room.handle_tick, now_ns) or []

    def _read_levels(self, now_ns: int) -> None:
        levels: dict[str, dict[str, int]] = {}
        for number, level in self._site.engine.audio_levels():
            owner = self._directory.tracks.get(number)
            if owner and owner[1].source is Source.MICROPHONE and not owner[1].is_muted:
                levels.setdefault(owner[0].room, {})[owner[1].participant] = level
        for room in list(self.rooms.values()):
            heard = levels.get(room.name, {})
            self._effects += self._try(room, room.handle_levels, heard, now_ns) or []

    # --- effects

    def settle(self, now_ns: int) -> list[Effect]:
        """Bring every Room in order after a batch of inputs and take the effects, to be carried out in this order."""
        for room in list(self.rooms.values()):
            self._effects += self._try(room, room.settle, now_ns) or []
        effects, self._effects = self._effects, []
        return effects

    # --- Rooms

    def _room_of(self, peer: str) -> Room:
        room = self._rooms_of_peers.get(peer)
        if room is None:
            raise ApiError("ended", "no such Peer on this media server")
        return room

    def _guarded(
        self, room: Room, call: Callable[Inputs, Answer], *args: Inputs.args, **kw: Inputs.kwargs
    ) -> Answer:
        """Call into a Room for a request: refusals pass through, a defect takes the Room down."""
        try:
            return call(*args, **kw)
        except (ApiError, BadSdp):
            raise
        except Exception as error:
            self._fail(room, error)
            raise ApiError("server.error", "this room failed and was closed") from error

    def _try(
        self, room: Room, call: Callable[Inputs, Answer], *args: Inputs.args, **kw: Inputs.kwargs
    ) -> Answer | None:
        """Call into a Room where nobody waits for an answer."""
        try:
            return call(*args, **kw)
        except Exception as error:
            self._fail(room, error)
            return None

    def _fail(self, room: Room, error: Exception) -> None:
        self._effects.append(RoomFailed(room.name, error))
        for name in list(room.peers):
            try:
                self._effects += room.close_peer(name)
            except Exception as another:
                self._effects.append(RoomFailed(room.name, another))
                room.peers.pop(name, None)
        self._sweep(room)

    def _after(self, room: Room, peer: Peer) -> None:
        """A Peer that is connected has no timers any more, one that is closed nothing."""
        state = peer.endpoint.state
        if state in (PeerState.CONNECTED, PeerState.SILENT):
            self._shaking.pop(peer.name, None)
        elif state is PeerState.CLOSED:
            self._sweep(room)

    def _sweep(self, room: Room) -> None:
        """Forget the Peers that the Room no longer has, and the Room with the last of them."""
        gone = [
            name for name, home in self._rooms_of_peers.items() if home is room and name not in room.peers
        ]
        for name in gone:
            del self._rooms_of_peers[name]
            self._shaking.pop(name, None)
        if not room.peers:
            self.rooms.pop(room.name, None)
