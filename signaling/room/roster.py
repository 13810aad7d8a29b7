"""Who is in the room, as an immutable picture, and the pushes that turn one picture into a later one.

Each member remembers the picture that it was last told. What it is told next is the difference to now, so
pushes may be left out and put together at will: latest wins, nothing is told twice, and a newcomer's welcome
is just a picture.
"""

from collections.abc import Iterator, Mapping

from signaling.messages import Changed, Joined, Left, Participant

Roster = Mapping[str, Participant]


def changes(
    told: Roster, now: Roster, reasons: Mapping[str, str]
) -> Iterator[tuple[str, Joined | Changed | Left]]:
    """(participant, push) for each who left, came or changed; `reasons` why somebody left."""
    for who in told:
        if who not in now:
            yield who, Left(participant=who, reason=reasons.get(who, "left"))
    for who, participant in now.items():
        before = told.get(who)
        if before is None:
            yield who, Joined(participant=participant)
        elif before != participant:
            yield who, Changed(participant=participant)


def is_news_to_self(before: Participant, changed: Changed) -> bool:
    """Whether the participant itself is to be told: of what it sends and how it is connected it knows."""
    now = changed.participant
    return (before.name, before.hand, before.picture) != (now.name, now.hand, now.picture)
