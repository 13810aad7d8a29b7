"""The Python face of the engine: commands in, events out. All calls come from one thread (Trio's).

A command takes effect between two batches of the engine thread; in `step` mode at the next `step`. Ids are small
integers given at once; one is not given again before the engine has let go of it. Unknown ids raise `KeyError`,
values out of range `ValueError`, a full command ring `BlockingIOError` (the caller may try again a moment later).
"""

from collections.abc import Iterable, Mapping, Sequence

from _fastpath.values import (
    NO_TRACK as NO_TRACK,
    Address as Address,
    Codec as Codec,
    Datagram as Datagram,
    EndpointStats as EndpointStats,
    Event as Event,
    EventKind as EventKind,
    Extension as Extension,
    Kind as Kind,
    LayerStats as LayerStats,
    PayloadType as PayloadType,
    Profile as Profile,
    RowCodec as RowCodec,
    RowStats as RowStats,
)

class Engine:
    def __init__(self, *, max_endpoints: int = 4096, ssrc_seed: int = 1) -> None: ...
    @property
    def event_fd(self) -> int:
        """Readable when `poll` has events (thread mode)."""
    def listen(self, udp_fds: Sequence[int], tcp_fds: Sequence[int] = ()) -> None:
        """Use these non-blocking sockets (kept open by the caller until `stop` returns); before `start`."""
    def start(self) -> None:
        """Start the engine thread."""
    def stop(self) -> None:
        """Stop and join it. Idempotent."""
    def poll(self) -> list[Event]:
        """Take all waiting events; clears `event_fd`."""
    def step(self, datagrams: Iterable[Datagram], now_ns: int) -> list[Datagram]:
        """The same stages without thread or socket: apply commands, feed datagrams, run timers due, return what to send."""
    def next_timer(self) -> int:
        """When `step` must be called at the latest (engine clock, ns)."""
    def now_ns(self) -> int:
        """The engine's clock now: CLOCK_MONOTONIC in thread mode, the last step's `now_ns` otherwise."""

    # Endpoints
    def add_endpoint(self, ufrag: bytes, password: bytes) -> int: ...
    def restart_ice(self, endpoint: int, ufrag: bytes, password: bytes) -> None:
        """New local credentials; the old ones hold until a check with the new ones succeeds."""
    def set_keys(self, endpoint: int, profile: Profile, receive_key: bytes, send_key: bytes) -> None:
        """Master key and salt of each direction, as RFC 5764 4.2 lays them out (30 or 28 bytes)."""
    def set_payload_types(self, endpoint: int, table: Sequence[PayloadType]) -> None: ...
    def set_extensions(self, endpoint: int, ids: Mapping[int, Extension]) -> None: ...
    def send(self, endpoint: int, datagram: bytes) -> None:
        """A DTLS datagram to the Endpoint's proven address; dropped and counted while there is none."""
    def set_wish(self, endpoint: int, bps: int) -> None:
        """The most that this receiver could use now, in bits per second: bounds probing. 0: nothing."""
    def set_protection(self, endpoint: int, *, fec: int, red: int) -> None:
        """Redundancy in what is sent to it from now on, as far as its Rows negotiated any.

        `fec`: FEC packets per 100 video packets, 0 to 100. `red`: how many earlier Opus frames each audio packet
        repeats, 0 to 2.
        """
    def remove_endpoint(self, endpoint: int) -> None:
        """With its Tracks and Rows; Rows elsewhere that carried its Tracks fall silent."""

    # Tracks: what an Endpoint publishes
    def add_track(self, endpoint: int, kind: Kind) -> int: ...
    def add_layer(
        self, track: int, layer: int, *, mid: bytes = b"", rid: bytes = b"", ssrc: int = 0, rtx_ssrc: int = 0
    ) -> None:
        """Layer 0 is the smallest. Found by SSRC where given, else by MID and RID, else by MID alone. Not twice."""
    def set_gate(self, track: int, is_open: bool) -> int:
        """Mute at ingress; returns the command's number, acknowledged by an ACK event."""
    def request_keyframe(self, track: int, layer: int) -> None:
        """Through the source's one limiter."""
    def remove_track(self, track: int) -> None: ...

    # Rows: what an Endpoint receives
    def add_row(
        self,
        endpoint: int,
        kind: Kind,
        *,
        ssrc: int,
        rtx_ssrc: int = 0,
        mid: bytes,
        cname: bytes,
        codecs: Sequence[RowCodec],
        extensions: Iterable[Extension] = (),
        nack: bool = True,
        red: int = -1,
        ulpfec: int = -1,
        flexfec: int = -1,
        flexfec_ssrc: int = 0,
    ) -> int:
        """A Row without a source. `extensions`: those that this m-line negotiated.

        Payload types of protection, -1 where there is none: `red` (RFC 2198) with `ulpfec` (RFC 5109) in it, or
        `flexfec` (draft 03) under an SSRC of its own, which is preferred.
        """
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
        """Carry this Layer of this Track from its next keyframe on (audio: at once); `NO_TRACK` for none.

        Another Track than before: the old one stops at once and nothing of the new one is sent with an RTP timestamp
        before `from_rtp_timestamp` (-1: the engine chooses). The same Track: the old Layer goes on until the switch, on
        the way to a smaller one with its lowest temporal layer only.

        Of the Layer no spatial and temporal layers above `spatial` and `temporal` (0 to 7, 7: all) are sent. With Track
        and Layer as before nothing starts anew: temporal layers go at the next picture and come at a switch point; spatial
        layers change at the next picture or key picture, as the codec allows (a keyframe is asked for where it takes one).
        """
    def remove_row(self, row: int) -> None: ...

    # Figures: read without stopping the engine
    def row_stats(self, row: int) -> RowStats: ...
    def layer_stats(self, track: int, layer: int) -> LayerStats | None: ...
    def endpoint_stats(self, endpoint: int) -> EndpointStats: ...
    def audio_levels(self) -> list[tuple[int, int]]:
        """(track, smoothed level in -dBov, 0 loudest, 127 silence) of every audio Track heard in the last second."""
    def counters(self) -> dict[str, int]:
        """Packets, octets and drops by reason since the start; names as in the metrics."""
