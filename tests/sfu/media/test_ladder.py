"""What a Track's tiles may climb, from what is measured, said or guessed."""

import pytest

from sfu.media.ladder import ALL, Ladder, Option, Step, make_ladder, on_wire
from treble.api import LayerShape, Reason

K = 1000


def shape(height: int, kbps: int = 0) -> LayerShape:
    return LayerShape(width=height * 16 // 9, height=height, bitrate=kbps * K)


def told(options: tuple[Option, ...]) -> list[str]:
    """ "1.0.2 360": simulcast Layer, spatial and temporal layer (* all), lines."""
    return [
        ".".join("*" if each == ALL else str(each) for each in option.rank) + f" {option.height}"
        for option in options
    ]


L1T3 = (35 * K, 25 * K, 40 * K)


@pytest.mark.parametrize(
    ("steps", "is_svc", "is_text", "expected"),
    [
        ([Step()], False, False, ["0.*.* 0"]),
        ([Step(shape=shape(720))], False, False, ["0.*.* 720"]),
        ([Step(), Step(), Step()], False, False, ["0.*.* 180", "1.*.* 360", "2.*.* 720"]),
        ([Step(rates=L1T3)], False, False, ["0.*.0 0", "0.*.1 0", "0.*.* 0"]),
        (
            [Step(rates=L1T3), Step(rates=(90 * K, 60 * K, 150 * K))],
            False,
            False,
            ["0.*.0 180", "0.*.1 180", "0.*.* 180", "1.*.* 360"],
        ),
        (
            [Step(rates=L1T3), Step(rates=(90 * K, 60 * K, 150 * K))],
            False,
            True,
            ["0.*.0 180", "1.*.0 360", "1.*.1 360", "1.*.* 360"],
        ),
        (
            [Step(rates=L1T3), Step(rates=(90 * K, 60 * K, 150 * K))],
            True,
            False,
            ["0.0.0 180", "0.0.1 180", "0.0.* 180", "0.1.* 360"],
        ),
        ([Step(), Step(is_available=False)], False, False, ["0.*.* 180"]),
        ([Step(is_available=False)], False, False, []),
        ([Step(rates=(300 * K,)), Step(rates=(200 * K,))], False, False, ["1.*.* 360"]),
    ],
)
def test_the_steps_of_a_large_tile(
    steps: list[Step], is_svc: bool, is_text: bool, expected: list[str]
) -> None:
    assert told(make_ladder(steps, is_svc=is_svc, is_text=is_text).path().steps) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([Step(rates=(100 * K,))], [on_wire(100 * K)]),  # measured
        ([Step(rates=(100 * K,), shape=shape(180, 150))], [on_wire(100 * K)]),
        ([Step(shape=shape(180, 150))], [on_wire(150 * K)]),  # said
        ([Step(), Step()], [on_wire(150 * K), on_wire(round(150 * K * 2**1.68))]),  # guessed
    ],
)
def test_bitrates(steps: list[Step], expected: list[int]) -> None:
    assert [option.bitrate for option in make_ladder(steps, is_svc=False).options] == expected


def test_an_upper_spatial_layer_brings_those_below() -> None:
    ladder = make_ladder([Step(rates=(50 * K, 50 * K)), Step(rates=(100 * K, 100 * K))], is_svc=True)
    payloads = [50 * K, 100 * K, 150 * K, 300 * K]
    frames = [15, 30, 15, 30]
    assert [option.bitrate for option in ladder.options] == list(map(on_wire, payloads, frames))


def test_in_k_svc_it_does_not() -> None:
    steps = [Step(rates=(100 * K,), stands_alone=True), Step(rates=(200 * K,), stands_alone=True)]
    assert [option.bitrate for option in make_ladder(steps, is_svc=True).options] == [
        on_wire(100 * K),
        on_wire(200 * K),
    ]


def test_what_is_said_of_a_spatial_layer_counts_with_those_below() -> None:
    ladder = make_ladder([Step(shape=shape(180, 100)), Step(shape=shape(360, 400))], is_svc=True)
    assert [option.bitrate for option in ladder.options] == [on_wire(100 * K), on_wire(400 * K)]


THREE = [Step(shape=shape(180)), Step(shape=shape(360)), Step(shape=shape(720))]
NO_TOP = [*THREE[:2], Step(is_available=False, shape=shape(720))]
TOP_ALONE = [Step(is_available=False), Step(is_available=False), Step(shape=shape(720))]


@pytest.mark.parametrize(
    ("steps", "lines", "cap", "height", "limit"),
    [
        (THREE, None, 0, 720, Reason.VIEWPORT),
        (THREE, 225, 0, 180, Reason.VIEWPORT),
        (THREE, 226, 0, 360, Reason.VIEWPORT),
        (THREE, 900, 0, 720, Reason.VIEWPORT),
        (THREE, 901, 0, 720, Reason.PUBLISHER),
        (THREE, 1080, 720, 720, Reason.PUBLISHER),
        (THREE, None, 360, 360, Reason.CAP),
        (THREE, 180, 360, 180, Reason.VIEWPORT),
        (NO_TOP, None, 0, 360, Reason.PUBLISHER),
        (NO_TOP, 300, 0, 360, Reason.VIEWPORT),
        (NO_TOP, None, 360, 360, Reason.CAP),
        (TOP_ALONE, 180, 0, 720, Reason.VIEWPORT),
        ([Step()], 1080, 0, 0, Reason.VIEWPORT),  # of unknown size
        ([Step(shape=shape(368))], None, 360, 368, Reason.VIEWPORT),
    ],
)
def test_what_limits_a_tile(
    steps: list[Step], lines: int | None, cap: int, height: int, limit: Reason
) -> None:
    path = make_ladder(steps, is_svc=False).path(lines, cap)
    assert (path.steps[-1].height, path.limit) == (height, limit)


@pytest.mark.parametrize(
    ("lines", "cap", "limit"), [(None, 0, Reason.CODEC), (180, 0, Reason.VIEWPORT), (None, 180, Reason.CAP)]
)
def test_a_browser_that_shows_the_lowest_layer_only(lines: int | None, cap: int, limit: Reason) -> None:
    path = make_ladder(THREE, is_svc=True).path(lines, cap, lowest=True)
    assert (path.steps[-1].height, path.limit, path.missing) == (180, limit, ())


def test_paths_are_made_once() -> None:
    ladder = Ladder([Option(0, ALL, ALL, K)])
    assert ladder.path(180) is ladder.path(180)
