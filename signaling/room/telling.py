"""Who is told what, and when: the roster by difference, everything else by topics."""

from signaling.actions import Action, Verdict
from signaling.host_messages import Verdicts
from signaling.message import Message
from signaling.messages import Changed, Demand, Networks, Slots, Speakers
from signaling.room.books import Books
from signaling.room.effects import (
    Effect,
    Send,
)
from signaling.room.member import PACE_NS, Member, Pace
from signaling.room.pushes import Topic
from signaling.room.roster import changes, is_news_to_self
from signaling.room.sealing import keys_topic


class Telling(Books):
    """Pushes leave from here only, at most four times a second for each kind and member."""

    def _start_telling(self) -> None:
        self._topics = self._topic_table()

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
            keys_topic(),
            *self.asked.topics(lambda member: self.verdict(member, Action.ANSWER) is Verdict.ALLOW),
        )

    def _tell_roster(self, now_ns: int) -> list[Effect]:
        """Members that know the same picture get the same messages; of oneself one is told what one cannot know."""
        groups: dict[int, list[Member]] = {}
        for member in self._by_socket.values():
            pace = member.roster_pace
            if pace.told < self._roster_version and pace.next_ns <= now_ns:
                groups.setdefault(id(member.known), []).append(member)
        effects: list[Effect] = []
        for group in groups.values():
            for who, message in changes(group[0].known, self._roster, self._left):
                also_self = isinstance(message, Changed) and is_news_to_self(group[0].known[who], message)
                sockets = tuple(
                    member.socket for member in group if member.socket and (also_self or member.id != who)
                )
                if sockets:
                    effects.append(Send(sockets, message))
            for member in group:
                member.known = self._roster
                member.roster_pace = Pace(self._roster_version, now_ns + PACE_NS)
        if all(member.known is self._roster for member in self._by_socket.values()):
            self._left.clear()
        return effects

    def _tell_emotes(self, now_ns: int) -> list[Effect]:
        """To who is here now; nobody is told later."""
        emoted = self.emotes.take(now_ns)
        return [Send(tuple(self._by_socket), emoted)] if emoted and self._by_socket else []

    def _tell_captions(self, now_ns: int) -> list[Effect]:
        """To who wants them now."""
        captions = self.captions.take(now_ns)
        sockets = tuple(socket for socket, member in self._by_socket.items() if member.wants_captions)
        return [Send(sockets, captions)] if captions and sockets else []


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
