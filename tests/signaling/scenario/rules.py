"""The oracle's law: the permission table and its bounds, read as data, and nothing of the code that applies them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from signaling.actions import Action, Verdict
from signaling.permissions import LOOSEST, PUBLISH, TABLE
from treble.api import Role, Source

ROLES = (Role.HOST, Role.COHOST, Role.SPEAKER, Role.VIEWER)
STRICTNESS = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)
LEADERS = (Role.HOST, Role.COHOST)

Overrides = dict[Action, Verdict]
Policy = dict[Role, Overrides]


def law(role: Role, action: Action, policy: Policy, overrides: Overrides) -> Verdict:
    """Table, then what a host wished, never beyond the bound."""
    column = ROLES.index(role)
    verdict = TABLE[action][column]
    if role is Role.HOST or action not in LOOSEST:
        return verdict
    wished = overrides.get(action, policy.get(role, {}).get(action))
    if wished is None:
        return verdict
    bound = LOOSEST[action][column - 1]
    return STRICTNESS[max(STRICTNESS.index(wished), STRICTNESS.index(bound))]


def above(actor: Role, target: Role) -> bool:
    return ROLES.index(actor) < ROLES.index(target)


def sources_of(action: Action) -> set[Source]:
    return {source for source in Source if PUBLISH[source] is action}


@dataclass
class Known:
    """What the oracle knows of one participant from the answers that were given, and from nothing else."""

    id: str
    name: str
    role: Role
    overrides: Overrides = field(default_factory=dict)
    is_inside: bool = False
    may_be_inside: bool = False  # somebody let it in, or the table did
    is_banned: bool = False
    muted: set[Source] = field(default_factory=set)
    stopped: set[Source] = field(default_factory=set)
    wished: set[Source] = field(default_factory=set)
    tracks: set[Source] = field(default_factory=set)
    hand: bool = False
    wants_captions: bool = False  # has said so at some time

    def forget_session(self) -> None:
        self.muted, self.stopped, self.wished, self.tracks, self.hand = set(), set(), set(), set(), False


@dataclass
class Asked:
    participant: str
    action: Action
    value: str = ""


@dataclass
class Law:
    """The Room as the oracle holds it to be."""

    policy: Policy
    people: dict[str, Known] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    locked: bool = False
    spotlight: str | None = None
    captions: str | None = None
    starters: set[str] = field(default_factory=set)  # of the captions, in the Sessions that they have now
    is_over: bool = False

    def verdict(self, who: str, action: Action) -> Verdict:
        known = self.people[who]
        return law(known.role, action, self.policy, known.overrides)

    def may(self, who: str, action: Action) -> bool:
        return self.verdict(who, action) is Verdict.ALLOW

    def reaches(self, actor: str, target: str) -> bool:
        known = self.people.get(target)
        return known is not None and known.is_inside and above(self.people[actor].role, known.role)

    def subjects(self, actor: str) -> list[str]:
        return [who for who in self.people if self.reaches(actor, who)]

    def may_flow(self, who: str, source: Source) -> bool:
        """Whether this Track may reach anybody at all."""
        known = self.people[who]
        is_shut = source in known.muted or source in known.stopped
        return known.is_inside and not is_shut and self.may(who, PUBLISH[source])

    def change(self, who: str, *, role: Role | None = None, overrides: Overrides | None = None) -> None:
        """What may flow no longer stays shut until its owner opens it."""
        before = self._flowing()
        known = self.people[who]
        known.role = role or known.role
        known.overrides = known.overrides if overrides is None else overrides
        self._stop_what_may_not(before)

    def set_policy(self, policy: Policy) -> None:
        before = self._flowing()
        self.policy = policy
        self._stop_what_may_not(before)

    def turn_captions(self, who: str, language: str | None) -> None:
        self.captions = language
        self.starters = set() if language is None else self.starters | {who}

    def let_captions_lapse(self, inside: Iterable[str], is_encrypted: bool) -> None:
        """Nobody of those inside may have them on: in an encrypted room only who started them may."""
        may = {who for who in inside if self.may(who, Action.CAPTION)}
        if not (may & self.starters if is_encrypted else may):
            self.captions, self.starters = None, set()

    def forget_session(self, who: str) -> None:
        self.people[who].forget_session()
        self.starters.discard(who)

    def leave(self, who: str) -> None:
        self.people[who].is_inside = False
        self.forget_session(who)
        if self.spotlight == who:
            self.spotlight = None

    def _flowing(self) -> set[tuple[str, Source]]:
        return {
            (who, source)
            for who in self.people
            for source in self.people[who].tracks
            if self.may_flow(who, source)
        }

    def _stop_what_may_not(self, before: set[tuple[str, Source]]) -> None:
        for who, source in before - self._flowing():
            self.people[who].stopped.add(source)
            self.people[who].wished.discard(source)
