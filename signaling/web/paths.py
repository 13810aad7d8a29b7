"""Which file of `web/` an address means, and of what type it is."""

import os
from typing import Final

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".tflite": "application/octet-stream",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".webmanifest": "application/manifest+json",
}
VENDOR: Final = "vendor"
"""Of others, as they made it (`deploy/fetch_web_packages.py`); it may be missing."""
FOLDERS: Final = ("app", "sdk", VENDOR)
BUNDLE: Final = "bundle"
"""Modules joined by `bundles`; no folder on disk."""
COMPILERS: Final = ("app/blur/worker.js",)
"""Workers that may compile WebAssembly; the page itself may not."""
PAGE: Final = "app/index.html"
ROOT_FILES: Final = {"service-worker.js": "app/service-worker.js"}
"""At the root, because a service worker rules what lies beside it."""
VERSIONED: Final = "_"
"""`/_/<version>/app/main.js`: the first word of an address of a file as it was, or is, in that version of the tree."""
ROUTES: Final = {"": "home", "check": "check", "r": "room", "account": "account"}
"""The first word of an address that is the page, and what the page calls it (`data-route`)."""


def split_version(path: str) -> tuple[str, str]:
    """The version of the tree that an address names, if any, and the rest of it."""
    first, _, rest = path.partition("/")
    version, _, plain = rest.partition("/")
    return (version, plain) if first == VERSIONED and plain.startswith((*FOLDERS, BUNDLE)) else ("", path)


def route_of(path: str) -> str | None:
    """`/`, `/check`, `/r/<room>` and `/account/<screen>` are the page: which of the four, or None."""
    first, _, rest = path.partition("/")
    if path in ("", PAGE):
        return ROUTES[""]
    if path == "check":
        return ROUTES[path]
    return ROUTES.get(first) if first not in ("", "check") and rest and "/" not in rest else None


def file_path(path: str) -> str | None:
    """The file below `web/` that a URL's path means, or None."""
    if route_of(path):
        return PAGE
    if path in ROOT_FILES:
        return ROOT_FILES[path]
    parts = path.split("/")
    if parts[0] not in (*FOLDERS, BUNDLE) or os.path.splitext(path)[1] not in TYPES:
        return None
    if any(part.startswith(".") or not part or "\\" in part or "\0" in part for part in parts):
        return None
    return path
