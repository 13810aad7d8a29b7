"""How much one Peer may be sent, and when that is shared out among its tiles anew.

A falling estimate that no longer carries what is sent counts at once, a rising one at the next tick. After a
fall, tiles rise only where there is plenty, for a time that doubles while rises are followed by falls: a link at
the edge between two Layers then changes seldom.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from _fastpath.engine import Engine
from sfu.media.allocation import Choice, Request, allocate, most
from sfu.media.budget import Protection, video_budget, wish
from sfu.media.ladder import Option
from treble.api import Reason
from treble.units import SECOND

# Until the first feedback, which comes with the first packets: GCC's start, twice. Who sends none for so long has none.
START_BPS: Final = 600_000
START_NS: Final = 3 * SECOND
# So long after it has fallen, an estimate that rose again is not trusted beyond where it was.
TROUGH_NS: Final = 2 * SECOND
# Of a fall: how long rising needs more room. A fall so soon after a rise says that the rise was wrong.
CALM_NS: Final = 5 * SECOND
LONGEST_CALM_NS: Final = 60 * SECOND
REGRET_NS: Final = 15 * SECOND
# Probing finds only what is wished for, and to rise there must be more than what is needed.
WISH_MARGIN: Final = 1.35
# The engine is told another wish when it has moved by so much.
WISH_NEWS: Final = 0.03


class Receiver:
    """`gives_feedback`: its offer has transport-wide feedback or REMB."""

    def __init__(self, engine: Engine, endpoint: int) -> None:
        self._engine = engine
        self._endpoint = endpoint
        self.gives_feedback = False
        self.estimate_bps: int | None = None
        self.protection = Protection()
        self.loss = 0.0
        self.audio_bps = 0
        self.wish_bps = 0
        self.is_stale = True  # whether tiles are to be shared out anew
        self._is_short = False  # whether some tile could use more bandwidth
        self._has_risen = False
        self._troughs: deque[tuple[int, int]] = deque()  # when, how low: ascending in both
        self._needed_bps = 0  # for what is sent now
        self._start_ns: int | None = None
        self._fell_ns: int | None = None
        self._rose_ns: int | None = None
        self._calm_ns = CALM_NS
        self._review_ns: int | None = None

    @property
    def served(self) -> float:
        """What is sent over what it would take to send everything at its best; 1 while nothing is wanted."""
        return min(1.0, self._needed_bps * WISH_MARGIN / self.wish_bps) if self.wish_bps else 1.0

    # --- inputs

    def handle_estimate(self, bps: int, now_ns: int) -> None:
        before, self.estimate_bps = self.estimate_bps, bps
        self._forget_troughs(now_ns)
        if before is not None and bps < before:
            while self._troughs and self._troughs[-1][1] >= bps:
                self._troughs.pop()
            self._troughs.append((now_ns, bps))
        if before is None or bps < self._needed_bps:
            self.is_stale = True
        else:
            self._has_risen = self._is_short

    def handle_tick(self, now_ns: int) -> None:
        """A few times a second."""
        if self._review_ns is not None and now_ns >= self._review_ns:
            self._review_ns = None
            self.is_stale = True
        self.is_stale = self.is_stale or self._has_risen

    def handle_path(self, loss: float, audio_bps: int, protection: Protection) -> None:
        """What is measured of the way to it, and what audio and protection take."""
        loss, audio_bps = round(loss, 2), round(audio_bps, -4)
        if (loss, audio_bps, protection) != (self.loss, self.audio_bps, self.protection):
            self.loss, self.audio_bps, self.protection = loss, audio_bps, protection
            self.is_stale = True

    # --- sharing out

    def share(self, requests: Sequence[Request], now_ns: int) -> dict[int, Choice]:
        """What each tile gets now."""
        self.is_stale = self._has_risen = False
        budget = self._budget(now_ns)
        after_fall = self._fell_ns is not None and now_ns - self._fell_ns < self._calm_ns
        choices = allocate(budget, requests, steady_bps=self._steady(now_ns), after_fall=after_fall)
        sent = sum(choice.option.bitrate for choice in choices.values() if choice.option)
        self._needed_bps = wish(sent, self.audio_bps, self.protection, self.loss)
        self._note_moves(requests, choices, now_ns)
        self._is_short = any(choice.reason is Reason.BANDWIDTH for choice in choices.values())
        if self._is_short:
            self._review_when_calm(now_ns)
        self._tell_wish(most(requests))
        return choices

    def review_at(self, when_ns: int, now_ns: int) -> None:
        """Time alone may change the result then."""
        if when_ns > now_ns and (self._review_ns is None or when_ns < self._review_ns):
            self._review_ns = when_ns

    def _budget(self, now_ns: int) -> int | None:
        estimate = self.estimate_bps
        if estimate is None:
            if not self.gives_feedback:
                return None
            if self._start_ns is None:
                self._start_ns = now_ns
            if now_ns - self._start_ns >= START_NS:
                return None
            self.review_at(self._start_ns + START_NS, now_ns)
            estimate = START_BPS
        return video_budget(estimate, self.audio_bps, self.protection, self.loss)

    def _steady(self, now_ns: int) -> int | None:
        self._forget_troughs(now_ns)
        if not self._troughs:
            return None
        return video_budget(self._troughs[0][1], self.audio_bps, self.protection, self.loss)

    def _forget_troughs(self, now_ns: int) -> None:
        while self._troughs and now_ns - self._troughs[0][0] >= TROUGH_NS:
            self._troughs.popleft()

    def _review_when_calm(self, now_ns: int) -> None:
        if self._fell_ns is not None:
            self.review_at(self._fell_ns + self._calm_ns, now_ns)
        if self._troughs:
            self.review_at(self._troughs[0][0] + TROUGH_NS, now_ns)

    def _note_moves(self, requests: Sequence[Request], choices: dict[int, Choice], now_ns: int) -> None:
        """A fall for want of bandwidth begins calm; one that another tile's rise paid for is none."""
        moves = [_move(each, choices[each.slot].option) for each in requests if each.now and each.path.steps]
        if any(move < 0 for move in moves) and not any(move > 0 for move in moves):
            regrets = self._rose_ns is not None and now_ns - self._rose_ns < REGRET_NS
            self._calm_ns = min(2 * self._calm_ns, LONGEST_CALM_NS) if regrets else CALM_NS
            self._fell_ns = now_ns
        if any(move > 0 for move in moves):
            self._rose_ns = now_ns

    def _tell_wish(self, video_bps: int) -> None:
        bps = round(WISH_MARGIN * wish(video_bps, self.audio_bps, self.protection, self.loss))
        if abs(bps - self.wish_bps) > WISH_NEWS * self.wish_bps:
            self.wish_bps = bps
            self._engine.set_wish(self._endpoint, bps)


def _move(request: Request, option: Option | None) -> int:
    """-1: it has less than before though its path allows that, 1: more, 0 else."""
    before = request.now
    assert before is not None
    if option is not None and option.rank >= before.rank:
        return int(option.rank > before.rank)
    could_stay = any(step.rank == before.rank for step in request.path.steps)
    return -1 if could_stay else 0
