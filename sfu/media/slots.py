"""Who sits in which Slot: pure functions.

A Slot carries one person's camera and microphone, or one person's screen and screen audio: a `Seat`.
Whoever sits stays seated while still wanted, so that no picture jumps and no stream restarts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from treble.api import Source, Tile


@dataclass(frozen=True, slots=True)
class Seat:
    """What one Slot carries; `source` is `camera` or `screen`."""

    participant: str
    source: Source

    @property
    def audio_source(self) -> Source:
        return Source.SCREEN_AUDIO if self.source is Source.SCREEN else Source.MICROPHONE


@dataclass(frozen=True, slots=True)
class View:
    """The tiles that a receiver shows, by seat; None instead of a View while it has not said."""

    tiles: dict[Seat, Tile]


def make_view(tiles: Sequence[Tile]) -> View:
    seats: dict[Seat, Tile] = {}
    for tile in tiles:
        is_screen = tile.source in (Source.SCREEN, Source.SCREEN_AUDIO)
        seat = Seat(tile.participant, Source.SCREEN if is_screen else Source.CAMERA)
        if seat not in seats or seats[seat].priority < tile.priority:
            seats[seat] = tile
    return View(seats)


def rank(candidates: Sequence[Seat], view: View | None, loudness: Sequence[str], room_for: int) -> list[Seat]:
    """The seats that a receiver should have, most wanted first, at most `room_for`.

    `candidates` are in order of arrival; `loudness` names participants, the latest speaker first. With a
    View: visible tiles by priority, then whoever spoke last, heard but not seen. Without one: screens, then
    everybody in order of arrival; where that is too many, the latest speakers first.
    """
    spoke = {participant: index for index, participant in enumerate(loudness)}

    def by_voice(seat: Seat) -> int:
        return spoke.get(seat.participant, len(spoke))

    if view is not None:
        visible = [seat for seat in candidates if seat in view.tiles]
        visible.sort(key=lambda seat: (-view.tiles[seat].priority, by_voice(seat)))
        hidden = sorted((seat for seat in candidates if seat not in view.tiles), key=by_voice)
        return (visible + hidden)[:room_for]
    if len(candidates) > room_for:
        candidates = sorted(candidates, key=by_voice)
    return sorted(candidates, key=lambda seat: seat.source is not Source.SCREEN)[:room_for]


def assign(wanted: Sequence[Seat], current: Sequence[Seat | None]) -> list[Seat | None]:
    """The new table of as many Slots as `current` has; `wanted` is no longer than that."""
    remaining = dict.fromkeys(wanted)
    table: list[Seat | None] = []
    for seat in current:
        if seat is not None and seat in remaining:
            del remaining[seat]
            table.append(seat)
        else:
            table.append(None)
    newcomers = list(remaining)
    for index, seat in enumerate(table):
        if seat is None and newcomers:
            table[index] = newcomers.pop(0)
    return table
