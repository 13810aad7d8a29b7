"""Every refusal has words of its own in the client: the codes are read from the servers' source."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from signaling.http_common import _DETAILS, _STATUS

HERE = Path(__file__).parents[2]
STRINGS = [HERE / "web" / "app" / "strings" / name for name in ("en.json", "more/en.json")]
PACKAGES = ("signaling", "treble", "sfu")
# Calls whose first argument, or argument `code`, is a code.
SAYING = {"ApiError", "Failed", "refusal"}
# What a room server says to a media server only.
NOT_FOR_CLIENTS = {"away"}


def called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def texts(node: ast.expr) -> Iterator[str]:
    """`"a"`, or both of `"a" if b else "c"`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def codes() -> dict[str, str]:
    """Code to the place where it is said."""
    found: dict[str, str] = {}
    for file in [path for package in PACKAGES for path in sorted((HERE / package).rglob("*.py"))]:
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or called(node) not in SAYING:
                continue
            said = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "code")]
            for code in [text for each in said for text in texts(each)]:
                found.setdefault(code, f"{file.relative_to(HERE)}:{node.lineno}")
    return found


def test_every_code_has_words():
    strings, found = {key for file in STRINGS for key in json.loads(file.read_text())}, codes()
    assert len(found) > 50
    wordless = {code: place for code, place in found.items() if code not in strings} | {
        code: "http_common" for code in {*_STATUS, *_DETAILS} if code not in strings
    }
    assert wordless.keys() <= NOT_FOR_CLIENTS, wordless
