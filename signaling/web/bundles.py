"""Which modules come to the browser together, as one file: those that are always wanted together.

A module of two kilobytes compresses badly by itself and costs a round of HTTP. So the modules lie in `web/` as they are
read, and what is served joins them (`joining` writes the text). The ways into the page, and whatever is imported later,
are the entries; modules that the same entries need, and no others, make one bundle; what two ways into the page need
comes with its start. What a module imports is needed by all that need the module, so bundles never import each other in
a circle.

The files stay at their own addresses, too: for workers, for pages of others, and for whoever reads the source.
"""

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Final, NamedTuple

from signaling.web.imports import Imports, closure
from signaling.web.paths import BUNDLE

START: Final = "start"
LATER: Final = "later"
Entries = tuple[str, ...]


class Ways(NamedTuple):
    """What the page names: loaded at once on every way, on one way, and once there is a screen to look at."""

    start: Entries
    screens: Entries
    later: Entries


class Plan(NamedTuple):
    """`members`: of each bundle, in the order in which they run. `place`: the bundle of each module."""

    members: Mapping[str, Sequence[str]]
    place: Mapping[str, str]


def plan(ways: Ways, imports: Callable[[str], Imports]) -> Plan:
    """Raises `ValueError` where modules import each other in a circle."""
    start = closure(ways.start, imports)
    needed_by: dict[str, Entries] = dict.fromkeys(start, (START,))
    named = {entry: closure([entry], imports, start) for entry in ways.screens}
    named[LATER] = closure([entry for entry in ways.later if entry not in named], imports, start)
    _note(named, needed_by)
    needed_by |= {path: (START,) for path, entries in needed_by.items() if len(entries) > 1}
    entries = _lazy([*start, *ways.screens, *ways.later], imports, set(needed_by))
    _note({entry: closure([entry], imports, needed_by) for entry in entries}, needed_by)
    groups: dict[Entries, list[str]] = {}
    for path in _in_order(needed_by, imports):
        groups.setdefault(needed_by[path], []).append(path)
    members = {_name(group): paths for group, paths in groups.items()}
    return Plan(members, {path: name for name, paths in members.items() for path in paths})


def _note(reached: Mapping[str, Iterable[str]], needed_by: dict[str, Entries]) -> None:
    fresh: dict[str, Entries] = {}
    for entry, paths in reached.items():
        for path in paths:
            fresh[path] = (*fresh.get(path, ()), entry)
    needed_by.update(fresh)


def _lazy(roots: Iterable[str], imports: Callable[[str], Imports], known: set[str]) -> list[str]:
    """Whatever is imported later, from `roots` or from what comes later itself."""
    found: list[str] = []
    seen: set[str] = set()
    coming = list(roots)
    while coming:
        modules = [path for path in closure(coming, imports) if path not in seen]
        seen.update(modules)
        coming = [path for each in modules for path in imports(each).lazy if path not in seen]
        found += [path for path in coming if path not in known]
    return sorted(set(found))


def _in_order(paths: Iterable[str], imports: Callable[[str], Imports]) -> Iterable[str]:
    """Each module behind those that it imports."""
    return TopologicalSorter({path: imports(path).static for path in paths}).static_order()


def _name(entries: Entries) -> str:
    """One entry's own, or the same for the same entries, so that a page which was loaded before an update finds it."""
    if len(entries) > 1:
        return "shared-" + hashlib.sha256(" ".join(entries).encode()).hexdigest()[:6]
    return re.sub(r"\W", "-", posixpath.splitext(entries[0])[0].removeprefix("app/"))


def file_of(name: str) -> str:
    return f"{BUNDLE}/{name}.js"


def name_in_bundle(path: str) -> str:
    """What a module is called in the bundles: `$parts_menu` for `app/parts/menu.js`; no module uses such names itself."""
    return "$" + re.sub(r"\W", "_", posixpath.splitext(path)[0].removeprefix("app/"))
