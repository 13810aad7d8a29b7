"""Messages by which participants of an end-to-end encrypted Room give each other keys.

The server passes them on in order, to those who are in the Room, and neither reads nor stores them: what is in
`body` is the clients' business (docs/end-to-end-encryption.md). Who misses some asks the others again.
"""

from typing import Annotated, Final

import msgspec

from signaling.message import Id, Message, Part, PersonId

MAX_KEY_CHARS: Final = 1024
MAX_KEYS: Final = 256  # of one request


class KeyItem(Part, frozen=True):
    """For one participant, or (`to` None) for everybody else."""

    body: Annotated[str, msgspec.Meta(max_length=MAX_KEY_CHARS)]
    to: PersonId | None = None


class SendKeys(Message, frozen=True):
    """Who is not reachable now misses it. `slow` with `retry_after` beyond 1,000 at once or 100 a second, counted by
    receivers."""

    id: Id
    items: Annotated[list[KeyItem], msgspec.Meta(max_length=MAX_KEYS)]


class PassedKey(Part, frozen=True):
    """`participant`: who sent it."""

    participant: str
    body: str


class Keys(Message, frozen=True):
    """In the order in which they were sent."""

    keys: list[PassedKey]
