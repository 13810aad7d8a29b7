"""Inputs about end-to-end encryption: keys that participants pass to each other, and what needs media in clear."""

from collections.abc import Iterator
from typing import Final

from signaling.host_messages import PlainUse
from signaling.key_messages import KeyItem, Keys, PassedKey
from signaling.message import Message
from signaling.room.books import Books
from signaling.room.effects import Effect
from signaling.room.member import Member
from signaling.room.pushes import Topic
from treble.api import ApiError
from treble.units import MILLISECOND, SECOND

# What 50 people need when all come at once; counted by receivers, for that is what it costs.
BURST: Final = 1000
PER_SECOND: Final = 100
MAX_WAITING: Final = 2000  # for one receiver: 40 ms of what everybody may send
MAX_TOGETHER: Final = 100  # in one push
# Much sooner than other news: until the key is there, nothing can be seen.
KEYS_PACE_NS: Final = 40 * MILLISECOND


class SealingInputs(Books):
    """Key messages wait in the receiver's list and leave together, at most 25 times a second."""

    def handle_keys(self, participant: str, items: tuple[KeyItem, ...], now_ns: int) -> list[Effect]:
        """`ApiError("forbidden")` where the Room is not encrypted, `slow` beyond the allowance."""
        self._note(now_ns, "keys", participant)
        sender = self._members.get(participant)
        if sender is None:
            return []
        if not self.settings.e2ee:
            raise ApiError("forbidden", "the room is not end-to-end encrypted")
        passed = [
            (receiver, item.body) for item in items for receiver in self._receivers(participant, item.to)
        ]
        _charge(sender, len(passed), now_ns)
        for receiver, body in passed:
            if len(receiver.keys) < MAX_WAITING:
                receiver.keys.append(PassedKey(participant=participant, body=body))
                receiver.keys_version += 1
        return []

    def handle_plain(self, use: PlainUse, is_on: bool, now_ns: int) -> list[Effect]:
        """`captions`, `broadcast` or `recording` needs the media in clear, or no longer does."""
        self._note(now_ns, f"plain {use} {is_on}", "")
        self._set_plain(use, is_on)
        return []

    def _receivers(self, sender: str, to: str | None) -> Iterator[Member]:
        """Only who is inside and can be told at once."""
        members = self if to is None else filter(None, [self._members.get(to)])
        return (member for member in members if member.id != sender and member.socket is not None)


def keys_topic() -> Topic:
    return Topic("keys", lambda member: member.keys_version, _taken, pace_ns=KEYS_PACE_NS)


def _taken(member: Member) -> list[Message]:
    keys, member.keys = member.keys, []
    return [Keys(keys=keys[at : at + MAX_TOGETHER]) for at in range(0, len(keys), MAX_TOGETHER)]


def _charge(sender: Member, count: int, now_ns: int) -> None:
    earned = (now_ns - sender.keys_charged_ns) * PER_SECOND / SECOND
    allowance = min(float(BURST), sender.keys_allowance + earned)
    if count > allowance:
        raise ApiError("slow", "too many keys", (count - allowance) / PER_SECOND)
    sender.keys_allowance, sender.keys_charged_ns = allowance - count, now_ns
