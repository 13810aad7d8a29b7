"""One WebSocket of a Session: hello, requests in order, pushes, and the ways it ends.

    hello within 5 s -> open_session -> welcome | failed + 1008
    request -> session_request -> its answer      bad message -> `failed` with the path, 1008 after 20
    push -> queue of 64 -> socket                 queue full -> 1013, the client resumes
    socket lost -> socket_lost                    end_session -> its message, its code

The reader is the task that lives longest: nothing cancels it while the room server works on a request, so a
request is either not begun or done. Whoever else finds the socket broken closes it, and the reader sees that.
"""

import math
from typing import Final, Protocol

import msgspec
import structlog
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from signaling.counters import Counters
from signaling.message import Message
from signaling.messages import (
    MAX_MESSAGE_BYTES,
    BadMessage,
    ClientMessage,
    Done,
    Failed,
    Hello,
    Ping,
    decode_client,
    encode,
)
from signaling.send_queue import Outgoing, QueueFull, SendQueue, outgoing
from signaling.web_socket_stream import CLOSE_POLICY, PING, WebSocketStream
from treble.api import ApiError, ChatPlace, OpenSession, RoomServer, SessionOpened, SessionRequest, SocketLost

HELLO_SECONDS: Final = 5.0
MAX_HELLO_BYTES: Final = 20 * 1024  # two tokens of 8 kB each
REQUEST_SECONDS: Final = 15.0
CLOSE_SECONDS: Final = 2.0  # for the peer's own close frame
PING_SECONDS: Final = 10.0  # of silence
PONG_SECONDS: Final = 10.0
MAX_BAD_MESSAGES: Final = 20
# A page asks at most 4 times a second for views, and a few times for offers and mutes when it joins.
REQUEST_BURST: Final = 60
REQUESTS_PER_SECOND: Final = 20.0
MAX_OVER_RATE: Final = 100
# What a socket that catches up with the chat may have waiting; the rest of its queue is for what else comes.
LOW_WATER: Final = 16

CLOSE_NORMAL: Final = 1000
CLOSE_RESTART: Final = 1012
CLOSE_TRY_AGAIN: Final = 1013

_PING: Final = Outgoing(PING, "ping")
_log = structlog.get_logger("signaling.session_socket")


class _Numbered(msgspec.Struct, frozen=True):
    id: int = 0


_numbered = msgspec.json.Decoder(_Numbered)


class Registry(Protocol):
    """Where a gateway keeps the sockets that have a Session."""

    name: str

    def opening(self) -> None: ...
    def opened(self, session: str, socket: "SessionSocket") -> list[Outgoing]: ...
    def not_opened(self) -> None: ...
    def enter_chat(self, session: str, socket: "SessionSocket", place: ChatPlace) -> None: ...
    def closed(self, session: str, socket: "SessionSocket") -> None: ...


class SessionSocket:
    """`run` from accept to close."""

    def __init__(
        self,
        connection: WebSocketConnection,
        stream: WebSocketStream,
        address: str,
        rooms: RoomServer,
        registry: Registry,
        counters: Counters,
    ) -> None:
        self.session = ""
        self._connection = connection
        self._stream = stream
        self._address = address
        self._rooms = rooms
        self._registry = registry
        self._counters = counters
        self._queue = SendQueue()
        self._wake = trio.Event()
        self._low = trio.Event()
        self._work = trio.CancelScope(shield=True)  # around what the room server does for us
        self._written = trio.Event()  # nothing more will be sent; the close frame, if any, has been answered
        self._closing: int | None = None
        self._is_ended = False  # the room server knows: it ended the Session, or we are going down
        self._bad_messages = 0
        self._over_rate = 0
        self._allowance = float(REQUEST_BURST)
        self._allowance_at = trio.current_time()
        self._look_at = math.inf  # when to see whether it lives; not before there is a Session
        self._pinged_at = 0.0

    # --- from the gateway

    def put(self, item: Outgoing) -> None:
        """Queue a push; a reader that is too slow for it is sent away to resume."""
        if self._closing is not None or (not len(self._queue) and self._stream.send_now(item.frame)):
            return
        try:
            self._queue.put(item)
        except QueueFull:
            self._counters.count("sockets closed", "queue full")
            self._queue.clear()
            self._close(CLOSE_TRY_AGAIN)
        self._wake.set()

    async def room_to_send(self) -> None:
        """Wait until little is queued, or nothing more will be sent."""
        while len(self._queue) > LOW_WATER and self._closing is None:
            self._low = trio.Event()
            await self._low.wait()

    @property
    def is_roomy(self) -> bool:
        return len(self._queue) <= LOW_WATER

    def end(self, code: int, message: bytes = b"") -> None:
        """The Session is over: `message`, then close with `code`."""
        self._is_ended = True
        if message:
            self.put(outgoing(message))
        self._close(code)

    def abandon(self) -> None:
        """The process ends: wait for the room server no longer."""
        self._work.cancel()

    def _close(self, code: int) -> None:
        """When everything queued has been sent."""
        if self._closing is None:
            self._closing = code
        self._wake.set()
        self._low.set()

    # --- the socket's life

    async def run(self) -> None:
        if not await self._begin():
            return
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                self._look_at = trio.current_time() + PING_SECONDS
                await self._read()
                self._close(CLOSE_NORMAL)
                await self._written.wait()
                nursery.cancel_scope.cancel()
        finally:
            self._registry.closed(self.session, self)
            if not self._is_ended:
                await self._tell_lost()

    async def _begin(self) -> bool:
        """Whether there is a Session now. An idle socket keeps nothing of its welcome, which names everybody."""
        opened = await self._open()
        if opened is None:
            return False
        self.session = opened.session
        self.put(outgoing(opened.welcome))
        for early in self._registry.opened(opened.session, self):
            self.put(early)
        if opened.chat is not None:
            self._registry.enter_chat(self.session, self, opened.chat)
        return True

    async def _open(self) -> SessionOpened | None:
        """The hello and its welcome; None after a refusal, which the client has been told."""
        hello = await self._hello()
        if isinstance(hello, Failed):
            await self._refuse(hello)
            return None
        self._registry.opening()
        try:
            with trio.fail_after(REQUEST_SECONDS):
                return await self._rooms.open_session(
                    OpenSession(
                        gateway=self._registry.name,
                        token=hello.token,
                        resume=hello.resume,
                        address=self._address,
                        re=hello.id,
                        last_seq=hello.last_seq,
                    )
                )
        except BaseException as error:
            self._registry.not_opened()
            if not isinstance(error, Exception):
                raise
            await self._refuse(self._failed(hello.id, error))
            return None

    async def _hello(self) -> Hello | Failed:
        try:
            with trio.fail_after(HELLO_SECONDS):
                data = await self._connection.get_message()
            message = decode_client(data)
        except trio.TooSlowError:
            return Failed(re=0, code="bad.message", detail="no hello within 5 s")
        except BadMessage as error:
            return Failed(re=_id_of(data), code="bad.message", detail=str(error))
        if not isinstance(message, Hello):
            return Failed(re=message.id, code="bad.message", detail="the first message must be hello")
        self._stream.guard.max_bytes = MAX_MESSAGE_BYTES
        return message

    async def _refuse(self, failed: Failed) -> None:
        self._counters.count("hellos refused", failed.code)
        await self._stream.send_frame(outgoing(encode(failed)).frame)
        await self._aclose(CLOSE_POLICY)

    async def _read(self) -> None:
        """Until the socket is lost or closed."""
        try:
            while True:
                data = await self._connection.get_message()
                self._counters.count("messages")
                with self._work:
                    await self._take(data)
                del data  # an idle socket would keep its offer
                self._work = trio.CancelScope(shield=True)
        except ConnectionClosed:
            if self._stream.refusal:
                self._counters.count("sockets closed", self._stream.refusal)

    async def _take(self, data: str | bytes) -> None:
        try:
            message = decode_client(data)
        except BadMessage as error:
            return self._take_bad(_id_of(data), str(error))
        if isinstance(message, Hello):
            return self._take_bad(message.id, "hello is the first message only")
        if (wait_s := self._wait_s()) > 0:
            return self._take_over_rate(message.id, wait_s)
        if isinstance(message, Ping):
            return self._say(Done(re=message.id))
        return await self._ask(message, data.encode() if isinstance(data, str) else data)

    async def _ask(self, message: ClientMessage, data: bytes) -> None:
        try:
            with trio.fail_after(REQUEST_SECONDS):
                answer = await self._rooms.session_request(SessionRequest(session=self.session, message=data))
        except Exception as error:
            return self._say(self._failed(message.id, error))
        self.put(outgoing(answer.message))
        if answer.chat is not None and answer.close is None and self._closing is None:
            self._registry.enter_chat(self.session, self, answer.chat)
        if answer.close is not None:
            self.end(answer.close)
        return None

    def _take_bad(self, request: int, detail: str) -> None:
        self._counters.count("messages refused", "bad")
        self._bad_messages += 1
        self._say(Failed(re=request, code="bad.message", detail=detail))
        if self._bad_messages > MAX_BAD_MESSAGES:
            self._counters.count("sockets closed", "bad messages")
            self._close(CLOSE_POLICY)

    def _take_over_rate(self, request: int, wait_s: float) -> None:
        self._counters.count("messages refused", "rate")
        self._over_rate += 1
        self._say(
            Failed(
                re=request, code="slow", detail="too many requests", retry_after=math.ceil(wait_s * 100) / 100
            )
        )
        if self._over_rate > MAX_OVER_RATE:
            self._counters.count("sockets closed", "rate")
            self._close(CLOSE_POLICY)

    def _wait_s(self) -> float:
        """Take one request from the allowance, or say how long until there is one."""
        now = trio.current_time()
        earned = (now - self._allowance_at) * REQUESTS_PER_SECOND
        self._allowance = min(REQUEST_BURST, self._allowance + earned)
        self._allowance_at = now
        if self._allowance < 1:
            return (1 - self._allowance) / REQUESTS_PER_SECOND
        self._allowance -= 1
        return 0.0

    def _failed(self, request: int, error: Exception) -> Failed:
        if isinstance(error, ApiError):
            return Failed(re=request, code=error.code, detail=error.detail, retry_after=error.retry_after)
        if isinstance(error, trio.TooSlowError):
            return Failed(re=request, code="busy", detail="the room server does not answer", retry_after=1.0)
        self._counters.count("requests failed", type(error).__name__)
        _log.error("request failed", exc_info=error)
        return Failed(re=request, code="server.error")

    def _say(self, message: Message) -> None:
        self.put(outgoing(encode(message)))

    async def _write(self) -> None:
        try:
            while True:
                frame = self._queue.take()
                if frame is not None:
                    if len(self._queue) <= LOW_WATER:
                        self._low.set()
                    await self._stream.send_frame(frame)
                elif self._closing is not None:
                    return await self._aclose(self._closing)
                else:
                    self._wake = trio.Event()
                    await self._wake.wait()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._counters.count("sockets closed", "send")
            await self._stream.aclose()
        finally:
            self._written.set()

    def is_alive(self, now: float) -> bool:
        """False once it has not answered a ping. Whatever comes is a sign of life: only who is silent is pinged."""
        if now < self._look_at:
            return True
        self._stream.guard.renew_control_frames()
        heard_at = self._stream.heard_at
        if now - heard_at < PING_SECONDS:
            self._look_at = heard_at + PING_SECONDS
        elif self._pinged_at <= heard_at:
            self._pinged_at = now
            self._look_at = now + PONG_SECONDS
            self.put(_PING)
        else:
            self._look_at = math.inf
            return False
        return True

    async def give_up(self) -> None:
        """It is dead."""
        self._counters.count("sockets closed", "no pong")
        await self._stream.aclose()

    async def _aclose(self, code: int) -> None:
        with trio.move_on_after(CLOSE_SECONDS):
            await self._connection.aclose(code)
        await self._stream.aclose()

    async def _tell_lost(self) -> None:
        lost = SocketLost(session=self.session, gateway=self._registry.name)
        with trio.CancelScope(shield=True) as self._work:
            try:
                with trio.fail_after(REQUEST_SECONDS):
                    await self._rooms.socket_lost(lost)
            except (ApiError, trio.TooSlowError) as error:
                self._counters.count("losses untold", type(error).__name__)


def _id_of(data: str | bytes) -> int:
    """The request id in a message that is otherwise wrong; 0 if there is none."""
    try:
        number = _numbered.decode(data).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
    return number if 0 <= number < 2**53 else 0
