"""What all WebSocket messages have in common: the base and the bounded types of their fields."""

from typing import Annotated

import msgspec

Id = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Mid = Annotated[str, msgspec.Meta(max_length=32)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Text = Annotated[str, msgspec.Meta(max_length=8192)]
Sdp = Annotated[str, msgspec.Meta(max_length=400_000)]
PersonId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
People = Annotated[list[PersonId], msgspec.Meta(max_length=1000)]
UnixMs = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]  # Unix time in milliseconds


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower, omit_defaults=True):
    """Base of all messages; the tag is the class name in lower case."""


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what messages hold."""
