"""The files of `web/` in memory, with the hash of all in the address of each, and the page for each way in.

`/_/<hash>/app/main.js` is a file for ever; `/app/main.js` is the file as it is now. The page's import map leads the
folders to their hashed addresses, so the files themselves stay as they are. The page loads its modules in bundles.
"""

import base64
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from signaling.security_headers import WASM
from signaling.web import encodings
from signaling.web.bundles import file_of, plan
from signaling.web.comments import without_comments, without_indent
from signaling.web.imports import Imports, imports_of, joined, sheets_of
from signaling.web.joining import join
from signaling.web.page import import_map, render, ways_of
from signaling.web.paths import COMPILERS, FOLDERS, PAGE, ROUTES, TYPES, VENDOR

_log = structlog.get_logger("signaling.web")

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
SCRIPTS: Final = (".js", ".mjs")
COMMENTED: Final = (*SCRIPTS, ".css")
INDENTED: Final = (".json", ".html", ".svg")

Stamp = tuple[int, int, int]
Stamps = Mapping[str, Stamp]
NO_STAMP: Final[Stamp] = (0, 0, 0)
"""Of what is made from other files."""


class Served:
    """A body with its type, its hash, and the same in each coding."""

    def __init__(self, body: bytes, content_type: str, allows: str = "") -> None:
        """`allows`: what its policy lets it run beside our own files."""
        self.body = body
        self.content_type = content_type
        self.allows = allows
        self.etag = f'W/"{_hash(body)[:24]}"'  # weak: the same for each coding
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
    """`version`: the hash of all files together. `modules`: of each bundle among `files`."""

    version: str
    stamps: Stamps
    files: Mapping[str, WebFile]
    modules: Mapping[str, Sequence[str]]
    pages: Mapping[str, Served]

    def find(self, path: str, route: str | None) -> Served | None:
        if route:
            return self.pages.get(route)
        file = self.files.get(path)
        return file.served if file else None

    def everything(self) -> list[Served]:
        return [*self.pages.values(), *(file.served for file in self.files.values())]


def _hash(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()


def read_site(root: Path, before: Site | None) -> Site:
    """What lies below `root` now; what has not changed since `before` is taken from there. Blocks: call it in a thread."""
    stamps = scan(root)
    if before and before.stamps == stamps:
        return before
    known = before.files if before else {}
    files = {path: _file(root, path, stamp, known.get(path)) for path, stamp in stamps.items()}
    found = {path: file for path, file in files.items() if file is not None}
    found |= {
        path: _with_imports(path, file, found) for path, file in found.items() if _is_joined(path, file)
    }
    bundles, modules = _bundles(found)
    found = bundles | found
    version = _hash("".join(f"{path}{file.served.etag}" for path, file in found.items()).encode())[:8]
    return Site(version, stamps, found, modules, _pages(found, modules, version))


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
    if known and known.stamp == stamp and not _is_joined(path, known):
        return known
    try:
        body = (root / path).read_bytes()
    except OSError:
        return None
    kind, imports = os.path.splitext(path)[1], Imports((), ())
    if kind in COMMENTED and not path.startswith(f"{VENDOR}/"):
        text = without_comments(body.decode(errors="replace"))
        imports = imports_of(path, text) if kind in SCRIPTS else sheets_of(path, text)
        body = text.encode()
    elif kind in INDENTED and not path.startswith(f"{VENDOR}/"):
        body = without_indent(body.decode(errors="replace")).encode()
    allows = WASM if path in COMPILERS else ""
    return WebFile(stamp, Served(body, TYPES[kind], allows), imports)


def _is_joined(path: str, file: WebFile) -> bool:
    return path.endswith(".css") and bool(file.imports.static)


def _with_imports(path: str, file: WebFile, files: Mapping[str, WebFile]) -> WebFile:
    def sheet(wanted: str) -> str:
        return files[wanted].served.body.decode() if wanted in files else ""

    body = joined(path, file.served.body.decode(), sheet).encode()
    return file._replace(served=Served(body, file.served.content_type))


def _imports_in(files: Mapping[str, WebFile]) -> Callable[[str], Imports]:
    return lambda path: files[path].imports if path in files else Imports((), ())


def _bundles(files: Mapping[str, WebFile]) -> tuple[dict[str, WebFile], dict[str, Sequence[str]]]:
    """What the page loads, joined, and the modules of each; nothing where it cannot be, and the page goes on without."""
    if PAGE not in files:
        return {}, {}

    def text(path: str) -> str:
        return files[path].served.body.decode()

    found: dict[str, WebFile] = {}
    try:
        planned = plan(ways_of(text(PAGE)), _imports_in(files))
        for name in planned.members:
            path, bundle = file_of(name), join(name, planned, text)
            script = Served(bundle.text.encode(), TYPES[".js"])
            found[path] = WebFile(NO_STAMP, script, imports_of(path, bundle.text))
            found[f"{path}.map"] = WebFile(
                NO_STAMP, Served(bundle.map.encode(), TYPES[".map"]), Imports((), ())
            )
    except (ValueError, KeyError) as error:
        _log.warning("web client served module by module", cause=str(error))
        return {}, {}
    return found, {file_of(name): paths for name, paths in planned.members.items()}


def _pages(
    files: Mapping[str, WebFile], modules: Mapping[str, Sequence[str]], version: str
) -> Mapping[str, Served]:
    if PAGE not in files:
        return {}
    bundle_of = {path: bundle for bundle, paths in modules.items() for path in paths}
    there = [folder for folder in FOLDERS if any(path.startswith(f"{folder}/") for path in files)]
    script = import_map(version, there)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    source = files[PAGE].served.body.decode(errors="replace")
    imports = _imports_in(files)

    def place(path: str) -> str:
        return bundle_of.get(path, path)

    return {
        route: Served(
            render(source, route, script, version, imports, place).encode(),
            TYPES[".html"],
            f"'sha256-{digest}'",
        )
        for route in ROUTES.values()
    }
