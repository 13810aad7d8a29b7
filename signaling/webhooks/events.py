"""What operators' programs are told of a Room: the differences between two pictures of who is there, as events.

Nothing that is said in a Room is told, only who comes, goes and publishes.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from signaling.messages import Participant
from signaling.room.roster import Roster
from treble.api import Source

NS_PER_MS: Final = 1_000_000


class EventType(StrEnum):
    ROOM_STARTED = "room.started"  # somebody is there
    ROOM_ENDED = "room.ended"  # the last one is gone
    WAITING = "participant.waiting"
    JOINED = "participant.joined"
    LEFT = "participant.left"
    REMOVED = "participant.removed"  # by a host or an operator; `participant.left` comes too
    ROLE_CHANGED = "participant.role_changed"
    PUBLISHED = "track.published"
    UNPUBLISHED = "track.unpublished"


REMOVALS: Final = frozenset({"removed", "banned"})  # reasons of a leave that somebody else wanted


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`at` is Unix nanoseconds."""

    id: str
    type: EventType
    room: str
    at: int
    data: dict[str, Any] = {}

    def body(self) -> bytes:
        """What is sent, the same bytes at every attempt."""
        return msgspec.json.encode(
            {
                "id": self.id,
                "type": self.type,
                "created_at": self.at // NS_PER_MS,
                "room": self.room,
                "data": self.data,
            }
        )


Told = tuple[EventType, dict[str, Any]]


def differences(before: Roster, after: Roster, reasons: Mapping[str, str]) -> Iterator[Told]:
    """From one roster to the next. `reasons`: why those are gone who are."""
    for who, seen in before.items():
        if who not in after:
            yield from _left(seen, reasons.get(who, "left"))
    for who, seen in after.items():
        earlier = before.get(who)
        if earlier is None:
            yield EventType.JOINED, {"participant": person(seen)}
        elif earlier.role is not seen.role:
            yield EventType.ROLE_CHANGED, {"participant": person(seen), "earlier_role": earlier.role}
        yield from _tracks(earlier, seen)


def person(seen: Participant) -> dict[str, Any]:
    return {"id": seen.id, "name": seen.name, "role": seen.role, "guest": seen.guest}


def _left(seen: Participant, reason: str) -> Iterator[Told]:
    who = person(seen)
    for track in seen.tracks:
        yield EventType.UNPUBLISHED, {"participant": who, "source": track.source}
    if reason in REMOVALS:
        yield EventType.REMOVED, {"participant": who, "reason": reason}
    yield EventType.LEFT, {"participant": who, "reason": reason}


def _tracks(earlier: Participant | None, seen: Participant) -> Iterator[Told]:
    had: set[Source] = set() if earlier is None else {track.source for track in earlier.tracks}
    has = {track.source for track in seen.tracks}
    for source in Source:
        if source in had and source not in has:
            yield EventType.UNPUBLISHED, {"participant": person(seen), "source": source}
        elif source in has and source not in had:
            yield EventType.PUBLISHED, {"participant": person(seen), "source": source}
