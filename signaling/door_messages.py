"""Waiting at the door of a Room, and being let in by whoever may."""

from typing import Literal

from signaling.message import Id, Message, Part, People, UnixMs


class Enter(Message, frozen=True):
    """After `admitted`, on the same socket: answered by `welcome`."""

    id: Id


class Knock(Message, frozen=True):
    """Ask again, after `refused` or `expired`; answered by `waiting`."""

    id: Id


class Waiting(Message, frozen=True):
    """Answers `hello` (then with `re`) where somebody has to let one in; sent again when the reason changes.

    `host`: the meeting starts when a host joins. `knock`: a host has been told, and has until `expires_at`.
    """

    reason: Literal["host", "knock"]
    re: Id | None = None
    expires_at: UnixMs | None = None
    resume: str | None = None  # with `re`: for the next socket, once, within 30 s; the place is kept


class Admitted(Message, frozen=True):
    """A host lets one in: `enter` comes next."""


class Refused(Message, frozen=True):
    """A host does not. `retry_after` seconds on one may `knock` again; None: not any more."""

    retry_after: float | None = None


class Expired(Message, frozen=True):
    """Nobody has answered the knock."""


class Admit(Message, frozen=True):
    """Let these in, or, without a list, all who wait."""

    id: Id
    participants: People | None = None


class Refuse(Message, frozen=True):
    id: Id
    participants: People | None = None


class Waiter(Part, frozen=True):
    """Somebody at the door. `email` only where the account has verified it."""

    participant: str
    name: str
    guest: bool
    since: UnixMs
    email: str | None = None
    picture: str | None = None


class Waiters(Message, frozen=True):
    """Everybody at the door, to those who may admit; latest wins."""

    waiters: list[Waiter]
