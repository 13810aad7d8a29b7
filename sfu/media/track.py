"""One published source, and the m-line of a Slot that may carry it."""

from dataclasses import dataclass, field

from _fastpath.engine import NO_TRACK, Kind
from sfu.media.ladder import ALL
from sfu.media.layer_table import LayerTable
from sfu.wire.sdp_answer import SendStream
from treble.api import Source


@dataclass(slots=True, eq=False)
class Track:
    """What a participant sends on one m-line; `id` is the engine's."""

    id: int
    participant: str
    source: Source
    kind: Kind
    mid: str
    layers: int
    shape: tuple[object, ...]  # what it was made from: an offer that says otherwise makes another Track
    is_muted: bool = False
    is_muted_by_host: bool = False  # receivers are told why there is nothing
    active_layers: set[int] = field(default_factory=set)
    video: LayerTable | None = None
    audio_bps: int = 0  # on the wire, of late at its loudest

    @property
    def is_live(self) -> bool:
        """Whether there is a picture now; audio is silent rather than absent."""
        return not self.is_muted and (self.kind is Kind.AUDIO or bool(self.active_layers))


@dataclass(slots=True, eq=False)
class Lane:
    """One m-line of a Slot: the engine's Row with its SSRCs, kept for the Peer's life."""

    row: int
    kind: Kind
    mid: str
    stream: SendStream
    track: int = NO_TRACK
    layer: int = 0
    spatial: int = ALL
    temporal: int = ALL
    takes_descriptor: bool = False  # else a receiver cannot tell AV1's spatial layers apart
    cannot_decode: str | None = None  # the codec of the present Track, where this receiver lacks it
