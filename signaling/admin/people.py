"""Operators and participants: the same acts as hosts have, on anybody."""

from sqlalchemy import Connection

from signaling.admin.parts import AdminParts, paged, seconds
from signaling.live_room import LiveRoom
from signaling.room.member import Member
from signaling.storage.pages import page, place_of
from signaling.storage.people import Person, State
from signaling.storage.people_tables import people as people_table
from treble.admin_answers import Acted, ParticipantDetails, ParticipantPage, TrackDetails
from treble.admin_requests import (
    AdmitAll,
    AdmitParticipant,
    ChangeParticipant,
    ListParticipants,
    MuteAll,
    MuteParticipant,
    OfParticipant,
    RefuseParticipant,
    RemoveParticipant,
    ShowParticipant,
)
from treble.api import ApiError, Done, Role

LEADERS = (Role.HOST, Role.COHOST)


class AdminPeople:
    def __init__(self, parts: AdminParts) -> None:
        self._parts = parts
        self._people = parts.database.people

    async def page(self, request: ListParticipants) -> ParticipantPage:
        """Who is there comes with the first page, then who is stored and not there."""
        place = place_of(request.cursor)
        room = (await self._parts.room(request.room)).id
        live = self._parts.rooms.get(room)
        here = {} if live is None else {member.id: member for member in live.machine}

        def read(connection: Connection) -> tuple[list[Person], list[Person], str | None]:
            present = [self._people.find(connection, room, who) for who in here] if place is None else []
            if request.live:
                return [each for each in present if each], [], None
            rows, cursor = paged(
                page(
                    connection,
                    people_table,
                    people_table.c.room == room,
                    place,
                    request.limit + 1,
                    newest_first=False,
                ),
                request.limit,
            )
            stored = [self._people.find(connection, room, row.id) for row in rows if row.id not in here]
            return [each for each in present if each], [each for each in stored if each], cursor

        present, stored, cursor = await self._parts.database.read(read)
        known = {person.id: person for person in present}
        door = () if live is None else {waiter.id for waiter in live.machine.door}
        shown = [seen(known.get(who), member) for who, member in here.items()] if place is None else []
        return ParticipantPage(
            participants=[*shown, *(seen(person, None, person.id in door) for person in stored)],
            cursor=cursor,
        )

    async def show(self, request: ShowParticipant) -> ParticipantDetails:
        live, person, member = await self._find(request)
        waits = live is not None and live.machine.door.get(request.participant) is not None
        return seen(person, member, waits)

    async def mute(self, actor: str, request: MuteParticipant) -> Acted:
        live, _, member = await self._find(request)
        if live is None or member is None:
            raise ApiError("not.found", "This participant is not there now.")
        moderation = self._parts.moderation
        return Acted(stored=await moderation.stop_tracks(live, [member], request.body.source, actor))

    async def mute_all(self, actor: str, request: MuteAll) -> Acted:
        live = await self._parts.live(request.room)
        members = [member for member in live.machine if member.role not in LEADERS]
        source = request.body.source
        return Acted(
            stored=await self._parts.moderation.stop_tracks(live, members, source, actor, is_all=True)
        )

    async def remove(self, actor: str, request: RemoveParticipant) -> Acted:
        """Also somebody who is not there: they do not come back without a knock, or at all."""
        live, person, member = await self._find(request)
        if live is not None and member is not None:
            return Acted(stored=await self._parts.moderation.put_out(live, member, actor, ban=request.ban))
        assert person is not None
        state, now_ns = State.BANNED if request.ban else State.REMOVED, self._parts.wall_ns()

        def store(connection: Connection) -> None:
            self._people.put_out(connection, person.id, state, now_ns)
            self._parts.note(connection, person.room, actor, "ban" if request.ban else "remove", person.name)

        stored = await self._parts.rooms.standing.keep(person.room, person.id, store, state=state)
        return Acted(stored=stored)

    async def change(self, actor: str, request: ChangeParticipant) -> Acted:
        """Another role, also of somebody who is not there."""
        live, person, member = await self._find(request)
        role = request.body.role
        if live is not None and member is not None:
            return Acted(stored=await self._parts.roles.give(live, member, role, actor))
        assert person is not None

        def store(connection: Connection) -> None:
            self._people.set_role(connection, person.id, role)
            self._parts.note(connection, person.room, actor, "roles", person.name, role.value)

        return Acted(stored=await self._parts.rooms.standing.keep(person.room, person.id, store, role=role))

    async def admit(self, actor: str, request: AdmitParticipant) -> Done:
        """`not.found` for somebody who does not knock, `locked`."""
        live = await self._parts.live(request.room)
        if not await self._parts.doorkeeping.let_in(live, [request.participant], actor):
            raise ApiError("not.found", "This participant does not knock.")
        return Done()

    async def admit_all(self, actor: str, request: AdmitAll) -> Done:
        await self._parts.doorkeeping.let_in(await self._parts.live(request.room), None, actor)
        return Done()

    async def refuse(self, actor: str, request: RefuseParticipant) -> Acted:
        live = await self._parts.live(request.room)
        if not live.machine.door.knocking([request.participant]):
            raise ApiError("not.found", "This participant does not knock.")
        return Acted(stored=await self._parts.doorkeeping.turn_away(live, [request.participant], actor))

    async def _find(self, request: OfParticipant) -> tuple[LiveRoom | None, Person | None, Member | None]:
        """`ApiError("not.found")` for somebody who is neither there nor stored."""

        def read(connection: Connection) -> tuple[str, Person | None]:
            room = self._parts.found(connection, request.room).id
            return room, self._people.find(connection, room, request.participant)

        room, person = await self._parts.database.read(read)
        live = self._parts.rooms.get(room)
        member = None if live is None else live.machine.member(request.participant)
        if person is None and member is None:
            raise ApiError("not.found", "There is no such participant in this room.")
        return live, person, member


def seen(person: Person | None, member: Member | None, waits: bool = False) -> ParticipantDetails:
    """What is there now counts more than what is stored."""
    if member is None:
        assert person is not None
        return ParticipantDetails(
            id=person.id,
            name=person.name,
            role=person.role,
            guest=not person.verified,
            state=person.state.value,
            connection="waiting" if waits else None,
            verified=person.verified,
            email=person.email,
            user=person.subject,
            overrides=person.overrides,
            created_at=seconds(person.created_at),
        )
    return ParticipantDetails(
        id=member.id,
        name=member.name,
        role=member.role,
        guest=member.guest,
        state=State.IN.value,
        connection=member.connection,
        verified=person is not None and person.verified,
        email=None if person is None else person.email,
        user=member.subject,
        tracks=[TrackDetails(source=each, muted=member.is_shut(each)) for each in member.tracks],
        overrides=member.overrides,
        created_at=None if person is None else seconds(person.created_at),
    )
