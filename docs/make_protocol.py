"""Makes docs/protocol.md from signaling/messages.py: `.venv/bin/python docs/make_protocol.py`."""

import inspect
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import msgspec

from signaling import (
    approval_messages,
    audit_messages,
    caption_messages,
    chat_messages,
    door_messages,
    host_messages,
    key_messages,
    messages,
    settings,
)
from treble import api

PAGE = Path(__file__).with_name("protocol.md")
ANSWERS = (
    messages.Welcome,
    messages.Answer,
    messages.Done,
    messages.Failed,
    *get_args(host_messages.HostAnswer),
    *get_args(chat_messages.ChatAnswer),
)
INNER = (
    api.PublishedTrack,
    api.SlotPair,
    api.Tile,
    api.SlotState,
    api.Speaker,
    api.LayerShape,
    api.Network,
    messages.Participant,
    messages.TrackState,
    messages.IceServer,
    door_messages.Waiter,
    approval_messages.Approval,
    audit_messages.AuditEntry,
    host_messages.Emotion,
    chat_messages.ChatEvent,
    chat_messages.SharedFile,
    chat_messages.Reaction,
    caption_messages.Caption,
    key_messages.KeyItem,
    key_messages.PassedKey,
    settings.Settings,
)


def name_of(kind: Any) -> str:
    """A type as the page says it."""
    if kind is type(None):
        return "null"
    arguments = get_args(kind)
    if hasattr(kind, "__metadata__"):
        return name_of(arguments[0])
    if arguments and getattr(kind, "__origin__", None) is list:
        return f"list of {name_of(arguments[0])}"
    if arguments and getattr(kind, "__origin__", None) is dict:
        return f"object: {name_of(arguments[1])} by {name_of(arguments[0])}"
    if arguments and getattr(kind, "__origin__", None) is Literal:
        return " or ".join(f'`"{each}"`' for each in arguments)
    if arguments:
        return " or ".join(name_of(each) for each in arguments)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " or ".join(f'`"{each}"`' for each in kind)
    return {str: "string", int: "integer", float: "number", bool: "boolean"}.get(kind, kind.__name__)


def bounds_of(kind: Any) -> str:
    """What `msgspec.Meta` allows, in words; the longest and largest only."""
    for meta in getattr(kind, "__metadata__", ()):
        for attribute, words in (("max_length", "at most {}"), ("le", "at most {}")):
            if (value := getattr(meta, attribute)) is not None:
                return words.format(value)
    return ""


def describe(kind: type[msgspec.Struct]) -> list[str]:
    tag = kind.__struct_config__.tag
    title = f"`{tag}`" if tag else kind.__name__
    document = inspect.cleandoc(kind.__doc__ or "")
    lines = [f"### {title}", ""]
    if not document.startswith(f"{kind.__name__}("):
        lines += [document, ""] if document else []
    hints = get_type_hints(kind, include_extras=True)
    lines += ["| field | type | |", "|---|---|---|"]
    for field in msgspec.structs.fields(kind):
        notes = [] if field.required else ["may be left out"]
        notes += [each] if (each := bounds_of(hints[field.name])) else []
        lines.append(f"| `{field.name}` | {name_of(hints[field.name])} | {', '.join(notes)} |")
    return [*lines, ""]


def section(title: str, kinds: tuple[type[msgspec.Struct], ...]) -> list[str]:
    return [f"## {title}", "", *(line for kind in kinds for line in describe(kind))]


def page() -> str:
    server = get_args(messages.ServerMessage)
    lines = [
        "# The protocol `treble.v1`",
        "",
        "Made from the message files in `signaling/` by `docs/make_protocol.py`; do not edit.",
        "",
        inspect.cleandoc(messages.__doc__ or "").partition("`decode_client`")[0].strip(),
        "",
        *section("Requests of the client", get_args(messages.ClientMessage)),
        *section("Answers", ANSWERS),
        *section("Pushes", tuple(kind for kind in server if kind not in ANSWERS)),
        *section("Inside messages", INNER),
    ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
