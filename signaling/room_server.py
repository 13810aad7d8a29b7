"""The room server's shell: what gateways ask and media servers tell, carried to the Room machines and back.

Life of a request: decoded once more, put in its Session's line (one at a time, each answered once), checked
against the permission table, carried to the media server, and only then told to the Room, whose pushes leave
from the Room's own task. Each Room is supervised apart: an exception in one ends that Room and no other.
"""

import time
from collections.abc import Callable

import trio

from signaling.accounts.server import AccountServer
from signaling.admin.parts import AdminParts
from signaling.admin.server import AdminServer
from signaling.attendance import Attendance
from signaling.audit_trail import AuditTrail
from signaling.calls import RETRY_AFTER_SECONDS, Others
from signaling.chat.service import ChatService
from signaling.chat.share import ChatShare
from signaling.checks import Checks
from signaling.configuring import Configuring
from signaling.counters import Counters
from signaling.database import Database
from signaling.doorkeeping import Doorkeeping
from signaling.entrance import Entrance
from signaling.hosting import Hosting
from signaling.housekeeping import Housekeeping
from signaling.keyring import Keyring
from signaling.live_rooms import LiveRooms
from signaling.membership import Membership
from signaling.messages import BadMessage, decode_client
from signaling.pending import Pending
from signaling.presence import MemoryPresence, Presence
from signaling.requests import Requests, gone
from signaling.resources import Resources
from signaling.room_config import RoomConfig
from signaling.sessions import Sessions
from signaling.standing import Standing
from signaling.storage.approvals import APPROVAL
from signaling.storage.store import TOKEN_KEYS
from signaling.sweep import Sweep
from signaling.tokens import Tokens
from treble.api import (
    ApiError,
    BeginCheck,
    BeginFile,
    ChatExported,
    ChatHeads,
    ChatHeadsFound,
    ChatSince,
    ChatSlice,
    CheckBegun,
    CheckPath,
    CreateRoom,
    DeleteResource,
    DemandChanged,
    Done,
    EndCheck,
    EnterRoom,
    ExportChat,
    FileBegun,
    FilePart,
    Gateway,
    GetFilePart,
    MediaServer,
    NetworksChanged,
    OpenResource,
    OpenSession,
    PatchResource,
    PathChecked,
    PeerState,
    PeerStateChanged,
    PutFilePart,
    ResourceOpened,
    ResourcePatched,
    RoomCreated,
    RoomEntered,
    SessionAnswer,
    SessionOpened,
    SessionRequest,
    SlotsChanged,
    SocketLost,
    SpeakersChanged,
)
from treble.units import SECOND


def trio_now_ns() -> int:
    """Trio's clock, so that tests may turn it."""
    return round(trio.current_time() * SECOND)


class RoomShell:
    """Implements `RoomServer` and `MediaEvents`; answers while `run` runs. `wall_ns` is Unix time."""

    def __init__(
        self,
        config: RoomConfig,
        media: MediaServer | None = None,
        gateway: Gateway | None = None,
        *,
        presence: Presence | None = None,
        clock: Callable[[], int] = trio_now_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._config = config
        self.counters = Counters()
        self._others = Others(media, gateway, self.counters)
        self._clock = clock
        self._wall_ns = wall_ns
        self._presence: Presence = MemoryPresence() if presence is None else presence
        self.accounts = AccountServer(config, wall_ns, clock, self.counters)
        self.admin = AdminServer()
        self._open: _Open | None = None

    @property
    def media(self) -> MediaServer | None:
        return self._others.media

    @media.setter
    def media(self, media: MediaServer) -> None:
        self._others.media = media

    @property
    def gateway(self) -> Gateway | None:
        return self._others.gateway

    @gateway.setter
    def gateway(self, gateway: Gateway) -> None:
        self._others.gateway = gateway

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Open the database and serve until cancelled; `ApiError("busy")` if it cannot be opened."""
        database = await Database.open(self._config.data, self._config.database, self._config.retention)
        try:
            async with trio.open_nursery() as nursery:
                self._open = opened = _Open(self, database)
                await nursery.start(opened.rooms.run)
                nursery.start_soon(opened.sweep.run)
                nursery.start_soon(opened.housekeeping.run)
                nursery.start_soon(opened.pending.run)
                nursery.start_soon(opened.chat.run)
                nursery.start_soon(opened.checks.run)
                nursery.start_soon(self.accounts.run)
                nursery.start_soon(self.admin.run)
                task_status.started()
        finally:
            self._open = None
            self.accounts.close()
            self.admin.close()
            database.close()

    # --- RoomServer: before a Session -----------------------------------------------------------------------

    async def create_room(self, request: CreateRoom) -> RoomCreated:
        return await self._opened.entrance.create_room(request)

    async def enter_room(self, request: EnterRoom) -> RoomEntered:
        return await self._opened.entrance.enter_room(request)

    # --- RoomServer: Sessions -------------------------------------------------------------------------------

    async def open_session(self, request: OpenSession) -> SessionOpened:
        """Resume a Session, or begin one: `auth.wrong`, `auth.expired`, `ended`, `full`, `busy`."""
        return await self._opened.sessions.open(request)

    async def session_request(self, request: SessionRequest) -> SessionAnswer:
        try:
            message = decode_client(request.message)
        except BadMessage as error:
            raise ApiError("bad.message", str(error)) from None
        line = self._opened.rooms.lines.of_socket(request.session)
        if line is None:
            return gone()
        return await self._opened.requests.answer(line, message)

    async def socket_lost(self, request: SocketLost) -> Done:
        line = self._opened.rooms.lines.unplug(request.session)
        if line is not None:
            line.live.feed(line.live.machine.handle_socket_lost, request.session)
            await self._presence.socket_lost(line.session, request.session, self._clock())
        return Done()

    # --- RoomServer: WHIP and WHEP --------------------------------------------------------------------------

    async def open_resource(self, request: OpenResource) -> ResourceOpened:
        return await self._opened.resources.open(request)

    async def patch_resource(self, request: PatchResource) -> ResourcePatched:
        return await self._opened.resources.patch(request)

    async def delete_resource(self, request: DeleteResource) -> Done:
        self._opened.resources.delete(request)
        return Done()

    # --- RoomServer: connection test ------------------------------------------------------------------------

    async def begin_check(self, request: BeginCheck) -> CheckBegun:
        return self._opened.checks.begin(request)

    async def check_path(self, request: CheckPath) -> PathChecked:
        return await self._opened.checks.open_path(request)

    async def end_check(self, request: EndCheck) -> Done:
        self._opened.checks.end(request)
        return Done()

    # --- RoomServer: chat -----------------------------------------------------------------------------------

    async def chat_since(self, request: ChatSince) -> ChatSlice:
        return await self._opened.chat.since(request)

    async def chat_heads(self, request: ChatHeads) -> ChatHeadsFound:
        return await self._opened.chat.heads(request)

    async def begin_file(self, request: BeginFile) -> FileBegun:
        return await self._opened.chat_files.begin(request)

    async def put_file_part(self, request: PutFilePart) -> Done:
        return await self._opened.chat_files.put_part(request)

    async def file_part(self, request: GetFilePart) -> FilePart:
        return await self._opened.chat_files.part(request)

    async def export_chat(self, request: ExportChat) -> ChatExported:
        return await self._opened.chat_files.export(request)

    # --- MediaEvents ----------------------------------------------------------------------------------------

    async def peer_state_changed(self, event: PeerStateChanged) -> Done:
        live = self._opened.rooms.get(event.room)
        if live is not None and live.machine.member(event.participant) is not None:
            handle = live.machine.handle_peer_state
            live.feed(handle, event.participant, event.peer, event.state, event.reason)
        elif event.state is PeerState.CONNECTED and not self._opened.checks.holds(event.room):
            self._opened.rooms.let_go(event.peer)  # whose participant is gone, or unknown since a restart
        return Done()

    async def slots_changed(self, event: SlotsChanged) -> Done:
        """Answered when the push has left: from then on the media server may move the Slots. `away` where the
        push cannot leave: then they stay as they are."""
        live = self._opened.rooms.get(event.room)
        if live is not None:
            room, who = live.machine, event.participant
            live.feed(room.handle_slots, who, event.peer, tuple(event.slots))
            version = room.slots_version(who)
            await live.told(lambda: room.slots_told(who, version) is not None)
            if room.slots_told(who, version) is False:
                raise ApiError("away", retry_after=RETRY_AFTER_SECONDS)
        return Done()

    async def speakers_changed(self, event: SpeakersChanged) -> Done:
        live = self._opened.rooms.get(event.room)
        if live is not None:
            live.feed(live.machine.handle_speakers, tuple(event.speakers))
        return Done()

    async def demand_changed(self, event: DemandChanged) -> Done:
        live = self._opened.rooms.get(event.room)
        if live is not None:
            handle = live.machine.handle_demand
            live.feed(handle, event.participant, event.peer, event.source, tuple(event.layers))
        return Done()

    async def networks_changed(self, event: NetworksChanged) -> Done:
        live = self._opened.rooms.get(event.room)
        if live is not None:
            live.feed(live.machine.handle_networks, tuple(event.networks))
        return Done()

    # --- inside ---------------------------------------------------------------------------------------------

    @property
    def _opened(self) -> "_Open":
        if self._open is None:
            raise ApiError("busy", "the room server is not running", RETRY_AFTER_SECONDS)
        return self._open


class _Open:
    """What there is only while the database is open."""

    def __init__(self, shell: RoomShell, database: Database) -> None:
        config, clock, wall_ns = shell._config, shell._clock, shell._wall_ns
        self._shell, self._database = shell, database
        self._tokens = Tokens(Keyring(config.data / TOKEN_KEYS), config.issuer)
        self.housekeeping = Housekeeping(database, config.retention, wall_ns)
        self.pending = Pending(database)
        self.sweep = Sweep(database, wall_ns, lambda room: room in self.rooms)
        standing = Standing(self.pending, clock, wall_ns)
        self.entrance = self._make_entrance(standing)
        self.rooms = self._make_rooms(standing)
        self.chat = ChatService(self.rooms, database, clock, wall_ns, config.chat_apart_s)
        self.chat_files = ChatShare(
            self.rooms, self.entrance, database, config.max_file_bytes, clock, wall_ns
        )
        self.attendance = Attendance(self.rooms, database, self.sweep, wall_ns)
        self.rooms.leaders_changed = self.attendance.attend
        self.sessions = self._make_sessions()
        membership = self._make_membership()
        self.hosting = Hosting(self.rooms, database, wall_ns)
        self.sweep.on(APPROVAL, self.hosting.approvals.expire)
        self.rooms.on_start.append(self.hosting.approvals.come_alive)
        self.requests = Requests(self.rooms, membership, self.hosting, self.chat)
        self.resources = Resources(self.entrance, self.rooms, config.ice_servers)
        self.checks = Checks(shell._others, self.rooms.let_go, config.ice_servers, clock)
        shell.accounts.open(database, self._tokens, self.rooms.end_subject)
        shell.admin.open(self._admin_parts(membership))

    def _make_entrance(self, standing: Standing) -> Entrance:
        shell = self._shell
        return Entrance(
            self._database,
            self._tokens,
            shell.counters,
            shell._config.room_defaults,
            standing,
            lambda room: self.rooms.present(room),
            shell._clock,
            shell._wall_ns,
        )

    def _make_rooms(self, standing: Standing) -> LiveRooms:
        shell = self._shell
        return LiveRooms(
            shell._others,
            shell._presence,
            self.pending,
            AuditTrail(self._database, self.pending, shell._wall_ns),
            standing,
            shell._clock,
            self.sweep.used,
            lambda session: self.resources.forget(session),
            shell._config.max_participants,
        )

    def _make_sessions(self) -> Sessions:
        shell = self._shell
        return Sessions(
            self.entrance,
            self.rooms,
            self.chat,
            shell._presence,
            shell._config.ice_servers,
            shell._clock,
            shell._wall_ns,
            self.attendance.attend_now,
        )

    def _make_membership(self) -> Membership:
        rooms, database = self.rooms, self._database
        clock, wall_ns = self._shell._clock, self._shell._wall_ns
        return Membership(
            rooms,
            database,
            self.entrance,
            self.sessions,
            Doorkeeping(rooms, database, self.attendance, clock, wall_ns),
            Configuring(rooms, database, self.attendance, wall_ns),
            wall_ns,
        )

    def _admin_parts(self, membership: Membership) -> AdminParts:
        shell = self._shell
        return AdminParts(
            shell._config,
            shell.counters,
            self._database,
            self._tokens,
            self.rooms,
            self.hosting.moderation,
            membership.doorkeeping,
            membership.roles,
            membership.configuring,
            self.resources.end_of,
            self.resources.tokens,
            shell._clock,
            shell._wall_ns,
        )
