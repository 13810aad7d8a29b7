"""Calls between servers: unary gRPC under mutual TLS, carrying the structs of `treble/api/` as MessagePack.

A `Protocol` is the whole definition: each of its async methods takes one struct and answers with one, and
becomes the gRPC method `/treble.v1.<Protocol>/<method>` (docs/decisions/0001 says why without protobuf).
`client` gives an object with these methods, `serve` runs implementations of them.

grpcio has threads of its own; Trio has one. Both bridges are here and nowhere else::

    caller's task -> call.future() ... done callback (grpcio's thread) -> run_sync_soon -> task wakes
    grpcio's pool thread -> trio.from_thread.run(handler) ... answer -> the thread sends it

Cancelling the caller cancels the call on the wire and the handler on the other side, and so does a deadline.
A pool thread is held while its handler runs, so threads and queue are bounded; beyond them callers are told
`busy`.
"""

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeVar, cast, get_type_hints

import grpc
import msgspec
import structlog
import trio

from treble.api import ApiError

P = TypeVar("P")

PACKAGE: Final = "treble.v1"
MAX_MESSAGE_BYTES: Final = 2 * 1024 * 1024  # an offer has 400 kB at most, its answer less
DEADLINE_SECONDS: Final = 15.0  # of a call whose caller set none; longer than the 10 s that the shells allow
THREADS: Final = 64  # a handler that waits holds one: Slots wait up to 250 ms for their push
QUEUE: Final = 512  # calls running or waiting for a thread
STOP_SECONDS: Final = 1.0
RETRY_AFTER_SECONDS: Final = 1.0
ERROR_KEY: Final = "treble-error-bin"

_CHANNEL_OPTIONS: Final[list[tuple[str, int | str]]] = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 5_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.use_local_subchannel_pool", 1),  # a client of its own has a connection of its own
]
_SERVER_OPTIONS: Final = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.http2.min_ping_interval_without_data_ms", 4_000),
    ("grpc.max_concurrent_streams", QUEUE),
    ("grpc.so_reuseport", 0),  # a busy port is an error, not a second server
]

_log = structlog.get_logger("treble.rpc")


@dataclass(frozen=True, slots=True)
class Credentials:
    """PEM texts: whom to trust, who we are. `server_name`: what a server's certificate must say, where that
    is not the address that is called."""

    ca: bytes
    certificate: bytes
    key: bytes
    server_name: str | None = None

    @classmethod
    def load(cls, ca: Path, certificate: Path, key: Path, server_name: str | None = None) -> Self:
        return cls(ca.read_bytes(), certificate.read_bytes(), key.read_bytes(), server_name)


class Method(NamedTuple):
    name: str
    path: str
    request: type
    answer: type


class Refusal(msgspec.Struct, array_like=True):
    """An `ApiError` on the wire."""

    code: str
    detail: str = ""
    retry_after: float | None = None


def methods(protocol: type) -> list[Method]:
    """The calls that a Protocol defines; `TypeError` for one that is not async with one struct in and one out."""
    return [
        _method(protocol, name, function)
        for name, function in vars(protocol).items()
        if inspect.isfunction(function) and not name.startswith("_")
    ]


def _method(protocol: type, name: str, function: Callable[..., Any]) -> Method:
    hints = get_type_hints(function)
    answer = hints.pop("return", None)
    kinds = [*hints.values(), answer]
    if not inspect.iscoroutinefunction(function) or len(kinds) != 2 or not all(map(_is_struct, kinds)):
        raise TypeError(f"{protocol.__name__}.{name} must be async with one struct in and one out")
    return Method(name, f"/{PACKAGE}.{protocol.__name__}/{name}", kinds[0], kinds[1])


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


# --- client -------------------------------------------------------------------------------------------------


def client(
    protocol: type[P], address: str, credentials: Credentials, *, deadline: float = DEADLINE_SECONDS
) -> P:
    """An object with the Protocol's methods, connected to `address` (`host:port`) when first needed and for
    good.

    Its methods raise `ApiError`: what the other side raised, or `busy` where it cannot be reached, has too
    much to do, is too slow or broken. `close` lets go of the connection.
    """
    return cast(P, _Client(protocol, address, credentials, deadline))


def close(of: object) -> None:
    """Close a client; its running calls fail with `busy`."""
    assert isinstance(of, _Client)
    of.channel.close()


class _Client:
    def __init__(self, protocol: type, address: str, credentials: Credentials, deadline: float) -> None:
        secrets = grpc.ssl_channel_credentials(credentials.ca, credentials.key, credentials.certificate)
        options: list[tuple[str, int | str]] = list(_CHANNEL_OPTIONS)
        if credentials.server_name is not None:
            options.append(("grpc.ssl_target_name_override", credentials.server_name))
        self.channel = grpc.secure_channel(address, secrets, options)
        for method in methods(protocol):
            setattr(self, method.name, self._call(method, deadline))

    def _call(self, method: Method, deadline: float) -> Callable[[msgspec.Struct], Any]:
        encode = msgspec.msgpack.Encoder().encode
        decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(method.answer).decode
        start = self.channel.unary_unary(method.path)

        async def call(request: msgspec.Struct) -> Any:
            seconds = min(deadline, max(0.0, trio.current_effective_deadline() - trio.current_time()))
            try:
                answer = await _outcome(lambda: start.future(encode(request), timeout=seconds))
                return decode(answer)
            except grpc.RpcError as error:
                raise _api_error(error) from None
            except msgspec.DecodeError:
                raise ApiError("busy", f"{method.path}: unreadable answer", RETRY_AFTER_SECONDS) from None

        return call


async def _outcome(start: Callable[[], Any]) -> bytes:
    """What a call's future brings; cancelling the task cancels the call."""
    token, task = trio.lowlevel.current_trio_token(), trio.lowlevel.current_task()
    is_waiting = True

    def wake() -> None:
        if is_waiting:
            trio.lowlevel.reschedule(task)

    def done(_future: object) -> None:  # in a thread of grpcio
        try:
            token.run_sync_soon(wake)
        except trio.RunFinishedError:
            pass

    def abort(_raise: object) -> trio.lowlevel.Abort:
        nonlocal is_waiting
        is_waiting = False
        future.cancel()
        return trio.lowlevel.Abort.SUCCEEDED

    await trio.lowlevel.checkpoint_if_cancelled()
    future = start()
    future.add_done_callback(done)
    await trio.lowlevel.wait_task_rescheduled(abort)
    is_waiting = False
    return cast(bytes, future.result())


def _api_error(error: Any) -> ApiError:
    """The other side's own refusal, or what the transport says, in our words."""
    for key, value in error.trailing_metadata() or ():
        if key == ERROR_KEY:
            try:
                refusal = msgspec.msgpack.decode(value, type=Refusal)
            except msgspec.DecodeError:
                break
            return ApiError(refusal.code, refusal.detail, refusal.retry_after)
    return ApiError("busy", f"{error.code().name}: {error.details()}", RETRY_AFTER_SECONDS)


# --- server -------------------------------------------------------------------------------------------------


async def serve(
    implementations: Mapping[type, object],
    address: str,
    credentials: Credentials,
    *,
    callers: Mapping[type, Collection[str]] | None = None,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; `started` with the port. `OSError` if the address cannot be had.

    Whoever has a certificate of our CA may call; `callers` narrows a Protocol to names of certificates.
    """
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rpc")
    server = grpc.server(pool, options=_SERVER_OPTIONS, maximum_concurrent_rpcs=QUEUE)
    token = trio.lowlevel.current_trio_token()
    for protocol, implementation in implementations.items():
        names = None if callers is None else callers.get(protocol)
        handlers = {
            method.name: _handler(getattr(implementation, method.name), method, token, names)
            for method in methods(protocol)
        }
        service = f"{PACKAGE}.{protocol.__name__}"
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    secrets = grpc.ssl_server_credentials(
        [(credentials.key, credentials.certificate)], credentials.ca, require_client_auth=True
    )
    port = _bind(server, address, secrets)
    server.start()
    try:
        task_status.started(port)
        await trio.sleep_forever()
    finally:
        stopped = server.stop(STOP_SECONDS)
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(stopped.wait)
        pool.shutdown(wait=False, cancel_futures=True)


def _bind(server: Any, address: str, secrets: Any) -> int:
    try:
        port = server.add_secure_port(address, secrets)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: {error}") from None
    if port == 0:
        raise OSError(f"cannot listen on {address}")
    return int(port)


def _handler(
    method: Callable[[Any], Any],
    kind: Method,
    token: trio.lowlevel.TrioToken,
    callers: Collection[str] | None,
) -> Any:
    decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(kind.request).decode
    encode = msgspec.msgpack.Encoder().encode

    def handle(data: bytes, context: Any) -> bytes:  # in a pool thread
        if callers is not None and not _names(context) & set(callers):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for this caller")
        try:
            request = decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "unreadable request")
        return encode(_answer(method, request, kind, context, token))

    return grpc.unary_unary_rpc_method_handler(handle)


def _answer(
    method: Callable[[Any], Any], request: Any, kind: Method, context: Any, token: trio.lowlevel.TrioToken
) -> Any:
    """Run the handler in Trio; what it raises ends the call, what ends the call cancels it."""
    scope = trio.CancelScope()

    async def run() -> Any:
        scope.deadline = trio.current_time() + (context.time_remaining() or math.inf)
        with scope:
            return await method(request)
        raise ApiError("busy", "cancelled", RETRY_AFTER_SECONDS)

    if not context.add_callback(lambda: _cancel(token, scope)):
        scope.cancel()
    try:
        return trio.from_thread.run(run, trio_token=token)
    except ApiError as error:
        refusal = Refusal(error.code, error.detail, error.retry_after)
        context.set_trailing_metadata(((ERROR_KEY, msgspec.msgpack.encode(refusal)),))
        context.abort(grpc.StatusCode.ABORTED, error.code)
    except (trio.Cancelled, trio.RunFinishedError):
        context.abort(grpc.StatusCode.UNAVAILABLE, "shutting down")
    except Exception:
        _log.exception("handler failed", method=kind.path)
        context.abort(grpc.StatusCode.INTERNAL, "handler failed")


def _cancel(token: trio.lowlevel.TrioToken, scope: trio.CancelScope) -> None:
    try:
        token.run_sync_soon(scope.cancel)
    except trio.RunFinishedError:
        pass


def _names(context: Any) -> set[str]:
    """Who calls, by the certificate that TLS has proven."""
    proven = context.auth_context()
    keys = ("x509_common_name", "x509_subject_alternative_name")
    return {name.decode("utf-8", "replace") for key in keys for name in proven.get(key, ())}
