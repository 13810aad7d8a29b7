"""The Room machine on a clock of numbers: tables, and any order of inputs under Hypothesis."""

from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from signaling.actions import Action, Verdict
from signaling.caption_messages import Caption, Captions
from signaling.host_messages import Emoted
from signaling.messages import (
    Changed,
    Demand,
    Elsewhere,
    Ended,
    Joined,
    Left,
    Networks,
    Participant,
    Slots,
    Speakers,
)
from signaling.room.effects import ClosePeer, CloseSocket, Closing, Effect, ForgetSession, Send
from signaling.room.machine import Room
from signaling.room.media import CLOSE_NOTIFY
from signaling.room.member import CONNECTION, MEDIA, Join, Media
from signaling.settings import Settings
from treble.api import ApiError, Network, NetworkLevel, PeerState, Role, SlotState, Source, Speaker
from treble.units import MILLISECOND, SECOND

CAPACITY = 4


def join(who: str, session: str = "", socket: str | None = "", role: Role = Role.SPEAKER) -> Join:
    session = session or f"s-{who}"
    return Join(who, who.upper(), role, True, session, f"{session}.1" if socket == "" else socket)


def connection_of(room: Room, who: str) -> str:
    member = room.member(who)
    assert member is not None
    return member.connection


# --- one rule, one test -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("is_plugged", "state", "had_media", "expected"),
    [
        (True, PeerState.NEW, False, "joining"),
        (True, PeerState.CHECKING, False, "joining"),
        (True, PeerState.SECURING, False, "joining"),
        (True, PeerState.CONNECTED, True, "connected"),
        (True, PeerState.SILENT, True, "connected"),
        (True, PeerState.CLOSED, True, "reconnecting"),
        (False, PeerState.NEW, False, "reconnecting"),
        (False, PeerState.CONNECTED, True, "connected"),
        (False, PeerState.SILENT, True, "reconnecting"),
        (False, PeerState.CLOSED, True, "reconnecting"),
    ],
)
def test_what_the_others_see(is_plugged: bool, state: PeerState, had_media: bool, expected: str) -> None:
    room = Room(CAPACITY)
    room.handle_join(join("a"), 0)
    room.handle_offer("a", "peer", 0)
    if had_media:
        room.handle_peer_state("a", "peer", PeerState.CONNECTED, "", 0)
    room.handle_peer_state("a", "peer", state, "", 0)
    if not is_plugged:
        room.handle_socket_lost("s-a.1", 0)
    assert connection_of(room, "a") == expected


def test_the_tables_are_complete() -> None:
    assert MEDIA.keys() == set(PeerState)
    assert CONNECTION.keys() == {(plugged, media) for plugged in (True, False) for media in Media}


def test_the_one_who_comes_back_does_not_count_twice() -> None:
    room = Room(1)
    room.handle_join(join("a", "s1"), 0)
    effects = room.handle_join(join("a", "s2"), 1)
    assert effects == [CloseSocket("s1.1", Closing.ELSEWHERE, Elsewhere()), ForgetSession("s1")]
    with pytest.raises(ApiError, match="full"):
        room.handle_join(join("b"), 2)


def test_close_notify_with_a_living_socket_is_no_leave() -> None:
    room = Room(CAPACITY)
    room.handle_join(join("a"), 0)
    room.handle_offer("a", "p1", 0)
    assert room.handle_peer_state("a", "p1", PeerState.CLOSED, CLOSE_NOTIFY, 0) == []
    assert room.handle_offer("a", "p2", 1) == []
    assert room.handle_peer_opened("a", "p2", (), 2) == [ClosePeer("p1")]
    assert room.handle_socket_lost("s-a.1", 3) == []
    assert len(room) == 1


def test_the_order_of_close_notify_and_lost_socket_does_not_matter() -> None:
    for socket_first in (True, False):
        room = Room(CAPACITY)
        room.handle_join(join("a"), 0)
        room.handle_offer("a", "p", 0)
        inputs = [
            lambda room=room: room.handle_socket_lost("s-a.1", 1),
            lambda room=room: room.handle_peer_state("a", "p", PeerState.CLOSED, CLOSE_NOTIFY, 1),
        ]
        for act in inputs if socket_first else reversed(inputs):
            effects = act()
        assert effects == [ClosePeer("p"), ForgetSession("s-a")]
        assert len(room) == 0


def test_an_answer_that_comes_after_the_leave_closes_its_peer() -> None:
    room = Room(CAPACITY)
    room.handle_join(join("a"), 0)
    room.handle_offer("a", "p", 0)
    room.handle_leave("a", "left", 1)
    assert room.handle_peer_opened("a", "p", (), 2) == [ClosePeer("p")]


def test_the_end_of_a_room_is_told_to_everybody() -> None:
    room = Room(CAPACITY)
    for who in "ab":
        room.handle_join(join(who), 0)
    effects = room.handle_end("ended", 1)
    assert effects == [
        CloseSocket("s-a.1", Closing.ENDED, Ended(reason="ended")),
        ForgetSession("s-a"),
        CloseSocket("s-b.1", Closing.ENDED, Ended(reason="ended")),
        ForgetSession("s-b"),
    ]
    assert room.next_timer() is None


def test_one_change_is_encoded_once_for_all() -> None:
    room = Room(10)
    for who in "abcde":
        room.handle_join(join(who), 0)
    room.handle_timer(SECOND)
    room.handle_muted("a", Source.CAMERA, True, 2 * SECOND)
    room.handle_gates("a", 2 * SECOND)
    room.handle_offer("a", "p", 2 * SECOND)
    room.handle_peer_opened("a", "p", (Source.CAMERA,), 2 * SECOND)
    (send,) = room.handle_timer(2 * SECOND)
    assert isinstance(send, Send)
    assert set(send.sockets) == {f"s-{who}.1" for who in "bcde"}


def test_of_oneself_one_is_told_name_hand_and_picture() -> None:
    room = Room(10)
    for who in "ab":
        room.handle_join(join(who), 0)
    room.handle_timer(SECOND)
    room.handle_hand("a", 7, 2 * SECOND)
    (send,) = room.handle_timer(2 * SECOND)
    assert isinstance(send, Send)
    assert (set(send.sockets), send.message.participant.hand) == ({"s-a.1", "s-b.1"}, 7)


def test_the_first_change_leaves_at_once_the_next_after_250_ms() -> None:
    room = Room(CAPACITY)
    room.handle_join(join("a"), 0)
    room.handle_timer(SECOND)
    room.handle_join(join("b"), SECOND)
    assert room.next_timer() == 250 * MILLISECOND
    assert [send.message.participant.name for send in room.handle_timer(SECOND)] == ["B"]
    room.handle_join(join("c"), SECOND + 1)
    assert room.next_timer() == SECOND + 250 * MILLISECOND
    assert room.handle_timer(SECOND + 1) == []


def test_who_came_and_went_between_two_pushes_is_not_mentioned() -> None:
    room = Room(CAPACITY)
    room.handle_join(join("a"), 0)
    room.handle_join(join("b"), 1)
    room.handle_leave("b", "left", 2)
    assert room.handle_timer(SECOND) == []


# --- any order of inputs ----------------------------------------------------------------------------------------

PEOPLE = list("abcdef")


STATES = Slots | Speakers | Demand | Networks | Emoted | Captions


@dataclass
class Page:
    """What a client believes, from its welcome and its pushes alone."""

    who: str
    session: str
    roster: dict[str, Participant]
    slots: list[SlotState]
    speakers: list[Speaker] = field(default_factory=list)
    networks: list[Network] = field(default_factory=list)
    demands: dict[Source, list[bool]] = field(default_factory=dict)
    wants_captions: bool = False
    told_at: dict[str, list[int]] = field(default_factory=dict)

    def take(self, message: object, now_ns: int) -> None:
        match message:
            case Joined(participant):
                assert participant.id not in self.roster, "told twice"
                self.roster[participant.id] = participant
            case Changed(participant):
                assert self.roster[participant.id] != participant, "told without a change"
                self.roster[participant.id] = participant
            case Left(participant, _):
                del self.roster[participant]
            case Slots(slots):
                self.slots = slots
            case Speakers(speakers):
                self.speakers = speakers
            case Networks(networks):
                self.networks = networks
            case Demand(source, layers):
                self.demands[source] = layers
            case Emoted(emotions):
                assert emotions, "told of nothing"
            case Captions(captions):
                assert captions, "told of nothing"
                assert self.wants_captions, "told what it does not want"
        kind = type(message).__name__ if isinstance(message, STATES) else "Roster"
        times = self.told_at.setdefault(kind, [])
        if not times or times[-1] != now_ns:
            times.append(now_ns)
        assert len([at for at in times if at > now_ns - SECOND]) <= 4, f"{kind} more than 4 times a second"


class AnyOrder(RuleBasedStateMachine):
    """Participants come, go, reconnect and are cut off in any order; pages and books stay right."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(
            CAPACITY, Settings(e2ee=True, policy={Role.SPEAKER: {Action.CAPTION: Verdict.ALLOW}})
        )
        self.now = 0
        self.count = 0
        self.pages: dict[str, Page] = {}  # by socket that is open at the gateway
        self.sessions: set[str] = set()
        self.peers: set[str] = set()
        self.lost_at: dict[str, int] = {}
        self.measured: list[Network] = []
        self.wanting: dict[str, bool] = {}  # by Session

    # --- carrying out

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(sockets, message):
                    for socket in sockets:
                        self.pages[socket].take(message, self.now)
                case CloseSocket(socket, _, _):
                    del self.pages[socket]
                case ClosePeer(peer):
                    assert peer in self.peers, "closed twice"
                    self.peers.discard(peer)
                case ForgetSession(session):
                    self.sessions.remove(session)

    def number(self) -> int:
        self.count += 1
        return self.count

    def plug(self, who: str, socket: str) -> None:
        member = self.room.member(who)
        assert member is not None
        others = self.room.welcome(member, self.now)
        self.pages[socket] = Page(who, member.session, dict(others), list(member.slots))
        self.pages[socket].wants_captions = self.wanting.get(member.session, False)
        self.lost_at.pop(who, None)

    def joined(self) -> list[str]:
        return [member.id for member in self.room if not member.is_resource]

    # --- inputs

    @rule(who=st.sampled_from(PEOPLE))
    def join(self, who: str) -> None:
        session = f"s{self.number()}"
        is_new = self.room.member(who) is None
        is_full = len(self.room) >= CAPACITY
        try:
            effects = self.room.handle_join(
                Join(who, who, Role.SPEAKER, True, session, f"{session}.1"), self.now
            )
        except ApiError:
            assert is_new
            assert is_full
            return
        self.sessions.add(session)
        self.perform(effects)
        self.plug(who, f"{session}.1")

    @rule(data=st.data())
    @precondition(lambda self: self.joined())
    def resume(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.joined()))
        member = self.room.member(who)
        assert member is not None
        socket = f"{member.session}.{self.number()}"
        self.perform(self.room.handle_resume(who, socket, self.now))
        self.plug(who, socket)

    @rule(data=st.data())
    @precondition(lambda self: self.pages)
    def lose_socket(self, data: st.DataObject) -> None:
        socket = data.draw(st.sampled_from(sorted(self.pages)))
        page = self.pages.pop(socket)
        self.lost_at[page.who] = self.now
        self.perform(self.room.handle_socket_lost(socket, self.now))

    @rule(who=st.sampled_from(PEOPLE))
    def leave(self, who: str) -> None:
        member = self.room.member(who)
        self.perform(self.room.handle_leave(who, "left", self.now))
        if member is not None:  # the answer to a leave closes the socket
            self.pages = {socket: page for socket, page in self.pages.items() if page.who != who}

    @rule(who=st.sampled_from(PEOPLE), takes=st.booleans(), anew=st.booleans())
    def offer(self, who: str, takes: bool, anew: bool) -> None:
        member = self.room.member(who)
        if member is None:
            return
        again = member.peer is not None and member.peer.opened and not anew
        peer = member.peer.id if again and member.peer is not None else f"p{self.number()}"
        self.perform(self.room.handle_offer(who, peer, self.now))
        if takes:
            self.peers.add(peer)
            self.perform(self.room.handle_peer_opened(who, peer, (Source.CAMERA,), self.now))
        else:
            self.perform(self.room.handle_peer_refused(who, peer, self.now))

    @rule(who=st.sampled_from(PEOPLE))
    def emote(self, who: str) -> None:
        with suppress(ApiError):  # too often
            self.perform(self.room.handle_emote(who, "👍", self.now))

    @rule(who=st.sampled_from([*PEOPLE, None]), on=st.booleans())
    def captions(self, who: str | None, on: bool) -> None:
        self.perform(self.room.handle_captions("en" if on else None, who, self.now))

    @rule(who=st.sampled_from(PEOPLE), wanted=st.booleans())
    def want_captions(self, who: str, wanted: bool) -> None:
        self.perform(self.room.handle_want_captions(who, wanted, self.now))
        if (member := self.room.member(who)) is not None:
            self.wanting[member.session] = wanted
            for page in self.pages.values():
                if page.who == who:
                    page.wants_captions = wanted

    @rule(who=st.sampled_from(PEOPLE))
    def caption(self, who: str) -> None:
        with suppress(ApiError):  # off, too often, or of nobody
            said = Caption(participant=who, key="1", text=who, language="en", by="a")
            self.perform(self.room.handle_caption(said, self.now))

    @rule(who=st.sampled_from(PEOPLE), state=st.sampled_from(PeerState), polite=st.booleans())
    def media(self, who: str, state: PeerState, polite: bool) -> None:
        member = self.room.member(who)
        if member is not None and member.peer is not None:
            reason = CLOSE_NOTIFY if polite else "expired"
            self.perform(self.room.handle_peer_state(who, member.peer.id, state, reason, self.now))

    @rule(who=st.sampled_from(PEOPLE), source=st.sampled_from(Source), muted=st.booleans())
    def mute(self, who: str, source: Source, muted: bool) -> None:
        self.perform(self.room.handle_muted(who, source, muted, self.now))
        self.perform(self.room.handle_gates(who, self.now))

    @rule(who=st.sampled_from(PEOPLE), shown=st.sampled_from(PEOPLE))
    def slots(self, who: str, shown: str) -> None:
        member = self.room.member(who)
        if member is not None and member.peer is not None:
            table = (SlotState(slot=0, participant=shown, from_rtp_timestamp=self.number()),)
            self.perform(self.room.handle_slots(who, member.peer.id, table, self.now))

    @rule(level=st.integers(0, 127))
    def speakers(self, level: int) -> None:
        self.perform(self.room.handle_speakers((Speaker(participant="a", level=level),), self.now))

    @rule(level=st.sampled_from(NetworkLevel))
    def networks(self, level: NetworkLevel) -> None:
        self.measured = [Network(participant="a", level=level)]
        self.perform(self.room.handle_networks(tuple(self.measured), self.now))

    @rule(
        who=st.sampled_from(PEOPLE),
        source=st.sampled_from([Source.CAMERA, Source.SCREEN]),
        layers=st.tuples(st.booleans(), st.booleans()),
    )
    def demand(self, who: str, source: Source, layers: tuple[bool, ...]) -> None:
        member = self.room.member(who)
        if member is not None and member.peer is not None:
            self.perform(self.room.handle_demand(who, member.peer.id, source, layers, self.now))

    @rule(milliseconds=st.sampled_from([1, 50, 250, 1_000, 5_000, 31_000]))
    def time_passes(self, milliseconds: int) -> None:
        """As the shell does: wake at each timer on the way."""
        until = self.now + milliseconds * MILLISECOND
        while (due := self.room.next_timer()) is not None and due <= until:
            self.now = max(self.now, due)
            self.perform(self.room.handle_timer(self.now))
            later = self.room.next_timer()
            assert later is None or later > self.now, "a timer that is never settled"
        self.now = until
        if milliseconds >= 1_000:
            self.pages_are_right()

    def pages_are_right(self) -> None:
        """When all pushes have left, every page shows what is."""
        everybody = {member.id: member.seen() for member in self.room}
        for page in self.pages.values():
            assert page.roster == {who: seen for who, seen in everybody.items() if who != page.who}
            member = self.room.member(page.who)
            assert member is not None
            if member.slots:  # an offer for a new Peer empties the table without a push
                assert page.slots == list(member.slots)
            assert (
                member.peer is None
                or member.peer.demands.items()
                <= {source: tuple(layers) for source, layers in page.demands.items()}.items()
            )
            assert not self.measured or page.networks == self.measured

    # --- what always holds

    @invariant()
    def books_agree(self) -> None:
        assert self.sessions == {member.session for member in self.room}
        assert set(self.pages) == {member.socket for member in self.room if member.socket is not None}
        held = {
            peer.id for member in self.room for peer in (member.peer, member.earlier_peer) if peer is not None
        }
        assert self.peers <= held, "a Peer of nobody"
        assert len(self.room) <= CAPACITY

    @invariant()
    def somebody_answers_for_captions(self) -> None:
        book = self.room.captions
        assert ("captions" in self.room.plain) is (book.language is not None)
        assert book.language is None or book.by_server or book.starters & self.sessions

    @invariant()
    def nobody_is_held_longer_than_promised(self) -> None:
        for member in self.room:
            if member.socket is None:
                assert self.now - self.lost_at[member.id] <= 30 * SECOND


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
