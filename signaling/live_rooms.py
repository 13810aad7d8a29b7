"""All Rooms that somebody is in: started, supervised each apart, and their effects carried out."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final

import structlog
import trio

from signaling.actions import Action
from signaling.audit_trail import AuditTrail
from signaling.calls import GATEWAY_SECONDS, Others
from signaling.line import Lines
from signaling.live_room import LiveRoom
from signaling.message import Message
from signaling.messages import encode
from signaling.pending import Pending
from signaling.placement import MediaLoad, place
from signaling.presence import Presence
from signaling.room.effects import (
    CaptionsLapsed,
    ClosePeer,
    CloseSocket,
    Closing,
    Effect,
    ForgetSession,
    LeadersChanged,
    Send,
)
from signaling.room.roster import Roster
from signaling.room_observer import RoomObserver, Unobserved
from signaling.settings import Settings
from signaling.standing import Standing
from signaling.storage.rooms import RoomRecord
from treble.api import ApiError, ClosePeer as ClosePeerRequest, Deliver, EndSession, MediaServer
from treble.units import SECOND

ENDED_NS: Final = 60 * SECOND  # longer than a Session takes to open
MAX_PEERS: Final = 5_000  # of one media server; beyond it nobody is let in rather than everybody served badly

_log = structlog.get_logger("signaling.live_rooms")


class LiveRooms:
    """`used` is told, in a task of its own, when a Room comes to life and when it is left; `forgotten` is
    told each Session that is over."""

    def __init__(
        self,
        others: Others,
        presence: Presence,
        pending: Pending,
        trail: AuditTrail,
        standing: Standing,
        clock: Callable[[], int],
        used: Callable[[str], Awaitable[None]],
        forgotten: Callable[[str], None],
        max_participants: int,
    ) -> None:
        self.lines = Lines()
        self.on_start: list[
            Callable[[LiveRoom], Awaitable[None]]
        ] = []  # tasks for each Room that comes to life
        self.others = others
        self.pending = pending
        self.trail = trail
        self.standing = standing
        self._presence = presence
        self._clock = clock
        self._used = used
        self._forgotten = forgotten
        self.observer: RoomObserver = Unobserved()
        self._max_participants = max_participants
        self._rooms: dict[str, LiveRoom] = {}
        self._ended: dict[str, int] = {}
        self._nursery: trio.Nursery | None = None
        self.leaders_changed: Callable[[LiveRoom], Awaitable[None]] = _nobody_waits

    def __contains__(self, room: str) -> bool:
        return room in self._rooms

    def __iter__(self) -> Iterator[LiveRoom]:
        return iter(list(self._rooms.values()))

    def get(self, room: str) -> LiveRoom | None:
        return self._rooms.get(room)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            try:
                await trio.sleep_forever()
            finally:
                self._nursery = None

    def enter(self, room: RoomRecord) -> LiveRoom:
        """The Room, brought to life if need be; the first join must follow before the next checkpoint."""
        live = self._rooms.get(room.id)
        if live is None or live.is_over:
            live = LiveRoom(
                self.standing.apply_room(room),
                self._max_participants,
                self._clock,
                self._carry_out,
                self._observe,
            )
            self._rooms[room.id] = live
            self.start(self._supervise, live)
        return live

    def in_force(self, record: RoomRecord) -> tuple[Settings, bool]:
        """Settings and lock: those of the live Room, which may be stricter than what was read."""
        live = self._rooms.get(record.id)
        if live is None or live.is_over:
            record = self.standing.apply_room(record)
            return record.settings, record.locked
        return live.machine.settings, live.machine.locked

    def end_participant(self, room: str, participant: str, reason: str) -> None:
        """Close this participant's Session, inside or at the door, if there is one here: `removed`, `ended`, `expired`.

        At once, in the Room's own task: the socket is told, and the media server lets go of the Peer.
        """
        live = self._rooms.get(room)
        if live is not None:
            live.feed(live.machine.handle_leave, participant, reason)

    def end_subject(self, subject: str, reason: str = "expired") -> None:
        """Close all Sessions of an account or guest identity, in every Room, and those that are just being opened."""
        now_ns = self._clock()
        self._ended = {each: at for each, at in self._ended.items() if now_ns - at < ENDED_NS} | {
            subject: now_ns
        }
        for live in list(self._rooms.values()):
            people = [*live.machine, *live.machine.door]
            for who in {each.id for each in people if each.subject == subject}:
                self.end_participant(live.id, who, reason)

    def has_ended(self, subject: str | None, since_ns: int) -> bool:
        """Whether `end_subject` came since then, for whoever waited for something meanwhile."""
        return subject is not None and self._ended.get(subject, since_ns - 1) >= since_ns

    def present(self, room: str) -> list[tuple[str, str]]:
        """Participant and name of everybody inside."""
        live = self._rooms.get(room)
        return [] if live is None else [(member.id, member.name) for member in live.machine]

    def media_server(self) -> MediaServer:
        """Where the next Peer goes; `full` when the media server has as many as it may."""
        peers = sum(len(live.machine) for live in self._rooms.values())
        if place([MediaLoad(name="media", peers=peers, capacity=MAX_PEERS)]) is None:
            raise ApiError("full")
        return self.others.media_server()

    async def note_peer(self, session: str, peer: str) -> None:
        """Presence knows a Session's Peer, for a room server that takes over."""
        await self._presence.set_peer(session, peer)

    def let_go(self, peer: str) -> None:
        """Close a Peer without waiting for it."""
        self.start(self._close_peer, peer)

    async def tell(self, live: LiveRoom, sockets: tuple[str, ...], message: Message) -> None:
        gateway = self.others.gateway
        if gateway is None:
            return
        request = Deliver(sessions=list(sockets), message=encode(message))
        try:
            await self.others.ask("deliver", gateway.deliver(request), GATEWAY_SECONDS)
        except ApiError:
            for socket in sockets:  # what was missed cannot be made up for: the clients come again and resume
                self.lines.unplug(socket)
                live.feed(live.machine.handle_socket_lost, socket)

    async def _carry_out(self, live: LiveRoom, effect: Effect) -> None:
        match effect:
            case Send(sockets, message):
                await self.tell(live, sockets, message)
            case CloseSocket(socket, code, message):
                await self._close_socket(socket, code, message)
            case ClosePeer(peer):
                self.let_go(peer)
            case ForgetSession(session):
                await self._forget(session)
            case LeadersChanged():
                self.start(self.leaders_changed, live)
            case CaptionsLapsed():
                self.trail.note(live.id, "", Action.CAPTION, detail="off")

    async def _close_socket(self, socket: str, code: Closing, message: Message | None) -> None:
        gateway = self.others.gateway
        if gateway is not None:
            last = b"" if message is None else encode(message)
            request = EndSession(session=socket, code=code, message=last)
            try:
                await self.others.ask("end session", gateway.end_session(request), GATEWAY_SECONDS)
            except ApiError:
                pass  # counted; a socket that nobody knows is closed at its next request

    async def _close_peer(self, peer: str) -> None:
        """Once: a media server that does not hear it lets go of the Peer when its consent expires."""
        try:
            request = ClosePeerRequest(peer=peer)
            await self.others.ask("close peer", self.others.media_server().close_peer(request))
        except ApiError:
            pass  # counted

    async def _supervise(self, live: LiveRoom) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()  # started while this server went down
        self.start(self._used, live.id)
        for task in self.on_start:
            self.start(task, live)
        try:
            await live.run()
        except Exception:
            self.others.counters.count("rooms failed")
            _log.exception("room failed", room=live.id, trace=list(live.machine.trace))
            await self._abandon(live)
        except trio.Cancelled:  # this server goes down; the meeting may go on at another
            self._rooms.pop(live.id, None)
            raise
        if self._rooms.get(live.id) is live:
            del self._rooms[live.id]
        self.start(self._used, live.id)

    def _observe(self, room: str, before: Roster, after: Roster, reasons: Mapping[str, str]) -> None:
        """Who waits at the door has not started a meeting."""
        if not before:
            self.observer.room_started(room)
        self.observer.roster_changed(room, before, after, reasons)
        if not after:
            self.observer.room_ended(room)

    async def _abandon(self, live: LiveRoom) -> None:
        """The machine is broken: its people come again into a new one."""
        if live.machine.roster:
            self.observer.room_ended(live.id)
        for member in list(live.machine):
            await self._forget(member.session)
            if member.peer is not None:
                self.let_go(member.peer.id)
            if member.socket is not None:
                await self._close_socket(member.socket, Closing.RESUME, None)
        for waiter in live.machine.door:
            await self._forget(waiter.session)
            if waiter.socket is not None:
                await self._close_socket(waiter.socket, Closing.RESUME, None)

    async def _forget(self, session: str) -> None:
        self.lines.forget(session)
        self._forgotten(session)
        await self._presence.forget(session)

    def start(self, task: Callable[..., Awaitable[None]], *values: object) -> None:
        """In a task of its own, until it or the room server ends."""
        if self._nursery is None:
            raise ApiError("busy", "the room server is not running", 1.0)
        self._nursery.start_soon(task, *values)


async def _nobody_waits(live: LiveRoom) -> None:
    """Until somebody is there who minds the doors."""
