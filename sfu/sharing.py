"""Who in a Room gets which Layers: measures, shares out each receiver's bandwidth, tells publishers what is needed.

Sharing out costs a quarter of a millisecond for a receiver with 24 tiles, so it is done for those alone for whom
something has changed: their estimate, their view, or what a Track that they see offers.
"""

from collections.abc import Iterable, Mapping

from _fastpath.engine import Engine
from sfu.dosing import choose_dose
from sfu.effects import Effect, TellDemand, TellNetworks
from sfu.measuring import measure_track
from sfu.media.budget import audio_share
from sfu.media.track import Track
from sfu.networks import Networks
from sfu.peer import PRESENT, Peer
from sfu.slot_table import FindTrack
from treble.api import DemandChanged, NetworksChanged


class Sharing:
    """Of one Room. `peers` and `find` are the Room's own."""

    def __init__(self, room: str, engine: Engine, peers: Mapping[str, Peer], find: FindTrack) -> None:
        self._room = room
        self._engine = engine
        self._peers = peers
        self._find = find
        self._stale: set[str] = set()  # Peers whose bandwidth is to be shared out anew
        self._networks = Networks()

    # --- inputs

    def touch_peer(self, peer: Peer) -> None:
        """What it sees or may be sent has changed."""
        self._stale.add(peer.name)

    def touch_track(self, track: Track) -> None:
        """What it offers has changed: whoever sees it may get another share."""
        self._stale |= {peer.name for peer in self._peers.values() if track.id in peer.table.shown}

    def handle_estimate(self, peer: Peer, bps: int, now_ns: int) -> None:
        peer.receiver.handle_estimate(bps, now_ns)
        if peer.receiver.is_stale:
            self.touch_peer(peer)

    def handle_tick(self, now_ns: int) -> list[Effect]:
        """A few times a second."""
        for peer in self._peers.values():
            for track in peer.tracks.values():
                if measure_track(self._engine, track, now_ns):
                    self.touch_track(track)
        for peer in self._present(self._peers.values()):
            self._measure_receiver(peer, now_ns)
        effects = self._tell_demands(now_ns)
        networks = self._networks.update(self._engine, self._present(self._peers.values()), now_ns)
        if networks is not None:
            effects.append(TellNetworks(NetworksChanged(room=self._room, networks=networks)))
        return effects

    def settle(self, now_ns: int) -> tuple[list[str], list[Effect]]:
        """Share out where something has changed: for which Peers, whose tables may be other ones now, and what the
        publishers are to be told of it, at once."""
        stale, self._stale = self._stale, set()
        if not stale:
            return [], []
        peers = self._present(filter(None, map(self._peers.get, sorted(stale))))
        for peer in peers:
            peer.table.share_out(peer.receiver, self._find, now_ns)
            _want(peer, now_ns)
        return [peer.name for peer in peers], self._tell_demands(now_ns)

    # --- inside

    @staticmethod
    def _present(peers: Iterable[Peer]) -> list[Peer]:
        return [peer for peer in peers if peer.endpoint.state in PRESENT]

    def _measure_receiver(self, peer: Peer, now_ns: int) -> None:
        receiver = peer.receiver
        stats = self._engine.endpoint_stats(peer.endpoint.id)
        voices = [track.audio_bps for track in peer.table.heard(self._find)]
        dose = choose_dose(receiver, stats, voices, len(peer.table.shown))
        receiver.handle_path(stats.loss, audio_share(voices, dose.red), dose)
        receiver.handle_tick(now_ns)
        if receiver.is_stale:
            self.touch_peer(peer)
        _want(peer, now_ns)

    def _tell_demands(self, now_ns: int) -> list[Effect]:
        effects: list[Effect] = []
        for peer in self._peers.values():
            for track in peer.tracks.values():
                if track.video and (layers := track.video.take_demand(now_ns)):
                    demand = DemandChanged(
                        room=self._room,
                        participant=peer.participant,
                        peer=peer.name,
                        source=track.source,
                        layers=layers,
                    )
                    effects.append(TellDemand(demand))
                    self.touch_track(track)
        return effects


def _want(peer: Peer, now_ns: int) -> None:
    for layers, wanted in peer.table.wants:
        layers.want(wanted, now_ns)
