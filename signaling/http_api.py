"""The HTTP side of the gateway: rooms, health, WHIP and WHEP, and the web client's files, as one ASGI app."""

from collections.abc import Collection, Sequence
from importlib.metadata import version
from typing import Annotated, Final

import msgspec
import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signaling.attempts import Buckets, network
from signaling.counters import Counters
from signaling.cross_origin import CrossOrigin
from signaling.http_common import guarded, json_response, read_json, refusal
from signaling.messages import Name
from signaling.origin import bearer_token, is_allowed
from signaling.security_headers import SecurityHeaders
from signaling.web.files import WebFiles
from signaling.web.paths import FOLDERS, ROOT_FILES, VERSIONED
from signaling.whip import Whip
from treble.api import ApiError, CreateRoom, EnterRoom, RoomServer
from treble.units import SECOND

PAGES: Final = (
    "/",
    "/check",
    "/r/{room}",
    "/account/{screen}",
    *(f"/{name}" for name in ROOT_FILES),
    *(f"/{folder}/{{path:path}}" for folder in (*FOLDERS, VERSIONED)),
)
MINUTE_NS: Final = 60 * SECOND

RoomId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class NewRoom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`settings`: those that differ from the server's defaults. `alias`: a friendly link."""

    name: Name
    title: Annotated[str, msgspec.Meta(max_length=120)] = ""
    alias: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    settings: msgspec.Raw = msgspec.Raw(b"{}")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    password: Annotated[str, msgspec.Meta(max_length=128)] = ""


class RequestRates:
    """Requests of one address, or of one IPv6 subscriber."""

    def __init__(self, per_minute: int) -> None:
        self._buckets = Buckets(per_minute, MINUTE_NS)

    def take(self, address: str) -> None:
        """`ApiError("slow")` with the time to wait."""
        key, now_ns = network(address), int(trio.current_time() * SECOND)
        wait_s = self._buckets.wait_s(key, now_ns)
        if wait_s > 0:
            raise ApiError("slow", "Too many requests from your address: wait.", wait_s)
        self._buckets.change(key, -1, now_ns)


class HttpApi:
    """Handlers of the rooms' API."""

    def __init__(self, rooms: RoomServer, origins: Collection[str], rates: RequestRates) -> None:
        self._rooms = rooms
        self.origins = origins
        self._rates = rates

    async def create_room(self, request: Request) -> Response:
        self.admit(request)
        new = await read_json(request, NewRoom)
        created = await self._rooms.create_room(
            CreateRoom(
                name=new.name,
                address=client_address(request),
                account=bearer_token(request.headers.get("authorization")),
                title=new.title,
                alias=new.alias,
                settings=bytes(new.settings),
            )
        )
        return json_response(created, 201)

    async def enter_room(self, request: Request) -> Response:
        self.admit(request)
        entry = await read_json(request, Entry)
        room = request.path_params["room"]
        if len(room) > 64:
            raise ApiError("auth.wrong")
        entered = await self._rooms.enter_room(
            EnterRoom(
                room=room,
                password=entry.password,
                name=entry.name,
                address=client_address(request),
                account=bearer_token(request.headers.get("authorization")),
            )
        )
        return json_response(entered)

    async def health(self, request: Request) -> Response:
        return json_response({"status": "ok", "version": version("treble")})

    def admit(self, request: Request) -> None:
        """Programs may come without an Origin here: these requests carry no right that a browser adds."""
        origin = request.headers.get("origin")
        host = request.headers.get("host")
        if origin is not None and not is_allowed(origin, host, None, self.origins):
            raise ApiError("forbidden", "Pages of this origin may not use this server: see `origins`.")
        self._rates.take(client_address(request))

    def admit_cookie(self, request: Request) -> None:
        """A right that the browser adds by itself: only for pages that may use us, and never for a cookie alone."""
        headers = request.headers
        if not is_allowed(
            headers.get("origin"), headers.get("host"), headers.get("authorization"), self.origins
        ):
            raise ApiError(
                "forbidden", "The login's cookie counts only from a page that may use this server."
            )
        self._rates.take(client_address(request))


def client_address(request: Request) -> str:
    return request.client.host.removeprefix("::ffff:") if request.client else ""


def make_app(
    api: HttpApi,
    whip: Whip,
    files: WebFiles,
    counters: Counters,
    more: Sequence[Route] = (),
    embed_origins: Sequence[str] = (),
) -> Starlette:
    """Everything but the WebSocket. `embed_origins`: whose pages may show ours in a frame."""
    routes = [
        Route("/api/rooms", guarded(api.create_room, counters), methods=["POST"]),
        Route("/api/rooms/{room}/enter", guarded(api.enter_room, counters), methods=["POST"]),
        Route("/api/health", guarded(api.health, counters), methods=["GET"]),
        *more,
        *whip.routes(counters),
        Route("/ws", guarded(_upgrade_required, counters), methods=["GET"]),
        *[Route(path, guarded(files.serve, counters), methods=["GET"]) for path in PAGES],
    ]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders, embed_origins=embed_origins),
            Middleware(CrossOrigin, origins=api.origins),
        ],
        exception_handlers={HTTPException: _http_exception},
    )
    app.router.redirect_slashes = False
    return app


async def _upgrade_required(request: Request) -> Response:
    error = {"code": "bad.request", "detail": "This is a WebSocket: connect with subprotocol treble.v1."}
    return json_response(error, 426, {"upgrade": "websocket", "connection": "upgrade"})


async def _http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own: no such route, or not with this method."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        headers = dict(error.headers or {})
        allowed = headers.get("Allow", "")
        return refusal(ApiError("bad.method", f"Use {allowed}."), headers)
    return refusal(ApiError("not.found", "There is nothing at this address."))
