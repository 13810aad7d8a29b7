"""The signalling socket: typed messages on a WebSocket with subprotocol `treble.v1`.

A Session outlives its socket. When the socket is lost, a new one is opened at once, then after 0.3, 1, 2, 4 ... 30
seconds; its `hello` carries the resume token of the last `welcome`. If the server still holds the Session (30 s),
requests without an answer are sent again with their ids and get their one answer. If not (`resumed` false), they fail
with `session.new` and the Room offers anew.

A server that has said nothing for 10 s is pinged.

A server may answer `hello` with `waiting`: somebody has to let one in. Until `admitted` only `knock` and `ping` go out.
"""

import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import trio
import trio_websocket
from trio_websocket import WebSocketConnection

from signaling import messages
from signaling.door_messages import Admitted, Enter, Knock, Waiting
from signaling.message import Message
from signaling.messages import Elsewhere, Ended, Failed, Hello, Leave, Ping, Welcome
from treble.client.errors import PASSING, TrebleError

PROTOCOL: Final = "treble.v1"
RETRY_S: Final = (0.0, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
OPEN_S: Final = 10.0  # until the welcome, or until one waits
ANSWER_S: Final = 20.0  # on an open socket
PING_AFTER_S: Final = 10.0  # of silence
PING_S: Final = 5.0
GOODBYE_S: Final = 1.0
MOST_PENDING: Final = 256  # requests without an answer; a caller beyond that is refused with `busy`
MOST_MESSAGES: Final = 256  # that came and are not read yet; then the socket waits
MAX_MESSAGE: Final = 1024 * 1024
HTTPS: Final = 443
AT_THE_DOOR: Final = (Knock, Ping)
LOST: Final = (
    OSError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    trio.TooSlowError,
    trio_websocket.ConnectionClosed,
    trio_websocket.HandshakeError,
)


def retry_delay(attempt: int, random_: Callable[[], float] = random.random) -> float:
    """Seconds before attempt `attempt` (0 the first after a loss), less up to a quarter: a thousand clients of a
    restarted server do not come back in one instant."""
    return RETRY_S[min(attempt, len(RETRY_S) - 1)] * (1 - random_() / 4)


class Hooks(Protocol):
    """Whom a `Signal` tells; called at once, in its task."""

    def on_welcome(self, welcome: Welcome) -> None: ...
    def on_waiting(self, waiting: Waiting) -> None: ...
    def on_push(self, push: Message) -> None: ...
    def on_lost(self) -> None: ...
    def on_retrying(self, seconds: float) -> None: ...


@dataclass(eq=False)
class _Pending:
    message: Message
    settled: trio.Event = field(default_factory=trio.Event)
    answer: Message | TrebleError | None = None
    sent_at: float | None = None  # on the socket that is open

    def settle(self, answer: Message | TrebleError) -> None:
        self.answer = answer
        self.settled.set()


@dataclass
class Options:
    """`renew_token` is asked once where the server no longer takes the token; `last_seq`: the last chat event one has.
    `ping_s`: how long a ping may be without an answer."""

    ssl_context: ssl.SSLContext | None = None
    renew_token: Callable[[], Awaitable[str]] | None = None
    last_seq: Callable[[], int | None] = lambda: None
    ping_s: float = PING_S


class Signal:
    """One Session's sockets, one after the other; `run` it in a task."""

    def __init__(self, server: str, token: str, hooks: Hooks, options: Options) -> None:
        address = urlsplit(server)
        self.token = token
        self.is_accepted = False  # between a `welcome` and the loss of its socket
        self._host = address.hostname or ""
        self._port = address.port or HTTPS
        self._hooks = hooks
        self._options = options
        self._tls = options.ssl_context or ssl.create_default_context()
        self._socket: WebSocketConnection | None = None
        self._scope = trio.CancelScope()
        self._closing = trio.Lock()
        self._outgoing: list[Message] = []
        self._has_outgoing = trio.Event()
        self._pending: dict[int, _Pending] = {}
        self._next_id = 1
        self._hello_id = 0
        self._resume: str | None = None
        self._attempt = 0
        self._wait_s = self._heard_at = 0.0
        self._waits = self._began = self._renewed = self._must_renew = False
        self._over: TrebleError | None = None
        self._retry_now = trio.Event()

    async def request(self, kind: Callable[..., Message], **fields: Any) -> Any:
        """Ask; gives the one answer or raises `TrebleError`. Survives a lost socket."""
        if self._over:
            raise TrebleError("closed", self._over.code)
        if len(self._pending) >= MOST_PENDING:
            raise TrebleError("busy", "too many requests without an answer")
        message_id = self._take_id()
        pending = self._pending[message_id] = _Pending(kind(id=message_id, **fields))
        if self.is_accepted or (self._waits and isinstance(pending.message, AT_THE_DOOR)):
            self._transmit(pending)
        try:
            return await self._await_answer(pending)
        finally:
            self._pending.pop(message_id, None)

    async def _await_answer(self, pending: _Pending) -> Message:
        while True:
            with trio.move_on_after(ANSWER_S):
                await pending.settled.wait()
            if isinstance(pending.answer, TrebleError):
                raise pending.answer
            if pending.answer is not None:
                return pending.answer
            if pending.sent_at is not None and trio.current_time() - pending.sent_at >= ANSWER_S:
                raise TrebleError("timeout", type(pending.message).__name__.lower())

    async def run(self) -> TrebleError:
        """Keep a socket until there is no use in another; gives why it is over."""
        while self._over is None:
            if self._must_renew:
                await self._renew()
            await self._live()
            if self._over is None:
                await self._pause()
        return self._over

    async def close(self, reason: TrebleError) -> None:
        """Leave for good: `run` ends with `reason`. Also from a task that is cancelled, once what says so is sent."""
        is_cancelled = trio.current_effective_deadline() == -inf
        with trio.move_on_after(GOODBYE_S, shield=True):
            async with self._closing:
                if self._over:
                    return
                self._over = reason  # no other socket follows
                if self._socket and (self.is_accepted or self._waits):
                    await self._say_goodbye(self._socket, is_heard=not is_cancelled)
        self._stop(reason)

    async def _say_goodbye(self, socket: WebSocketConnection, *, is_heard: bool) -> None:
        """`is_heard`: somebody still reads the answer."""
        try:
            await socket.send_message(_text(Leave(id=self._take_id())))
            if is_heard:
                await socket.aclose(1000)
        except LOST:
            pass

    def retry_now(self) -> None:
        """Do not wait for the next attempt."""
        self._retry_now.set()

    # --- one socket

    async def _live(self) -> None:
        """From the opening of a socket to its end."""
        with trio.CancelScope() as self._scope:
            try:
                with trio.fail_after(OPEN_S):
                    stream = await trio.open_ssl_over_tcp_stream(
                        self._host, self._port, ssl_context=self._tls, https_compatible=True
                    )
                try:
                    await self._serve(stream)
                finally:  # the library leaves those open that the server has closed
                    await trio.aclose_forcefully(stream)
            except LOST:
                pass
        self._socket = None
        self._drop()

    async def _serve(self, stream: trio.SSLStream[trio.SocketStream]) -> None:
        async with trio.open_nursery() as nursery:
            try:
                self._socket = socket = await self._open(nursery, stream)
                self._outgoing = []
                self._say_hello()
                nursery.start_soon(self._write, socket)
                nursery.start_soon(self._watch)
                while True:
                    self._receive(await socket.get_message())
            except LOST:
                nursery.cancel_scope.cancel()
            except BaseException:
                if not self._scope.cancel_called:  # but the program ends: nobody is to wait for us
                    await self.close(TrebleError("left"))
                raise

    async def _open(
        self, nursery: trio.Nursery, stream: trio.SSLStream[trio.SocketStream]
    ) -> WebSocketConnection:
        with trio.fail_after(OPEN_S):
            return await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                f"{self._host}:{self._port}",
                "/ws",
                subprotocols=[PROTOCOL],
                extra_headers=[(b"Authorization", f"Bearer {self.token}".encode())],
                message_queue_size=MOST_MESSAGES,
                max_message_size=MAX_MESSAGE,
            )

    async def _write(self, socket: WebSocketConnection) -> None:
        try:
            while True:
                await self._has_outgoing.wait()
                self._has_outgoing = trio.Event()
                batch, self._outgoing = self._outgoing, []
                for message in batch:
                    await socket.send_message(_text(message))
        except LOST:
            self._scope.cancel()

    async def _watch(self) -> None:
        """A socket that looks open may be dead: no welcome in time, or no answer to a ping, ends it."""
        with trio.move_on_after(OPEN_S):
            while not (self.is_accepted or self._waits):  # noqa: ASYNC110  the scope ends this as often
                await trio.sleep(0.1)
        if not (self.is_accepted or self._waits):
            self._scope.cancel()
        while True:
            await trio.sleep_until(self._heard_at + PING_AFTER_S)
            if trio.current_time() - self._heard_at < PING_AFTER_S:
                continue
            try:
                with trio.fail_after(self._options.ping_s):
                    await self.request(Ping)
            except (trio.TooSlowError, TrebleError):
                self._scope.cancel()

    def _drop(self) -> None:
        """This socket is gone: what had no answer waits for the next."""
        for pending in self._pending.values():
            pending.sent_at = None
        was_accepted, self.is_accepted, self._waits = self.is_accepted, False, False
        if was_accepted:
            self._attempt = 0
            if self._over is None:
                self._hooks.on_lost()

    async def _pause(self) -> None:
        seconds = max(self._wait_s, retry_delay(self._attempt))
        self._attempt += 1
        self._wait_s = 0.0
        self._hooks.on_retrying(seconds)
        self._retry_now = trio.Event()
        with trio.move_on_after(seconds):
            await self._retry_now.wait()

    # --- messages

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _send(self, message: Message) -> None:
        self._outgoing.append(message)
        self._has_outgoing.set()

    def _transmit(self, pending: _Pending) -> None:
        pending.sent_at = trio.current_time()
        self._send(pending.message)

    def _say_hello(self) -> None:
        self._hello_id = self._take_id()
        last_seq = self._options.last_seq()
        self._send(Hello(id=self._hello_id, token=self.token, resume=self._resume, last_seq=last_seq))

    def _receive(self, data: str | bytes) -> None:
        self._heard_at = trio.current_time()
        try:
            message = messages.decode_server(data)
        except messages.BadMessage:
            return  # of a newer server
        answered = getattr(message, "re", None)
        if answered is None:
            self._take(message)
        elif answered == self._hello_id:
            self._take_welcome(message)
        elif pending := self._pending.get(answered):
            if isinstance(message, Failed):
                pending.settle(TrebleError(message.code, message.detail, message.retry_after))
            else:
                pending.settle(message)

    def _take(self, push: Message) -> None:
        if isinstance(push, Waiting):
            return self._wait(push)
        if isinstance(push, Ended) and push.reason == "shutdown":
            return self._scope.cancel()  # another server, or this one's successor
        self._hooks.on_push(push)
        if isinstance(push, Admitted) and self._waits:
            self._hello_id = self._take_id()
            self._send(Enter(id=self._hello_id))
        elif isinstance(push, Ended):
            self._finish(TrebleError(push.reason or "ended"))
        elif isinstance(push, Elsewhere):
            self._finish(TrebleError("elsewhere"))
        return None

    def _take_welcome(self, message: Message) -> None:
        if isinstance(message, Failed):
            self._take_refusal(message)
        elif isinstance(message, Waiting):
            self._wait(message)
        elif isinstance(message, Welcome):
            if not message.resumed and self._began:
                self._reject_old()
            self._waits, self._renewed, self._attempt = False, False, 0
            self._began = self.is_accepted = True
            self._resume = message.resume
            for pending in list(self._pending.values()):
                self._transmit(pending)
            self._hooks.on_welcome(message)

    def _wait(self, waiting: Waiting) -> None:
        """Somebody has to let us in; what an earlier Session asked is over."""
        if waiting.re is not None:
            self._resume = waiting.resume
        if not self._waits:
            if self._began:
                self._reject_old()
            self._waits, self._began, self._renewed, self._attempt = True, False, False, 0
            for pending in list(self._pending.values()):
                if isinstance(pending.message, AT_THE_DOOR):
                    self._transmit(pending)
        self._hooks.on_waiting(waiting)

    def _take_refusal(self, failed: Failed) -> None:
        may_renew = failed.code.startswith("auth.") and failed.code != "auth.slow"
        if failed.code in PASSING:
            self._wait_s = failed.retry_after or 0.0
        elif may_renew and self._options.renew_token and not self._renewed:
            self._must_renew = True
        else:
            self._finish(TrebleError(failed.code, failed.detail, failed.retry_after))
        self._scope.cancel()

    async def _renew(self) -> None:
        self._must_renew, self._renewed, self._resume = False, True, None
        assert self._options.renew_token is not None
        try:
            self.token = await self._options.renew_token()
        except TrebleError as error:
            self._finish(error)

    def _reject_old(self) -> None:
        """Requests of a Session that is gone: their answer will never come."""
        old, self._pending = self._pending, {}
        for pending in old.values():
            pending.settle(TrebleError("session.new"))

    def _finish(self, reason: TrebleError) -> None:
        if self._over is None:
            self._over = reason
            self._stop(reason)

    def _stop(self, reason: TrebleError) -> None:
        self.is_accepted = self._waits = False
        for pending in self._pending.values():
            pending.settle(TrebleError("closed", reason.code))
        self._retry_now.set()
        self._scope.cancel()


def _text(message: Message) -> str:
    return messages.encode(message).decode()
