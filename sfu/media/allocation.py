"""What each Slot of one receiver gets of the bandwidth that there is: a pure function.

Audio is taken off before (`sfu/media/budget.py`). Of the rest, first every visible tile gets the least of its
Track, by priority; then tiles rise, the more important ones as far as they can before the next ones do, equal
ones in turn, one step at a time. A tile that cannot rise lets the others go on::

    options of a tile   180 lines, 7 fps < 180 lines, 30 fps < 360 lines < 720 lines
                        `-- the least                            `-- the ceiling: what its tile, the
                                                                     user's cap and the publisher allow

Nothing is remembered here. What a tile has now it keeps while it fits; only to rise above that, there must be
room for more than the step itself, so that an estimate that trembles moves nothing. What a more important tile
can take from less important ones needs no such room: the sum stays. Given its own result, the function answers
the same again, at the latest the third time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sfu.media.ladder import Option, Path
from treble.api import Reason

# To rise, the step must fit twice, or at least so much of the whole must stay free; after a fall that was not long
# ago, more, and of the whole. An estimate swings by a few per cent on a quiet link, by 15 when it meets its queue.
MARGIN: Final = 0.1
MARGIN_AFTER_FALL: Final = 0.25
# The estimate says what fits without a queue, and falls below that for moments. Pictures that move are worth a bit more
# than that while nothing but their least is sent; the only one much more, and more still than to try again.
LEAST_OVERDRAFT: Final = 0.1
NEAR: Final = 1.5
NEAR_AGAIN: Final = 1.2


@dataclass(frozen=True, slots=True)
class Request:
    """One Slot's picture: what its tile may climb, and how much it matters."""

    slot: int
    path: Path
    is_visible: bool = True
    priority: int = 0
    size: int = 0  # of the tile: the larger first, of equal priority
    now: Option | None = None  # what was chosen last
    is_paused: bool = False  # the last choice was to pause it, for want of bandwidth
    may_rise: bool = True  # above what it has now


@dataclass(frozen=True, slots=True)
class Choice:
    """`option` None: nothing is sent, and `reason` says why; else why the picture is no better."""

    option: Option | None
    reason: Reason


HIDDEN: Final = Choice(None, Reason.HIDDEN)
NO_PICTURE: Final = Choice(None, Reason.PUBLISHER)
PAUSED: Final = Choice(None, Reason.BANDWIDTH)


def allocate(
    budget_bps: int | None,
    requests: Sequence[Request],
    *,
    steady_bps: int | None = None,
    after_fall: bool = False,
) -> dict[int, Choice]:
    """The choice for each Slot. `budget_bps`: for video; None: no limit. `steady_bps`: the least that it was of late,
    which is what tiles may rise by. `after_fall`: some fell a short while ago."""
    tiles = [_Tile(each) for each in requests if each.is_visible and each.path.steps]
    tiles.sort(key=lambda tile: (-tile.request.priority, -tile.request.size, tile.request.slot))
    if budget_bps is None:
        for tile in tiles:
            tile.given = len(tile.steps) - 1
    else:
        steady_bps = budget_bps if steady_bps is None else min(steady_bps, budget_bps)
        purse = _Purse(budget_bps, steady_bps, after_fall=after_fall)
        _give_the_least(tiles, purse)
        for priority in sorted({tile.request.priority for tile in tiles}, reverse=True):
            purse.lent = sum(tile.held for tile in tiles if tile.request.priority < priority)
            _raise_in_turn([tile for tile in tiles if tile.request.priority == priority], purse)
    chosen = {tile.request.slot: tile.choice() for tile in tiles}
    return {each.slot: chosen.get(each.slot) or _without(each) for each in requests}


def most(requests: Iterable[Request]) -> int:
    """Bits per second that all visible tiles could use at their best."""
    return sum(each.path.steps[-1].bitrate for each in requests if each.is_visible and each.path.steps)


class _Purse:
    """What is left, and whether a step may be taken from it."""

    def __init__(self, budget: int, steady: int, *, after_fall: bool) -> None:
        self.budget = budget
        self.left = budget
        self.lent = 0  # what the less important hold above their least
        self._taken = 0  # of that
        self._unsteady = budget - steady
        self._least_margin = steady * MARGIN_AFTER_FALL if after_fall else 0
        self._most_margin = steady * (MARGIN_AFTER_FALL if after_fall else MARGIN)

    def pays(self, step: int, *, is_new: bool) -> bool:
        if is_new and self._taken + step <= self.lent:
            if step > self.left:
                return False
            self._taken += step
        else:
            margin = max(self._least_margin, min(step, self._most_margin))
            reserve = self._unsteady + margin if is_new else 0
            if step + reserve > self.left:
                return False
        self.left -= step
        return True

    def pays_least(self, step: int) -> bool:
        """For a picture that is there already."""
        if step > self.left + LEAST_OVERDRAFT * self.budget:
            return False
        self.left -= step
        return True


class _Tile:
    """`now` and `given` are indices into its steps; -1: none."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.steps = request.path.steps
        now = request.now
        self.now = -1 if now is None else sum(step.rank <= now.rank for step in self.steps) - 1
        self.given = -1

    @property
    def held(self) -> int:
        return self.steps[self.now].bitrate - self.steps[0].bitrate if self.now >= 0 else 0

    def cost(self, step: int) -> int:
        return self.steps[step].bitrate - (self.steps[self.given].bitrate if self.given >= 0 else 0)

    def choice(self) -> Choice:
        if self.given < 0:
            return PAUSED
        is_best = self.given == len(self.steps) - 1
        return Choice(self.steps[self.given], self.request.path.limit if is_best else Reason.BANDWIDTH)


def _give_the_least(tiles: list[_Tile], purse: _Purse) -> None:
    for tile in tiles:
        if tile.now >= 0:
            is_paid = purse.pays_least(tile.cost(0))
        else:
            is_paid = purse.pays(tile.cost(0), is_new=tile.request.is_paused)
        tile.given = 0 if is_paid else -1
    if tiles and all(tile.given < 0 for tile in tiles):
        near = NEAR_AGAIN if tiles[0].request.is_paused else NEAR
        if tiles[0].cost(0) <= near * purse.budget:
            purse.left = 0
            tiles[0].given = 0


def _raise_in_turn(tiles: list[_Tile], purse: _Purse) -> None:
    while tiles := [tile for tile in tiles if _raise(tile, purse)]:
        pass


def _raise(tile: _Tile, purse: _Purse) -> bool:
    step = tile.given + 1
    if step == 0 or step == len(tile.steps):
        return False
    is_new = step > tile.now
    if is_new and tile.now >= 0 and not tile.request.may_rise:
        return False
    if not purse.pays(tile.cost(step), is_new=is_new):
        return False
    tile.given = step
    return True


def _without(request: Request) -> Choice:
    return NO_PICTURE if request.is_visible else HIDDEN
