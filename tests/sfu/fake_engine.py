"""An engine that only writes down what it is told: ids are handed out, figures are what the test sets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from _fastpath.engine import (
    NO_TRACK,
    Codec,
    EndpointStats,
    Extension,
    Kind,
    LayerStats,
    PayloadType,
    Profile,
    RowCodec,
    RowStats,
)


class FakeEngine:
    def __init__(self) -> None:
        self.commands: list[tuple[str, Any]] = []
        self.sources: dict[int, tuple[int, int, int]] = {}  # Row: (Track, Layer, from RTP timestamp)
        self.gates: dict[int, bool] = {}
        self.keys: dict[int, Profile] = {}
        self.sent: list[tuple[int, bytes]] = []
        self.layers: dict[int, list[dict[str, Any]]] = {}
        self.rows: dict[int, dict[str, Any]] = {}
        self.payload_types: dict[int, list[PayloadType]] = {}
        self.extensions: dict[int, dict[int, Extension]] = {}
        self.levels: list[tuple[int, int]] = []
        self.stats: dict[int, RowStats] = {}
        self.rates: dict[tuple[int, int], tuple[tuple[int, ...], ...]] = {}  # of (Track, Layer)
        self.counts: dict[tuple[int, int], tuple[int, int]] = {}  # of (Track, Layer): packets, lost
        self.paths: dict[int, dict[str, Any]] = {}  # of Endpoints: what differs from a good one
        self.wishes: dict[int, int] = {}
        self.doses: dict[int, tuple[int, int]] = {}
        self.upto: dict[int, tuple[int, int]] = {}  # Row: (spatial, temporal)
        self.codecs: dict[int, Codec] = {}  # of a Track, where it is not VP8
        self.key_only: set[int] = set()  # Tracks in K-SVC
        self.endpoints: dict[int, tuple[bytes, bytes]] = {}
        self.broken: str | None = None  # the command that fails, as by a defect
        self._owners: dict[int, int] = {}
        self._next = 0
        self._commands = 0

    def _new(self, name: str, **details: Any) -> int:
        self._note(name, **details)
        self._next += 1
        return self._next

    def _note(self, name: str, **details: Any) -> None:
        if self.broken == name:
            raise AssertionError("a defect")
        self.commands.append((name, details))

    def add_endpoint(self, ufrag: bytes, password: bytes) -> int:
        number = self._new("add_endpoint", ufrag=ufrag)
        self.endpoints[number] = (ufrag, password)
        return number

    def restart_ice(self, endpoint: int, ufrag: bytes, password: bytes) -> None:
        self._note("restart_ice", endpoint=endpoint)
        self.endpoints[endpoint] = (ufrag, password)

    def set_keys(self, endpoint: int, profile: Profile, receive_key: bytes, send_key: bytes) -> None:
        self._note("set_keys", endpoint=endpoint)
        self.keys[endpoint] = profile

    def set_payload_types(self, endpoint: int, table: Sequence[PayloadType]) -> None:
        self.payload_types[endpoint] = list(table)

    def set_extensions(self, endpoint: int, ids: Mapping[int, Extension]) -> None:
        self.extensions[endpoint] = dict(ids)

    def send(self, endpoint: int, datagram: bytes) -> None:
        self.sent.append((endpoint, datagram))

    def remove_endpoint(self, endpoint: int) -> None:
        self._note("remove_endpoint", endpoint=endpoint)
        del self.endpoints[endpoint]
        for track in [track for track, owner in self._owners.items() if owner == endpoint]:
            self._drop_track(track)

    def add_track(self, endpoint: int, kind: Kind) -> int:
        number = self._new("add_track", endpoint=endpoint, kind=kind)
        self.layers[number] = []
        self._owners[number] = endpoint
        self.gates[number] = True
        return number

    def add_layer(self, track: int, layer: int, **how: Any) -> None:
        self._note("add_layer", track=track, layer=layer)
        self.layers[track].append({"layer": layer, **how})

    def set_gate(self, track: int, is_open: bool) -> int:
        self._note("set_gate", track=track, is_open=is_open)
        self.gates[track] = is_open
        self._commands += 1
        return self._commands

    def remove_track(self, track: int) -> None:
        self._note("remove_track", track=track)
        self._drop_track(track)

    def _drop_track(self, track: int) -> None:
        """Rows that carried it fall silent."""
        del self.layers[track], self._owners[track]
        for row, (carried, _, _) in self.sources.items():
            if carried == track:
                self.sources[row] = (NO_TRACK, 0, -1)

    def add_row(self, endpoint: int, kind: Kind, **details: Any) -> int:
        number = self._new("add_row", endpoint=endpoint, kind=kind)
        codecs: Sequence[RowCodec] = details["codecs"]
        extensions: Iterable[Extension] = details["extensions"]
        self.rows[number] = {**details, "codecs": list(codecs), "extensions": set(extensions), "kind": kind}
        self.sources[number] = (NO_TRACK, 0, -1)
        return number

    def set_source(
        self,
        row: int,
        track: int,
        layer: int,
        from_rtp_timestamp: int = -1,
        *,
        spatial: int = 7,
        temporal: int = 7,
    ) -> None:
        assert track == NO_TRACK or track in self.layers, "a Track that is no more"
        self._note("set_source", row=row, track=track, layer=layer, first=from_rtp_timestamp)
        self.sources[row] = (track, layer, from_rtp_timestamp)
        self.upto[row] = (spatial, temporal)

    def row_stats(self, row: int) -> RowStats:
        return self.stats.get(row, RowStats(NO_TRACK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    def layer_stats(self, track: int, layer: int) -> LayerStats | None:
        rates = self.rates.get((track, layer), ())
        packets, lost = self.counts.get((track, layer), (0, 0))
        codec = self.codecs.get(track, Codec.VP8)
        bitrate = sum(map(sum, rates))
        return LayerStats(1, codec, packets, 0, lost, 0, 0, 0, 0, bitrate, 0, rates, track in self.key_only)

    def endpoint_stats(self, endpoint: int) -> EndpointStats:
        good = EndpointStats(True, 0, 0, 0, 0, 20_000_000, 0, 0, 0, 0.0, 0, 0)
        return good._replace(**self.paths.get(endpoint, {}))

    def set_wish(self, endpoint: int, bps: int) -> None:
        self._note("set_wish", endpoint=endpoint)
        self.wishes[endpoint] = bps

    def set_protection(self, endpoint: int, *, fec: int, red: int) -> None:
        self.doses[endpoint] = (fec, red)

    def audio_levels(self) -> list[tuple[int, int]]:
        return self.levels

    def count(self, name: str) -> int:
        return sum(command == name for command, _ in self.commands)
