"""Latest-wins pushes: each is a topic with a version, told to each member at most four times a second (contracts 5).

A topic's version grows with every change; what a member was told last is kept as a number. So news may be left out and put
together at will, a slow gateway sees fewer and later pushes, and nothing is told twice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from signaling.message import Message
from signaling.room.effects import Effect, Send
from signaling.room.member import PACE_NS, Member, Pace


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """`make` gives what a member is told now. Shared: all are told the same, encoded once."""

    name: str
    version: Callable[[Member], int]
    make: Callable[[Member], Iterable[Message]]
    concerns: Callable[[Member], bool] = lambda member: True
    is_shared: bool = False
    pace_ns: int = PACE_NS

    def is_due(self, member: Member, now_ns: int) -> bool:
        return self.is_news(member) and member.pace(self.name).next_ns <= now_ns

    def is_news(self, member: Member) -> bool:
        return member.pace(self.name).told < self.version(member) and self.concerns(member)


def tell(topics: Iterable[Topic], members: Iterable[Member], now_ns: int) -> list[Effect]:
    """What is due, and remembered as told. `members`: those with a socket."""
    listeners = list(members)
    return [effect for topic in topics for effect in _tell(topic, listeners, now_ns)]


def _tell(topic: Topic, members: list[Member], now_ns: int) -> Iterator[Effect]:
    due = [member for member in members if topic.is_due(member, now_ns)]
    for member in due:
        member.paces[topic.name] = Pace(topic.version(member), now_ns + topic.pace_ns)
    if topic.is_shared and due:
        for message in topic.make(due[0]):
            yield Send(tuple(member.socket for member in due if member.socket), message)
    else:
        for member in due:
            for message in topic.make(member):
                yield Send((member.socket or "",), message)


def deadlines(topics: Iterable[Topic], member: Member) -> Iterator[int]:
    """When news for this member may leave."""
    for topic in topics:
        if topic.is_news(member):
            yield member.pace(topic.name).next_ns
