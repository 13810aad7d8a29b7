"""What the operators' commands share: which server or data folder, and how answers are shown."""

import argparse
import math
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from treble.admin_api import Admin
from treble.admin_requests import By
from treble.api import ApiError
from treble.commands.common import add_keys, load

T = TypeVar("T")

KEY_VARIABLE: Final = "TREBLE_ADMIN_KEY"
NOBODY: Final = By()  # the key goes into a header, or none is asked for
_KEYS: Final = (
    "data",
    "database",
    "issuer",
    "room_defaults",
    "retention_one_off_hours",
    "retention_persistent_days",
    "webhook_private_addresses",
)
_MAX_CELL: Final = 60


def add_operator_flags(command: argparse.ArgumentParser, *, remote: bool = True) -> None:
    add_keys(command, _KEYS)
    if remote:
        command.add_argument(
            "--server", metavar="URL", help="a running server (default: the data folder itself)"
        )
        command.add_argument("--key", dest="admin_key", help=f"admin key (default: {KEY_VARIABLE})")
        command.add_argument(
            "--cacert", metavar="FILE", type=Path, help="authority of the server's certificate"
        )
    command.add_argument("--json", action="store_true", help="JSON, for programs")


def ask(given: argparse.Namespace, question: Callable[[Admin], Awaitable[T]]) -> T:
    """The answer of the server, or of the data folder."""
    import trio

    async def run() -> T:
        async with _admin(given) as admin:
            return await question(admin)

    return trio.run(run)


@asynccontextmanager
async def _admin(given: argparse.Namespace) -> AsyncIterator[Any]:
    config = load(given)
    server = getattr(given, "server", None)
    if server is None:
        from signaling.admin.local import local_admin
        from treble.shells import room_config

        async with local_admin(room_config(config)) as local:
            yield local
        return
    from treble.commands.remote_admin import remote_admin

    key = given.admin_key or os.environ.get(KEY_VARIABLE)
    if not key:
        raise ApiError("auth.missing", f"{server}: --key or {KEY_VARIABLE} is needed; see `treble admin-key`")
    if not server.startswith("https://"):
        raise ApiError("bad.server", f"{server}: begins with https://")
    own = config["data"] / "ca/ca.pem"
    authority = given.cacert or (own if own.exists() else None)
    remote: Any = remote_admin(server, key, authority)
    try:
        yield remote
    finally:
        await remote.aclose()


def show(given: argparse.Namespace, answer: msgspec.Struct) -> None:
    """One thing: a line for each field."""
    if given.json:
        return _print_json(answer)
    fields = msgspec.structs.asdict(answer)
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        print(f"{name:<{width}}  {_cell(name, value)}")
    return None


def show_all(
    given: argparse.Namespace, answer: msgspec.Struct, rows: Sequence[msgspec.Struct], columns: Sequence[str]
) -> None:
    """A table, and how to get the rest of it; `--json` shows all fields."""
    if given.json:
        return _print_json(answer)
    table = [list(columns), *([_cell(name, getattr(row, name)) for name in columns] for row in rows)]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns))]
    for line in table:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
    if cursor := getattr(answer, "cursor", None):
        print(f"more: --cursor {cursor}", file=sys.stderr)
    return None


def _print_json(answer: msgspec.Struct) -> None:
    print(msgspec.json.format(msgspec.json.encode(answer)).decode())


def _cell(name: str, value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() if name.endswith("_at"):
            return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        case str():
            shown = "".join(each if each.isprintable() else "?" for each in value)  # nothing moves the cursor
        case msgspec.Struct() | dict() | list():
            shown = msgspec.json.encode(value).decode()
        case _:
            shown = str(value)
    return shown if name in ("token", "key", "secret", "settings", "url") else _short(shown)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_CELL else f"{text[: _MAX_CELL - 1]}…"


def add_paging(command: argparse.ArgumentParser) -> None:
    command.add_argument("--limit", type=whole(1, 500), default=100, help="how many (default: 100)")
    command.add_argument("--cursor", help="where the page before ended")


def whole(low: int, high: float = math.inf) -> Callable[[str], int]:
    """An argument's type: a whole number within bounds."""
    return partial(_whole, low, high)


def _whole(low: int, high: float, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: a number from {low} to {high}")
    return int(text)
