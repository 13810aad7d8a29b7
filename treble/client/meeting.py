"""What leads a Room: what one may do, who waits, what is asked for, and the requests of hosts and participants.

The server decides each; a refusal raises `TrebleError` (`forbidden`, or `ask` where a host has to be asked first).
"""

from collections.abc import Callable, Sequence
from typing import Final

from signaling import approval_messages, audit_messages, door_messages, host_messages as wire
from signaling.actions import Action, Verdict
from signaling.message import Message
from signaling.messages import Welcome
from signaling.settings import Settings
from treble.api import Role, Source
from treble.client.outbox import Ask

LATEST: Final = {
    wire.RoomState: "about_changed",
    wire.Verdicts: "verdicts_changed",
    door_messages.Waiters: "waiters_changed",
    approval_messages.Approvals: "approvals_changed",
}


class Meeting:
    def __init__(self, ask: Ask, emit: Callable[..., None]) -> None:
        self.verdicts: dict[Action, Verdict] = {}
        self.about = wire.RoomState()
        self.waiters: list[door_messages.Waiter] = []
        self.approvals: list[approval_messages.Approval] = []
        self.asked: dict[str, Action] = {}  # what one has asked for and what is not answered yet
        self._ask = ask
        self._emit = emit

    def verdict(self, action: Action) -> Verdict:
        return self.verdicts.get(action, Verdict.DENY)

    def may(self, action: Action) -> bool:
        """Whether it can be done now, without asking."""
        return self.verdict(action) is Verdict.ALLOW

    # --- what the server says

    def enter(self, welcome: Welcome) -> None:
        if not welcome.resumed:
            self.waiters, self.approvals, self.asked = [], [], {}
        self.about, self.verdicts = welcome.state, dict(welcome.verdicts)
        for name in LATEST.values():
            self._emit(name)

    def take(self, push: Message) -> bool:
        """Whether the push was about leading the Room."""
        match push:
            case wire.RoomState():
                self.about = push
            case wire.Verdicts():
                self.verdicts = push.verdicts
            case door_messages.Waiters():
                self.waiters = push.waiters
            case approval_messages.Approvals():
                self.approvals = push.approvals
            case approval_messages.Decided():
                self.asked.pop(push.approval, None)
                self._emit("decided", push.action, push.outcome)
            case wire.Stopped():
                self._emit("stopped", push.source, push.by)
            case wire.AskedUnmute():
                self._emit("asked_unmute", push.source, push.by)
            case wire.LoweredHand():
                self._emit("lowered_hand", push.by)
            case wire.Emoted():
                self._emit("emoted", push.emotions)
            case _:
                return False
        if name := LATEST.get(type(push)):
            self._emit(name)
        return True

    # --- of oneself

    async def ask(self, action: Action, value: str = "") -> bool:
        """Ask a host; `decided` follows. `value`: the new name and the like."""
        return self._remember(action, await self._ask(approval_messages.Ask, action=action, value=value))

    async def unask(self, action: Action) -> None:
        for approval, what in list(self.asked.items()):
            if what is action:
                del self.asked[approval]
                await self._ask(approval_messages.Unask, approval=approval)

    async def rename(self, name: str) -> bool:
        """Whether a host has been asked instead."""
        return self._remember(Action.RENAME, await self._ask(wire.Rename, name=name))

    async def set_picture(self, picture: str | None) -> bool:
        """`picture`: of one's account. Whether a host has been asked instead."""
        return self._remember(Action.PICTURE, await self._ask(wire.SetPicture, picture=picture))

    async def raise_hand(self, raised: bool = True) -> None:
        await self._ask(wire.Hand, raised=raised)

    async def emote(self, emoji: str) -> None:
        """React so that everybody sees it for a moment: one of 👍 ❤️ 😂 😮 🎉 🙏."""
        await self._ask(wire.Emote, emoji=emoji)

    async def invitation(self) -> wire.Invited:
        """The room's id and password."""
        invited: wire.Invited = await self._ask(wire.Invitation)
        return invited

    async def hand_over(self, participant: str) -> None:
        await self._ask(wire.HandOver, participant=participant)

    # --- of hosts; `participants` None: all whom one may

    async def admit(self, participants: Sequence[str] | None = None) -> None:
        await self._ask(door_messages.Admit, participants=_list(participants))

    async def refuse(self, participants: Sequence[str] | None = None) -> None:
        await self._ask(door_messages.Refuse, participants=_list(participants))

    async def decide(self, approval: str, allow: bool) -> None:
        await self._ask(approval_messages.Decide, approval=approval, allow=allow)

    async def stop(self, source: Source, participants: Sequence[str] | None = None) -> None:
        """Mute or stop."""
        await self._ask(wire.Stop, source=source, participants=_list(participants))

    async def ask_unmute(self, participant: str, source: Source = Source.MICROPHONE) -> None:
        await self._ask(wire.AskUnmute, participant=participant, source=source)

    async def permit(self, participant: str, action: Action, verdict: Verdict | None) -> None:
        """`verdict` None: as the Room's policy says."""
        await self._ask(wire.Permit, participant=participant, action=action, verdict=verdict)

    async def lower_hands(self, participants: Sequence[str] | None = None) -> None:
        await self._ask(wire.LowerHands, participants=_list(participants))

    async def spotlight(self, participant: str | None) -> None:
        await self._ask(wire.Spotlight, participant=participant)

    async def remove(self, participant: str, *, ban: bool = False) -> None:
        await self._ask(wire.Remove, participant=participant, ban=ban)

    async def lock(self, locked: bool = True) -> None:
        await self._ask(wire.Lock, locked=locked)

    async def set_role(self, participant: str, role: Role) -> None:
        await self._ask(wire.SetRole, participant=participant, role=role)

    async def configure(self, settings: Settings, title: str) -> None:
        await self._ask(wire.Configure, settings=settings, title=title)

    async def audit(self, before: int | None = None) -> audit_messages.AuditPage:
        """Who did what, newest first; `before` in Unix ms."""
        page: audit_messages.AuditPage = await self._ask(audit_messages.Audit, before=before)
        return page

    async def end(self) -> None:
        """The meeting is over for everybody."""
        await self._ask(wire.End)

    def _remember(self, action: Action, answer: Message) -> bool:
        if not isinstance(answer, approval_messages.Asked):
            return False
        self.asked[answer.approval] = action
        self._emit("asked", action)
        return True


def _list(participants: Sequence[str] | None) -> list[str] | None:
    return None if participants is None else list(participants)
