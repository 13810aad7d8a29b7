"""How much one Peer may be sent, and when that is shared out among its tiles anew.

A falling estimate that no longer carries what is sent counts at once, a rising one at the next tick, and one that
trembles by its troughs. After a fall, tiles rise only where there is plenty, for a time that doubles while rises
are followed by falls: a link at the edge between two Layers then changes seldom.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from _fastpath.engine import Engine
from sfu.media.allocation import Choice, Request, allocate, most
from sfu.media.budget import Dose, video_budget, wish
from sfu.media.ladder import Option
from treble.api import Reason
from treble.units import SECOND

# Until the first feedback, which comes with the first packets: GCC's start, twice. Who sends none for so long has none.
START_BPS: Final = 600_000
START_NS: Final = 3 * SECOND
# An estimate swings by a few per cent, and one overuse takes 15 per cent off the rate that arrived. What is sent stays
# through the swing, and for a moment through a dip: a link that has indeed become so narrow says it again.
KEEP: Final = 1.05
KEEP_IN_DIP: Final = 1.16
DIP: Final = 0.92
DIP_NS: Final = 4 * SECOND
NEXT_DIP_NS: Final = 6 * SECOND
# So long after it has fallen, an estimate that rose again is not trusted beyond where it was.
TROUGH_NS: Final = 2 * SECOND
# An estimate falls in stages. Nothing rises until it has found the bottom: each rise and fall would cost keyframes.
FALLING_NS: Final = 1 * SECOND
# Of a fall: how long rising needs more room. A fall so soon after a rise says that the rise was wrong.
CALM_NS: Final = 5 * SECOND
LONGEST_CALM_NS: Final = 60 * SECOND
REGRET_NS: Final = 15 * SECOND
# A queue that has overflowed loses for a moment, a bad link for good: of so many measurements, four a second, the least
# loss counts.
LASTING: Final = 12
# Probing finds only what is wished for, and to rise there must be more than what is needed.
WISH_MARGIN: Final = 1.35
# Tiles are shared out anew when what they may rise by has grown by so much.
RISE_NEWS: Final = 1.02
# The engine is told another wish when it has moved by so much.
WISH_NEWS: Final = 0.03


class Receiver:
    """`gives_feedback`: its offer has transport-wide feedback or REMB; `has_red` and `has_fec`: what
    it takes for audio and for video."""

    def __init__(self, engine: Engine, endpoint: int) -> None:
        self._engine = engine
        self._endpoint = endpoint
        self.gives_feedback = False
        self.has_red = False
        self.has_fec = False
        self.estimate_bps: int | None = None
        self.dose = Dose()
        self.loss = 0.0
        self._losses: deque[float] = deque([0.0], maxlen=LASTING)
        self.audio_bps = 0
        self.wish_bps = 0
        self.pictures_bps = 0  # what is sent of them now, without repair
        self.is_stale = True  # whether tiles are to be shared out anew
        self._is_short = False  # whether some tile could use more bandwidth
        self._shared_bps = 0  # what tiles could rise by the last time
        self._troughs: deque[tuple[int, int]] = deque()  # when, how low: ascending in both
        self._needed_bps = 0  # for what is sent now
        self._start_ns: int | None = None
        self._dip_ns: int | None = None
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
        if before is not None and bps < DIP * before:
            is_first = self._dip_ns is None or now_ns - self._dip_ns > NEXT_DIP_NS
            self._dip_ns = now_ns if is_first else now_ns - DIP_NS
        if before is not None and bps < before:
            while self._troughs and self._troughs[-1][1] >= bps:
                self._troughs.pop()
            self._troughs.append((now_ns, bps))
        if before is None or self._kept_bps(bps, now_ns) < self._needed_bps:
            self.is_stale = True

    def handle_tick(self, now_ns: int) -> None:
        """A few times a second."""
        if self._review_ns is not None and now_ns >= self._review_ns:
            self._review_ns = None
            self.is_stale = True
        elif self._is_short and self.estimate_bps is not None:
            has_risen = self._steady_bps(self.estimate_bps, now_ns) > RISE_NEWS * self._shared_bps
            self.is_stale = self.is_stale or has_risen

    def handle_path(self, loss: float, audio_bps: int, dose: Dose) -> None:
        """What is measured of the way to it, and what goes beside and around its pictures."""
        if dose != self.dose:
            self._engine.set_protection(self._endpoint, fec=dose.fec, red=dose.red)
        self._losses.append(loss)
        loss, audio_bps = round(min(self._losses), 2), round(audio_bps, -4)
        if (loss, audio_bps, dose) != (self.loss, self.audio_bps, self.dose):
            self.loss, self.audio_bps, self.dose = loss, audio_bps, dose
            self.is_stale = True

    # --- sharing out

    def share(self, requests: Sequence[Request], now_ns: int) -> dict[int, Choice]:
        """What each tile gets now."""
        self.is_stale = False
        after_fall = self._fell_ns is not None and now_ns - self._fell_ns < self._calm_ns
        estimate = self._known_or_start(now_ns)
        if estimate is None:
            choices = allocate(None, requests)
        else:
            is_falling = self._fell_ns is not None and now_ns - self._fell_ns < FALLING_NS
            self._shared_bps = 0 if is_falling else self._steady_bps(estimate, now_ns)
            budget, steady = map(self._for_video, (self._kept_bps(estimate, now_ns), self._shared_bps))
            choices = allocate(budget, requests, steady_bps=steady, after_fall=after_fall)
        sent = sum(choice.option.bitrate for choice in choices.values() if choice.option)
        self.pictures_bps = sent
        self._needed_bps = wish(sent, self.audio_bps, self.dose, self.loss)
        self._note_moves(requests, choices, now_ns)
        self._is_short = any(choice.reason is Reason.BANDWIDTH for choice in choices.values())
        if self._is_short and self._fell_ns is not None:
            self.review_at(self._fell_ns + FALLING_NS, now_ns)
            self.review_at(self._fell_ns + self._calm_ns, now_ns)
        self._tell_wish(most(requests))
        return choices

    def review_at(self, when_ns: int, now_ns: int) -> None:
        """Time alone may change the result then."""
        if when_ns > now_ns and (self._review_ns is None or when_ns < self._review_ns):
            self._review_ns = when_ns

    def _known_or_start(self, now_ns: int) -> int | None:
        """The estimate, or what goes for one; None: no limit."""
        if self.estimate_bps is not None or not self.gives_feedback:
            return self.estimate_bps
        if self._start_ns is None:
            self._start_ns = now_ns
        if now_ns - self._start_ns >= START_NS:
            return None
        self.review_at(self._start_ns + START_NS, now_ns)
        return START_BPS

    def _for_video(self, estimate_bps: int) -> int:
        return video_budget(estimate_bps, self.audio_bps, self.dose, self.loss)

    def _kept_bps(self, estimate_bps: int, now_ns: int) -> int:
        """What may go on being sent."""
        is_in_dip = self._dip_ns is not None and now_ns - self._dip_ns < DIP_NS
        if is_in_dip and self._dip_ns is not None:
            self.review_at(self._dip_ns + DIP_NS, now_ns)
        return round((KEEP_IN_DIP if is_in_dip else KEEP) * estimate_bps)

    def _steady_bps(self, estimate_bps: int, now_ns: int) -> int:
        """What the estimate did not fall below of late."""
        self._forget_troughs(now_ns)
        return min(estimate_bps, self._troughs[0][1]) if self._troughs else estimate_bps

    def _forget_troughs(self, now_ns: int) -> None:
        while self._troughs and now_ns - self._troughs[0][0] >= TROUGH_NS:
            self._troughs.popleft()

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
        bps = round(WISH_MARGIN * wish(video_bps, self.audio_bps, self.dose, self.loss))
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
