"""Headers of every answer: what the page may load, who may frame it (nobody unless configured), and no sniffing."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Beside the import map, whose hash is named, there is no inline script or style element anywhere: a name or a chat
# message that slipped into the page as markup could still not run. `wss:` is named because older browsers do not count
# it as 'self'.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "connect-src 'self' wss:",
        "img-src 'self' blob: data:",
        "media-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ]
)
SCRIPTS: Final = ("'self'",)
WASM: Final = "'wasm-unsafe-eval'"
"""Lets a script compile WebAssembly, and evaluate no text."""

HEADERS: Final = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware around the whole application, error answers included."""

    def __init__(self, app: ASGIApp, embed_origins: Sequence[str] = ()) -> None:
        """`embed_origins`: whose pages may show ours in a frame."""
        self._app = app
        self._headers = {**HEADERS, "content-security-policy": policy(embed_origins)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def policy(embed_origins: Sequence[str], allows: str = "") -> str:
    """`allows`: the hash of the one inline script that the page holds, as the policy writes it, or `WASM`."""
    ancestors = " ".join(embed_origins) or "'none'"
    scripts = " ".join(filter(None, (*SCRIPTS, allows)))
    return f"{CONTENT_SECURITY_POLICY}; script-src {scripts}; frame-ancestors {ancestors}"
