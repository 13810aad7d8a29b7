"""The files of `web/` in memory, with the hash of each in its address, and the page for each way in.

`/app/main.js?v=<hash>` is a file for ever; `/app/main.js` is the file as it is now. The page's import map leads every
module to its hashed address, so the files themselves stay as they are.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from signaling.security_headers import WASM
from signaling.web import encodings
from signaling.web.comments import without_comments
from signaling.web.imports import Imports, imports_of
from signaling.web.page import import_map, render
from signaling.web.paths import COMPILERS, FOLDERS, PAGE, ROUTES, TYPES, VENDOR

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
SCRIPTS: Final = (".js", ".mjs")
COMMENTED: Final = (*SCRIPTS, ".css")
MAPPED: Final = (*SCRIPTS, ".css", ".json", ".wasm", ".tflite")

Stamp = tuple[int, int, int]
Stamps = Mapping[str, Stamp]


class Served:
    """A body with its type, its hash, and the same in each coding."""

    def __init__(self, body: bytes, content_type: str, allows: str = "") -> None:
        """`allows`: what its policy lets it run beside our own files."""
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()
        self.body = body
        self.content_type = content_type
        self.allows = allows
        self.version = digest[:8]
        self.etag = f'W/"{digest[:24]}"'  # weak: the same for each coding
        self._encoded: dict[str, bytes] = {}

    def encoded(self, coding: str) -> bytes | None:
        """In that coding, where it pays."""
        if coding == "identity" or not encodings.is_worth_it(self.content_type, self.body):
            return None
        if coding not in self._encoded:
            self._encoded[coding] = encodings.quick(coding, self.body)
        return self._encoded[coding]

    def refine(self) -> None:
        """Compress once more, as well as it can be."""
        if encodings.is_worth_it(self.content_type, self.body):
            self._encoded["br"] = encodings.finest(self.body)


class WebFile(NamedTuple):
    stamp: Stamp
    served: Served
    imports: Imports


class Site(NamedTuple):
    stamps: Stamps
    files: Mapping[str, WebFile]
    pages: Mapping[str, Served]

    def find(self, path: str, route: str | None) -> Served | None:
        if route:
            return self.pages.get(route)
        file = self.files.get(path)
        return file.served if file else None

    def everything(self) -> list[Served]:
        return [*self.pages.values(), *(file.served for file in self.files.values())]


def read_site(root: Path, before: Site | None) -> Site:
    """What lies below `root` now; what has not changed since `before` is taken from there. Blocks: call it in a thread."""
    stamps = scan(root)
    if before and before.stamps == stamps:
        return before
    known = before.files if before else {}
    files = {path: _file(root, path, stamp, known.get(path)) for path, stamp in stamps.items()}
    found = {path: file for path, file in files.items() if file is not None}
    return Site(stamps, found, _pages(found))


def scan(root: Path) -> Stamps:
    """Each file that may be served: regular, of a known type, not hidden, and really below `web/`."""
    stamps = {}
    for folder in FOLDERS:
        for directory, folders, names in os.walk(root / folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            below = os.path.relpath(directory, root)
            for name in sorted(names):
                if os.path.splitext(name)[1] in TYPES and (
                    stamp := _stamp(root, os.path.join(directory, name))
                ):
                    stamps[f"{below}/{name}"] = stamp
    return stamps


def _stamp(root: Path, path: str) -> Stamp | None:
    if os.path.islink(path) and not any(Path(path).resolve().is_relative_to(root / each) for each in FOLDERS):
        return None
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino) if status.st_size <= MAX_FILE_BYTES else None


def _file(root: Path, path: str, stamp: Stamp, known: WebFile | None) -> WebFile | None:
    if known and known.stamp == stamp:
        return known
    try:
        body = (root / path).read_bytes()
    except OSError:
        return None
    kind, imports = os.path.splitext(path)[1], Imports((), ())
    if kind in COMMENTED and not path.startswith(f"{VENDOR}/"):
        text = without_comments(body.decode(errors="replace"))
        imports = imports_of(path, text) if kind in SCRIPTS else imports
        body = text.encode()
    allows = WASM if path in COMPILERS else ""
    return WebFile(stamp, Served(body, TYPES[kind], allows), imports)


def _pages(files: Mapping[str, WebFile]) -> Mapping[str, Served]:
    if PAGE not in files:
        return {}
    versions = {path: file.served.version for path, file in files.items()}
    mapped = {path: version for path, version in versions.items() if path.endswith(MAPPED)}
    script = import_map(mapped)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    source = files[PAGE].served.body.decode(errors="replace")

    def imports(path: str) -> Imports:
        return files[path].imports if path in files else Imports((), ())

    return {
        route: Served(
            render(source, route, script, versions, imports).encode(), TYPES[".html"], f"'sha256-{digest}'"
        )
        for route in ROUTES.values()
    }
