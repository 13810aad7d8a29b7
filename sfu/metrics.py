"""The media server's figures for Prometheus, read from the engine when they are asked for and at no other time."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sfu.peer import Peer
from sfu.server import MediaShell
from treble.api import PeerState, Reason

_DROP: Final = "drop_"


class MediaCollector(Collector):
    """Register it once with a `CollectorRegistry`. Reading is a copy of counters and may happen in any thread."""

    def __init__(self, shell: MediaShell) -> None:
        self._shell = shell

    def collect(self) -> Iterator[Metric]:
        yield from self._engine()
        yield from self._control()

    def _engine(self) -> Iterator[Metric]:
        drops = CounterMetricFamily(
            "treble_media_dropped", "Datagrams and packets dropped, by reason", labels=["reason"]
        )
        for name, value in self._shell.engine.counters().items():
            if name.startswith(_DROP):
                drops.add_metric([name.removeprefix(_DROP)], value)
            else:
                yield CounterMetricFamily(
                    f"treble_media_{name}", name.replace("_", " ").capitalize(), value=value
                )
        yield drops

    def _control(self) -> Iterator[Metric]:
        worker = self._shell.worker
        rooms = list(worker.rooms.values()) if worker else []
        peers = [peer for room in rooms for peer in list(room.peers.values())]
        states = GaugeMetricFamily("treble_media_peers", "Peers by state", labels=["state"])
        for state in PeerState:
            if state is not PeerState.CLOSED:
                states.add_metric([state.value], sum(peer.endpoint.state is state for peer in peers))
        yield states
        yield GaugeMetricFamily("treble_media_rooms", "Rooms with a Peer here", value=len(rooms))
        yield from self._receivers(peers)
        tracks = sum(len(peer.tracks) for peer in peers)
        yield GaugeMetricFamily("treble_media_tracks", "Tracks published here", value=tracks)

    @staticmethod
    def _receivers(peers: list[Peer]) -> Iterator[Metric]:
        estimates = [peer.receiver.estimate_bps for peer in peers if peer.receiver.estimate_bps is not None]
        yield GaugeMetricFamily(
            "treble_media_estimated_receivers", "Receivers whose bandwidth is estimated", value=len(estimates)
        )
        bits = GaugeMetricFamily(
            "treble_media_estimate_bits_per_second", "Estimated bandwidth towards receivers", labels=["of"]
        )
        bits.add_metric(["all"], sum(estimates))
        bits.add_metric(["least"], min(estimates, default=0))
        yield bits
        reasons = Counter(reason for peer in peers for reason in peer.table.reasons())
        slots = GaugeMetricFamily(
            "treble_media_slots", "Occupied Slots by the reason of what they show", labels=["reason"]
        )
        for reason in Reason:
            slots.add_metric([reason.value], reasons[reason])
        yield slots
