"""The Slots of one Peer: who sits where, what was told of it, and what the engine carries.

A Slot must never show B under A's name. So a change takes three steps: the old source stops at once; the
whole table is told, with the RTP timestamp from which the picture is B's; and when that has been delivered
the engine carries B. If the table changed once more meanwhile, the Slot stays empty until that has been
told too. Layers and reasons change without such care.

Which Layer a Slot carries is chosen with all the others of this Peer (`share_out`); while the publisher starts
the chosen one, the next that flows stands in for it.
"""

from collections.abc import Callable, Iterable
from typing import Final

from _fastpath.engine import NO_TRACK, Engine
from sfu.media.allocation import Choice, Request
from sfu.media.ladder import Option, Path
from sfu.media.layer_table import LayerTable
from sfu.media.slots import Seat, View, assign, rank
from sfu.media.track import Lane, Track
from sfu.receiver import Receiver
from sfu.slot import WHOLE, Slot
from treble.api import Reason, SlotState, Source, Tile
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
# A keyframe for each: a tile rises by one Layer, and not again before the picture has come.
RISE_INTERVAL_NS: Final = 1 * SECOND
_NOTHING: Final = Path(())
_SCREEN_PRIORITY: Final = 2  # of a receiver that has not said what it shows


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
        self.wants: list[
            tuple[LayerTable, tuple[int, ...]]
        ] = []  # Layers that this Peer receives or is about to
        self.shown: set[int] = set()  # video Tracks with a visible tile

    def arrange(self, candidates: list[Seat], loudness: list[str], view: View | None, now_ns: int) -> None:
        """Seat whom this Peer should see and hear now; `share_out` follows."""
        self._view = view
        usable = [slot for slot in self.slots.values() if slot.is_open]
        wanted = rank(candidates, view, loudness, len(usable))
        seats = assign(wanted, [slot.seat for slot in usable])
        for slot, seat in zip(usable, seats, strict=True):
            self._seat(slot, seat, now_ns)
        for slot in self.slots.values():
            if not slot.is_open:
                self._seat(slot, None, now_ns)
            slot.is_visible = slot.seat is not None and self._tile(slot.seat) is not None

    def share_out(self, receiver: Receiver, find: FindTrack, now_ns: int) -> None:
        """Choose what each Slot gets of the receiver's bandwidth, and have the engine carry it where that was told."""
        self.wants, self.shown = [], set()
        seated = [(slot, slot.seat) for slot in self.slots.values() if slot.seat and slot.video]
        requests = [self._request(slot, seat, find, receiver, now_ns) for slot, seat in seated]
        choices = receiver.share(requests, now_ns)
        for (slot, seat), request in zip(seated, requests, strict=True):
            track = find(seat.participant, seat.source)
            choice = self._choose(slot, request, choices[slot.number], track, now_ns)
            if track and track.video and request.is_visible:
                self.wants.append((track.video, _wanted(request.path, choice)))
        for slot in self.slots.values():
            self._feed(slot, find)

    def has(self, participant: str) -> bool:
        """Whether some Slot is his."""
        return any(slot.seat and slot.seat.participant == participant for slot in self.slots.values())

    def reasons(self) -> list[Reason]:
        """Of the occupied Slots, as told; for the metrics, from any thread."""
        return [state.reason for state in list(self._told.values()) if state.participant is not None]

    def heard(self, find: FindTrack) -> Iterable[Track]:
        """The audio Tracks that are carried, or will be when they speak."""
        for slot in self.slots.values():
            if slot.seat and slot.audio and (track := find(slot.seat.participant, slot.seat.audio_source)):
                yield track

    def take_table(self, find: FindTrack, now_ns: int) -> tuple[int, list[SlotState]] | None:
        """The table to tell now with its revision, or None: nothing new, one is under way, or it is too early."""
        self.is_waiting = self._telling is not None
        if self.is_waiting:
            return None
        states = {
            number: slot.state(find(slot.seat.participant, slot.seat.source) if slot.seat else None)
            for number, slot in self.slots.items()
        }
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
        slot.seat_anew(seat, self._first_timestamp(slot.video, now_ns) if seat and slot.video else None)
        for lane in (slot.audio, slot.video):
            if lane:
                self._point(lane, None, WHOLE, -1)

    def _first_timestamp(self, lane: Lane, now_ns: int) -> int:
        """Where the next picture on this m-line begins: past everything sent, in step with the clock."""
        stats = self._engine.row_stats(lane.row)
        if not stats.last_sent_ns:
            return int.from_bytes(self._entropy(4), "big")
        elapsed = max(0, now_ns - stats.last_sent_ns) * (stats.clock_rate or _CLOCK) // SECOND
        return (stats.last_rtp_timestamp + elapsed + FRAME) & 0xFFFFFFFF

    # --- sharing out

    def _request(self, slot: Slot, seat: Seat, find: FindTrack, receiver: Receiver, now_ns: int) -> Request:
        tile = self._tile(seat)
        track = find(seat.participant, seat.source)
        if tile is not None and track is not None:
            self.shown.add(track.id)
        if tile is None or track is None or track.video is None or not slot.can_show(track):
            return Request(slot.number, _NOTHING, is_visible=tile is not None)
        # Text stays legible however small it is shown.
        lines = (
            None
            if seat.source is Source.SCREEN
            else min(tile.width or tile.height, tile.height or tile.width)
        )
        choice = slot.choice
        may_rise = slot.tile != tile or slot.rose_ns is None or now_ns - slot.rose_ns >= RISE_INTERVAL_NS
        if not may_rise and slot.rose_ns is not None:
            receiver.review_at(slot.rose_ns + RISE_INTERVAL_NS, now_ns)
        slot.tile = tile
        return Request(
            slot=slot.number,
            path=track.video.ladder.path(lines or None, tile.cap, lowest=slot.shows_lowest_only(track.video)),
            priority=tile.priority,
            size=tile.width * tile.height,
            now=choice.option if choice else None,
            is_paused=choice is not None and choice.option is None and choice.reason is Reason.BANDWIDTH,
            may_rise=may_rise,
        )

    def _choose(
        self, slot: Slot, request: Request, choice: Choice, track: Track | None, now_ns: int
    ) -> Choice:
        before = slot.choice
        if choice.option and request.now and track and choice.option.rank < request.now.rank:
            choice = _at_hand(choice, request.path, track)
        slot.choice = choice
        is_rising = choice.option and request.now and choice.option.rank[:2] > request.now.rank[:2]
        if is_rising and before and before.reason is Reason.BANDWIDTH:
            slot.rose_ns = now_ns
        return choice

    def _tile(self, seat: Seat) -> Tile | None:
        """None: hidden. A receiver that has not said what it shows is sent everything at its best."""
        if self._view is None:
            priority = _SCREEN_PRIORITY if seat.source is Source.SCREEN else 0
            return Tile(participant=seat.participant, source=seat.source, priority=priority)
        return self._view.tiles.get(seat)

    # --- what the engine carries

    def _feed(self, slot: Slot, find: FindTrack) -> None:
        """Have the engine carry the seat, once it has been told."""
        seat = slot.seat if slot.seat == slot.told else None
        if slot.audio:
            track = find(seat.participant, seat.audio_source) if seat else None
            self._point(slot.audio, track, WHOLE, -1)
        if slot.video:
            track = find(seat.participant, seat.source) if seat else None
            option = slot.carried(track) if track else None
            first = slot.from_rtp_timestamp
            self._point(
                slot.video, track if option else None, option or WHOLE, -1 if first is None else first
            )

    def _point(self, lane: Lane, track: Track | None, option: Option, from_rtp_timestamp: int) -> None:
        number = track.id if track else NO_TRACK
        if (lane.track, lane.layer, lane.spatial, lane.temporal) == (number, *option.rank):
            return
        if lane.track != number:
            lane.cannot_decode = None
        first = from_rtp_timestamp if lane.track == NO_TRACK else -1
        lane.track = number
        lane.layer, lane.spatial, lane.temporal = option.rank
        self._engine.set_source(
            lane.row, number, lane.layer, first, spatial=lane.spatial, temporal=lane.temporal
        )


def _at_hand(choice: Choice, path: Path, track: Track) -> Choice:
    """Who must fall falls to what flows: to wait for another Layer and then to change once more costs two keyframes
    at the worst moment."""
    assert choice.option is not None
    if choice.reason is not Reason.BANDWIDTH or track.layers == 1:
        return choice
    flowing = [step for step in path.steps if step.layer in track.active_layers]
    below = [step for step in flowing if step.rank <= choice.option.rank]
    return Choice(below[-1], choice.reason) if below else choice


def _wanted(path: Path, choice: Choice) -> tuple[int, ...]:
    """What the publisher is to send; what it does not, though the tile could use it, stays wanted."""
    return path.missing if choice.option is None else (*path.missing, choice.option.step)
