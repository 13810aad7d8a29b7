"""Random plays at the door of the Room machine: who waits is sent what is allowed, and nothing else (contracts 3)."""

from hypothesis import given, settings, strategies as st

from signaling.door_messages import Admitted, Expired, Refused, Waiting
from signaling.messages import Elsewhere, Ended
from signaling.room.door import Stage, Waiter
from signaling.room.effects import CloseSocket, Effect, Send
from signaling.room.machine import Room
from signaling.room.member import Join
from treble.api import Network, NetworkLevel, Role, Speaker
from treble.units import SECOND

ALLOWED = (Waiting, Refused, Expired, Admitted, Elsewhere, Ended)
MOVES = (
    *("join", "wait", "knock", "admit", "refuse", "expire", "again", "lose"),
    *("resume", "leave", "role", "lock", "talk", "time", "enter", "end"),
)
PEOPLE = ("ann", "bob", "cat", "dan")

plays = st.lists(
    st.tuples(
        st.sampled_from(MOVES),
        st.sampled_from(PEOPLE),
        st.sampled_from(list(Role)),
    ),
    max_size=60,
)


class Play:
    """Knows at each moment which sockets belong to somebody at the door."""

    def __init__(self) -> None:
        self.room = Room(3)
        self.now = 0
        self.sockets = 0

    def step(self, what: str, who: str, role: Role) -> None:
        room, door = self.room, self.room.door
        waiting = {waiter.socket for waiter in door if waiter.socket}
        effects = self._do(what, who, role)
        waiting |= {waiter.socket for waiter in door if waiter.socket}
        inside = {member.socket for member in room if member.socket}
        self._check(effects, waiting - inside)
        self._check(room.handle_timer(self.now), {waiter.socket for waiter in door if waiter.socket})
        assert not {member.id for member in room} & {waiter.id for waiter in door}
        assert len(room) <= 3
        seen = {each.participant for each in door.seen().waiters}
        assert seen == {waiter.id for waiter in door if waiter.stage is Stage.KNOCK}

    def _do(self, what: str, who: str, role: Role) -> list[Effect]:
        room, door, now = self.room, self.room.door, self.now
        waiter, member = door.get(who), room.member(who)
        match what:
            case "join" if member is not None or len(room) < 3:
                return room.handle_join(Join(who, who, role, True, self._new(), self._new()), now)
            case "wait" if member is None:
                new = Waiter(who, who, True, role, self._new(), self._new(), now)
                return door.handle_wait(new, now) + door.handle_answered(who, now)
            case "knock":
                return door.handle_knocking(who, f"knock {who}", now + 300 * SECOND, now)
            case "admit":
                return door.handle_admitted(who, now)
            case "refuse":
                return door.handle_refused(who, now)
            case "expire":
                return door.handle_expired(who, f"knock {who}", now)
            case "again":
                return door.handle_knock(who, now) + door.handle_answered(who, now)
            case "lose":
                found = waiter or member
                return [] if found is None or not found.socket else room.handle_socket_lost(found.socket, now)
            case "resume" if waiter is not None:
                return door.handle_resume(who, self._new(), now) + door.handle_answered(who, now)
            case "leave":
                return room.handle_leave(who, "removed", now)
            case "role":
                return room.handle_role(who, role, now)
            case "lock":
                return room.handle_locked(not room.locked, now)
            case "talk":
                talk = room.handle_speakers((Speaker(participant=who, level=now % 127),), now)
                return talk + room.handle_networks((Network(participant=who, level=NetworkLevel.POOR),), now)
            case "time":
                self.now += 7 * SECOND
            case "enter" if waiter is not None and waiter.stage is Stage.ADMITTED and waiter.socket:
                if len(room) < 3:
                    join = Join(who, who, role, True, waiter.session, waiter.socket)
                    return room.handle_join(join, now)
            case "end":
                return room.handle_end("ended", now)
        return []

    def _new(self) -> str:
        self.sockets += 1
        return f"s{self.sockets}"

    def _check(self, effects: list[Effect], waiting: set[str]) -> None:
        for effect in effects:
            if isinstance(effect, Send) and waiting & set(effect.sockets):
                assert isinstance(effect.message, ALLOWED)
                assert len(effect.sockets) == 1
            if isinstance(effect, CloseSocket) and effect.socket in waiting:
                assert isinstance(effect.message, ALLOWED)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(plays)
def test_whoever_waits_is_sent_only_what_is_allowed(play: list[tuple[str, str, Role]]) -> None:
    world = Play()
    for step in play:
        world.step(*step)
