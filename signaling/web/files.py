"""Serves the web client: addresses with the tree's hash for ever, plain ones and the page anew whenever they change.

Only `app/`, `sdk/` and `vendor/` are served, only files of known kinds, and never one whose real path lies elsewhere. A
hash that is not (or no longer) the tree's own gets the file as it is now, not to be kept: a page that was loaded before
an update goes on, and loads what it still lacks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import trio
from starlette.requests import Request
from starlette.responses import Response

from signaling.security_headers import policy
from signaling.web.encodings import chosen
from signaling.web.paths import file_path, route_of, split_version
from signaling.web.site import Served, Site, read_site
from treble.api import ApiError

FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"


class WebFiles:
    """Files below `root`, kept in memory as long as they do not change."""

    def __init__(self, root: Path, embed_origins: Sequence[str] = ()) -> None:
        """`embed_origins`: whose pages may show ours in a frame."""
        self._root = root.resolve()
        self._embed_origins = embed_origins
        self._site: Site | None = None
        self._asked = trio.Event()

    async def run(self) -> None:
        """Read everything; once a browser has come, compress it as well as it can be, file by file, in a worker thread."""
        await self._look()
        await self._asked.wait()
        for served in self._site.everything() if self._site else ():
            await trio.to_thread.run_sync(served.refine)

    async def serve(self, request: Request) -> Response:
        version, asked = split_version(request.scope["path"][1:])
        path, route = file_path(asked), route_of(asked)
        if path is None:
            raise ApiError("not.found", "There is nothing at this address.")
        self._asked.set()
        site = self._site
        if site is None or site.version != version:
            site = await self._look()
        served = site.find(path, route)
        if served is None:
            raise ApiError("not.found", "There is nothing at this address.")
        return self._answer(request, served, FOR_EVER if not route and site.version == version else ASK_AGAIN)

    async def _look(self) -> Site:
        """Read what has changed on disk."""
        self._site = await trio.to_thread.run_sync(read_site, self._root, self._site)
        return self._site

    def _answer(self, request: Request, served: Served, cache_control: str) -> Response:
        headers = {"etag": served.etag, "cache-control": cache_control, "vary": "accept-encoding"}
        if served.allows:
            headers["content-security-policy"] = policy(self._embed_origins, served.allows)
        if served.etag in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        coding = chosen(request.headers.get("accept-encoding", ""))
        body = served.encoded(coding)
        if body is not None:
            headers["content-encoding"] = coding
        body = served.body if body is None else body
        return Response(body, headers=headers, media_type=served.content_type)
