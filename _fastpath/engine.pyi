"""The Python face of the engine: commands in, events out. All calls come from one thread (Trio's).

A command takes effect between two batches of the engine thread; in `step` mode at the next `step`. Ids are small
integers given at once; one is not given again before the engine has let go of it. Unknown ids raise `KeyError`,
values out of range `ValueError`, a full command ring `BlockingIOError` (the caller may try again a moment later).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

class Kind(IntEnum):
    AUDIO = 0
    VIDEO = 1

class Codec(IntEnum):
    VP8 = 1
    VP9 = 2
    H264 = 3
    AV1 = 4
    OPUS = 5
    G722 = 6
    PCMU = 7
    PCMA = 8

class Profile(IntEnum):
    """SRTP protection profiles by their DTLS numbers (RFC 5764, RFC 7714)."""

    AES128_CM_SHA1_80 = 1
    AEAD_AES_128_GCM = 7

class Extension(IntEnum):
    """Header extensions that the engine reads or writes."""

    MID = 0
    RID = 1
    REPAIRED_RID = 2
    ABS_SEND_TIME = 3
    TRANSPORT_SEQUENCE = 4
    AUDIO_LEVEL = 5
    ORIENTATION = 6
    DEPENDENCY = 7
    PLAYOUT_DELAY = 8
    ABS_CAPTURE_TIME = 9

class EventKind(IntEnum):
    DATAGRAM = 0
    """A DTLS datagram from a tuple proven by STUN: `endpoint`, `data`."""
    PATH = 1
    """An Endpoint's address was proven or changed: `endpoint`, `data` = b"udp 192.0.2.1 5000"."""
    SILENT = 2
    """Nothing came from a keyed Endpoint for 2 s: `endpoint`."""
    ALIVE = 3
    """Something came again: `endpoint`."""
    EXPIRED = 4
    """No consent (RFC 7675) for 30 s: `endpoint`."""
    LAYER_STARTED = 5
    """First packet of a Layer: `track`, `layer`, `value` = codec."""
    LAYER_STOPPED = 6
    """No packet of a Layer for 1 s (video only): `track`, `layer`."""
    SWITCHED = 7
    """A Row carries its new source: `row`, `track`, `layer`, `value` = first RTP timestamp sent."""
    UNDECODABLE = 8
    """A Row's Track has a codec that the Row has no payload type for: `row`, `track`, `value` = codec."""
    BYE = 9
    """RTCP BYE: `endpoint`, `value` = SSRC."""
    ACK = 10
    """A command with `acknowledge` was carried out: `value` = its number."""

class Event(NamedTuple):
    kind: EventKind
    endpoint: int = -1
    track: int = -1
    layer: int = -1
    row: int = -1
    value: int = 0
    data: bytes = b""

class PayloadType(NamedTuple):
    """One entry of an Endpoint's receive map. `rtx_for`: this is RTX (RFC 4588) of that payload type."""

    number: int
    codec: Codec
    clock_rate: int
    rtx_for: int = -1

class RowCodec(NamedTuple):
    """How a Row sends a codec to its receiver; `rtx_number` -1 without RTX."""

    codec: Codec
    number: int
    clock_rate: int
    rtx_number: int = -1

Address = tuple[int, str, int]
"""Index of the local socket, remote IP address, remote port."""

Datagram = tuple[bytes, Address]

NO_TRACK: Final[int] = -1

class RowStats(NamedTuple):
    track: int
    layer: int
    packets: int
    octets: int
    retransmitted: int
    last_rtp_timestamp: int
    """Timestamp of the newest packet sent (32 bits)."""
    last_sent_ns: int
    """When that was, on the engine's clock; 0 before the first."""
    lost: int
    """As the receiver's last report says, cumulative."""
    fraction_lost: int
    jitter: int
    """RTP clock units, as the receiver reports."""
    clock_rate: int

class LayerStats(NamedTuple):
    ssrc: int
    codec: int
    packets: int
    octets: int
    lost: int
    """Never arrived, not even by retransmission."""
    recovered: int
    nacks: int
    keyframes: int
    keyframe_requests: int
    bitrate_bps: int
    """Over the last second."""
    last_arrival_ns: int

class EndpointStats(NamedTuple):
    connected: bool
    received_packets: int
    received_octets: int
    sent_packets: int
    sent_octets: int
    rtt_ns: int
    """From receiver reports; 0 while unknown."""
    remb_bps: int
    last_received_ns: int

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
    ) -> int:
        """A Row without a source. `extensions`: those that this m-line negotiated."""
    def set_source(self, row: int, track: int, layer: int, from_rtp_timestamp: int = -1) -> None:
        """Carry this Layer of this Track from its next keyframe on (audio: at once); `NO_TRACK` for none.

        Another Track than before: the old one stops at once and nothing of the new one is sent with an RTP timestamp
        before `from_rtp_timestamp` (-1: the engine chooses). The same Track: the old Layer goes on until the switch.
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
