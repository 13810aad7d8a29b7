"""`index.html` as it is sent: addresses of one version, an import map, and preloads for all that is imported on the way in.

The source works as it lies, with plain addresses; it has one element a line in its head. There, `data-route="home room"`
is for those ways in alone, and a `modulepreload` stands for its module and all that this one imports.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Final

from signaling.web.bundles import Ways
from signaling.web.imports import Imports, closure
from signaling.web.paths import VERSIONED

_ROUTES: Final = re.compile(r' data-route="([^"]*)"')
_ADDRESS: Final = re.compile(r'\b(href|src)="/((?:app|sdk|bundle)/[^"?#]+)"')
_PRELOAD: Final = re.compile(r'<link rel="modulepreload" href="/([^"]+)"')
_ENTRY: Final = re.compile(r'<script type="module" src="/([^"]+)"')


def address(path: str, version: str) -> str:
    return f"/{VERSIONED}/{version}/{path}"


def import_map(version: str, folders: Iterable[str]) -> str:
    """Each folder under its plain address, led to the one of this version; relative imports stay in it by themselves."""
    imports = {f"/{folder}/": address(f"{folder}/", version) for folder in folders}
    return json.dumps({"imports": imports}, separators=(",", ":"))


def ways_of(source: str) -> Ways:
    """What the page loads: by its scripts, for some ways in alone, and once it shows something."""
    start: list[str] = []
    screens: list[str] = []
    later: list[str] = []
    for line in source.splitlines():
        if entry := _ENTRY.search(line):
            start.append(entry[1])
        elif preload := _PRELOAD.search(line):
            (screens if _ROUTES.search(line) else later).append(preload[1])
    return Ways(tuple(start), tuple(screens), tuple(later))


def render(
    source: str,
    route: str,
    script: str,
    version: str,
    imports: Callable[[str], Imports],
    place: Callable[[str], str],
) -> str:
    """`script` is the import map, which has to come before all that loads a module; `place`: the file that has a module."""
    lines: list[str] = []
    preloaded: list[str] = []
    has_map = False
    for line in source.splitlines(keepends=True):
        routes = _ROUTES.search(line)
        if routes and route not in routes[1].split():
            continue
        if not has_map and "<link" in line:
            lines.append(f'<script type="importmap">{script}</script>\n')
            has_map = True
        preload, entry = _PRELOAD.search(line), _ENTRY.search(line)
        if found := preload or entry:
            new = closure([place(found[1])], imports, preloaded)
            preloaded += new
            lines += [f'<link rel="modulepreload" href="/{path}">\n' for path in new]
            line = line.replace(found[1], place(found[1]))
        if not preload and not (entry and line in lines):
            lines.append(_ROUTES.sub("", line))
    return _ADDRESS.sub(lambda found: f'{found[1]}="{address(found[2], version)}"', "".join(lines))
