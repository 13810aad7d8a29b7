"""Captions in a Room: who may start and say them. A recogniser beside the room server uses `turn` and `say` as well."""

from signaling.actions import Action
from signaling.caption_messages import Caption, CaptionRequest, SayCaption, SetCaptions, WantCaptions
from signaling.chat.text import clean_text
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.rights import check
from signaling.room.member import Member
from treble.api import ApiError


class Captioning:
    def __init__(self, rooms: LiveRooms) -> None:
        self._rooms = rooms

    def carry_out(self, live: LiveRoom, member: Member, message: CaptionRequest) -> Message:
        """`ApiError` for a refusal."""
        match message:
            case SetCaptions():
                check(live.machine, member, Action.CAPTION)
                self.turn(live, message.language, member)
            case WantCaptions():
                live.feed(live.machine.handle_want_captions, member.id, message.wanted)
            case SayCaption():
                check(live.machine, member, Action.CAPTION)
                self.say(live, _line(live, member, message))
        return Done(re=message.id)

    def turn(self, live: LiveRoom, language: str | None, member: Member | None = None) -> None:
        """On in this language, or (None) off; noted where that changes anything. Without `member` it is the server itself
        that turns them, and they stay on whoever leaves."""
        before = live.machine.captions.language
        live.feed(live.machine.handle_captions, language, None if member is None else member.id)
        if live.machine.captions.language != before:
            actor = "" if member is None else member.name
            self._rooms.trail.note(live.id, actor, Action.CAPTION, detail=language or "off")

    def say(self, live: LiveRoom, caption: Caption) -> None:
        """To all who want captions. `ApiError`: "captions.off", "slow", "forbidden" where the speaker is not there."""
        live.feed(live.machine.handle_caption, caption)


def _line(live: LiveRoom, member: Member, message: SayCaption) -> Caption:
    """Line breaks are spaces; `ApiError("bad.text")` for what has nothing to be seen."""
    text = " ".join(clean_text(message.text).split())
    if message.text and not text:
        raise ApiError("bad.text", "nothing to be seen")
    return Caption(
        participant=message.participant or member.id,
        key=message.key,
        text=text,
        language=message.language or live.machine.captions.language or "",
        final=message.final,
        by=member.id,
    )
