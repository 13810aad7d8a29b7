"""WHIP (RFC 9725) and WHEP: an offer by HTTP POST, for encoders and players that speak no WebSocket.

The endpoint is `/whip/{room}` or `/whep/{room}`, a session's resource lies below it. The bearer token is one of
`treble token`. We are ICE-lite and need no candidates of the client, so a trickle PATCH is answered 204 and
only an ICE restart (`If-Match: "*"`, section 4.3.2) reaches the media server. The entity tag names the ICE
session; it is kept here for as many resources as `MAX_TAGS`, and a gateway that does not know a resource's tag
lets the room server judge alone.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signaling.counters import Counters
from signaling.http_common import MAX_SDP_BYTES, Handler, guarded, read_body
from signaling.origin import bearer_token
from treble.api import ApiError, DeleteResource, OpenResource, PatchResource, RoomServer

MAX_TAGS: Final = 10_000
MAX_FRAGMENT_BYTES: Final = 16 * 1024
SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"

# The token is the right to do all this, and no browser adds it by itself: so any origin may (section 4.6).
CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Location, Link, ETag, Accept-Post, WWW-Authenticate, Retry-After",
}
_PREFLIGHT: Final = {
    "access-control-allow-headers": "Authorization, Content-Type, If-Match",
    "access-control-max-age": "86400",
}
# Here the token is all there is: what is wrong is the authentication (section 4.6).
_STATUS: Final = {"auth.wrong": 401}
_ICE_UFRAG = re.compile(r"^a=ice-ufrag:(\S+)\s*$", re.MULTILINE)


class Whip:
    """Handlers of both protocols; they differ in who sends media."""

    def __init__(self, rooms: RoomServer, admit: Callable[[str], None]) -> None:
        """`admit(address)` raises `ApiError("slow")` for too many requests."""
        self._rooms = rooms
        self._admit = admit
        self._tags: OrderedDict[str, str] = OrderedDict()

    def routes(self, counters: Counters) -> list[Route]:
        routes = []
        for protocol in ("whip", "whep"):
            on_endpoint: dict[str, Handler] = {"POST": partial(self._post, protocol)}
            on_resource: dict[str, Handler] = {"PATCH": self._patch, "DELETE": self._delete}
            routes.append(_route(f"/{protocol}/{{room}}", protocol, on_endpoint, counters))
            routes.append(_route(f"/{protocol}/{{room}}/{{resource}}", protocol, on_resource, counters))
        return routes

    async def _post(self, protocol: str, request: Request) -> Response:
        token = self._token(request)
        sdp = sdp_text(await read_body(request, SDP, MAX_SDP_BYTES))
        room = request.path_params["room"]
        publish = protocol == "whip"
        opened = await self._rooms.open_resource(
            OpenResource(token=token, room=room, sdp=sdp, publish=publish, address=_address(request))
        )
        tag = self._keep_tag(opened.resource, opened.sdp)
        response = Response(
            opened.sdp, 201, {"location": f"/{protocol}/{room}/{opened.resource}", "etag": tag}
        )
        response.headers["content-type"] = SDP
        for link in opened.ice_servers:
            response.headers.append("link", link)
        return response

    async def _patch(self, request: Request) -> Response:
        token = self._token(request)
        fragment = sdp_text(await read_body(request, FRAGMENT, MAX_FRAGMENT_BYTES))
        resource = request.path_params["resource"]
        match = request.headers.get("if-match")
        if match is None:
            raise ApiError("precondition.missing", 'Send If-Match: the ETag to trickle, "*" to restart ICE.')
        if match not in ("*", '"*"'):
            known = self._tags.get(resource)
            if known is not None and match != known:
                raise ApiError("precondition", "This ETag is of an older ICE session.")
            return Response(status_code=204)
        patched = await self._rooms.patch_resource(
            PatchResource(token=token, resource=resource, sdp_fragment=fragment)
        )
        tag = self._keep_tag(resource, patched.sdp_fragment)
        response = Response(patched.sdp_fragment, 200, {"etag": tag})
        response.headers["content-type"] = FRAGMENT
        return response

    async def _delete(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        await self._rooms.delete_resource(DeleteResource(token=self._token(request), resource=resource))
        self._tags.pop(resource, None)
        return Response(status_code=200)

    def _token(self, request: Request) -> str:
        self._admit(_address(request))
        token = bearer_token(request.headers.get("authorization"))
        if token is None:
            raise ApiError("auth.missing", "Send Authorization: Bearer <token>; `treble token` makes one.")
        return token

    def _keep_tag(self, resource: str, sdp: str) -> str:
        found = _ICE_UFRAG.search(sdp)
        tag = hashlib.sha256((found[1] if found else sdp).encode()).hexdigest()[:16]
        self._tags[resource] = f'"{tag}"'
        self._tags.move_to_end(resource)
        if len(self._tags) > MAX_TAGS:
            self._tags.popitem(last=False)
        return f'"{tag}"'


def _route(path: str, protocol: str, handlers: dict[str, Handler], counters: Counters) -> Route:
    """One route for all methods of a path, so that each answer, a refusal too, carries the CORS headers."""
    methods = ", ".join([*handlers, "OPTIONS"])
    accept = {"accept-post": SDP} if "POST" in handlers else {"accept-patch": FRAGMENT}
    served = {
        method: guarded(_named(protocol, handler), counters, _STATUS) for method, handler in handlers.items()
    }

    async def handle(request: Request) -> Response:
        if request.method == "OPTIONS":
            headers = {**_PREFLIGHT, **accept, "access-control-allow-methods": methods, "allow": methods}
            response = Response(status_code=204, headers=headers)
        elif request.method in served:
            response = await served[request.method](request)
        else:
            response = await guarded(_named(protocol, partial(_not_allowed, methods)), counters)(request)
            response.headers["allow"] = methods
        response.headers.update(CORS)
        if response.status_code in (405, 415):
            response.headers.update(accept)
        return response

    return Route(path, handle, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


def _named(name: str, handler: Handler) -> Handler:
    """`handler` under a name for the counters."""

    async def named(request: Request) -> Response:
        return await handler(request)

    named.__name__ = name
    return named


async def _not_allowed(methods: str, request: Request) -> Response:
    raise ApiError("bad.method", f"Use {methods}.")


def sdp_text(body: bytes) -> str:
    """SDP is UTF-8 (RFC 8866 section 5); `ApiError("bad.sdp")`."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ApiError("bad.sdp", f"Not UTF-8 at byte {error.start}.") from None
    if not text.strip():
        raise ApiError("bad.sdp", "The body is empty: send an SDP offer.")
    return text


def _address(request: Request) -> str:
    return request.client.host.removeprefix("::ffff:") if request.client else ""
