"""What all HTTP handlers share: bounded bodies, refusals as `{"code", "detail"}`, and their status codes."""

import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, TypeVar

import msgspec
import structlog
import trio
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from signaling.counters import Counters
from treble.api import ApiError

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]

BODY_SECONDS: Final = 10.0
MAX_JSON_BYTES: Final = 8 * 1024
MAX_SDP_BYTES: Final = 400_000
# What is read and thrown away of a refused request's body.
_DRAIN_BYTES: Final = 6_000_000  # the largest body that is taken, and more
_DRAIN_SECONDS: Final = 2.0

_STATUS: Final = {
    "auth.missing": 401,
    "auth.expired": 401,
    "session.ended": 401,
    "login.wrong": 403,
    "login.again": 403,
    "code.wrong": 403,
    "link.unverified": 403,
    "email.taken": 409,
    "unlink.last": 409,
    "oauth.down": 503,
    "bad.picture": 415,
    "auth.slow": 429,
    "slow": 429,
    "too.slow": 408,
    "forbidden": 403,
    "locked": 403,
    "removed": 403,
    "ended": 404,
    "gone": 404,
    "full": 409,
    "files.full": 409,
    "name.taken": 409,
    "alias.taken": 409,
    "room.taken": 409,
    "precondition": 412,
    "precondition.missing": 428,
    "bad.type": 415,
    "bad.size": 413,
    "bad.method": 405,
    "not.found": 404,
    "busy": 503,
    "server.starting": 503,
    "server.error": 500,
}
# Said where the server has no better words.
_DETAILS: Final = {
    "auth.wrong": "Room, password or token is not right.",
    "auth.expired": "The token has expired: get a new one.",
    "auth.slow": "Too many tries: wait, then try again.",
    "session.ended": "You were signed out: sign in again.",
    "login.wrong": "E-mail or password is not right.",
    "code.wrong": "This link was used, is too old, or is none of ours.",
    "ended": "There is no such thing here, or it is over.",
    "gone": "There is no such resource, or it is over.",
    "full": "The room is full.",
    "busy": "The server cannot do this now: try again.",
    "not.found": "There is nothing at this address.",
    "alias.taken": "Another room has this link.",
}

_log = structlog.get_logger("signaling.http")


def status_of(code: str) -> int:
    if code.startswith("bad."):
        return _STATUS.get(code, 400)
    return _STATUS.get(code, 403 if code.startswith("auth.") else 400)


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Never stored: these answers carry tokens and passwords."""
    headers = {"cache-control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def refusal(
    error: ApiError, headers: Mapping[str, str] | None = None, statuses: Mapping[str, int] | None = None
) -> Response:
    """`statuses` overrides the usual ones."""
    status = (statuses or {}).get(error.code) or status_of(error.code)
    body: dict[str, Any] = {
        "code": error.code,
        "detail": error.detail or _DETAILS.get(error.code, error.code),
    }
    headers = dict(headers or {})
    if error.retry_after is not None:
        body["retry_after"] = round(error.retry_after, 1)
        headers["retry-after"] = str(math.ceil(error.retry_after))
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return json_response(body, status, headers)


def guarded(handler: Handler, counters: Counters, statuses: Mapping[str, int] | None = None) -> Handler:
    """A handler whose `ApiError` becomes a refusal and whose failure becomes a counted 500."""

    async def handle(request: Request) -> Response:
        counters.count("http requests", handler.__name__.lstrip("_"))
        try:
            return await handler(request)
        except ApiError as error:
            counters.count("http refused", error.code)
            await _drain(request)
            return refusal(error, statuses=statuses)
        except (ClientDisconnect, HTTPException):
            raise
        except Exception as error:
            counters.count("http failed", type(error).__name__)
            _log.error("request failed", handler=handler.__name__, exc_info=error)
            return refusal(ApiError("server.error", "The server failed; this has been noted."))

    return handle


async def read_body(request: Request, content_type: str, max_bytes: int) -> bytes:
    """The body, or `ApiError`: `bad.type`, `bad.size`, `too.slow`."""
    return await read_body_of(request, lambda given: given == content_type, content_type, max_bytes)


async def read_body_of(
    request: Request, is_right: Callable[[str], bool], wanted: str, max_bytes: int
) -> bytes:
    """The same where several types are right; `wanted` is said to whoever sends another."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not is_right(given):
        raise ApiError("bad.type", f"Send Content-Type: {wanted}, not {given[:64] or 'nothing'}.")
    try:
        with trio.fail_after(BODY_SECONDS):
            return await _read(request, max_bytes)
    except trio.TooSlowError:
        raise ApiError("too.slow", f"The body did not arrive within {BODY_SECONDS:.0f} s.") from None


async def _read(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > max_bytes:
                raise ApiError("bad.size", f"The body may have at most {max_bytes} bytes.")
    return bytes(body)


async def _drain(request: Request) -> None:
    """Throw away what is left of a refused request, within bounds: closing a connection with unread bytes
    resets it, and the refusal would be lost (RFC 9112 section 9.6).
    """
    total = 0
    try:
        with trio.move_on_after(_DRAIN_SECONDS):
            async with aclosing(request.stream()) as chunks:
                async for chunk in chunks:
                    total += len(chunk)
                    if total > _DRAIN_BYTES:
                        return
    except (RuntimeError, ClientDisconnect):
        pass  # read to its end, or gone


async def read_json(request: Request, kind: type[T]) -> T:
    """The body as `kind`; `ApiError("bad.request")` names the field that is wrong."""
    body = await read_body(request, "application/json", MAX_JSON_BYTES)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError("bad.request", str(error)) from None
