"""Whoever wants to know what happens in the Rooms of this server, without being in them."""

from collections.abc import Mapping
from typing import Protocol

from signaling.room.roster import Roster


class RoomObserver(Protocol):
    """Called between two checkpoints: returns at once and raises nothing."""

    def room_started(self, room: str) -> None:
        """Somebody comes into a Room that nobody was in; who waits at its door does not count."""

    def room_ended(self, room: str) -> None:
        """Nobody is inside any more."""

    def roster_changed(self, room: str, before: Roster, after: Roster, reasons: Mapping[str, str]) -> None:
        """`reasons`: why those are gone who are."""

    def waiting(self, room: str, participant: str, name: str, guest: bool) -> None:
        """Somebody knocks."""


class Unobserved:
    """Nobody wants to know."""

    def room_started(self, room: str) -> None:
        pass

    def room_ended(self, room: str) -> None:
        pass

    def roster_changed(self, room: str, before: Roster, after: Roster, reasons: Mapping[str, str]) -> None:
        pass

    def waiting(self, room: str, participant: str, name: str, guest: bool) -> None:
        pass
