"""What one participant is allowed or forbidden beside the policy: forbidden first and stored later, allowed once stored."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.calls import RETRY_AFTER_SECONDS
from signaling.database import Database
from signaling.gates import set_gates
from signaling.host_messages import Permit
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.moderation import Moderation, stored_answer
from signaling.permissions import loosest, verdict
from signaling.rights import check, subject
from signaling.room.member import Member
from treble.api import ApiError

STRICTNESS: Final = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)

Overrides = dict[Action, Verdict]


class Permits:
    def __init__(self, rooms: LiveRooms, database: Database, moderation: Moderation) -> None:
        self._rooms = rooms
        self._database = database
        self._moderation = moderation

    async def permit(self, live: LiveRoom, member: Member, message: Permit) -> Message:
        """Within the table's bounds. Nobody is unmuted by it: what others have shut its owner opens again."""
        check(live.machine, member, Action.PERMIT)
        found = subject(live.machine, member, message.participant)
        action, wished = message.action, message.verdict
        bound = loosest(found.role, action)
        if bound is None or (wished is not None and STRICTNESS.index(wished) < STRICTNESS.index(bound)):
            raise ApiError("forbidden")
        detail = f"{action} {wished or 'default'}"
        note = self._rooms.trail.entry(live.id, member.name, Action.PERMIT, found.name, detail)
        if self._is_looser(live, found, action, wished):
            if not await self.loosen(live, found.id, {action: wished}, note):
                raise ApiError("busy", "changed meanwhile", RETRY_AFTER_SECONDS)
            return Done(re=message.id)
        overrides = _changed(found.overrides, {action: wished})
        live.feed(live.machine.handle_overrides, found.id, overrides)
        self._rooms.pending.put(note)
        try:
            await set_gates(self._rooms, live, [found], may_open=False)
        finally:
            stored = await self._moderation.store_overrides(live, found.id, overrides)
        return stored_answer(message.id, stored)

    async def loosen(
        self,
        live: LiveRoom,
        participant: str,
        change: dict[Action, Verdict | None],
        also: Callable[[Connection], None],
        *,
        asked: Action | None = None,
    ) -> bool:
        """Store, then let it be so, and open what may be open now. `ApiError("busy")`: nothing has changed.

        False: a restriction came in between and counts; nothing is loosened then, and the database is told what holds.
        `asked`: what its owner had asked for.
        """
        async with live.loosening:
            member = live.machine.member(participant)
            if member is None:
                raise ApiError("forbidden")
            permits, overrides = member.permits, _changed(member.overrides, change)
            people = self._database.people

            def store(connection: Connection) -> None:
                people.set_overrides(connection, participant, overrides)
                also(connection)

            await self._database.write(store)
            found = live.machine.member(participant)
            if found is not None and (found is not member or found.permits != permits):
                kept = dict(found.overrides)
                self._rooms.pending.put(
                    lambda connection: people.set_overrides(connection, participant, kept)
                )
                return False
            self._rooms.standing.permit(live.id, participant, overrides=overrides)
            if found is None:
                return True
            live.feed(live.machine.handle_overrides, participant, overrides)
            if asked is not None:
                live.feed(live.machine.handle_granted, participant, asked)
        try:
            await set_gates(self._rooms, live, [found])
        except ApiError:
            pass  # it may; its own next word opens what the media server did not
        return True

    def _is_looser(self, live: LiveRoom, member: Member, action: Action, wished: Verdict | None) -> bool:
        policy = live.machine.settings.policy
        after = verdict(member.role, action, policy, _changed(member.overrides, {action: wished}))
        return STRICTNESS.index(after) < STRICTNESS.index(live.machine.verdict(member, action))


def _changed(overrides: Overrides, change: dict[Action, Verdict | None]) -> Overrides:
    merged: dict[Action, Verdict | None] = {**overrides, **change}
    return {action: wished for action, wished in merged.items() if wished is not None}
