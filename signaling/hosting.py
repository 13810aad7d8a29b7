"""A joined client's requests about the Room and the people in it: each goes to the part that knows it."""

from collections.abc import Callable

from signaling.actions import Action
from signaling.approval_messages import Ask, Decide, Unask
from signaling.approvals import Approvals
from signaling.audit_messages import Audit
from signaling.caption_messages import CaptionRequest, SayCaption, SetCaptions, WantCaptions
from signaling.captioning import Captioning
from signaling.database import Database
from signaling.host_messages import (
    AskUnmute,
    Emote,
    End,
    Hand,
    HostRequest,
    Lock,
    LowerHands,
    Permit,
    Remove,
    Rename,
    SetPicture,
    Spotlight,
    Stop,
)
from signaling.line import Line
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.message import Message
from signaling.messages import Done
from signaling.moderation import Moderation
from signaling.permits import Permits
from signaling.profile import Profile
from signaling.rights import check
from signaling.room.member import Member
from treble.api import ApiError
from treble.units import MILLISECOND


class Hosting:
    """`wall_ns`: Unix time."""

    def __init__(self, rooms: LiveRooms, database: Database, wall_ns: Callable[[], int]) -> None:
        self._rooms = rooms
        self._wall_ns = wall_ns
        self.moderation = Moderation(rooms, database, wall_ns)
        self.captioning = Captioning(rooms)
        self.permits = Permits(rooms, database, self.moderation)
        profile = Profile(rooms, database)
        self.approvals = Approvals(rooms, database, self.permits, profile, wall_ns)

    async def carry_out(self, line: Line, member: Member, message: HostRequest | CaptionRequest) -> Message:
        """The answer; `ApiError` for a refusal."""
        live = line.live
        match message:
            case Stop():
                return await self.moderation.stop(live, member, message)
            case AskUnmute():
                return await self.moderation.ask_unmute(live, member, message)
            case LowerHands():
                return await self.moderation.lower_hands(live, member, message)
            case Spotlight():
                return await self.moderation.spotlight(live, member, message)
            case Lock():
                return await self.moderation.lock(live, member, message)
            case Remove():
                return await self.moderation.remove(live, member, message)
            case End():
                return await self.moderation.end(live, member, message)
            case Permit():
                return await self.permits.permit(live, member, message)
            case Ask():
                return await self.approvals.ask(live, member, message)
            case Unask():
                return await self.approvals.unask(live, member, message)
            case Decide():
                return await self.approvals.decide(live, member, message)
            case Rename():
                return await self.approvals.attempt(live, member, Action.RENAME, message.name, message.id)
            case SetPicture():
                return await self.approvals.attempt(
                    live, member, Action.PICTURE, message.picture or "", message.id
                )
            case Hand():
                return self._hand(live, member, message)
            case Emote():
                check(live.machine, member, Action.REACT)
                live.feed(live.machine.handle_emote, member.id, message.emoji)
                return Done(re=message.id)
            case SetCaptions() | WantCaptions() | SayCaption():
                return self.captioning.carry_out(live, member, message)
            case Audit():
                check(live.machine, member, Action.AUDIT)
                return await self._rooms.trail.page(live.id, message.id, message.before)
            case _:
                raise ApiError("bad.message", type(message).__name__)

    def _hand(self, live: LiveRoom, member: Member, message: Hand) -> Message:
        if message.raised:
            check(live.machine, member, Action.HAND)
        since_ms = self._wall_ns() // MILLISECOND if message.raised else None
        live.feed(live.machine.handle_hand, member.id, since_ms)
        return Done(re=message.id)
