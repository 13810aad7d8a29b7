"""What needs a host's approval: asked for, answered by whoever may and comes first, or expired (contracts 4).

A request belongs to the Room, not to a host: it is a row with a deadline, settled by one conditional update together with
what follows from it. The Room's memory follows the database, one change after another.
"""

import os
from collections.abc import Callable
from typing import Final, Literal

import trio
from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.approval_messages import Approval, Ask, Asked as AskedAnswer, Decide, Decided, Unask
from signaling.database import Database
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.permits import Permits
from signaling.profile import Profile
from signaling.rights import check
from signaling.room.member import Member
from signaling.storage import deadlines
from signaling.storage.approvals import KEEP_NS, LIFE_NS, Asked, Outcome
from signaling.storage.deadlines import Deadline
from treble.api import ApiError
from treble.ids import new_id
from treble.units import MILLISECOND

RECENT_NS: Final = LIFE_NS  # outcomes that a room server tells whom its predecessor may not have told

RETRY_S: Final = 1.0

_TOLD: Final[dict[Outcome, Literal["allow", "deny", "expired"]]] = {
    Outcome.ALLOW: "allow",
    Outcome.DENY: "deny",
    Outcome.EXPIRED: "expired",
}


class Approvals:
    def __init__(
        self,
        rooms: LiveRooms,
        database: Database,
        permits: Permits,
        profile: Profile,
        wall_ns: Callable[[], int],
    ) -> None:
        self._rooms = rooms
        self._database = database
        self._permits = permits
        self._profile = profile
        self._wall_ns = wall_ns

    # --- requests -------------------------------------------------------------------------------------------

    async def ask(self, live: LiveRoom, member: Member, message: Ask) -> Message:
        """`done` where nobody has to be asked, `asked` where a host decides; `forbidden`."""
        if message.action is Action.ENTER:
            raise ApiError("forbidden")
        return await self.attempt(live, member, message.action, message.value, message.id)

    async def attempt(self, live: LiveRoom, member: Member, action: Action, value: str, re: int) -> Message:
        verdict = live.machine.verdict(member, action)
        if verdict is Verdict.DENY:
            raise ApiError("forbidden")
        value = await self._profile.checked(live, member, action, value)
        if verdict is Verdict.ALLOW:
            await self._profile.apply(live, member.id, member.name, action, value)
            return Done(re=re)
        now_ns = self._wall_ns()
        asked = Asked(
            id=new_id(os.urandom),
            room=live.id,
            participant=member.id,
            action=action,
            value=value,
            created_at=now_ns,
            expires_at=now_ns + LIFE_NS,
        )
        async with self._in_turn(live):
            asked = await self._database.write(
                lambda connection: self._database.approvals.ask(connection, asked, new_id(os.urandom))
            )
            live.feed(live.machine.handle_asked, _shown(asked, member.name))
        return AskedAnswer(re=re, approval=asked.id, expires_at=asked.expires_at // MILLISECOND)

    async def unask(self, live: LiveRoom, member: Member, message: Unask) -> Message:
        async with self._in_turn(live):
            asked = live.machine.asked.get(message.approval)
            if asked is None or asked.participant != member.id:
                raise ApiError("not.found")
            await self._settle(live, asked, Outcome.WITHDRAWN)
            live.feed(live.machine.handle_settled, member.id, asked.approval, None)
        return Done(re=message.id)

    async def decide(self, live: LiveRoom, member: Member, message: Decide) -> Message:
        """`not.found`: answered already, taken back or expired. Nobody answers oneself."""
        check(live.machine, member, Action.ANSWER)
        async with self._in_turn(live):
            asked = live.machine.asked.get(message.approval)
            if asked is None:
                raise ApiError("not.found")
            if asked.participant == member.id:
                raise ApiError("forbidden")
            check(live.machine, member, Action.ANSWER)
            outcome = Outcome.DENY
            if message.allow:
                outcome = await self._allow(live, member, asked)
            else:
                await self._settle(live, asked, outcome, self._note(live, member.name, asked, outcome))
            self._tell(live, asked, outcome)
        return Done(re=message.id)

    # --- deadlines ------------------------------------------------------------------------------------------

    async def expire(self, deadline: Deadline, now_ns: int) -> None:
        """Nobody has answered in time."""
        live = self._rooms.get(deadline.room)
        if live is None or live.is_over:
            await self._database.write(lambda connection: self._expire(connection, deadline, now_ns))
            return
        async with self._in_turn(live):
            await self._database.write(lambda connection: self._expire(connection, deadline, now_ns))
            asked = live.machine.asked.get(deadline.subject)
            if asked is not None:
                self._rooms.trail.note(live.id, "", asked.action, self._name(live, asked), "expired")
                self._tell(live, asked, Outcome.EXPIRED)

    def _expire(self, connection: Connection, deadline: Deadline, now_ns: int) -> None:
        approvals = self._database.approvals
        if deadlines.settle(connection, deadline.id, now_ns):
            approvals.settle(connection, deadline.room, deadline.subject, Outcome.EXPIRED, now_ns)
            approvals.drop_settled(connection, now_ns - KEEP_NS)

    async def come_alive(self, live: LiveRoom) -> None:
        """What was asked for before this room server had the Room, and outcomes that may not have been told."""
        while not live.knows_asked and not live.is_over:
            try:
                async with self._in_turn(live):
                    pass
            except ApiError:  # the database is away
                await trio.sleep(RETRY_S)

    # --- inside ---------------------------------------------------------------------------------------------

    def _in_turn(self, live: LiveRoom) -> "_Turn":
        return _Turn(self, live)

    async def load(self, live: LiveRoom) -> None:
        """Once for each live Room, before anything else."""
        if live.knows_asked:
            return
        since_ns = self._wall_ns() - RECENT_NS
        found = await self._database.read(
            lambda connection: self._database.approvals.recent(connection, live.id, since_ns)
        )
        live.knows_asked = True
        for asked in found:
            shown = _shown(asked, "")
            if asked.outcome is None:
                live.feed(live.machine.handle_asked, shown)
            else:
                self._tell(live, shown, asked.outcome)

    async def _allow(self, live: LiveRoom, member: Member, asked: Approval) -> Outcome:
        """Stored together with what follows from it."""
        asker = live.machine.member(asked.participant)
        if asker is None or live.machine.verdict(asker, asked.action) is Verdict.DENY:
            raise ApiError("forbidden")  # it may not ask any more
        settle = self._settling(live, asked, Outcome.ALLOW)
        note = self._note(live, member.name, asked, Outcome.ALLOW)

        def also(connection: Connection) -> None:
            settle(connection)
            note(connection)

        if asked.action in (Action.RENAME, Action.PICTURE):
            value = await self._profile.checked(live, asker, asked.action, asked.value)
            await self._profile.apply(live, asker.id, asker.name, asked.action, value, also)
            return Outcome.ALLOW
        change: dict[Action, Verdict | None] = {asked.action: Verdict.ALLOW}
        is_granted = await self._permits.loosen(live, asker.id, change, also, asked=asked.action)
        return Outcome.ALLOW if is_granted else Outcome.DENY

    async def _settle(
        self,
        live: LiveRoom,
        asked: Approval,
        outcome: Outcome,
        note: Callable[[Connection], None] | None = None,
    ) -> None:
        settle = self._settling(live, asked, outcome)

        def work(connection: Connection) -> None:
            settle(connection)
            if note is not None:
                note(connection)

        await self._database.write(work)

    def _settling(self, live: LiveRoom, asked: Approval, outcome: Outcome) -> Callable[[Connection], None]:
        """Part of a transaction, which fails with `not.found` where another answer came first."""
        approvals, room, now_ns = self._database.approvals, live.id, self._wall_ns()

        def settle(connection: Connection) -> None:
            if not approvals.settle(connection, room, asked.approval, outcome, now_ns):
                raise ApiError("not.found")

        return settle

    def _tell(self, live: LiveRoom, asked: Approval, outcome: Outcome) -> None:
        told = None
        if outcome in _TOLD:
            told = Decided(approval=asked.approval, action=asked.action, outcome=_TOLD[outcome])
        live.feed(live.machine.handle_settled, asked.participant, asked.approval, told)

    def _note(
        self, live: LiveRoom, actor: str, asked: Approval, outcome: Outcome
    ) -> Callable[[Connection], None]:
        detail = f"{outcome} {asked.value}".strip()
        return self._rooms.trail.entry(live.id, actor, asked.action, self._name(live, asked), detail)

    def _name(self, live: LiveRoom, asked: Approval) -> str:
        member = live.machine.member(asked.participant)
        return asked.name if member is None else member.name


class _Turn:
    """One change of a Room's approvals after another, each with what was there before."""

    def __init__(self, approvals: Approvals, live: LiveRoom) -> None:
        self._approvals = approvals
        self._live = live

    async def __aenter__(self) -> None:
        await self._live.asking.acquire()
        try:
            await self._approvals.load(self._live)
        except BaseException:
            self._live.asking.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._live.asking.release()


def _shown(asked: Asked, name: str) -> Approval:
    return Approval(
        approval=asked.id,
        participant=asked.participant,
        name=name,
        action=asked.action,
        since=asked.created_at // MILLISECOND,
        expires_at=asked.expires_at // MILLISECOND,
        value=asked.value,
    )
