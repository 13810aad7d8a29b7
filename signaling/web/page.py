"""`index.html` as it is sent: hashed addresses, an import map, and preloads for all that is imported on the way in.

The source works as it lies, with plain addresses; it has one element a line in its head. There, `data-route="home room"`
is for those ways in alone, and a `modulepreload` stands for its module and all that this one imports.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from signaling.web.imports import Imports, closure

_ROUTES: Final = re.compile(r' data-route="([^"]*)"')
_ADDRESS: Final = re.compile(r'\b(href|src)="/((?:app|sdk)/[^"?#]+)"')
_PRELOAD: Final = re.compile(r'<link rel="modulepreload" href="/([^"]+)"')
_ENTRY: Final = re.compile(r'<script type="module" src="/([^"]+)"')


def address(path: str, version: str) -> str:
    return f"/{path}?v={version}"


def import_map(versions: Mapping[str, str]) -> str:
    """Every module under its plain address, led to the hashed one."""
    imports = {f"/{path}": address(path, version) for path, version in versions.items()}
    return json.dumps({"imports": imports}, separators=(",", ":"))


def render(
    source: str,
    route: str,
    script: str,
    versions: Mapping[str, str],
    imports: Callable[[str], Imports],
) -> str:
    """`script` is the import map, which has to come before all that loads a module."""
    lines: list[str] = []
    preloaded: list[str] = []
    has_map = False
    for line in source.splitlines(keepends=True):
        routes = _ROUTES.search(line)
        if routes and route not in routes[1].split():
            continue
        if not has_map and "<link" in line:
            lines.append(f'    <script type="importmap">{script}</script>\n')
            has_map = True
        preload, entry = _PRELOAD.search(line), _ENTRY.search(line)
        if found := preload or entry:
            new = closure([found[1]], imports, preloaded)
            preloaded += new
            lines += [_preload(path, line) for path in new]
        if not preload:
            lines.append(_ROUTES.sub("", line))
    return _ADDRESS.sub(lambda found: _versioned(found[1], found[2], versions), "".join(lines))


def _preload(path: str, like: str) -> str:
    indent = like[: len(like) - len(like.lstrip())]
    return f'{indent}<link rel="modulepreload" href="/{path}" />\n'


def _versioned(attribute: str, path: str, versions: Mapping[str, str]) -> str:
    plain = f"/{path}"
    return f'{attribute}="{address(path, versions[path]) if path in versions else plain}"'
