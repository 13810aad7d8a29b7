"""What each tile gets: one line a case, and what holds for any tiles and any bandwidth."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, strategies as st

from sfu.media.allocation import LEAST_OVERDRAFT, MARGIN, NEAR, Choice, Request, allocate, most
from sfu.media.ladder import ALL, Ladder, Option, Path
from treble.api import Reason

K = 1000
CAMERA = Ladder(
    [
        Option(0, ALL, 0, 35 * K, 180),
        Option(0, ALL, 1, 60 * K, 180),
        Option(0, ALL, ALL, 100 * K, 180),
        Option(1, ALL, 0, 110 * K, 360),
        Option(1, ALL, ALL, 300 * K, 360),
        Option(2, ALL, ALL, 1000 * K, 720),
    ]
)
SCREEN = Ladder(
    [
        Option(0, ALL, 0, 150 * K, 540),
        Option(0, ALL, ALL, 400 * K, 540),
        Option(1, ALL, 0, 400 * K, 1080),
        Option(1, ALL, ALL, 1500 * K, 1080),
    ],
    is_text=True,
)


def tile(kind: Ladder = CAMERA, lines: int | None = None, cap: int = 0, **how: object) -> Request:
    return Request(0, kind.path(lines, cap), **how)  # type: ignore[arg-type]


def numbered(*tiles: Request) -> list[Request]:
    return [replace(each, slot=slot) for slot, each in enumerate(tiles)]


def shown(choice: Choice) -> str:
    """ "360", "180/0" with the lowest temporal layer alone, "-" nothing; and the reason."""
    option = choice.option
    if option is None:
        return f"- {choice.reason}"
    frames = "" if option.temporal == ALL else f"/{option.temporal}"
    return f"{option.height}{frames} {choice.reason}"


FACE, PINNED, SPEAKER, SMALL = tile(), tile(priority=3), tile(priority=1), tile(lines=180)
SHARED = tile(SCREEN, priority=2)
HIDDEN = tile(is_visible=False)
SILENT = Request(0, Path(()))


@pytest.mark.parametrize(
    ("kbps", "tiles", "expected"),
    [
        # one tile
        (None, [FACE], "720 viewport"),
        (2000, [FACE], "720 viewport"),
        (1050, [FACE], "360 bandwidth"),
        (350, [FACE], "360 bandwidth"),
        (200, [FACE], "180 bandwidth"),
        (70, [FACE], "180/1 bandwidth"),
        (36, [FACE], "180/0 bandwidth"),
        (25, [FACE], "180/0 bandwidth"),
        (20, [FACE], "- bandwidth"),
        (0, [FACE], "- bandwidth"),
        (-40, [FACE], "- bandwidth"),
        # what the tile can use
        (None, [SMALL], "180 viewport"),
        (None, [tile(lines=225)], "180 viewport"),
        (None, [tile(lines=226)], "360 viewport"),
        (None, [tile(lines=700)], "720 viewport"),
        (None, [tile(lines=1080)], "720 publisher"),
        (None, [tile(cap=360)], "360 cap"),
        (None, [tile(cap=90)], "180 cap"),
        (None, [tile(cap=1080)], "720 viewport"),
        (None, [tile(lines=180, cap=360)], "180 viewport"),
        (200, [tile(cap=360)], "180 bandwidth"),
        # what is there
        (None, [HIDDEN], "- hidden"),
        (0, [HIDDEN], "- hidden"),
        (None, [SILENT], "- publisher"),
        (None, [replace(SILENT, is_visible=False)], "- hidden"),
        # several tiles
        (100, [FACE, FACE], "180/0 bandwidth, 180/0 bandwidth"),
        (70, [FACE, FACE, FACE], "180/0 bandwidth, 180/0 bandwidth, - bandwidth"),
        (400, [FACE, FACE, FACE], "180 bandwidth, 180 bandwidth, 180 bandwidth"),
        (950, [FACE, FACE, FACE], "360 bandwidth, 360 bandwidth, 180 bandwidth"),
        (1000, [FACE, FACE, HIDDEN], "360 bandwidth, 360 bandwidth, - hidden"),
        (950, [tile(size=1), tile(size=2), tile(size=3)], "180 bandwidth, 360 bandwidth, 360 bandwidth"),
        (40, [tile(size=1), tile(size=2)], "- bandwidth, 180/0 bandwidth"),
        # the more important first
        (500, [FACE, SPEAKER], "180 bandwidth, 360 bandwidth"),
        (1200, [FACE, FACE, SPEAKER], "180 bandwidth, 180/1 bandwidth, 720 viewport"),
        (1200, [SPEAKER, PINNED], "180 bandwidth, 720 viewport"),
        (40, [FACE, PINNED], "- bandwidth, 180/0 bandwidth"),
        # a screen: legible first, then smooth
        (200, [tile(SCREEN)], "540/0 bandwidth"),
        (500, [tile(SCREEN)], "1080/0 bandwidth"),
        (2000, [tile(SCREEN)], "1080 viewport"),
        (None, [tile(SCREEN, cap=720)], "540 cap"),
        (700, [SHARED, SPEAKER], "1080/0 bandwidth, 180 bandwidth"),
        (700, [SHARED, PINNED], "540/0 bandwidth, 360 bandwidth"),
    ],
)
def test_what_each_tile_gets(kbps: int | None, tiles: list[Request], expected: str) -> None:
    budget = None if kbps is None else kbps * K
    choices = allocate(budget, numbered(*tiles))
    assert ", ".join(shown(choices[slot]) for slot in sorted(choices)) == expected


OPTION = {shown(Choice(option, Reason.VIEWPORT)).split()[0]: option for option in CAMERA.options}


@pytest.mark.parametrize(
    ("now", "kbps", "after_fall", "expected"),
    [
        ("360", 310, False, "360"),  # kept while it fits
        ("180", 310, False, "180"),  # but not worth rising to
        ("180", 320, False, "180"),
        ("180", 335, False, "360"),
        ("180", 335, True, "180"),  # a while ago it fell
        ("180", 410, True, "360"),
        ("720", 1000, False, "720"),
        ("720", 999, False, "360"),
        ("720", 110, False, "180"),
        ("180/0", 5000, True, "720"),
    ],
)
def test_what_a_tile_has_it_keeps_and_more_needs_room(
    now: str, kbps: int, after_fall: bool, expected: str
) -> None:
    choices = allocate(kbps * K, [tile(now=OPTION[now])], after_fall=after_fall)
    assert shown(choices[0]).split()[0] == expected


def test_what_the_bandwidth_was_of_late_is_what_tiles_rise_by() -> None:
    rising, keeping = tile(now=OPTION["180"]), tile(now=OPTION["360"])
    assert shown(allocate(400 * K, [rising], steady_bps=300 * K)[0]) == "180 bandwidth"
    assert shown(allocate(400 * K, [keeping], steady_bps=100 * K)[0]) == "360 bandwidth"
    assert shown(allocate(400 * K, [rising], steady_bps=350 * K)[0]) == "360 bandwidth"


def test_a_tile_that_rose_a_moment_ago_waits_but_falls_at_once() -> None:
    waiting = tile(now=OPTION["360"], may_rise=False)
    assert shown(allocate(5000 * K, [waiting])[0]) == "360 bandwidth"
    assert shown(allocate(200 * K, [waiting])[0]) == "180 bandwidth"


def test_a_paused_tile_comes_back_when_there_is_room_for_it_and_not_at_the_edge() -> None:
    keeping, paused = tile(priority=1, now=OPTION["180/0"]), tile(is_paused=True)
    assert shown(allocate(72 * K, numbered(keeping, paused))[1]) == "- bandwidth"
    assert shown(allocate(90 * K, numbered(keeping, paused))[1]) == "180/0 bandwidth"


def test_a_new_speaker_takes_from_the_others_without_room_to_spare() -> None:
    was, becomes = tile(now=OPTION["360"]), tile(now=OPTION["180"], priority=1)
    choices = allocate(420 * K, numbered(was, becomes), steady_bps=300 * K, after_fall=True)
    assert [shown(choices[slot]) for slot in (0, 1)] == ["180 bandwidth", "360 bandwidth"]


def test_pictures_that_move_go_on_through_a_dip() -> None:
    tiles = numbered(*[tile(now=OPTION["180/1"])] * 3)
    assert [shown(each) for each in allocate(100 * K, tiles).values()] == ["180/0 bandwidth"] * 3
    assert [shown(each) for each in allocate(90 * K, tiles).values()][2] == "- bandwidth"


def test_twenty_people_at_one_megabit_all_move_and_the_speaker_is_sharpest() -> None:
    people = numbered(*[replace(SMALL, priority=int(slot == 7)) for slot in range(19)])
    budget = 950 * K
    choices = allocate(budget, people)
    sent = [choice.option.bitrate for choice in choices.values() if choice.option]
    assert len(sent) == 19
    assert shown(choices[7]) == "180 viewport"
    assert all(bitrate <= 100 * K for bitrate in sent)
    assert 0.9 * budget <= sum(sent) <= budget


def test_the_wish_is_everything_visible_at_its_best() -> None:
    assert most(numbered(FACE, SMALL, HIDDEN, SILENT, SHARED)) == (1000 + 100 + 1500) * K


# --- any tiles, any bandwidth


@dataclass(frozen=True)
class Scene:
    tiles: list[Request]
    budget: int


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    rates = sorted(draw(st.lists(st.integers(20, 3000), min_size=1, max_size=6, unique=True)))
    temporals = draw(st.integers(1, 3))
    options = []
    for index, rate in enumerate(rates):
        layer, temporal = (0, index) if index < temporals else (index - temporals + 1, ALL)
        is_available = draw(st.integers(0, 4)) > 0
        options.append(Option(layer, ALL, temporal, rate * K, 180 << layer, is_available))
    return Ladder(options, is_text=draw(st.booleans()))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    tiles = []
    for slot in range(draw(st.integers(1, 8))):
        ladder = draw(ladders())
        path = ladder.path(draw(st.sampled_from([None, 90, 360, 720, 1080])), draw(st.sampled_from([0, 360])))
        now = draw(st.none() | st.sampled_from(ladder.options))
        tiles.append(
            Request(
                slot,
                path,
                is_visible=draw(st.integers(0, 3)) > 0,
                priority=draw(st.integers(0, 3)),
                size=draw(st.integers(0, 2)),
                now=now,
                is_paused=now is None and draw(st.booleans()),
                may_rise=draw(st.booleans()),
            )
        )
    return Scene(tiles, draw(st.integers(-100, 12_000)) * K)


def sent(choices: dict[int, Choice]) -> int:
    return sum(choice.option.bitrate for choice in choices.values() if choice.option)


def with_its_own(tiles: list[Request], choices: dict[int, Choice]) -> list[Request]:
    return [
        replace(
            each,
            now=choices[each.slot].option,
            is_paused=choices[each.slot].option is None and choices[each.slot].reason is Reason.BANDWIDTH,
        )
        for each in tiles
    ]


@given(scenes(), st.booleans())
def test_it_fits_or_is_one_picture_that_nearly_does(scene: Scene, after_fall: bool) -> None:
    choices = allocate(scene.budget, scene.tiles, after_fall=after_fall)
    pictures = [choice for choice in choices.values() if choice.option]
    least = [each.path.steps[0] for each in scene.tiles if choices[each.slot].option]
    if len(pictures) == 1:
        assert sent(choices) <= NEAR * scene.budget
    elif [choice.option for choice in pictures] == least:
        assert sent(choices) <= max(0, (1 + LEAST_OVERDRAFT) * scene.budget)
    else:
        assert sent(choices) <= max(0, scene.budget)


def scene_after(rounds: int, scene: Scene, how: dict[str, object]) -> dict[int, Choice]:
    tiles = scene.tiles
    for _ in range(rounds):
        choices = allocate(scene.budget, tiles, **how)  # type: ignore[arg-type]
        tiles = with_its_own(tiles, choices)
    return choices


@given(scenes(), st.booleans(), st.integers(0, 2_000))
def test_its_own_result_changes_nothing(scene: Scene, after_fall: bool, unsteady: int) -> None:
    how = {"after_fall": after_fall, "steady_bps": scene.budget - unsteady * K}
    first = scene_after(3, scene, how)
    again = allocate(scene.budget, with_its_own(scene.tiles, first), **how)  # type: ignore[arg-type]
    assert again == first


@given(scenes())
def test_reasons_are_true(scene: Scene) -> None:
    choices = allocate(scene.budget, scene.tiles)
    unlimited = allocate(None, scene.tiles)
    for each in scene.tiles:
        choice, best = choices[each.slot], unlimited[each.slot]
        if not each.is_visible:
            assert choice == Choice(None, Reason.HIDDEN)
        elif choice.option == best.option:
            assert choice.reason is best.reason is not Reason.BANDWIDTH
        else:
            assert choice.reason is Reason.BANDWIDTH
            assert choice.option is None or choice.option.bitrate < best.option.bitrate  # type: ignore[union-attr]


@given(scenes(), st.integers(0, 5_000))
def test_more_bandwidth_is_no_worse_for_the_most_important_while_the_same_are_shown(
    scene: Scene, more: int
) -> None:
    fresh = [replace(each, now=None, is_paused=False) for each in scene.tiles]
    fresh[0] = replace(fresh[0], priority=9)
    less, plenty = (allocate(budget, fresh) for budget in (scene.budget, scene.budget + more * K))
    assert rate(less[0]) <= rate(plenty[0]) or seen(less) != seen(plenty)


@given(st.integers(0, 30), st.integers(-100, 9_000), st.integers(0, 5_000))
def test_more_bandwidth_is_worse_for_none_of_equals(count: int, kbps: int, more: int) -> None:
    people = numbered(*[FACE] * count)
    less, plenty = (allocate(each * K, people) for each in (kbps, kbps + more))
    assert sum(map(rate, less.values())) <= sum(map(rate, plenty.values()))


@given(scenes())
def test_the_less_important_cost_the_more_important_no_step(scene: Scene) -> None:
    """Above the least of everybody, a tile gets what it would get if all below it kept to their least."""
    fresh = [replace(each, now=None, is_paused=False) for each in scene.tiles]
    most_important = max(each.priority for each in fresh)
    above = [replace(each, path=each.path) for each in fresh if each.priority == most_important]
    below = [
        replace(each, path=Path(each.path.steps[:1])) for each in fresh if each.priority < most_important
    ]
    choices, alone = allocate(scene.budget, fresh), allocate(scene.budget, above + below)
    assert all(choices[each.slot].option == alone[each.slot].option for each in above)


@given(scenes())
def test_little_is_left_that_somebody_could_use(scene: Scene) -> None:
    fresh = [replace(each, now=None, is_paused=False) for each in scene.tiles]
    choices = allocate(scene.budget, fresh)
    left = scene.budget - sent(choices)
    for each in fresh:
        option = choices[each.slot].option
        if each.is_visible and option is not None and option != each.path.steps[-1]:
            step = each.path.steps[each.path.steps.index(option) + 1].bitrate - option.bitrate
            assert step + min(step, MARGIN * scene.budget) > left


def seen(choices: dict[int, Choice]) -> set[int]:
    return {slot for slot, choice in choices.items() if choice.option}


def rate(choice: Choice) -> int:
    return choice.option.bitrate if choice.option else 0
