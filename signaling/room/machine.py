"""The Room: who is in it, what is seen of them, who is told what. A machine without I/O.

Inputs are `handle_*`; they change the state and answer with what must happen at once (a socket to close, a
Peer to let go). Pushes are never made there: they leave from `handle_timer`, which the shell calls when
`next_timer` says so, at once after a change and then at most four times a second for each kind and member. So
a slow gateway sees fewer and later pushes, never a queue.

Why somebody is gone (contracts 2)::

    leave                                    -> gone at once
    socket lost, Peer closed (close_notify)  -> gone at once
    socket lost                              -> gone after 30 s, unless a socket resumes the Session
      + media silent                         -> seen as `reconnecting` meanwhile
      + media flowing                        -> the others see no change meanwhile
    new socket, same participant             -> the Session goes on there; the older is told `elsewhere`
"""

from collections.abc import Iterator

from signaling.messages import Elsewhere
from signaling.room.books import DEFAULT
from signaling.room.captioning import CaptionInputs
from signaling.room.effects import (
    Closing,
    Effect,
)
from signaling.room.leading import LeadingInputs
from signaling.room.media import MediaInputs
from signaling.room.member import PACE_NS, Join, Member, Pace
from signaling.room.pushes import deadlines, tell
from signaling.room.roster import Roster
from signaling.room.telling import Telling
from signaling.settings import Settings
from treble.api import ApiError


class Room(MediaInputs, LeadingInputs, CaptionInputs, Telling):
    """One Room's participants on one room server. Times are monotonic nanoseconds."""

    def __init__(self, max_participants: int, settings: Settings = DEFAULT, title: str = "") -> None:
        super().__init__(max_participants, settings, title)
        self._start_telling()

    # --- coming and going -----------------------------------------------------------------------------------

    def handle_join(self, join: Join, now_ns: int) -> list[Effect]:
        """A participant enters, or comes back with a new Session. `ApiError("full")` beyond the capacity."""
        self._note(now_ns, "join", join.participant)
        earlier = self._members.get(join.participant)
        if earlier is None and len(self._members) >= self.capacity:
            raise ApiError("full")
        effects = [] if earlier is None else self._replace(earlier)
        effects += self.door.drop(join.participant, join.session)
        member = Member(
            id=join.participant,
            name=join.name,
            role=join.role,
            guest=join.guest,
            session=join.session,
            socket=join.socket,
            is_resource=join.socket is None,
            picture=join.picture,
            overrides=dict(join.overrides),
            subject=join.subject,
            admission=join.admission,
            epoch=0 if earlier is None else earlier.epoch,
        )
        member.blocked = self._forbidden(member)
        self._members[member.id] = member
        self._left.pop(member.id, None)
        if join.socket is not None:
            self._by_socket[join.socket] = member
        self._reckon(member, now_ns)
        self.welcome(member, now_ns)
        self.asked.moved(member.id)
        return effects + self._note_leaders() + self._review_captions()

    def handle_resume(self, participant: str, socket: str, now_ns: int) -> list[Effect]:
        """The Session goes on over a new socket; the newest wins."""
        self._note(now_ns, "resume", participant)
        member = self._members[participant]
        effects = self._unplug(member, Closing.ELSEWHERE, Elsewhere())
        member.socket = socket
        self._by_socket[socket] = member
        self._reckon(member, now_ns)
        self.welcome(member, now_ns)
        return effects

    def welcome(self, member: Member, now_ns: int) -> Roster:
        """The roster without the member itself. Pushes pause, so that none overtakes the welcome that holds it."""
        member.known = self._roster
        member.roster_pace = Pace(self._roster_version, now_ns + PACE_NS)
        later = Pace(0, now_ns + PACE_NS)
        member.paces = {topic.name: later for topic in self._topics}
        member.paces["slots"] = Pace(member.slots_version, now_ns)
        member.paces["verdicts"] = Pace(member.verdicts_version, now_ns)
        member.paces["state"] = Pace(self._state_version, now_ns)
        member.demands_told = {}
        member.outcomes_told = 0
        self.asked.forget_old(now_ns)
        return {who: seen for who, seen in self._roster.items() if who != member.id}

    def handle_socket_lost(self, socket: str, now_ns: int) -> list[Effect]:
        self._note(now_ns, "socket lost", socket)
        if self.door.has_socket(socket):
            return self.door.handle_socket_lost(socket, now_ns)
        member = self._by_socket.pop(socket, None)
        if member is None:
            return []
        member.socket = None
        member.keys.clear()
        if member.peer is not None and member.peer.hung_up:
            return self._remove(member, "left")
        self._reckon(member, now_ns)
        return []

    def handle_leave(self, participant: str, reason: str, now_ns: int) -> list[Effect]:
        """Gone at once: `left` by its own wish; other reasons are told to the one who goes."""
        self._note(now_ns, f"leave {reason}", participant)
        member = self._members.get(participant)
        effects = [] if member is None else self._remove(member, reason)
        return effects + self.door.handle_leave(participant, reason, now_ns)

    def handle_end(self, reason: str, now_ns: int) -> list[Effect]:
        """The Room is over for everybody."""
        self._note(now_ns, f"end {reason}", "")
        self._turn_captions(None, None)
        effects = [effect for member in list(self) for effect in self._remove(member, reason)]
        for waiter in self.door:
            effects += self.door.handle_leave(waiter.id, reason, now_ns)
        return effects

    # --- time -----------------------------------------------------------------------------------------------

    def next_timer(self) -> int | None:
        """When `handle_timer` has something to do; in the past: now."""
        return min(self._deadlines(), default=None)

    def handle_timer(self, now_ns: int) -> list[Effect]:
        """End what has waited too long, then tell what has changed."""
        effects = self.door.handle_timer(now_ns)
        for member in list(self):
            if member.ends_at_ns is not None and member.ends_at_ns <= now_ns:
                effects += self._remove(member, "lost")
        effects += self._tell_roster(now_ns)
        effects += self._tell_emotes(now_ns)
        effects += self._tell_captions(now_ns)
        return effects + tell(self._topics, self._by_socket.values(), now_ns)

    def _deadlines(self) -> Iterator[int]:
        yield from self.door.deadlines()
        for book in (self.emotes, self.captions):
            if book.deadline is not None:
                yield book.deadline
        for member in self:
            if member.ends_at_ns is not None:
                yield member.ends_at_ns
            if member.socket is None:
                continue
            if member.roster_pace.told < self._roster_version:
                yield member.roster_pace.next_ns
            yield from deadlines(self._topics, member)
