"""What a module imports, read from its source: enough of the grammar for modules that are written as ours are.

Ours: one import or export a statement, at the start of a line; names in double quotes; `await import("...")`,
`() => import("...")` or a line that begins with it for what is loaded when it is wanted.
"""

import posixpath
import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

_STATIC: Final = re.compile(r'^(?:import|export)\b(?:[\s\w{},*$]*?\bfrom)?\s*"([^"]+)"', re.MULTILINE)
_LAZY: Final = re.compile(r'\bimport\(\s*"([^"]+)"\s*\)')
_SHEET: Final = re.compile(r'^@import "(\.[^"]+)";$', re.MULTILINE)


class Imports(NamedTuple):
    """Paths below `web/`: loaded with the module, and loaded when the module asks for it."""

    static: tuple[str, ...]
    lazy: tuple[str, ...]


def imports_of(path: str, text: str) -> Imports:
    """`text`: the source without its comments, where a type is imported too."""
    return Imports(_resolved(path, _STATIC.findall(text)), _resolved(path, _LAZY.findall(text)))


def sheets_of(path: str, text: str) -> Imports:
    """The style sheets that one imports from files beside, in lines of their own."""
    return Imports(_resolved(path, _SHEET.findall(text)), ())


def joined(path: str, text: str, sheet: Callable[[str], str]) -> str:
    """A style sheet with those that it imports in their places: one answer instead of several."""
    return _SHEET.sub(lambda found: sheet(_resolved(path, found.groups())[0]), text)


def resolved(path: str, name: str) -> str:
    """The path below `web/` that `name` means in the file `path`."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(path), name))[1:]


def _resolved(path: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(resolved(path, name) for name in dict.fromkeys(names) if name.startswith(("/", "./", "../")))


def waves(
    entries: Iterable[str], imports: Callable[[str], Imports], loaded: Iterable[str] = ()
) -> list[list[str]]:
    """What a browser fetches for `entries`, round by round: it knows a module's imports once it has the module.
    `loaded` is there already, with all that it imports.
    """
    known, rounds = set(loaded), []
    coming = [each for each in dict.fromkeys(entries) if each not in known]
    while coming:
        rounds.append(coming)
        known.update(coming)
        wanted = (name for each in coming for name in imports(each).static)
        coming = [each for each in dict.fromkeys(wanted) if each not in known]
    return rounds


def closure(
    entries: Iterable[str], imports: Callable[[str], Imports], loaded: Iterable[str] = ()
) -> list[str]:
    """`entries` and all that they import at once, the entries first."""
    return [each for wave in waves(entries, imports, loaded) for each in wave]
