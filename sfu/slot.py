"""One Slot: whom it carries, what was chosen for it, and what of that is sent and told."""

from dataclasses import dataclass
from typing import Final

from msgspec import structs

from sfu.media.allocation import Choice
from sfu.media.codecs import display_name
from sfu.media.ladder import ALL, Option, side_of
from sfu.media.layer_table import LayerTable
from sfu.media.layers import available_layer
from sfu.media.slots import Seat
from sfu.media.track import Lane, Track
from treble.api import Reason, SlotState, Tile

# Another bitrate alone is told where it differs by so much.
BITRATE_NEWS: Final = 0.2
WHOLE: Final = Option(0, ALL, ALL, 0)
"""The smallest Layer with all that it has; all of an audio Track."""


@dataclass(slots=True, eq=False)
class Slot:
    number: int
    audio: Lane | None = None
    video: Lane | None = None
    is_open: bool = True  # whether the last offer still had it
    seat: Seat | None = None
    told: Seat | None = None
    is_visible: bool = False
    from_rtp_timestamp: int | None = None
    choice: Choice | None = None  # since it was seated
    tile: Tile | None = None  # that it was made for
    rose_ns: int | None = None
    bitrate: int | None = None  # as told

    def seat_anew(self, seat: Seat | None, from_rtp_timestamp: int | None) -> None:
        self.seat, self.from_rtp_timestamp = seat, from_rtp_timestamp
        self.choice = self.tile = self.rose_ns = self.bitrate = None

    def can_show(self, track: Track | None) -> bool:
        """Whether there is a picture and this receiver can decode it."""
        return (
            track is not None
            and track.is_live
            and self.video is not None
            and self.video.cannot_decode is None
        )

    def shows_lowest_only(self, layers: LayerTable) -> bool:
        return layers.needs_descriptor and self.video is not None and not self.video.takes_descriptor

    def carried(self, track: Track) -> Option | None:
        """The chosen option, or what stands in for it while it does not flow; None: no picture is sent."""
        choice, lane = self.choice, self.video
        if choice is None or lane is None or not self.is_visible or choice.reason is Reason.HIDDEN:
            return None
        option = choice.option
        if option is None and choice.reason is Reason.BANDWIDTH:
            return None
        if option is None:  # as soon as there is a picture, it comes
            return _whole(lane.layer, lane.spatial, lane.temporal) if lane.track == track.id else WHOLE
        if track.layers == 1 or option.layer in track.active_layers:
            return option
        return _whole(available_layer(option.layer, track.active_layers))

    def state(self, track: Track | None) -> SlotState:
        """What is told of it; `track`: of its seat, where it publishes one."""
        seat = self.seat
        if seat is None:
            return SlotState(slot=self.number)
        reason, codec = self._reason(track)
        state = SlotState(
            slot=self.number,
            participant=seat.participant,
            source=seat.source,
            from_rtp_timestamp=self.from_rtp_timestamp,
            reason=reason,
            codec=codec,
        )
        if track is None or track.video is None or not self.can_show(track):
            return state
        return self._with_picture(state, track, track.video)

    def _reason(self, track: Track | None) -> tuple[Reason, str | None]:
        if track is not None and track.is_muted_by_host:
            return Reason.PAUSED_BY_HOST, None
        if track is None or not track.is_live or self.video is None:
            return Reason.PUBLISHER, None
        if not self.is_visible:
            return Reason.HIDDEN, None
        if self.video.cannot_decode:
            return Reason.CODEC, self.video.cannot_decode
        reason = self.choice.reason if self.choice else Reason.PUBLISHER
        return reason, display_name(track.video.codec) if reason is Reason.CODEC and track.video else None

    def _with_picture(self, state: SlotState, track: Track, layers: LayerTable) -> SlotState:
        """With what is sent, or will be once this is told."""
        carried = self.carried(track)
        if carried is None or self.choice is None or self.choice.option is None:
            return state
        option = layers.ladder.find(carried)
        return structs.replace(
            state,
            reason=Reason.PUBLISHER if carried.step < self.choice.option.step else state.reason,
            layer=carried.step,
            temporal=None if carried.temporal == ALL else carried.temporal,
            bitrate=self._told_bitrate(option.bitrate if option else 0),
            height=side_of(layers.shape(carried.step)) or None,
        )

    def _told_bitrate(self, bitrate: int) -> int | None:
        """Rounded, and as told before unless it is news."""
        told = self.bitrate or 0
        if abs(bitrate - told) > BITRATE_NEWS * told:
            self.bitrate = round(bitrate, -3) or None
        return self.bitrate


def _whole(layer: int, spatial: int = ALL, temporal: int = ALL) -> Option:
    return Option(layer, spatial, temporal, 0)
