"""A participant's name and picture in a Room: checked, stored, then shown."""

from collections.abc import Callable

from sqlalchemy import Connection

from signaling.actions import Action
from signaling.confusables import skeleton
from signaling.database import Database
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.names import clean_name
from signaling.room.member import Member
from treble.api import ApiError

CHANGES = (Action.RENAME, Action.PICTURE)


class Profile:
    def __init__(self, rooms: LiveRooms, database: Database) -> None:
        self._rooms = rooms
        self._database = database

    async def checked(self, live: LiveRoom, member: Member, action: Action, value: str) -> str:
        """The name, or the picture's id ("" for none), as it may be: `bad.name`, `name.taken`, `forbidden`.

        Of other actions there is no value.
        """
        if action is Action.RENAME:
            return self._checked_name(live, member, value)
        if action is Action.PICTURE:
            return await self._checked_picture(member, value)
        return ""

    async def apply(
        self,
        live: LiveRoom,
        participant: str,
        actor: str,
        action: Action,
        value: str,
        also: Callable[[Connection], None] | None = None,
    ) -> None:
        """Store and show; nothing for an action that only says that one may. `also` replaces the note in the log."""
        if action not in CHANGES:
            return
        people = self._database.people
        also = also or self._rooms.trail.entry(live.id, actor, action, detail=value)

        def store(connection: Connection) -> None:
            also(connection)
            if action is Action.RENAME:
                people.rename(connection, participant, value)
            else:
                people.set_picture(connection, participant, value or None)

        await self._database.write(store)
        if action is Action.RENAME:
            live.feed(live.machine.handle_renamed, participant, value)
        else:
            live.feed(live.machine.handle_picture, participant, value or None)

    def _checked_name(self, live: LiveRoom, member: Member, value: str) -> str:
        name = clean_name(value)
        looks = skeleton(name)
        if any(each.id != member.id and skeleton(each.name) == looks for each in live.machine):
            raise ApiError("name.taken")
        return name

    async def _checked_picture(self, member: Member, value: str) -> str:
        """Only that of one's own account."""
        if not value:
            return ""
        accounts, subject = self._database.accounts, member.subject
        if subject is not None:
            account = await self._database.read(lambda connection: accounts.find(connection, subject))
            if account is not None and account.picture == value:
                return value
        raise ApiError("forbidden")
