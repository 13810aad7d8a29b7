"""Captions of a Room: what is spoken as text, said by whoever may (a person who types, a bot with a recogniser)."""

from collections.abc import Callable
from typing import NamedTuple

from signaling.caption_messages import (
    Caption,
    Captions as CaptionsPush,
    SayCaption,
    SetCaptions,
    WantCaptions,
)
from signaling.messages import Welcome
from treble.client.errors import TrebleError
from treble.client.meeting import Meeting
from treble.client.outbox import Ask, new_key


class Segment(NamedTuple):
    """One line as it stands now; a later one of the same `id` takes its place, an empty one takes it back.

    `by`: the participant who has written it, None: the server.
    """

    id: str
    text: str
    language: str
    final: bool
    by: str | None


class Captions:
    def __init__(self, ask: Ask, emit: Callable[..., None], meeting: Meeting) -> None:
        self._ask = ask
        self._emit = emit
        self._meeting = meeting
        self._is_wanted = False

    @property
    def language(self) -> str | None:
        """What they are in; None while they are off."""
        return self._meeting.about.captions

    async def start(self, language: str) -> None:
        """`language` as in BCP 47. An end-to-end encrypted Room is in clear while they are on."""
        await self._ask(SetCaptions, language=language)

    async def stop(self) -> None:
        await self._ask(SetCaptions, language=None)

    async def want(self, wanted: bool = True) -> None:
        """Be sent them (`transcription_received`), also in later Sessions; nothing is until one wants."""
        self._is_wanted = wanted
        await self._ask(WantCaptions, wanted=wanted)

    async def say(
        self,
        text: str,
        *,
        participant: str | None = None,
        key: str = "",
        final: bool = True,
        language: str | None = None,
    ) -> str:
        """One line of what `participant` (None: oneself) speaks; gives its key, by which a later one replaces it.

        Not `final`: it will change. `TrebleError`: `forbidden`, `captions.off`, `slow` with `retry_after`.
        """
        key = key or new_key()
        await self._ask(
            SayCaption, key=key, text=text, participant=participant, final=final, language=language
        )
        return key

    async def enter(self, welcome: Welcome) -> None:
        """A Session begins or goes on."""
        if self._is_wanted and not welcome.resumed:
            try:
                await self._ask(WantCaptions, wanted=True)
            except TrebleError:
                pass  # the next Session says it again

    def take(self, push: CaptionsPush, find: Callable[[str], object]) -> None:
        """`find` gives who is there; lines of others are of no use any more."""
        for caption in push.captions:
            if (one := find(caption.participant)) is not None:
                self._emit("transcription_received", [_segment(caption)], one)


def _segment(caption: Caption) -> Segment:
    line = f"{caption.by or ''}/{caption.participant}/{caption.key}"
    return Segment(line, caption.text, caption.language, caption.final, caption.by)
