"""What the engine's commands and events speak of: enumerations and small tuples, without the engine itself."""

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
    RED = 9
    """RFC 2198, around another codec: in a receive map only."""
    ULPFEC = 10
    """RFC 5109, inside RED: in a receive map only."""


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
    """No packet of a Layer for 0.6 s (video only): `track`, `layer`."""
    SWITCHED = 7
    """A Row carries its new source: `row`, `track`, `layer`, `value` = first RTP timestamp sent."""
    UNDECODABLE = 8
    """A Row's Track has a codec that the Row has no payload type for: `row`, `track`, `value` = codec."""
    BYE = 9
    """RTCP BYE: `endpoint`, `value` = SSRC."""
    ACK = 10
    """A command with `acknowledge` was carried out: `value` = its number."""
    ESTIMATE = 11
    """The estimated bandwidth towards an Endpoint has moved by 3 % or more: `endpoint`, `value` in bits per second of
    UDP payload. Not emitted for a receiver that sends neither transport-wide feedback nor REMB."""
    VOICE = 12
    """Somebody begins to speak: `endpoint`, `track`, `value` = level (-dBov). At most twice a second for a Track."""


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

NO_TRACK: Final = -1
"""Source of a Row that carries nothing."""


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
    spatial: int = -1
    """Highest spatial layer carried now (0 in simulcast); -1 while nothing is."""
    temporal: int = -1
    fec_packets: int = 0
    """Made for this receiver; not among `packets`."""


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
    rates: tuple[tuple[int, ...], ...] = ()
    """Bits per second of RTP payload of each [spatial][temporal] layer, over the last second, as far as any were seen."""
    key_only: bool = False
    """K-SVC: between key pictures a spatial layer is received without those below it."""


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
    estimate_bps: int
    """What may be sent to it; 0 while unknown."""
    loss: float
    """Share of packets lost on the way to it, before repair, over about two seconds."""
    queue_ns: int
    """Delay of the queue that stands on the way to it, as far as it is known."""
    sent_bps: int
    """Over the last second, everything counted."""
    path_loss: float | None = None
    """Of the packets that found no queue on the way: what sending less would not change. None: unknown."""
