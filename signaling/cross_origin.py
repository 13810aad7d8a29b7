"""Pages of other origins that may use our API (the operator's `origins`): what their browsers want to hear (CORS).

Never with our cookies: no `Access-Control-Allow-Credentials`, so such a page acts by its own bearer tokens only. Who
may do what is checked elsewhere (`origin.py`); a foreign page without permission just cannot read the answer. WHIP and
WHEP answer for themselves.
"""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from signaling.origin import normal_origin

API: Final = "/api/"
_PREFLIGHT: Final = {
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers": "Authorization, Content-Type",
    "access-control-max-age": "86400",
}


class CrossOrigin:
    """ASGI middleware; `origins` as `normal_origin` gives them."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or normal_origin(origin) not in self._origins:
            return await self._app(scope, receive, send)
        common = {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "Retry-After",
            "vary": "Origin",
        }
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            answer = Response(status_code=204, headers={**common, **_PREFLIGHT})
            return await answer(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(common)
            await send(message)

        return await self._app(scope, receive, send_with_headers)
