"""The text of a bundle: each module a function that runs once and gives what it exports.

    const $parts_menu = (() => {
    const { t } = $lib_strings;              // import { t } from "../lib/strings.js";
    function openMenu() { ... }             // export function openMenu() { ... }
    return { openMenu };
    })();

So each keeps names of its own, and a bundle that imports from another names the module that it wants: one that is no
longer there is an error at once, which the page takes for an update. Modules are written as `imports` says, and export
functions, classes and constants, whose values never change once the module has run (`Unjoinable` otherwise).
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from signaling.web.bundles import Plan, name_in_bundle
from signaling.web.imports import resolved
from signaling.web.source_map import Origin, source_map

_IMPORT: Final = re.compile(r'^import\b(?:\s*\{([^}]*)\}\s*from)?\s*"([^"]+)";?$', re.MULTILINE)
_REEXPORT: Final = re.compile(r'^export\s*\{([^}]*)\}\s*from\s*"([^"]+)";?$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) ([\w$]+))", re.MULTILINE)
_LAZY: Final = re.compile(r'\bimport\(\s*"([^"]+)"\s*\)')
_LEFT: Final = re.compile(r"^(?:export|import)\b(?![.(]).*", re.MULTILINE)
_SELF: Final = "import.meta.url"


class Unjoinable(ValueError):
    """A module is not written as it has to be; the message names it and the line."""


class Bundle(NamedTuple):
    text: str
    map: str


def join(name: str, plan: Plan, source: Callable[[str], str]) -> Bundle:
    """`source`: a module's text, as it would be served by itself."""
    outside: dict[str, list[str]] = {}
    lines: list[str] = []
    origins: list[Origin | None] = []
    for path in plan.members[name]:
        own = _Module(path, name, plan, outside)
        for number, line in enumerate(own.wrapped(source(path)).split("\n")):
            if line:
                lines.append(line)
                origins.append(Origin(path, number))
    head = [
        f'import {{ {", ".join(sorted(set(names)))} }} from "./{other}.js";'
        for other, names in outside.items()
    ]
    text = "\n".join([*head, *lines, f"export {{ {', '.join(map(name_in_bundle, plan.members[name]))} }};"])
    places = [*(None for _ in head), *origins]
    return Bundle(f"{text}\n//# sourceMappingURL={name}.js.map\n", source_map(places))


class _Module:
    """One module on its way into a bundle; `outside` collects what the bundle needs of others."""

    def __init__(self, path: str, bundle: str, plan: Plan, outside: dict[str, list[str]]) -> None:
        self._path = path
        self._bundle = bundle
        self._plan = plan
        self._outside = outside
        self._exports: list[str] = []

    def wrapped(self, source: str) -> str:
        """Of as many lines as the source, the first and the last with the frame around."""
        text = source.rstrip("\n").replace(_SELF, f'import.meta.resolve("/{self._path}")')
        text = _LAZY.sub(self._lazy, _REEXPORT.sub(self._reexport, _IMPORT.sub(self._import, text)))
        text = _EXPORT.sub(self._export, text)
        if left := _LEFT.search(text):
            raise Unjoinable(f"{self._path}: {left[0]}")
        exported = f"return {{ {', '.join(self._exports)} }};" if self._exports else ""
        return f"const {name_in_bundle(self._path)} = (() => {{ {text}\n{exported} }})();"

    def _import(self, found: re.Match[str]) -> str:
        module = self._module(found[2])
        text = f"const {{ {_renamed(found[1])} }} = {module};" if found[1] else ""
        return text + _rest(found)

    def _reexport(self, found: re.Match[str]) -> str:
        module = self._module(found[2])
        for item in _items(found[1]):
            inner, _, outer = item.partition(" as ")
            self._exports.append(f"{outer or inner}: {module}.{inner}")
        return _rest(found)

    def _export(self, found: re.Match[str]) -> str:
        self._exports.append(found[1])
        return ""

    def _lazy(self, found: re.Match[str]) -> str:
        path = resolved(self._path, found[1])
        return f'import("./{self._place(path)}.js").then((bundle) => bundle.{name_in_bundle(path)})'

    def _module(self, address: str) -> str:
        """What a module is called here, and note that it is needed."""
        path = resolved(self._path, address)
        place, name = self._place(path), name_in_bundle(path)
        if place != self._bundle:
            self._outside.setdefault(place, []).append(name)
        return name

    def _place(self, path: str) -> str:
        place = self._plan.place.get(path)
        if place is None:
            raise Unjoinable(f"{self._path} imports {path}, which is not there")
        return place


def _rest(statement: re.Match[str]) -> str:
    """The further lines of a statement, so that those behind it stay where they are."""
    return "\n" * statement[0].count("\n")


def _items(names: str) -> list[str]:
    return [each for each in (" ".join(item.split()) for item in names.split(",")) if each]


def _renamed(names: str) -> str:
    return ", ".join(item.replace(" as ", ": ") for item in _items(names))
