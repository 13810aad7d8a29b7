"""The Slots of one Peer: who sits where, what was told of it, and what the engine carries.

A Slot must never show B under A's name. So a change takes three steps: the old source stops at once; the
whole table is told, with the RTP timestamp from which the picture is B's; and when that has been delivered
the engine carries B. If the table changed once more meanwhile, the Slot stays empty until that has been
told too. Layers and reasons change without such care.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from _fastpath.engine import NO_TRACK, Engine
from sfu.media.layers import available_layer, desired_layer
from sfu.media.slots import Seat, View, assign, rank
from sfu.media.track import Lane, Track
from treble.api import Reason, SlotState, Source
from treble.units import MILLISECOND, SECOND

FindTrack = Callable[[str, Source], Track | None]
"""The Track of a participant with this source."""

# Layers and reasons are told at most 4 times a second (contracts section 5); a change of seats at once.
TELL_INTERVAL_NS: Final = 250 * MILLISECOND
# A room server that does not answer is asked again; until then changed Slots stay empty.
RETRY_NS: Final = 1 * SECOND
# One frame at 30 fps on the 90 kHz clock: the new picture lies at least that far after the old one's last.
FRAME: Final = 3000
_CLOCK: Final = 90_000


@dataclass(slots=True, eq=False)
class Slot:
    number: int
    audio: Lane | None = None
    video: Lane | None = None
    is_open: bool = True  # whether the last offer still had it
    seat: Seat | None = None
    told: Seat | None = None
    from_rtp_timestamp: int | None = None


class SlotTable:
    """All Slots of one Peer."""

    def __init__(self, engine: Engine, entropy: Callable[[int], bytes]) -> None:
        self._engine = engine
        self._entropy = entropy
        self.slots: dict[int, Slot] = {}
        self._told: dict[int, SlotState] = {}  # empty: nothing yet, or nobody knows after a failure
        self._telling: dict[int, Seat | None] | None = None  # the seats of the table under way
        self._revision = 0
        self.is_waiting = False  # whether there is something to tell that cannot be told yet
        self._retry_ns = 0  # nothing is told before, after a failure
        self._calm_ns = 0  # no mere change of layer or reason is told before
        self._view: View | None = None

    def arrange(
        self, candidates: list[Seat], loudness: list[str], view: View | None, find: FindTrack, now_ns: int
    ) -> None:
        """Seat whom this Peer should see and hear now, and have the engine carry what was already told."""
        self._view = view
        usable = [slot for slot in self.slots.values() if slot.is_open]
        wanted = rank(candidates, view, loudness, len(usable))
        seats = assign(wanted, [slot.seat for slot in usable])
        for slot, seat in zip(usable, seats, strict=True):
            self._seat(slot, seat, now_ns)
        for slot in self.slots.values():
            if not slot.is_open:
                self._seat(slot, None, now_ns)
            self._feed(slot, find)

    def has(self, participant: str) -> bool:
        """Whether some Slot is his."""
        return any(slot.seat and slot.seat.participant == participant for slot in self.slots.values())

    def take_table(self, find: FindTrack, now_ns: int) -> tuple[int, list[SlotState]] | None:
        """The table to tell now with its revision, or None: nothing new, one is under way, or it is too early."""
        self.is_waiting = self._telling is not None
        if self.is_waiting:
            return None
        states = {number: self._state(slot, find) for number, slot in self.slots.items()}
        if states == self._told or not (self._revision or any(slot.seat for slot in self.slots.values())):
            return None
        is_urgent = any(slot.seat != slot.told for slot in self.slots.values())
        self.is_waiting = now_ns < (self._retry_ns if is_urgent else self._calm_ns)
        if self.is_waiting:
            return None
        self._revision += 1
        self._told = states
        self._telling = {number: slot.seat for number, slot in self.slots.items()}
        return self._revision, [states[number] for number in sorted(states)]

    def handle_told(self, revision: int, was_told: bool, find: FindTrack, now_ns: int) -> None:
        """The table with this revision was delivered, or could not be."""
        if revision != self._revision or self._telling is None:
            return
        telling, self._telling = self._telling, None
        if not was_told:
            self._told = {}
            self._retry_ns = self._calm_ns = now_ns + RETRY_NS
            return
        self._calm_ns = now_ns + TELL_INTERVAL_NS
        for number, seat in telling.items():
            self.slots[number].told = seat
            self._feed(self.slots[number], find)

    def forget_tracks(self, gone: set[int]) -> None:
        """These Tracks are no more; the engine has stopped the Rows that carried them."""
        for slot in self.slots.values():
            for lane in (slot.audio, slot.video):
                if lane and lane.track in gone:
                    lane.track = NO_TRACK

    def _seat(self, slot: Slot, seat: Seat | None, now_ns: int) -> None:
        if seat == slot.seat:
            return
        slot.seat = seat
        slot.from_rtp_timestamp = self._first_timestamp(slot.video, now_ns) if seat and slot.video else None
        for lane in (slot.audio, slot.video):
            if lane:
                self._point(lane, None, 0, -1)

    def _first_timestamp(self, lane: Lane, now_ns: int) -> int:
        """Where the next picture on this m-line begins: past everything sent, in step with the clock."""
        stats = self._engine.row_stats(lane.row)
        if not stats.last_sent_ns:
            return int.from_bytes(self._entropy(4), "big")
        elapsed = max(0, now_ns - stats.last_sent_ns) * (stats.clock_rate or _CLOCK) // SECOND
        return (stats.last_rtp_timestamp + elapsed + FRAME) & 0xFFFFFFFF

    def _feed(self, slot: Slot, find: FindTrack) -> None:
        """Have the engine carry the seat, once it has been told."""
        seat = slot.seat if slot.seat == slot.told else None
        if slot.audio:
            self._point(slot.audio, find(seat.participant, seat.audio_source) if seat else None, 0, -1)
        if slot.video:
            track = find(seat.participant, seat.source) if seat and self._is_visible(seat) else None
            layer = self._layer(seat, track) if seat and track else 0
            first = slot.from_rtp_timestamp
            self._point(slot.video, track, layer, -1 if first is None else first)

    def _point(self, lane: Lane, track: Track | None, layer: int, from_rtp_timestamp: int) -> None:
        number = track.id if track else NO_TRACK
        if (lane.track, lane.layer) == (number, layer):
            return
        if lane.track != number:
            lane.cannot_decode = None
        first = from_rtp_timestamp if lane.track == NO_TRACK else -1
        lane.track, lane.layer = number, layer
        self._engine.set_source(lane.row, number, layer, first)

    def _is_visible(self, seat: Seat) -> bool:
        return self._view is None or seat in self._view.tiles

    def _layer(self, seat: Seat, track: Track) -> int:
        tile = self._view.tiles.get(seat) if self._view else None
        side = min(tile.width or tile.height, tile.height or tile.width) if tile else None
        if seat.source is Source.SCREEN or not side:
            side = None  # text stays legible
        return available_layer(desired_layer(side, track.layers), track.active_layers)

    def _state(self, slot: Slot, find: FindTrack) -> SlotState:
        seat = slot.seat
        if seat is None:
            return SlotState(slot=slot.number)
        reason, codec, layer = self._reason(slot, seat, find)
        return SlotState(
            slot=slot.number,
            participant=seat.participant,
            source=seat.source,
            from_rtp_timestamp=slot.from_rtp_timestamp,
            reason=reason,
            codec=codec,
            layer=layer,
        )

    def _reason(self, slot: Slot, seat: Seat, find: FindTrack) -> tuple[Reason, str | None, int | None]:
        track = find(seat.participant, seat.source)
        if track is None or not track.is_live or slot.video is None:
            return Reason.PUBLISHER, None, None
        if not self._is_visible(seat):
            return Reason.HIDDEN, None, None
        if slot.video.cannot_decode:
            return Reason.CODEC, slot.video.cannot_decode, None
        return Reason.VIEWPORT, None, self._layer(seat, track)
