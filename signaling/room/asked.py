"""What is asked for in a Room and not answered yet, and what has become of it: told to those whom it concerns."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from signaling.approval_messages import Approval, Approvals, Decided
from signaling.message import Message
from signaling.room.member import Member
from signaling.room.pushes import Topic
from treble.units import SECOND

# An outcome is told again after a resume, and to who joins anew: nobody knows what the lost socket still carried.
REMEMBER_NS: Final = 60 * SECOND


class Outcome(NamedTuple):
    number: int
    at_ns: int
    message: Decided


class AskedBook:
    """Part of the Room machine. `member` finds who is present: of the others nothing is shown to hosts."""

    def __init__(self, member: Callable[[str], Member | None]) -> None:
        self._member = member
        self._open: dict[str, Approval] = {}
        self._version = 0
        self._outcomes: dict[str, list[Outcome]] = {}
        self._number = 0

    def get(self, approval: str) -> Approval | None:
        return self._open.get(approval)

    def add(self, asked: Approval) -> None:
        """In place of an earlier one for the same."""
        for known in list(self._open.values()):
            if (known.participant, known.action) == (asked.participant, asked.action):
                del self._open[known.approval]
        self._open[asked.approval] = asked
        self._version += 1

    def settle(self, approval: str) -> None:
        if self._open.pop(approval, None) is not None:
            self._version += 1

    def tell(self, participant: str, outcome: Decided, now_ns: int) -> None:
        self.forget_old(now_ns)
        self._number += 1
        self._outcomes.setdefault(participant, []).append(Outcome(self._number, now_ns, outcome))

    def moved(self, participant: str) -> None:
        """Somebody came, left or has another name."""
        if any(asked.participant == participant for asked in self._open.values()):
            self._version += 1

    def forget_old(self, now_ns: int) -> None:
        for participant, outcomes in list(self._outcomes.items()):
            kept = [each for each in outcomes if each.at_ns + REMEMBER_NS > now_ns]
            self._outcomes[participant] = kept
            if not kept:
                del self._outcomes[participant]

    def topics(self, may_answer: Callable[[Member], bool]) -> Iterable[Topic]:
        yield Topic(
            "approvals",
            lambda member: self._version,
            lambda member: [Approvals(approvals=list(self._shown()))],
            concerns=may_answer,
            is_shared=True,
        )
        yield Topic("decided", self._newest, self._news)

    def _shown(self) -> Iterator[Approval]:
        for asked in sorted(self._open.values(), key=lambda asked: (asked.since, asked.approval)):
            member = self._member(asked.participant)
            if member is not None:
                yield msgspec.structs.replace(asked, name=member.name)

    def _newest(self, member: Member) -> int:
        outcomes = self._outcomes.get(member.id)
        return outcomes[-1].number if outcomes else 0

    def _news(self, member: Member) -> list[Message]:
        outcomes = self._outcomes.get(member.id, [])
        news = [each.message for each in outcomes if each.number > member.outcomes_told]
        member.outcomes_told = self._newest(member)
        return list[Message](news)
