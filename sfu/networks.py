"""Everybody's network in a Room: measured every two seconds, told when a level has changed."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from _fastpath.engine import Engine
from sfu.media.network_level import Way, network_level
from sfu.peer import Peer
from treble.api import Network, NetworkLevel, PeerState
from treble.units import MILLISECOND, SECOND

INTERVAL_NS: Final = 2 * SECOND
# Fewer packets say nothing of their loss: one lost of ten is no tenth.
FEWEST_PACKETS: Final = 30


class _Count(NamedTuple):
    """Of all that a Peer publishes, since the start."""

    arrived: int = 0
    missed: int = 0  # at first; what came again counts


class Networks:
    def __init__(self) -> None:
        self._next_ns = 0
        self._counts: dict[str, _Count] = {}
        self._levels: dict[str, NetworkLevel] = {}  # by Peer
        self._told: list[Network] = []

    def update(self, engine: Engine, peers: Iterable[Peer], now_ns: int) -> list[Network] | None:
        """The whole list, of those Peers that are present, where it is time and news."""
        if now_ns < self._next_ns:
            return None
        self._next_ns = now_ns + INTERVAL_NS
        counts, levels = {}, {}
        networks: dict[str, Network] = {}
        for peer in peers:
            counts[peer.name] = count = _count(engine, peer)
            before = self._counts.get(peer.name)
            if before is None:  # a network is known by what changes
                continue
            way = _way(engine, peer, _loss(before, count))
            levels[peer.name] = level = network_level(way, self._levels.get(peer.name))
            networks[peer.participant] = Network(participant=peer.participant, level=level)
        self._counts, self._levels = counts, levels
        told = list(networks.values())
        if told == self._told:
            return None
        self._told = told
        return told


def _way(engine: Engine, peer: Peer, up_loss: float) -> Way:
    stats = engine.endpoint_stats(peer.endpoint.id)
    return Way(
        loss=max(up_loss, stats.loss),
        delay_ms=(stats.rtt_ns + stats.queue_ns) / MILLISECOND,
        served=peer.receiver.served,
        is_silent=peer.endpoint.state is PeerState.SILENT,
    )


def _count(engine: Engine, peer: Peer) -> _Count:
    arrived = missed = 0
    for track in peer.tracks.values():
        for layer in range(track.layers):
            if stats := engine.layer_stats(track.id, layer):
                arrived += stats.packets
                missed += stats.lost + stats.recovered
    return _Count(arrived, missed)


def _loss(before: _Count, now: _Count) -> float:
    arrived, missed = now.arrived - before.arrived, max(0, now.missed - before.missed)
    return missed / (arrived + missed) if arrived + missed >= FEWEST_PACKETS else 0.0
