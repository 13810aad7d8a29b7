"""The web client's files, as they are in `web/`: no build step stands between the source and the browser.

Only `app/` and `sdk/` are served, only files of known kinds, and never one whose real path lies elsewhere.
The browser asks each time and gets a 304 where nothing has changed, so a new version is there at once.
"""

import hashlib
import os
from pathlib import Path
from typing import Final, NamedTuple

import trio
from starlette.requests import Request
from starlette.responses import Response

from treble.api import ApiError

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".webmanifest": "application/manifest+json",
}
FOLDERS: Final = ("app", "sdk")
PAGE: Final = "app/index.html"
PLACES: Final = ("r", "account")  # one word more, and it is the page's business
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_CACHE_BYTES: Final = 64 * 1024 * 1024


class WebFile(NamedTuple):
    stamp: tuple[int, int, int]
    body: bytes
    etag: str


class WebFiles:
    """Files below `root`, kept in memory as long as they do not change."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._cache: dict[Path, WebFile] = {}

    async def serve(self, request: Request) -> Response:
        path = file_path(request.scope["path"][1:])
        file = await trio.to_thread.run_sync(self._load, self._root / path) if path else None
        if path is None or file is None:
            raise ApiError("not.found", "There is nothing at this address.")
        headers = {"etag": file.etag, "cache-control": "no-cache"}
        if file.etag in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        return Response(file.body, headers=headers, media_type=TYPES[os.path.splitext(path)[1]])

    def _load(self, path: Path) -> WebFile | None:
        try:
            real = path.resolve()
            if not any(real.is_relative_to(self._root / folder) for folder in FOLDERS) or not real.is_file():
                return None
            status = real.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if (known := self._cache.get(real)) and known.stamp == stamp:
                return known
            if status.st_size > MAX_FILE_BYTES:
                return None
            body = real.read_bytes()
        except OSError:
            return None
        file = WebFile(stamp, body, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
        if sum(len(each.body) for each in self._cache.values()) + len(body) <= MAX_CACHE_BYTES:
            self._cache[real] = file
        return file


def file_path(path: str) -> str | None:
    """The file below `web/` that a URL's path means, or None. `/`, `/check`, `/r/<room>`,
    `/account/<screen>` are the page.
    """
    parts = path.split("/")
    if path in ("", "check") or (len(parts) == 2 and parts[0] in PLACES and parts[1]):
        return PAGE
    if parts[0] not in FOLDERS or os.path.splitext(path)[1] not in TYPES:
        return None
    if any(part.startswith(".") or not part or "\\" in part or "\0" in part for part in parts):
        return None
    return path
