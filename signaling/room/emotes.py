"""Reactions in the call: gathered, told to everybody a moment later, kept nowhere.

They leave at most four times a second, all of that moment in one message, so a full room that applauds costs each socket
as much as the roster does.
"""

from typing import Final

from signaling.attempts import Buckets
from signaling.host_messages import EMOJI, Emoted, Emotion
from signaling.room.member import PACE_NS
from treble.api import ApiError
from treble.units import SECOND

AT_ONCE: Final = 5  # of one participant in a burst, then one in two seconds
FILL_NS: Final = 10 * SECOND
MOST: Final = 50  # in one message; more are nothing that anybody could see


class Emotes:
    """Part of the Room machine. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._tries = Buckets(AT_ONCE, FILL_NS, limit=1_000)
        self._news: list[Emotion] = []
        self._next_ns = 0

    def add(self, participant: str, emoji: str, now_ns: int) -> None:
        """`ApiError`: "bad.emoji" for any other than those that are offered, "slow" with the time to wait."""
        if emoji not in EMOJI:
            raise ApiError("bad.emoji", "one of those that are offered")
        wait_s = self._tries.wait_s(participant, now_ns)
        if wait_s > 0:
            raise ApiError("slow", "too many reactions", wait_s)
        self._tries.change(participant, -1, now_ns)
        if len(self._news) < MOST:
            self._news.append(Emotion(participant=participant, emoji=emoji))

    @property
    def deadline(self) -> int | None:
        """When `take` has something to give."""
        return self._next_ns if self._news else None

    def take(self, now_ns: int) -> Emoted | None:
        """What is to be told now."""
        if not self._news or self._next_ns > now_ns:
            return None
        told = Emoted(emotions=self._news)
        self._news = []
        self._next_ns = now_ns + PACE_NS
        return told
