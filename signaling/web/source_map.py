"""Source maps (ECMA-426): from each line of a bundle to the line of the module that it was, for debuggers and traces."""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Origin(NamedTuple):
    """A module below `web/`, and a line from 0."""

    path: str
    line: int


def source_map(lines: Sequence[Origin | None]) -> str:
    """`lines`: where each line of the bundle comes from."""
    paths = list(dict.fromkeys(origin.path for origin in lines if origin))
    number_of = {path: number for number, path in enumerate(paths)}
    groups, last = [], (0, 0)
    for origin in lines:
        if origin is None:
            groups.append("")
            continue
        place = (number_of[origin.path], origin.line)
        groups.append("A" + _vlq(place[0] - last[0]) + _vlq(place[1] - last[1]) + "A")
        last = place
    sources = [f"../{path}" for path in paths]
    whole = {"version": 3, "sources": sources, "names": [], "mappings": ";".join(groups)}
    return json.dumps(whole, separators=(",", ":"))


def _vlq(value: int) -> str:
    """Base64 of five bits each, the least first; the sign is the lowest bit."""
    rest, text = (-value << 1) | 1 if value < 0 else value << 1, ""
    while True:
        rest, digit = rest >> 5, rest & 31
        text += _DIGITS[digit | 32 if rest else digit]
        if not rest:
            return text
