"""What was loaded, in bytes: as sent, and as the files lie in the repository."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signaling.web.imports import Imports, waves
from signaling.web.paths import file_path, split_version
from signaling.web.site import Site

WEB = Path(__file__).parents[2] / "web"


@dataclass
class Weight:
    """`source`: of the files as they lie in `web/`; `code`: without the comments, as the browser reads them;
    `compressed`: as they came, without the heads of HTTP.
    """

    source: int = 0
    code: int = 0
    compressed: int = 0
    requests: int = 0
    by_folder: Counter[str] = field(default_factory=Counter)
    files: list[tuple[int, str]] = field(default_factory=list)


def weigh(entries: Iterable[dict[str, Any]], site: Site) -> Weight:
    """Each file once, whatever else was asked of the server (API, WebSocket) left out."""
    weight, seen = Weight(), set()
    for entry in entries:
        path = file_path(split_version(entry["path"][1:])[1])
        if path is None or path in seen or path not in site.files:
            continue
        seen.add(path)
        weight.code += entry["decoded"]
        weight.compressed += entry["encoded"]
        weight.requests += 1
        weight.files.append((entry["encoded"], path))
        for each in _parts(path, site):
            size = (WEB / each).stat().st_size
            weight.source += size
            weight.by_folder["/".join(each.split("/")[:2]) if each.startswith("app/") else "sdk"] += size
    weight.files.sort(reverse=True)
    return weight


def _parts(path: str, site: Site) -> Sequence[str]:
    """The files of `web/` that one answer is made of."""
    if path in site.modules:
        return site.modules[path]
    return (path, *site.files[path].imports.static) if path.endswith(".css") else (path,)


def longest_chain(site: Site, preloaded: Iterable[str]) -> int:
    """Most rounds of fetching that any part needs, of those that come later, too: what is preloaded comes in the first."""

    def imports(path: str) -> Imports:
        return site.files[path].imports if path in site.files else Imports((), ())

    known = set(preloaded)
    missed = [name for each in known for name in imports(each).static if name not in known]
    lazy = {path for bundle in site.modules for path in site.files[bundle].imports.lazy} - known
    rounds = [len(waves([part], imports, known)) for part in lazy]
    return max([1 + len(waves(missed, imports, known)), *rounds])
