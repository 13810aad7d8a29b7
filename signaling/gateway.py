"""The gateway: one TLS port for pages, API, WHIP, WHEP and the Sessions' WebSockets. Holds sockets, decides nothing.

Pages, API, WHIP and WHEP go to the ASGI app of `http_api.py`, WebSockets to `session_socket.py`; what they ask
goes to the room server, and what room servers push comes back through `deliver` and `end_session`.

Going down: new connections are refused at once, each Session is told `ended{shutdown}` and closed with 1012,
after which a client comes back to another gateway or to this one's successor; whoever has not taken that
within a second is cut off.
"""

import os
from typing import Final

import structlog
import trio
from trio_websocket import WebSocketRequest, wrap_server_stream

from signaling.accounts.http import AccountHttp
from signaling.accounts.public_url import public_url
from signaling.admin.http import AdminHttp
from signaling.certificates import load_or_create, server_certificate
from signaling.chat.http import ChatHttp
from signaling.chat.relay import ChatRelay
from signaling.check_http import CheckHttp
from signaling.counters import Counters
from signaling.gateway_config import GatewayConfig
from signaling.http1 import HttpServer
from signaling.http_api import HttpApi, RequestRates, make_app
from signaling.listener import Arrival, Listener, open_listeners
from signaling.local_names import local_names
from signaling.messages import MAX_MESSAGE_BYTES, Ended, encode
from signaling.origin import is_allowed, normal_origin
from signaling.pinger import ping_all
from signaling.send_queue import Outgoing, outgoing
from signaling.session_socket import CLOSE_RESTART, HELLO_SECONDS, MAX_HELLO_BYTES, SessionSocket
from signaling.tls import TlsContext
from signaling.web.files import WebFiles
from signaling.web_socket_stream import WebSocketStream, forget_handshake
from signaling.whip import Whip
from treble.account_api import Accounts
from treble.admin_api import Admin
from treble.api import ApiError, ChatPlace, Deliver, DeliverChat, Done, EndSession, RoomServer

SUBPROTOCOL: Final = "treble.v1"
GOODBYE_SECONDS: Final = 1.0
# Pushes for a Session whose `open_session` has not come back to us yet.
MAX_EARLY_SESSIONS: Final = 1024
MAX_EARLY_PUSHES: Final = 64

_log = structlog.get_logger("signaling.gateway")


class GatewayShell:
    """Implements `treble.api.Gateway`; `port` is known once `run` has started."""

    def __init__(self, config: GatewayConfig, rooms: RoomServer, accounts: Accounts, admin: Admin) -> None:
        self.config = config
        self.rooms = rooms
        self._accounts = accounts
        self._admin = admin
        self.name = config.name
        self.port = config.port
        self.counters = Counters()
        self.authority_path: str | None = None  # of the development authority, where it is used
        self._sockets: dict[str, SessionSocket] = {}
        self._chat = ChatRelay(rooms)
        self._running: set[SessionSocket] = set()
        self._all_closed = trio.Event()
        self._opening = 0
        self._early: dict[str, list[Outgoing]] = {}
        self._origins = frozenset(filter(None, map(normal_origin, config.origins)))
        self._rates = RequestRates(config.requests_per_minute)
        self._tls: TlsContext | None = None
        self._web = WebFiles(config.web, config.embed_origins)

    # --- what room servers ask

    async def deliver(self, request: Deliver) -> Done:
        """Queue one message for many Sessions; returns at once."""
        item = outgoing(request.message)
        for session in request.sessions:
            if socket := self._sockets.get(session):
                socket.put(item)
            elif self._opening:
                self._keep_early(session, item)
        return Done()

    async def end_session(self, request: EndSession) -> Done:
        if socket := self._sockets.get(request.session):
            socket.end(request.code, request.message)
        return Done()

    async def deliver_chat(self, request: DeliverChat) -> Done:
        """Hand on what was said; returns at once."""
        self._chat.deliver(request.items)
        return Done()

    # --- the sockets' registry

    def opening(self) -> None:
        self._opening += 1

    def opened(self, session: str, socket: SessionSocket) -> list[Outgoing]:
        """`socket` now is `session`'s; gives what was pushed to it meanwhile."""
        self._sockets[session] = socket
        early = self._early.pop(session, [])
        self.not_opened()
        return early

    def not_opened(self) -> None:
        self._opening -= 1
        if not self._opening:
            self._early.clear()

    def enter_chat(self, session: str, socket: SessionSocket, place: ChatPlace) -> None:
        """From now on `socket` is sent the chat of its Room."""
        self._chat.add(session, socket, place)

    def closed(self, session: str, socket: SessionSocket) -> None:
        self._chat.remove(session)
        if self._sockets.get(session) is socket:
            del self._sockets[session]
        if not self._sockets:
            self._all_closed.set()

    def _keep_early(self, session: str, item: Outgoing) -> None:
        if session in self._early or len(self._early) < MAX_EARLY_SESSIONS:
            kept = self._early.setdefault(session, [])
            if len(kept) < MAX_EARLY_PUSHES:
                kept.append(item)

    def reload_certificate(self) -> None:
        """Look at the certificate's files now, not at the next poll."""
        if self._tls is not None:
            self._tls.reload_if_changed()

    # --- the port

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Bind and serve until cancelled. Raises `ListenError`, `TlsError`, `CertificateError` before it has
        started.
        """
        self._tls = tls = await trio.to_thread.run_sync(self._load_tls)
        listeners = await open_listeners(self.config.host, self.config.port)
        self.port = listeners[0].socket.getsockname()[1]
        self.listener = listener = Listener(
            tls,
            self._serve,
            self.counters,
            self.config.max_connections,
            self.config.max_connections_per_address,
        )
        self._http = self._make_http()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tls.watch)
            nursery.start_soon(self._web.run)
            nursery.start_soon(ping_all, self._running)
            await nursery.start(self._chat.run)
            connections = await nursery.start(_hold_connections)
            try:
                await nursery.start(_accept, listener, listeners, connections)
                _log.info("gateway listens", host=self.config.host, port=self.port)
                task_status.started()
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    for each in listeners:
                        await trio.aclose_forcefully(each)
                    await self._say_goodbye()
                listener.close_all()
                connections.cancel_scope.cancel()

    def _load_tls(self) -> TlsContext:
        if self.config.certificate and self.config.key:
            return TlsContext(self.config.certificate, self.config.key)
        authority = load_or_create(self.config.data)
        self.authority_path = os.fspath(authority.path)
        return TlsContext(*server_certificate(authority, local_names(self.config.host)))

    @property
    def base(self) -> str:
        """How a browser reaches us: as configured, never what a request's Host header says."""
        return self.config.public_url or public_url(self.config.host, self.port)

    def _make_http(self) -> HttpServer:
        api = HttpApi(self.rooms, self._origins, self._rates)
        whip = Whip(self.rooms, self._rates.take)
        routes = [
            *AccountHttp(self._accounts, api, self.base).routes(self.counters),
            *AdminHttp(self.config, self._admin, api).routes(self.counters),
            *CheckHttp(self.rooms, api).routes(self.counters),
            *ChatHttp(self.rooms, api, self.config.max_file_bytes).routes(self.counters),
        ]
        return HttpServer(make_app(api, whip, self._web, self.counters, routes, self.config.embed_origins))

    async def _say_goodbye(self) -> None:
        message = encode(Ended(reason="shutdown"))
        for socket in list(self._sockets.values()):
            socket.end(CLOSE_RESTART, message)
        with trio.move_on_after(GOODBYE_SECONDS):
            self._all_closed = trio.Event()
            if self._sockets:
                await self._all_closed.wait()
        for socket in self._running:
            socket.abandon()

    async def _serve(self, arrival: Arrival) -> None:
        head = arrival.head
        if not (head.is_websocket and head.path == b"/ws"):
            return await self._http.serve(arrival.stream, arrival.received)
        async with trio.open_nursery() as nursery:
            socket = await self._accept_websocket(arrival, nursery)
            arrival.forget_head()
            if socket is not None:
                self._running.add(socket)
                try:
                    await socket.run()
                finally:
                    self._running.discard(socket)
            nursery.cancel_scope.cancel()
        return None

    async def _accept_websocket(self, arrival: Arrival, nursery: trio.Nursery) -> SessionSocket | None:
        """None: refused, and the client told why."""
        stream = WebSocketStream(arrival.stream, arrival.received, arrival.head_bytes, MAX_HELLO_BYTES)
        with trio.fail_after(HELLO_SECONDS):
            request = await wrap_server_stream(nursery, stream, max_message_size=MAX_MESSAGE_BYTES)
        if refusal := self._websocket_refusal(arrival, request):
            status, reason, detail = refusal
            self.counters.count("sockets refused", reason)
            await request.reject(status, body=f"{detail}\n".encode(), extra_headers=[_PLAIN])
            await stream.aclose()
            return None
        connection = await request.accept(subprotocol=SUBPROTOCOL)
        forget_handshake(connection)
        self.counters.count("sockets")
        return SessionSocket(connection, stream, arrival.address, self.rooms, self, self.counters)

    def _websocket_refusal(self, arrival: Arrival, request: WebSocketRequest) -> tuple[int, str, str] | None:
        head = arrival.head
        origin, host, authorization = head.get(b"origin"), head.get(b"host"), head.get(b"authorization")
        if not is_allowed(origin, host, authorization, self._origins):
            return 403, "origin", "This origin may not use this server (programs send Authorization: Bearer)."
        if SUBPROTOCOL not in request.proposed_subprotocols:
            return 400, "subprotocol", f"Ask for the subprotocol {SUBPROTOCOL}."
        try:
            self._rates.take(arrival.address)
        except ApiError as error:
            return 429, "rate", f"Too many connections from your address: wait {error.retry_after:.0f} s."
        return None


_PLAIN: Final = (b"Content-Type", b"text/plain; charset=utf-8")


async def _accept(
    listener: Listener,
    listeners: list[trio.SocketListener],
    connections: trio.Nursery,
    *,
    task_status: trio.TaskStatus[None],
) -> None:
    """Trio waits and tries again where the process is out of file descriptors."""
    try:
        await trio.serve_listeners(
            listener.handle,
            listeners,
            handler_nursery=connections,
            task_status=task_status,  # type: ignore[arg-type]
        )
    except trio.ClosedResourceError:
        pass  # going down


async def _hold_connections(*, task_status: trio.TaskStatus[trio.Nursery]) -> None:
    """A nursery that outlives the accepting: it ends by its own cancel scope only, after the goodbye."""
    with trio.CancelScope(shield=True):
        async with trio.open_nursery() as connections:
            task_status.started(connections)
            await trio.sleep_forever()
