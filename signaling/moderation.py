"""What hosts do to others and to the Room. Each act is in force at the media server and in memory before it is stored.

`done`: stored too. `applied`: in force, and stored as soon as the database is back (contracts 4).
"""

from collections.abc import Callable, Iterable

import msgspec
import trio
from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.calls import RETRY_AFTER_SECONDS
from signaling.database import Database
from signaling.gates import set_gates
from signaling.host_messages import (
    Applied,
    AskedUnmute,
    AskUnmute,
    End,
    Lock,
    LoweredHand,
    LowerHands,
    Remove,
    Spotlight,
    Stop,
)
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.permissions import PUBLISH, STOP, verdict
from signaling.rights import check, subject, subjects
from signaling.room.member import Member
from signaling.storage.people import Person, State
from treble.api import ApiError, ClosePeer, Source
from treble.units import SECOND


def stored_answer(re: int, is_stored: bool) -> Message:
    return Done(re=re) if is_stored else Applied(re=re)


class Moderation:
    """`by` in the methods for others' use is the name that is shown and noted."""

    def __init__(self, rooms: LiveRooms, database: Database, wall_ns: Callable[[], int]) -> None:
        self._rooms = rooms
        self._database = database
        self._wall_ns = wall_ns

    # --- requests -------------------------------------------------------------------------------------------

    async def stop(self, live: LiveRoom, member: Member, message: Stop) -> Message:
        check(live.machine, member, STOP[message.source])
        found = subjects(live.machine, member, message.participants)
        is_all = message.participants is None
        return stored_answer(
            message.id, await self.stop_tracks(live, found, message.source, member.name, is_all)
        )

    async def ask_unmute(self, live: LiveRoom, member: Member, message: AskUnmute) -> Message:
        machine = live.machine
        check(machine, member, Action.ASK_UNMUTE)
        found = subject(machine, member, message.participant)
        action = PUBLISH[message.source]
        if action is Action.SHARE or machine.verdict(found, action) is Verdict.DENY:
            raise ApiError("forbidden")
        live.feed(machine.handle_say, (found.id,), AskedUnmute(source=message.source, by=member.name))
        return Done(re=message.id)

    async def lower_hands(self, live: LiveRoom, member: Member, message: LowerHands) -> Message:
        check(live.machine, member, Action.LOWER_HANDS)
        raised = [each for each in subjects(live.machine, member, message.participants) if each.hand_at]
        for each in raised:
            live.feed(live.machine.handle_hand, each.id, None)
        lowered = LoweredHand(by=member.name)
        live.feed(live.machine.handle_say, tuple(each.id for each in raised), lowered)
        return Done(re=message.id)

    async def spotlight(self, live: LiveRoom, member: Member, message: Spotlight) -> Message:
        """Of anybody, also of who is above oneself: it takes nothing from them."""
        check(live.machine, member, Action.SPOTLIGHT)
        found = None if message.participant is None else live.machine.member(message.participant)
        if message.participant is not None and found is None:
            raise ApiError("forbidden")
        live.feed(live.machine.handle_spotlight, message.participant)
        self._note(live, member.name, Action.SPOTLIGHT, found.name if found else "")
        return Done(re=message.id)

    async def lock(self, live: LiveRoom, member: Member, message: Lock) -> Message:
        check(live.machine, member, Action.LOCK)
        return stored_answer(message.id, await self.set_locked(live, member.name, message.locked))

    async def remove(self, live: LiveRoom, member: Member, message: Remove) -> Message:
        check(live.machine, member, Action.REMOVE)
        if message.ban:
            check(live.machine, member, Action.BAN)
        found = subject(live.machine, member, message.participant)
        return stored_answer(message.id, await self.put_out(live, found, member.name, ban=message.ban))

    async def end(self, live: LiveRoom, member: Member, message: End) -> Message:
        check(live.machine, member, Action.END)
        return stored_answer(message.id, await self.end_room(live, member.name))

    # --- for others too -------------------------------------------------------------------------------------

    async def stop_tracks(
        self, live: LiveRoom, members: Iterable[Member], source: Source, by: str, is_all: bool = False
    ) -> bool:
        """Shut these gates until their owners open them, where they may without being asked; whether it is stored.

        What a host had granted is revoked. `ApiError("busy")` where a media server did not answer: the Room holds the
        Tracks shut.
        """
        machine, members, action = live.machine, list(members), PUBLISH[source]
        sources = (source, Source.SCREEN_AUDIO) if source is Source.SCREEN else (source,)
        revoked = [member for member in members if self._is_grant(live, member, action)]
        for member in members:
            live.feed(machine.handle_stopped, member.id, sources, by)
        for member in revoked:
            overrides = {key: value for key, value in member.overrides.items() if key is not action}
            live.feed(machine.handle_overrides, member.id, overrides)
        is_stored: list[bool] = []

        async def store() -> None:
            for member in revoked:
                is_stored.append(await self.store_overrides(live, member.id, dict(member.overrides)))

        failure: ApiError | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store)
            try:
                await set_gates(self._rooms, live, members, may_open=False)
            except ApiError as error:
                failure = error
        if is_all:
            self._note(live, by, STOP[source], detail=source)
        for member in [] if is_all else members:
            self._note(live, by, STOP[source], member.name, source)
        if failure is not None:
            raise failure
        return all(is_stored)

    async def set_locked(self, live: LiveRoom, by: str, locked: bool) -> bool:
        """Locking is in force first, unlocking is stored first; whether it is stored."""
        rooms, room = self._database.rooms, live.id
        note = self._rooms.trail.entry(room, by, Action.LOCK, detail="on" if locked else "off")

        def store(connection: Connection) -> None:
            rooms.set_locked(connection, room, locked)
            note(connection)

        if locked:
            live.feed(live.machine.handle_locked, True)
            return await self._rooms.standing.keep_room(room, store, locked=True)
        async with live.loosening:
            locks = live.machine.locks
            await self._database.write(store)
            if live.machine.locks != locks:  # a lock that came in between counts
                self._rooms.pending.put(lambda connection: rooms.set_locked(connection, room, True))
                raise ApiError("busy", "changed meanwhile", RETRY_AFTER_SECONDS)
            self._rooms.standing.permit_room(room, locked=False)
            live.feed(live.machine.handle_locked, False)
        return True

    async def put_out(self, live: LiveRoom, member: Member, by: str, *, ban: bool = False) -> bool:
        """Close socket and Peers, and do not let back in without a knock (`ban`: at all); whether it is stored.

        A resource's token is put out with it: it can knock in the page.
        """
        room, participant, people = live.id, member.id, self._database.people
        state = State.BANNED if ban else State.REMOVED
        note = self._rooms.trail.entry(room, by, Action.BAN if ban else Action.REMOVE, member.name)
        now_ns = self._wall_ns()
        identity = member.admission or participant
        guest = None if member.admission is None else _of_resource(room, member, now_ns)

        def store(connection: Connection) -> None:
            if guest is not None and people.find(connection, room, identity) is None:
                people.add(connection, guest)
            people.put_out(connection, identity, state, now_ns)
            note(connection)

        peers = [peer.id for peer in (member.peer, member.earlier_peer) if peer is not None]
        live.feed(live.machine.handle_leave, participant, "removed")
        is_stored = [False]
        failure: ApiError | None = None

        async def keep() -> None:
            is_stored[0] = await self._rooms.standing.keep(room, identity, store, state=state)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep)
            try:
                for peer in peers:
                    await self._rooms.others.ask(
                        "close peer", self._rooms.others.media_server().close_peer(ClosePeer(peer=peer))
                    )
            except ApiError as error:
                failure = error
        if failure is not None:
            raise ApiError("busy", failure.detail, RETRY_AFTER_SECONDS) from failure
        return is_stored[0]

    async def end_room(self, live: LiveRoom, by: str) -> bool:
        """Everybody is out, and a one-off Room stays over; whether it is stored."""
        rooms, room, now_ns = self._database.rooms, live.id, self._wall_ns()
        note = self._rooms.trail.entry(room, by, Action.END)

        def store(connection: Connection) -> None:
            record = rooms.find(connection, room, 0)
            if record is not None and not record.settings.persistent:
                over = msgspec.structs.replace(record.settings, closes_at=now_ns // SECOND)
                rooms.set_settings(connection, room, over, record.title)
            note(connection)

        is_one_off = not live.machine.settings.persistent
        live.feed(live.machine.handle_end, "ended")
        if is_one_off:
            return await self._rooms.standing.end(room, store)
        return await self._rooms.pending.stored(store)

    async def store_overrides(
        self, live: LiveRoom, participant: str, overrides: dict[Action, Verdict]
    ) -> bool:
        """What restricts this one is in force already; store it, or what has been permitted since."""
        people, standing = self._database.people, self._rooms.standing

        def newest() -> dict[Action, Verdict]:
            held = standing.overrides(live.id, participant)
            return dict(overrides if held is None else held)

        return await self._rooms.standing.keep(
            live.id,
            participant,
            lambda connection: people.set_overrides(connection, participant, newest()),
            overrides=overrides,
        )

    # --- inside ---------------------------------------------------------------------------------------------

    def _is_grant(self, live: LiveRoom, member: Member, action: Action) -> bool:
        """Whether a host has allowed this one what its role does not allow."""
        if member.overrides.get(action) is not Verdict.ALLOW:
            return False
        return verdict(member.role, action, live.machine.settings.policy) is not Verdict.ALLOW

    def _note(self, live: LiveRoom, by: str, action: Action, subject: str = "", detail: str = "") -> None:
        self._rooms.trail.note(live.id, by, action, subject, detail)


def _of_resource(room: str, member: Member, now_ns: int) -> Person:
    """Whose token it is: WHIP and WHEP leave no participant behind."""
    return Person(
        id=member.admission or member.id,
        room=room,
        subject=None,
        role=member.role,
        state=State.NEW,
        verified=True,
        name=member.name,
        created_at=now_ns,
    )
