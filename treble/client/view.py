"""What one wants to see, told to the server at most four times a second; the newest wins."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import trio

from treble.api import Tile
from treble.client.errors import TrebleError
from treble.client.participant import RemoteParticipant

EVERY_S: Final = 0.25


class View:
    """Tiles that the application names, and one for every picture that somebody reads."""

    def __init__(self, participants: Callable[[], Iterable[RemoteParticipant]]) -> None:
        self._participants = participants
        self._named: list[Tile] = []
        self._told: list[Tile] = []
        self._changed = trio.Event()

    def set(self, tiles: Sequence[Tile]) -> None:
        self._named = list(tiles)
        self.refresh()

    def refresh(self) -> None:
        self._changed.set()

    def resend(self) -> None:
        """A new Session knows none."""
        self._told = []
        self.refresh()

    @property
    def tiles(self) -> list[Tile]:
        named = {(tile.participant, tile.source) for tile in self._named}
        read = [
            Tile(
                participant=track.participant, source=track.source, width=track.size[0], height=track.size[1]
            )
            for participant in self._participants()
            for track in participant.tracks.values()
            if track.is_read and track.kind == "video" and (track.participant, track.source) not in named
        ]
        return [*self._named, *read]

    async def run(self, tell: Callable[[list[Tile]], Awaitable[Any]]) -> None:
        while True:
            await self._changed.wait()
            self._changed = trio.Event()
            tiles = self.tiles
            if tiles != self._told:
                try:
                    await tell(tiles)
                    self._told = tiles
                except TrebleError:
                    pass  # the next Session resends
            await trio.sleep(EVERY_S)
