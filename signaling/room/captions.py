"""Captions of a Room: whether they are on, and the lines of the last moment; a line that changes meanwhile is told once.

They leave at most four times a second, all in one message, encoded once for all who want them.
"""

from typing import Final

from signaling.attempts import Buckets
from signaling.caption_messages import Caption, Captions
from signaling.room.member import PACE_NS
from treble.api import ApiError
from treble.units import SECOND

AT_ONCE: Final = (
    40  # of one author, then ten a second: four speakers, each heard anew two or three times a second
)
FILL_NS: Final = 4 * SECOND
MOST: Final = 50  # lines in one message; nobody reads more in a quarter of a second

Line = tuple[str | None, str, str]  # author, speaker, key


class CaptionBook:
    """Part of the Room machine. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self.language: str | None = None  # None: off
        self.by_server = False  # whether the server itself is among those who turned them on
        self.starters: set[str] = set()  # Sessions that turned them on, since they are
        self._tries = Buckets(AT_ONCE, FILL_NS, limit=1_000)
        self._news: dict[Line, Caption] = {}
        self._next_ns = 0

    def turn(self, language: str | None, session: str | None) -> bool:
        """On, in this language, or off; whether that is another state than before. `session` None: the server itself."""
        if language is None:
            self._news.clear()
            self.starters.clear()
            self.by_server = False
        elif session is None:
            self.by_server = True
        else:
            self.starters.add(session)
        is_changed, self.language = language != self.language, language
        return is_changed

    def add(self, caption: Caption, now_ns: int) -> None:
        """`ApiError`: "captions.off", or "slow" with the time to wait. The server's own lines are not counted."""
        if self.language is None:
            raise ApiError("captions.off", "nobody has started captions")
        line = (caption.by, caption.participant, caption.key)
        if line not in self._news and len(self._news) >= MOST:
            raise ApiError("slow", "too many captions", PACE_NS / SECOND)
        if caption.by is not None:
            wait_s = self._tries.wait_s(caption.by, now_ns)
            if wait_s > 0:
                raise ApiError("slow", "too many captions", wait_s)
            self._tries.change(caption.by, -1, now_ns)
        self._news[line] = caption

    @property
    def deadline(self) -> int | None:
        """When `take` has something to give."""
        return self._next_ns if self._news else None

    def take(self, now_ns: int) -> Captions | None:
        """What is to be told now, in the order in which the lines began."""
        if not self._news or self._next_ns > now_ns:
            return None
        told = Captions(captions=list(self._news.values()))
        self._news.clear()
        self._next_ns = now_ns + PACE_NS
        return told
