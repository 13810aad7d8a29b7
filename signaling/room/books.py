"""What a Room knows of its participants, and the book-keeping that every input needs. The base of the machine's parts."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from signaling.actions import Action, Verdict
from signaling.host_messages import PlainUse, RoomState, Stopped
from signaling.message import Message
from signaling.messages import Elsewhere, Ended
from signaling.permissions import PUBLISH, verdict
from signaling.presence import HOLD_NS
from signaling.room.asked import AskedBook
from signaling.room.captions import CaptionBook
from signaling.room.door import Door
from signaling.room.effects import (
    CaptionsLapsed,
    ClosePeer,
    CloseSocket,
    Closing,
    Effect,
    ForgetSession,
    LeadersChanged,
    Send,
)
from signaling.room.emotes import Emotes
from signaling.room.member import Member
from signaling.room.roster import Roster
from signaling.settings import Settings
from treble.api import Network, Role, Source, Speaker

DEFAULT: Final = Settings()
TRACE: Final = 64  # inputs remembered for the log when an assertion fails


class Books:
    """One Room's participants on one room server. Times are monotonic nanoseconds."""

    def __init__(self, max_participants: int, settings: Settings = DEFAULT, title: str = "") -> None:
        self._max_participants = max_participants
        self.settings = settings
        self.title = title
        self.locked = False
        self.locks = 0  # how often it was locked
        self.spotlight: str | None = None
        self.plain: frozenset[PlainUse] = frozenset()  # what runs that needs the media in clear
        self.door = Door()
        self.has_lost_host = False  # the last host is gone and nobody has taken over
        self.host_silence_ns = 0  # how long it had not been heard of when it went
        self._leaders: dict[str, Role] = {}
        self._state_version = 1
        self._members: dict[str, Member] = {}
        self._by_socket: dict[str, Member] = {}
        self._roster: Roster = {}
        self._roster_version = 0
        self._left: dict[str, str] = {}  # why, for those who have not been told yet
        self.departed: dict[str, str] = {}  # why, for whoever observes the roster; emptied by the shell
        self._speakers: tuple[Speaker, ...] = ()
        self._speakers_version = 0
        self._networks: tuple[Network, ...] = ()
        self._networks_version = 0
        self.asked = AskedBook(self._members.get)
        self.emotes = Emotes()
        self.captions = CaptionBook()
        self.trace: deque[tuple[int, str, str]] = deque(maxlen=TRACE)

    # --- questions ------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    @property
    def roster(self) -> Roster:
        """Who is there, as everybody sees it; another object after each change."""
        return self._roster

    @property
    def capacity(self) -> int:
        """Of those inside; who waits at the door takes no place."""
        return min(self.settings.capacity or self._max_participants, self._max_participants)

    @property
    def is_empty(self) -> bool:
        """Nobody is inside and nobody waits."""
        return not self._members and not len(self.door)

    @property
    def has_leader(self) -> bool:
        """A host or co-host is there, or about to reconnect."""
        return bool(self._leaders)

    @property
    def has_host(self) -> bool:
        return Role.HOST in self._leaders.values()

    def member(self, participant: str) -> Member | None:
        return self._members.get(participant)

    def verdict(self, member: Member, action: Action) -> Verdict:
        return verdict(member.role, action, self.settings.policy, member.overrides)

    def verdicts(self, member: Member) -> dict[Action, Verdict]:
        return {action: self.verdict(member, action) for action in Action}

    def state(self, member: Member) -> RoomState:
        """What this member may know of the Room."""
        may_set = self.verdict(member, Action.SETTINGS) is Verdict.ALLOW
        return RoomState(
            title=self.title,
            locked=self.locked,
            spotlight=self.spotlight,
            settings=self.settings if may_set else None,
            e2ee=self.settings.e2ee,
            plain=sorted(self.plain),
            captions=self.captions.language,
        )

    def slots_version(self, participant: str) -> int:
        member = self._members.get(participant)
        return 0 if member is None else member.slots_version

    def slots_told(self, participant: str, version: int) -> bool | None:
        """Whether this table of Slots or a later one was sent; None while it waits for its turn.

        False for a receiver whose socket is lost: its page still shows names by the table that it has. A
        resource has no page, and somebody gone no picture.
        """
        member = self._members.get(participant)
        if member is None or member.is_resource:
            return True
        if member.socket is None:
            return False
        return True if member.pace("slots").told >= version else None

    # --- gates ----------------------------------------------------------------------------------------------

    def _forbidden(self, member: Member) -> set[Source]:
        """What the table, the policy and the overrides do not let it publish without being asked."""
        return {s for s in Source if self.verdict(member, PUBLISH[s]) is not Verdict.ALLOW}

    def _review(self, member: Member) -> list[Effect]:
        """What it may do has changed: what was open and may not be is stopped. Nothing opens that its owner muted."""
        member.verdicts_version += 1
        member.permits += 1
        forbidden = self._forbidden(member)
        newly = tuple(s for s in member.tracks if s in forbidden and not member.is_shut(s))
        effects = self._stop(member, newly, "")
        member.blocked = forbidden
        return effects

    def _stop(self, member: Member, sources: tuple[Source, ...], by: str) -> list[Effect]:
        """Its owner is told of those that were open."""
        opened = [source for source in sources if source in member.tracks and not member.is_shut(source)]
        member.stopped.update(sources)
        member.wished.difference_update(sources)
        if member.socket is None:
            return []
        return [Send((member.socket,), Stopped(source=source, by=by)) for source in opened]

    # --- captions, and media in clear -----------------------------------------------------------------------

    def _turn_captions(self, language: str | None, session: str | None) -> None:
        if self.captions.turn(language, session):
            self._state_version += 1
        self._set_plain("captions", language is not None)

    def _set_plain(self, use: PlainUse, is_on: bool) -> None:
        uses = (self.plain | {use}) if is_on else (self.plain - {use})
        if uses != self.plain:
            self.plain = uses
            self._state_version += 1

    def _review_captions(self) -> list[Effect]:
        """Who is there, or what they may, has changed: captions are off once nobody could stop them any more, and in an
        encrypted Room once nobody is there who answers for the media being in clear."""
        if self.captions.language is None or self.captions.by_server:
            return []
        able = [m for m in self if not m.is_resource and self.verdict(m, Action.CAPTION) is Verdict.ALLOW]
        if self.settings.e2ee:
            able = [member for member in able if member.session in self.captions.starters]
        if able:
            return []
        self._turn_captions(None, None)
        return [CaptionsLapsed()]

    # --- keeping the books ----------------------------------------------------------------------------------

    def _note(self, now_ns: int, what: str, who: str) -> None:
        """Ids and states only: this ends up in logs."""
        self.trace.append((now_ns, what, who))

    def _reckon(self, member: Member, now_ns: int) -> None:
        """After any change of a member: how the others see it, and until when it may be out of reach."""
        if member.is_reachable:
            member.ends_at_ns = None
        elif member.ends_at_ns is None:
            member.ends_at_ns = now_ns + HOLD_NS
        seen = member.seen()
        if self._roster.get(member.id) != seen:
            self._roster = {**self._roster, member.id: seen}
            self._roster_version += 1

    def _replace(self, earlier: Member) -> list[Effect]:
        """The same participant enters anew: the older Session ends, the others see no leave."""
        return self._unplug(earlier, Closing.ELSEWHERE, Elsewhere()) + _let_go(earlier)

    def _remove(self, member: Member, reason: str) -> list[Effect]:
        effects = self._unplug(member, Closing.ENDED, Ended(reason=reason)) if reason != "left" else []
        self._by_socket.pop(member.socket or "", None)
        del self._members[member.id]
        self._left[member.id] = self.departed[member.id] = reason
        if member.role is Role.HOST:
            self.host_silence_ns = HOLD_NS if reason == "lost" else 0
        self.asked.moved(member.id)
        if self.spotlight == member.id:
            self.spotlight = None
            self._state_version += 1
        self._roster = {who: seen for who, seen in self._roster.items() if who != member.id}
        self._roster_version += 1
        if not self._by_socket:
            self._left.clear()
        return effects + _let_go(member) + self._note_leaders() + self._review_captions()

    def _note_leaders(self) -> list[Effect]:
        leaders: dict[str, Role] = {
            who: member.role
            for who, member in self._members.items()
            if member.role in (Role.HOST, Role.COHOST) and not member.is_resource
        }
        if leaders == self._leaders:
            return []
        had_host, self._leaders = self.has_host, leaders
        self.has_lost_host = not self.has_host and (had_host or self.has_lost_host)
        return [LeadersChanged()]

    def _unplug(self, member: Member, code: Closing, farewell: Message) -> list[Effect]:
        if member.socket is None:
            return []
        socket, member.socket = member.socket, None
        member.keys.clear()
        del self._by_socket[socket]
        return [CloseSocket(socket, code, farewell)]


def _let_go(member: Member) -> list[Effect]:
    peers = (peer for peer in (member.peer, member.earlier_peer) if peer is not None)
    return [*(ClosePeer(peer.id) for peer in peers), ForgetSession(member.session)]
