"""Operators and Sessions: who is connected now, and an end to it."""

from signaling.admin.parts import AdminParts
from signaling.live_room import LiveRoom
from signaling.room.member import Member
from signaling.storage.pages import Place, cursor_of, place_of
from treble.admin_answers import SessionDetails, SessionPage
from treble.admin_requests import EndSession, ListSessions
from treble.api import ApiError, Done


class AdminSessions:
    def __init__(self, parts: AdminParts) -> None:
        self._parts = parts

    async def page(self, request: ListSessions) -> SessionPage:
        """In the order of their ids, which mean nothing."""
        after = place_of(request.cursor)
        room = None if request.room is None else (await self._parts.room(request.room)).id
        found = sorted(
            (_seen(live, member) for live in self._parts.rooms for member in live.machine),
            key=lambda each: each.id,
        )
        wanted = [
            each
            for each in found
            if (room is None or each.room == room) and (after is None or each.id > after.id)
        ]
        shown = wanted[: request.limit]
        more = len(wanted) > len(shown)
        return SessionPage(sessions=shown, cursor=cursor_of(Place(0, shown[-1].id)) if more else None)

    async def end(self, actor: str, request: EndSession) -> Done:
        """The participant may come again, if it may."""
        for live in self._parts.rooms:
            for member in live.machine:
                if member.session == request.session:
                    self._parts.rooms.trail.note(live.id, actor, "session ended", member.name)
                    self._parts.rooms.end_participant(live.id, member.id, "ended")
                    return Done()
        raise ApiError("not.found", "There is no such Session.")


def _seen(live: LiveRoom, member: Member) -> SessionDetails:
    return SessionDetails(
        id=member.session,
        room=live.id,
        participant=member.id,
        name=member.name,
        role=member.role,
        connection=member.connection,
        media_only=member.is_resource,
    )
