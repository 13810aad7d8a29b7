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

from collections import deque
from collections.abc import Iterator
from typing import Final

from signaling.actions import Action, Verdict
from signaling.asked import AskedBook
from signaling.door import Door
from signaling.effects import (
    ClosePeer,
    CloseSocket,
    Closing,
    Effect,
    ForgetSession,
    LeadersChanged,
    Send,
)
from signaling.host_messages import Approval, Decided, RoomState, Stopped, Verdicts
from signaling.member import PACE_NS, Join, Member, Pace, Peer
from signaling.message import Message
from signaling.messages import Demand, Elsewhere, Ended, Networks, Slots, Speakers
from signaling.permissions import PUBLISH, verdict
from signaling.presence import HOLD_NS
from signaling.pushes import Topic, deadlines, tell
from signaling.roster import Roster, changes
from signaling.settings import Settings
from treble.api import ApiError, Network, PeerState, Role, SlotState, Source, Speaker

CLOSE_NOTIFY: Final = "close_notify"  # the media server's reason where the client itself closed DTLS
_DEFAULT: Final = Settings()
TRACE: Final = 64  # inputs remembered for the log when an assertion fails


class Room:
    """One Room's participants on one room server. Times are monotonic nanoseconds."""

    def __init__(self, max_participants: int, settings: Settings = _DEFAULT, title: str = "") -> None:
        self._max_participants = max_participants
        self.settings = settings
        self.title = title
        self.locked = False
        self.locks = 0  # how often it was locked
        self.spotlight: str | None = None
        self.door = Door()
        self.has_lost_host = False  # the last host is gone and nobody has taken over
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
        self._topics = self._topic_table()
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
        return effects + self._note_leaders()

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
        effects = [effect for member in list(self) for effect in self._remove(member, reason)]
        for waiter in self.door:
            effects += self.door.handle_leave(waiter.id, reason, now_ns)
        return effects

    # --- media ----------------------------------------------------------------------------------------------

    def handle_offer(self, participant: str, peer: str, now_ns: int) -> list[Effect]:
        """The media server is about to be asked: events of this Peer may come before its answer."""
        self._note(now_ns, f"offer {peer}", participant)
        member = self._members[participant]
        if member.peer is None or member.peer.id != peer:
            member.earlier_peer, member.peer = member.earlier_peer or member.peer, Peer(peer)
            member.slots = ()  # they were m-lines of the earlier Peer
            member.demands_told = {}
            self._reckon(member, now_ns)
        return []

    def handle_peer_opened(
        self, participant: str, peer: str, tracks: tuple[Source, ...], now_ns: int
    ) -> list[Effect]:
        """The media server took the offer; an earlier Peer is let go."""
        self._note(now_ns, f"opened {peer}", participant)
        member = self._members.get(participant)
        if member is None or member.peer is None or member.peer.id != peer:
            return [ClosePeer(peer)]  # left, or offered anew elsewhere, while the media server was asked
        effects: list[Effect] = [] if member.earlier_peer is None else [ClosePeer(member.earlier_peer.id)]
        member.earlier_peer = None
        member.peer.opened = True
        member.tracks = tracks
        self._reckon(member, now_ns)
        return effects

    def handle_peer_refused(self, participant: str, peer: str, now_ns: int) -> list[Effect]:
        """The offer was no good; an earlier Peer goes on."""
        self._note(now_ns, f"refused {peer}", participant)
        member = self._members.get(participant)
        if (
            member is not None
            and member.peer is not None
            and member.peer.id == peer
            and not member.peer.opened
        ):
            member.peer, member.earlier_peer = member.earlier_peer, None
            member.demands_version += 1
            self._reckon(member, now_ns)
        return []

    def handle_peer_state(
        self, participant: str, peer: str, state: PeerState, reason: str, now_ns: int
    ) -> list[Effect]:
        self._note(now_ns, f"peer {state} {reason}", participant)
        member = self._members.get(participant)
        if member is None or member.peer is None or member.peer.id != peer:
            return []
        member.peer.state = state
        member.peer.hung_up = state is PeerState.CLOSED and (reason == CLOSE_NOTIFY or member.is_resource)
        member.had_media = member.had_media or state is PeerState.CONNECTED
        if member.peer.hung_up and member.socket is None:
            return self._remove(member, "left")
        self._reckon(member, now_ns)
        return []

    def handle_muted(self, participant: str, source: Source, muted: bool, now_ns: int) -> list[Effect]:
        """Its owner's wish, which the gates follow; `handle_gates` tells it."""
        self._note(now_ns, f"mute {source} {muted}", participant)
        member = self._members.get(participant)
        if member is None:
            return []
        if muted:
            member.muted.add(source)
            member.wished.discard(source)
        else:
            member.muted.discard(source)
            member.stopped.discard(source)
        return []

    def handle_stopped(
        self, participant: str, sources: tuple[Source, ...], by: str, now_ns: int
    ) -> list[Effect]:
        """A host shuts these Tracks until their owner opens them again."""
        self._note(now_ns, f"stop {' '.join(sources)}", participant)
        member = self._members.get(participant)
        return [] if member is None else self._stop(member, sources, by)

    def handle_gates(self, participant: str, now_ns: int) -> list[Effect]:
        """The media server's gates are set; now it may be told."""
        self._note(now_ns, "gates", participant)
        member = self._members.get(participant)
        if member is not None:
            self._reckon(member, now_ns)
        return []

    def handle_slots(
        self, participant: str, peer: str, slots: tuple[SlotState, ...], now_ns: int
    ) -> list[Effect]:
        """The table of a receiver's Slots. The media server moves them when `slots_told` is true."""
        self._note(now_ns, "slots", participant)
        member = self._members.get(participant)
        if (
            member is not None
            and member.peer is not None
            and member.peer.id == peer
            and slots != member.slots
        ):
            member.slots = slots
            member.slots_version += 1
        return []

    def handle_speakers(self, speakers: tuple[Speaker, ...], now_ns: int) -> list[Effect]:
        self._note(now_ns, "speakers", "")
        if speakers != self._speakers:
            self._speakers = speakers
            self._speakers_version += 1
        return []

    def handle_demand(
        self, participant: str, peer: str, source: Source, layers: tuple[bool, ...], now_ns: int
    ) -> list[Effect]:
        """Which Layers of a member's own Track somebody needs; a media server tells it rarely."""
        self._note(now_ns, f"demand {source}", participant)
        member = self._members.get(participant)
        if (
            member is not None
            and member.peer is not None
            and member.peer.id == peer
            and member.peer.demands.get(source) != layers
        ):
            member.peer.demands[source] = layers
            member.demands_version += 1
        return []

    def handle_networks(self, networks: tuple[Network, ...], now_ns: int) -> list[Effect]:
        self._note(now_ns, "networks", "")
        if networks != self._networks:
            self._networks = networks
            self._networks_version += 1
        return []

    # --- roles and settings ---------------------------------------------------------------------------------

    def handle_role(self, participant: str, role: Role, now_ns: int) -> list[Effect]:
        self._note(now_ns, f"role {role}", participant)
        member = self._members.get(participant)
        if member is not None and member.role is not role:
            member.role = role
            self._state_version += 1  # who may change the settings is told them
            effects = self._review(member)
            self._reckon(member, now_ns)
            return effects + self._note_leaders()
        return []

    def handle_overrides(
        self, participant: str, overrides: dict[Action, Verdict], now_ns: int
    ) -> list[Effect]:
        """What a host allowed or forbade this one, as a whole."""
        self._note(now_ns, "overrides", participant)
        member = self._members.get(participant)
        if member is None or member.overrides == overrides:
            return []
        member.overrides = dict(overrides)
        return self._review(member)

    def handle_locked(self, locked: bool, now_ns: int) -> list[Effect]:
        """While a Room is locked nobody new comes in, nor knocks."""
        self._note(now_ns, f"locked {locked}", "")
        self.locks += locked
        if locked != self.locked:
            self.locked = locked
            self._state_version += 1
        return []

    def handle_settings(self, settings: Settings, title: str, now_ns: int) -> list[Effect]:
        self._note(now_ns, "settings", "")
        if (settings, title) != (self.settings, self.title):
            self.settings, self.title = settings, title
            self._state_version += 1
            return [effect for member in self for effect in self._review(member)]
        return []

    # --- people ---------------------------------------------------------------------------------------------

    def handle_hand(self, participant: str, since_ms: int | None, now_ns: int) -> list[Effect]:
        """Raised (Unix milliseconds since when) or lowered."""
        self._note(now_ns, "hand", participant)
        member = self._members.get(participant)
        if member is not None and (member.hand_at is None) is not (since_ms is None):
            member.hand_at = since_ms
            self._reckon(member, now_ns)
        return []

    def handle_renamed(self, participant: str, name: str, now_ns: int) -> list[Effect]:
        self._note(now_ns, "rename", participant)
        member = self._members.get(participant)
        if member is not None:
            member.name = name
            self.asked.moved(participant)
            self._reckon(member, now_ns)
        return []

    def handle_picture(self, participant: str, picture: str | None, now_ns: int) -> list[Effect]:
        self._note(now_ns, "picture", participant)
        member = self._members.get(participant)
        if member is not None:
            member.picture = picture
            self._reckon(member, now_ns)
        return []

    def handle_spotlight(self, participant: str | None, now_ns: int) -> list[Effect]:
        self._note(now_ns, "spotlight", participant or "")
        if participant != self.spotlight and (participant is None or participant in self._members):
            self.spotlight = participant
            self._state_version += 1
        return []

    def handle_asked(self, asked: Approval, now_ns: int) -> list[Effect]:
        """Somebody asks for something; the earlier request for the same is no more. Asking is wishing to be heard."""
        self._note(now_ns, f"ask {asked.action} {asked.approval}", asked.participant)
        self.asked.add(asked)
        member = self._members.get(asked.participant)
        if member is not None:
            member.wished.update(source for source in Source if PUBLISH[source] is asked.action)
        return []

    def handle_settled(
        self, participant: str, approval: str, outcome: Decided | None, now_ns: int
    ) -> list[Effect]:
        """Answered, expired, or (without `outcome`) taken back."""
        self._note(now_ns, f"settled {approval} {outcome.outcome if outcome else ''}", participant)
        asked, member = self.asked.get(approval), self._members.get(participant)
        self.asked.settle(approval)
        if asked is not None and member is not None and (outcome is None or outcome.outcome != "allow"):
            member.wished.difference_update(s for s in Source if PUBLISH[s] is asked.action)
        if outcome is not None:
            self.asked.tell(participant, outcome, now_ns)
        return []

    def handle_granted(self, participant: str, action: Action, now_ns: int) -> list[Effect]:
        """Its owner asked for this: what it has not muted since may be open, though somebody else had shut it."""
        self._note(now_ns, f"grant {action}", participant)
        member = self._members.get(participant)
        for source in Source:
            if member is not None and PUBLISH[source] is action:
                member.stopped.discard(source)
                if source in member.wished:
                    member.muted.discard(source)
                member.wished.discard(source)
        return []

    def handle_say(self, participants: tuple[str, ...], message: Message, now_ns: int) -> list[Effect]:
        """Tell these at once; who is not reachable misses it."""
        self._note(now_ns, f"say {type(message).__name__}", "")
        members = (self._members.get(participant) for participant in participants)
        sockets = tuple(member.socket for member in members if member is not None and member.socket)
        return [Send(sockets, message)] if sockets else []

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
        return effects + tell(self._topics, self._by_socket.values(), now_ns)

    def _deadlines(self) -> Iterator[int]:
        yield from self.door.deadlines()
        for member in self:
            if member.ends_at_ns is not None:
                yield member.ends_at_ns
            if member.socket is None:
                continue
            if member.roster_pace.told < self._roster_version:
                yield member.roster_pace.next_ns
            yield from deadlines(self._topics, member)

    # --- telling --------------------------------------------------------------------------------------------

    def _topic_table(self) -> tuple[Topic, ...]:
        """Everything that is latest-wins beside the roster."""
        return (
            Topic("slots", lambda member: member.slots_version, lambda m: [Slots(slots=list(m.slots))]),
            Topic("demands", lambda member: member.demands_version, _demands),
            Topic(
                "verdicts",
                lambda member: member.verdicts_version,
                lambda member: [Verdicts(role=member.role, verdicts=self.verdicts(member))],
            ),
            Topic(
                "waiters",
                lambda member: self.door.version,
                lambda member: [self.door.seen()],
                lambda member: self.verdict(member, Action.ADMIT) is Verdict.ALLOW,
                is_shared=True,
            ),
            Topic("state", lambda member: self._state_version, lambda member: [self.state(member)]),
            Topic(
                "speakers",
                lambda member: self._speakers_version,
                lambda member: [Speakers(speakers=list(self._speakers))],
                is_shared=True,
            ),
            Topic(
                "networks",
                lambda member: self._networks_version,
                lambda member: [Networks(networks=list(self._networks))],
                is_shared=True,
            ),
            *self.asked.topics(lambda member: self.verdict(member, Action.ANSWER) is Verdict.ALLOW),
        )

    def _tell_roster(self, now_ns: int) -> list[Effect]:
        """Members that know the same picture get the same messages; nobody is told about oneself."""
        groups: dict[int, list[Member]] = {}
        for member in self._by_socket.values():
            pace = member.roster_pace
            if pace.told < self._roster_version and pace.next_ns <= now_ns:
                groups.setdefault(id(member.known), []).append(member)
        effects: list[Effect] = []
        for group in groups.values():
            for who, message in changes(group[0].known, self._roster, self._left):
                sockets = tuple(member.socket for member in group if member.id != who and member.socket)
                if sockets:
                    effects.append(Send(sockets, message))
            for member in group:
                member.known = self._roster
                member.roster_pace = Pace(self._roster_version, now_ns + PACE_NS)
        if all(member.known is self._roster for member in self._by_socket.values()):
            self._left.clear()
        return effects

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
        self.asked.moved(member.id)
        if self.spotlight == member.id:
            self.spotlight = None
            self._state_version += 1
        self._roster = {who: seen for who, seen in self._roster.items() if who != member.id}
        self._roster_version += 1
        if not self._by_socket:
            self._left.clear()
        return effects + _let_go(member) + self._note_leaders()

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
        del self._by_socket[socket]
        return [CloseSocket(socket, code, farewell)]


def _let_go(member: Member) -> list[Effect]:
    peers = (peer for peer in (member.peer, member.earlier_peer) if peer is not None)
    return [*(ClosePeer(peer.id) for peer in peers), ForgetSession(member.session)]


def _demands(member: Member) -> list[Message]:
    """To the publisher concerned alone, and of its Tracks only those with news."""
    demands = {} if member.peer is None else member.peer.demands
    news = [
        Demand(source=source, layers=list(layers))
        for source, layers in demands.items()
        if member.demands_told.get(source) != layers
    ]
    member.demands_told = dict(demands)
    return list[Message](news)
