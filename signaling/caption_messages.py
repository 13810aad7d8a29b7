"""Messages of captions: what is spoken in a Room as text, for whoever wants to read it.

Somebody with the right `caption` says them (a person who types, a bot with a recogniser), or the server itself. They go to
whoever has asked for them, a moment later, and are stored nowhere.
"""

from typing import Annotated, Final

import msgspec

from signaling.message import Id, Message, Part, PersonId

MAX_CAPTION_CHARS: Final = 500

Language = Annotated[
    str, msgspec.Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")
]  # BCP 47
CaptionKey = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


class SetCaptions(Message, frozen=True):
    """Start captions in this language, or (None) stop them; needs `caption`.

    While they are on, `plain` of the room's state names them: an end-to-end encrypted Room is not encrypted then. They end
    by themselves when nobody is in the Room any more who has `caption`; in an encrypted Room when nobody is who has
    started them and still has it. Who reconnects within 30 s has not left.
    """

    id: Id
    language: Language | None = None


class WantCaptions(Message, frozen=True):
    """Whether one wants to be sent captions; not until one says so. It holds for the Session."""

    id: Id
    wanted: bool


class SayCaption(Message, frozen=True):
    """One line of what is spoken; needs `caption`, and `captions.off` until they are on.

    `participant`: who speaks; oneself where it is left out. A line with the `key` of an earlier one of the same author and
    participant takes its place; an empty one takes it back. Not `final`: it will change. `slow` with `retry_after` beyond
    40 at once or 10 a second.
    """

    id: Id
    key: CaptionKey
    text: Annotated[str, msgspec.Meta(max_length=MAX_CAPTION_CHARS)]
    participant: PersonId | None = None
    final: bool = True
    language: Language | None = None  # where it is not that of the Room's captions


class Caption(Part, frozen=True):
    """One line. `participant` speaks; `by` has written it, or (None) the server."""

    participant: str
    key: str
    text: str
    language: str
    final: bool = True
    by: str | None = None


class Captions(Message, frozen=True):
    """Lines of the last moment, each as it stands now; at most four times a second."""

    captions: list[Caption]


CaptionRequest = SetCaptions | WantCaptions | SayCaption
