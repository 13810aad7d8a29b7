"""Inputs about captions: turned on or off, wanted or not, and what is spoken."""

from signaling.caption_messages import Caption
from signaling.room.effects import Effect
from signaling.room.sealing import SealingInputs
from treble.api import ApiError


class CaptionInputs(SealingInputs):
    """Whoever calls has checked the permission table."""

    def handle_captions(self, language: str | None, by: str | None, now_ns: int) -> list[Effect]:
        """On in this language, or (None) off. Who captions hears: the media are in clear meanwhile. `by` is a participant,
        or (None) the server itself, whose captions stay until somebody stops them."""
        self._note(now_ns, f"captions {language or 'off'}", by or "")
        member = self._members.get(by or "")
        if by is None or member is not None:
            self._turn_captions(language, None if member is None else member.session)
        return []

    def handle_want_captions(self, participant: str, wanted: bool, now_ns: int) -> list[Effect]:
        self._note(now_ns, f"want captions {wanted}", participant)
        member = self._members.get(participant)
        if member is not None:
            member.wants_captions = wanted
        return []

    def handle_caption(self, caption: Caption, now_ns: int) -> list[Effect]:
        """A line, which all who want captions are told soon. `ApiError`: "captions.off", "slow", and "forbidden" where
        nobody of that id is there."""
        self._note(now_ns, "caption", caption.participant)
        if caption.participant not in self._members:
            raise ApiError("forbidden")
        self.captions.add(caption, now_ns)
        return []
