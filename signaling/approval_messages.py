"""Asking for what one may only with a host's consent, and the answers."""

from typing import Annotated, Literal

import msgspec

from signaling.actions import Action
from signaling.message import Id, Message, Part, PersonId, UnixMs


class Ask(Message, frozen=True):
    """Ask for something whose verdict is `ask`. `value`: what exactly, where that is not plain (the new name)."""

    id: Id
    action: Action
    value: Annotated[str, msgspec.Meta(max_length=256)] = ""


class Unask(Message, frozen=True):
    """Take back what one has asked for."""

    id: Id
    approval: PersonId


class Decide(Message, frozen=True):
    """Answer what somebody asked for; the first answer counts."""

    id: Id
    approval: PersonId
    allow: bool


class Asked(Message, frozen=True):
    """A host has been asked; `decided` follows."""

    re: Id
    approval: str
    expires_at: UnixMs


class Approval(Part, frozen=True):
    """Something asked for and not yet answered. `value`: the new name, or the picture's id."""

    approval: str
    participant: str
    name: str
    action: Action
    since: UnixMs
    expires_at: UnixMs
    value: str = ""


class Approvals(Message, frozen=True):
    """All that is asked for, oldest first, to those who may answer; latest wins."""

    approvals: list[Approval]


class Decided(Message, frozen=True):
    """What has become of one's own request: `allow`, `deny` or `expired`."""

    approval: str
    action: Action
    outcome: Literal["allow", "deny", "expired"]
