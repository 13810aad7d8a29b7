"""Inputs about leading: roles, settings, what somebody may do, hands, names, what was asked for and answered."""

from signaling.actions import Action, Verdict
from signaling.approval_messages import Approval, Decided
from signaling.message import Message
from signaling.permissions import PUBLISH
from signaling.room.books import Books
from signaling.room.effects import (
    Effect,
    Send,
)
from signaling.settings import Settings
from treble.api import Role, Source


class LeadingInputs(Books):
    """Whoever calls has checked the permission table, and stored what permits."""

    def handle_role(self, participant: str, role: Role, now_ns: int) -> list[Effect]:
        self._note(now_ns, f"role {role}", participant)
        member = self._members.get(participant)
        if member is not None and member.role is not role:
            member.role = role
            self._state_version += 1  # who may change the settings is told them
            effects = self._review(member)
            self._reckon(member, now_ns)
            return effects + self._note_leaders() + self._review_captions()
        return []

    def handle_overrides(
        self, participant: str, overrides: dict[Action, Verdict], now_ns: int
    ) -> list[Effect]:
        """What a host allowed or forbade this one, as a whole."""
        self._note(now_ns, "overrides", participant)
        member = self._members.get(participant)
        if member is None or member.overrides == overrides:
            return []
        member.overrides = dict(overrides)
        return self._review(member) + self._review_captions()

    def handle_locked(self, locked: bool, now_ns: int) -> list[Effect]:
        """While a Room is locked nobody new comes in, nor knocks."""
        self._note(now_ns, f"locked {locked}", "")
        self.locks += locked
        if locked != self.locked:
            self.locked = locked
            self._state_version += 1
        return []

    def handle_settings(self, settings: Settings, title: str, now_ns: int) -> list[Effect]:
        self._note(now_ns, "settings", "")
        if (settings, title) != (self.settings, self.title):
            self.settings, self.title = settings, title
            self._state_version += 1
            effects = [effect for member in self for effect in self._review(member)]
            return effects + self._review_captions()
        return []

    def handle_hand(self, participant: str, since_ms: int | None, now_ns: int) -> list[Effect]:
        """Raised (Unix milliseconds since when) or lowered."""
        self._note(now_ns, "hand", participant)
        member = self._members.get(participant)
        if member is not None and (member.hand_at is None) is not (since_ms is None):
            member.hand_at = since_ms
            self._reckon(member, now_ns)
        return []

    def handle_emote(self, participant: str, emoji: str, now_ns: int) -> list[Effect]:
        """A reaction, which everybody is told of soon. `ApiError`: "bad.emoji", "slow"."""
        self._note(now_ns, "emote", participant)
        if participant in self._members:
            self.emotes.add(participant, emoji, now_ns)
        return []

    def handle_renamed(self, participant: str, name: str, now_ns: int) -> list[Effect]:
        self._note(now_ns, "rename", participant)
        member = self._members.get(participant)
        if member is not None:
            member.name = name
            self.asked.moved(participant)
            self._reckon(member, now_ns)
        return []

    def handle_picture(self, participant: str, picture: str | None, now_ns: int) -> list[Effect]:
        self._note(now_ns, "picture", participant)
        member = self._members.get(participant)
        if member is not None:
            member.picture = picture
            self._reckon(member, now_ns)
        return []

    def handle_spotlight(self, participant: str | None, now_ns: int) -> list[Effect]:
        self._note(now_ns, "spotlight", participant or "")
        if participant != self.spotlight and (participant is None or participant in self._members):
            self.spotlight = participant
            self._state_version += 1
        return []

    def handle_asked(self, asked: Approval, now_ns: int) -> list[Effect]:
        """Somebody asks for something; the earlier request for the same is no more. Asking is wishing to be heard."""
        self._note(now_ns, f"ask {asked.action} {asked.approval}", asked.participant)
        self.asked.add(asked)
        member = self._members.get(asked.participant)
        if member is not None:
            member.wished.update(source for source in Source if PUBLISH[source] is asked.action)
        return []

    def handle_settled(
        self, participant: str, approval: str, outcome: Decided | None, now_ns: int
    ) -> list[Effect]:
        """Answered, expired, or (without `outcome`) taken back."""
        self._note(now_ns, f"settled {approval} {outcome.outcome if outcome else ''}", participant)
        asked, member = self.asked.get(approval), self._members.get(participant)
        self.asked.settle(approval)
        if asked is not None and member is not None and (outcome is None or outcome.outcome != "allow"):
            member.wished.difference_update(s for s in Source if PUBLISH[s] is asked.action)
        if outcome is not None:
            self.asked.tell(participant, outcome, now_ns)
        return []

    def handle_granted(self, participant: str, action: Action, now_ns: int) -> list[Effect]:
        """Its owner asked for this: what it has not muted since may be open, though somebody else had shut it."""
        self._note(now_ns, f"grant {action}", participant)
        member = self._members.get(participant)
        for source in Source:
            if member is not None and PUBLISH[source] is action:
                member.stopped.discard(source)
                if source in member.wished:
                    member.muted.discard(source)
                member.wished.discard(source)
        return []

    def handle_say(self, participants: tuple[str, ...], message: Message, now_ns: int) -> list[Effect]:
        """Tell these at once; who is not reachable misses it."""
        self._note(now_ns, f"say {type(message).__name__}", "")
        members = (self._members.get(participant) for participant in participants)
        sockets = tuple(member.socket for member in members if member is not None and member.socket)
        return [Send(sockets, message)] if sockets else []
