"""Conditions and schedules as people write them.

    rate=300k,queue=300ms,delay=25ms,jitter=5ms,loss=5%,bursts=1%/30%,reorder=1%/4ms,duplicate=0.5%

`bursts=ENTER/LEAVE[/LOSS]` is Gilbert-Elliott, `rate=none` takes the bottleneck away, `bursts=none` the bursts. A
schedule is entries of the form `SECONDS down|up|both CONDITIONS`, apart by `;` or lines; `#` begins a comment. What an
entry does not name stays as it was.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from bench.link.model import Bursts, Conditions
from treble.units import SECOND

WAYS: Final = {"down": ("down",), "up": ("up",), "both": ("down", "up")}
_RATES: Final = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_TIMES: Final = {"us": 1_000, "ms": 1_000_000, "s": SECOND}
_NUMBER: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)")
_MAX_RATE: Final = 1_000_000_000_000


class BadText(ValueError):
    """What was written is no condition or no schedule; the text says which part and what it should be."""


@dataclass(frozen=True)
class Change:
    """At `at_ns` from the start, `way` ("down" or "up") gets what `text` names."""

    at_ns: int
    way: str
    text: str


def parse_conditions(text: str, base: Conditions) -> Conditions:
    """`base` with what `text` names. Raises `BadText`."""
    changes: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or name not in _READERS:
            raise BadText(f"{part!r}: expected one of {', '.join(f'{each}=...' for each in _READERS)}")
        changes |= _READERS[name](name, value)
    return replace(base, **changes)


def parse_schedule(text: str) -> list[Change]:
    """In order of time. Raises `BadText`."""
    changes = []
    lines = (line.partition("#")[0] for line in text.splitlines())
    for entry in filter(None, (entry.strip() for line in lines for entry in line.split(";"))):
        words = entry.split(None, 2)
        if len(words) != 3 or words[1] not in WAYS:
            raise BadText(f"schedule: {entry!r}: expected SECONDS down|up|both CONDITIONS")
        at_ns = parse_time("schedule", words[0] if words[0][-1].isalpha() else f"{words[0]}s")
        parse_conditions(words[2], Conditions())
        changes += [Change(at_ns, way, words[2].replace(" ", "")) for way in WAYS[words[1]]]
    return sorted(changes, key=lambda change: change.at_ns)


def conditions_text(conditions: Conditions) -> str:
    """What `parse_conditions` reads back as the same, whatever the base."""
    bursts = conditions.bursts
    return ",".join(
        [
            f"rate={conditions.rate_bps or 'none'}",
            f"queue={_time_text(conditions.queue_ns)}",
            f"delay={_time_text(conditions.delay_ns)}",
            f"jitter={_time_text(conditions.jitter_ns)}",
            f"loss={conditions.loss}",
            f"bursts={bursts.enter}/{bursts.leave}/{bursts.loss}" if bursts else "bursts=none",
            f"reorder={conditions.reorder}/{_time_text(conditions.reorder_ns)}",
            f"duplicate={conditions.duplicate}",
        ]
    )


def parse_time(name: str, text: str) -> int:
    """Nanoseconds."""
    number, unit = _number(name, text, "a time such as 25ms or 1.5s")
    if unit not in _TIMES and number:
        raise BadText(f"{name}: {text!r} needs a unit: ms, us or s")
    return round(number * _TIMES.get(unit, 0))


def parse_rate(name: str, text: str) -> int:
    """Bits per second, 0 for `none`."""
    if text == "none":
        return 0
    number, unit = _number(name, text, "a rate such as 300k, 3M or none")
    rate = number * _RATES.get(unit, 0)
    if not 1 <= rate <= _MAX_RATE:
        raise BadText(f"{name}: {text!r} is no rate; write 300k, 3M, none, or bits per second")
    return round(rate)


def parse_share(name: str, text: str) -> float:
    """A probability: `5%` or `0.05`."""
    number, unit = _number(name, text.removesuffix("%"), "a share such as 5% or 0.05")
    share = number / 100 if text.endswith("%") else number
    if unit or share > 1:
        raise BadText(f"{name}: {text!r} is no share from 0 to 100 %")
    return share


def _number(name: str, text: str, what: str) -> tuple[float, str]:
    if (found := _NUMBER.fullmatch(text.strip())) is None:
        raise BadText(f"{name}: {text!r} is not {what}")
    return float(found[1]), found[2]


def _bursts(name: str, text: str) -> dict[str, Any]:
    if text == "none":
        return {"bursts": None}
    parts = [parse_share(name, part) for part in text.split("/")]
    if not 2 <= len(parts) <= 3 or parts[1] == 0:
        raise BadText(f"{name}: {text!r}: expected ENTER/LEAVE or ENTER/LEAVE/LOSS, LEAVE above 0")
    return {"bursts": Bursts(*parts)}


def _reorder(name: str, text: str) -> dict[str, Any]:
    share, slash, held = text.partition("/")
    return {"reorder": parse_share(name, share)} | ({"reorder_ns": parse_time(name, held)} if slash else {})


def _time_text(time_ns: int) -> str:
    return f"{time_ns // 1000}us"


def _one(field: str, parse: Callable[[str, str], Any]) -> Callable[[str, str], dict[str, Any]]:
    return lambda name, text: {field: parse(name, text)}


_READERS: Final[dict[str, Callable[[str, str], dict[str, Any]]]] = {
    "rate": _one("rate_bps", parse_rate),
    "queue": _one("queue_ns", parse_time),
    "delay": _one("delay_ns", parse_time),
    "jitter": _one("jitter_ns", parse_time),
    "loss": _one("loss", parse_share),
    "bursts": _bursts,
    "reorder": _reorder,
    "duplicate": _one("duplicate", parse_share),
}
