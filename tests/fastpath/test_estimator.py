"""What the bandwidth estimate does on links: the behaviour that receivers notice, in a simulated world."""

import itertools

import pytest

from tests.fastpath.bottleneck import AUDIO_BPS, MS, SECOND, Link, Sender, Trace, World, watch

LAYERS = (100_000, 300_000, 1_000_000)
WISH = LAYERS[-1] + AUDIO_BPS
CAP = 2.5 * WISH


# ---------------------------------------------------------------- the start


@pytest.mark.parametrize("seed", range(5))
def test_a_good_link_carries_the_top_layer_within_a_second(seed: int) -> None:
    trace = watch(Link([(0, 10_000_000)]), 5, seed=seed)
    assert trace.when("layer", 0, lambda layer: layer == 2) < 1
    assert CAP * 0.9 <= trace.estimate[-1] <= CAP
    assert len(trace.probes) <= 4


def test_a_long_path_carries_it_within_two_seconds() -> None:
    trace = watch(Link([(0, 10_000_000)], delay_ms=200), 5)
    assert trace.when("layer", 0, lambda layer: layer == 2) < 2


@pytest.mark.parametrize("capacity", [80_000, 150_000, 300_000, 600_000])
def test_a_narrow_link_is_found_at_once(capacity: int) -> None:
    trace = watch(Link([(0, capacity)]), 20, seed=1)
    assert 0.85 <= trace.mean("estimate", 1, 20) / capacity <= 1.05
    assert trace.p95("queue_ms", 1, 20) <= 60


def test_nothing_is_known_and_nothing_bounds_before_feedback() -> None:
    world = World(Link([(0, 1_000_000)]))
    sender = Sender(world)
    world.run(0.08)
    assert sender.estimator.estimate_bps == 0
    assert sender.estimator.pacing_bps == 0


def test_without_a_wish_there_are_no_probes() -> None:
    trace = watch(Link([(0, 10_000_000)]), 5, layers=())
    assert all(bps <= 2.5 * AUDIO_BPS for _, bps in trace.probes)
    assert len(trace.probes) <= 3
    assert trace.estimate[-1] == 300_000


def test_probes_stay_below_two_and_a_half_wishes() -> None:
    for seed in range(5):
        trace = watch(Link([(0, 50_000_000)]), 10, seed=seed)
        assert all(bps <= CAP for _, bps in trace.probes)
        assert not [at for at, _ in trace.probes if at > 8]  # all that could be used is known


# ---------------------------------------------------------------- the drop of the issue


@pytest.fixture(scope="module")
def drops() -> list[Trace]:
    link = [(0.0, 3_000_000), (10.0, 300_000), (40.0, 3_000_000)]
    return [watch(Link(link), 50, seed=seed) for seed in range(20)]


def test_a_drop_is_answered_within_half_a_second(drops: list[Trace]) -> None:
    for trace in drops:
        assert trace.when("estimate", 10, lambda bps: bps <= 330_000) < 0.5
        assert max(trace.between("estimate", 12, 40)) <= 330_000
        assert trace.when("layer", 10, lambda layer: layer <= 0) < 0.5


def test_the_lowest_layer_keeps_playing(drops: list[Trace]) -> None:
    for trace in drops:
        assert min(trace.between("estimate", 10, 40)) >= 0.85 * 300_000
        assert set(trace.between("layer", 11, 40)) == {0}


def test_the_queue_stays_empty_on_the_narrow_link(drops: list[Trace]) -> None:
    for trace in drops:
        assert trace.p95("queue_ms", 13, 40) <= 60


def test_audio_is_not_lost_after_the_drop(drops: list[Trace]) -> None:
    for trace in drops:
        assert all(arrived for at, arrived in trace.audio if at >= 11)
        assert sum(not arrived for at, arrived in trace.audio if 10 <= at < 40) <= 7


def test_probing_goes_on_sparingly_while_it_fails(drops: list[Trace]) -> None:
    for trace in drops:
        times = [at for at, _ in trace.probes if 11 <= at < 40]
        assert 6 <= len(times) <= 15
        assert all(after - before < 5 for before, after in itertools.pairwise(times))


def test_the_width_is_found_again(drops: list[Trace]) -> None:
    for trace in drops:
        assert trace.when("estimate", 40, lambda bps: bps >= 2_400_000) < 6
        assert trace.when("layer", 40, lambda layer: layer == 2) < 6


def test_width_is_found_also_when_everything_is_paused() -> None:
    for seed in range(5):
        trace = watch(Link([(0, 3_000_000), (5, 70_000), (25, 3_000_000)]), 35, seed=seed)
        assert max(trace.between("layer", 10, 25)) == -1
        assert trace.when("layer", 25, lambda layer: layer == 2) < 8


def test_half_of_the_feedback_is_enough() -> None:
    for seed in range(3):
        trace = watch(
            Link([(0, 3_000_000), (10, 300_000), (25, 3_000_000)]), 35, seed=seed, feedback_loss=0.5
        )
        assert trace.when("estimate", 10, lambda bps: bps <= 330_000) < 1.5
        assert trace.p95("queue_ms", 13, 25) <= 60
        assert trace.when("layer", 25, lambda layer: layer == 2) < 10


@pytest.mark.parametrize("seed", range(5))
def test_a_collapse_is_answered_before_the_queue_is_full(seed: int) -> None:
    trace = watch(Link([(0, 3_000_000), (10, 300_000)]), 14, seed=seed)
    assert trace.when("estimate", 10, lambda bps: bps <= 330_000) <= 0.25
    assert min(trace.between("estimate", 10, 14)) >= 0.85 * 300_000


@pytest.mark.parametrize("seed", range(3))
def test_a_collapse_is_answered_on_a_long_path_with_rare_feedback(seed: int) -> None:
    world = World(Link([(0, 3_000_000), (10, 300_000)], delay_ms=100), seed)
    sender = Sender(world, feedback_ms=(100, 101))
    world.run(20)
    assert sender.trace.when("estimate", 10, lambda bps: bps <= 330_000) <= 0.4
    assert min(sender.trace.between("estimate", 10, 20)) >= 0.85 * 300_000
    assert sender.trace.p95("queue_ms", 13, 20) <= 60


# ---------------------------------------------------------------- RFC 8867


@pytest.mark.parametrize("seed", range(3))
def test_variable_capacity_of_rfc_8867_5_1(seed: int) -> None:
    link = Link([(0, 1_000_000), (40, 2_500_000), (60, 600_000), (80, 1_000_000)], delay_ms=50)
    trace = watch(link, 100, seed=seed)
    for begin, end, capacity in ((5, 40, 1.0), (45, 60, 2.5), (65, 80, 0.6), (85, 100, 1.0)):
        assert min(trace.between("estimate", begin, end)) / (capacity * 1e6) >= 0.85
        assert max(trace.between("estimate", begin, end)) / (capacity * 1e6) <= 1.05
    assert trace.p95("queue_ms", 0, 100) <= 100
    assert trace.when("layer", 40, lambda layer: layer == 2) < 6


@pytest.mark.parametrize("seed", range(3))
def test_two_flows_of_rfc_8867_5_2(seed: int) -> None:
    rates = [(0.0, 2_000_000), (25.0, 1_000_000), (50.0, 1_750_000), (75.0, 500_000), (100.0, 1_000_000)]
    world = World(Link(rates, delay_ms=50), seed)
    flows = [Sender(world), Sender(world)]
    world.run(125)
    for begin, end, fitting in ((30, 50, 680_000), (105, 125, 680_000), (80, 100, 280_000)):
        assert sum(flow.trace.rate("sent", begin, end) for flow in flows) >= 0.9 * fitting
    assert flows[0].trace.p95("queue_ms", 0, 125) <= 100


# ---------------------------------------------------------------- loss


@pytest.mark.parametrize("loss", [0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_loss_without_a_queue_takes_no_layer(loss: float, seed: int) -> None:
    trace = watch(Link([(0, 20_000_000)], loss=loss), 30, seed=seed)
    assert trace.rate("sent", 2, 30) >= WISH
    assert trace.mean("estimate", 2, 30) >= 1.5 * WISH
    assert trace.when("layer", 0, lambda layer: layer == 2) < 3


def test_loss_that_begins_later_takes_a_layer_for_two_seconds_at_most() -> None:
    world = World(Link([(0, 20_000_000)]), 3)
    sender = Sender(world)
    world.run(10)
    world.link.loss = 0.2
    world.run(40)
    assert sum(layer < 2 for layer in sender.trace.between("layer", 10, 40)) * 0.02 <= 2
    assert sender.estimator.loss == pytest.approx(0.2, abs=0.1)


@pytest.mark.parametrize("queue_ms", [20, 40, 300])
def test_loss_of_a_short_queue_is_congestion(queue_ms: float) -> None:
    for seed in range(3):
        trace = watch(Link([(0, 3_000_000), (10, 500_000)], queue_ms=queue_ms), 30, seed=seed)
        assert max(trace.between("layer", 12, 30)) <= 1
        assert 0.7 <= trace.mean("estimate", 13, 30) / 500_000 <= 1.15
        assert trace.rate("arrived", 13, 30) >= 0.7 * 340_000


@pytest.mark.parametrize("loss", [0.05, 0.1, 0.2])
def test_loss_and_a_bottleneck_are_told_apart(loss: float) -> None:
    for seed in range(3):
        trace = watch(Link([(0, 700_000)], loss=loss), 30, seed=seed)
        assert 0.8 <= trace.mean("estimate", 3, 30) / 700_000 <= 1.1
        assert trace.rate("sent", 3, 30) >= 0.9 * 340_000
        assert trace.p95("queue_ms", 3, 30) <= 60


# ---------------------------------------------------------------- paths that only look congested


@pytest.mark.parametrize("jitter_ms", [5, 15, 40])
def test_jitter_is_not_congestion(jitter_ms: float) -> None:
    for seed in range(3):
        trace = watch(Link([(0, 5_000_000)], jitter_ms=jitter_ms), 20, seed=seed)
        assert trace.when("layer", 0, lambda layer: layer == 2) < 3
        assert min(trace.between("layer", 5, 20)) == 2


def test_short_bursts_of_others_take_no_layer() -> None:
    for seed in range(3):
        link = Link([(0, 3_000_000)], cross=lambda seconds: 2_990_000 if seconds % 1 < 0.05 else 0)
        trace = watch(link, 20, seed=seed)
        assert min(trace.between("layer", 3, 20)) == 2


def test_a_longer_path_is_not_a_queue_for_long() -> None:
    world = World(Link([(0, 5_000_000)]), 1)
    sender = Sender(world)
    world.run(10)
    world.link.delay_ms += 80
    world.run(30)
    assert min(sender.trace.between("layer", 14, 30)) == 2
    assert sender.estimator.queue_ns < 10 * MS


def test_feedback_that_is_held_back_is_not_congestion() -> None:
    world = World(Link([(0, 3_000_000)]), 1)
    sender = Sender(world)
    original = sender.fed

    def late(packet: bytes) -> None:  # all of half a second at once
        due = (world.now // (500 * MS) + 1) * 500 * MS
        world.at(due, lambda: original(packet))

    sender.fed = late  # type: ignore[method-assign]
    world.run(20)
    assert min(sender.trace.between("layer", 4, 20)) == 2
    assert min(sender.trace.between("estimate", 4, 20)) >= WISH


def test_feedback_out_of_order_and_twice_does_no_harm() -> None:
    world = World(Link([(0, 3_000_000)]), 1)
    sender = Sender(world)
    original = sender.fed

    def shuffled(packet: bytes) -> None:
        for _ in range(2):
            world.at(world.now + world.rng.randrange(200) * MS, lambda: original(packet))

    sender.fed = shuffled  # type: ignore[method-assign]
    world.run(20)
    assert min(sender.trace.between("layer", 4, 20)) == 2
    assert sender.estimator.loss == 0


def test_numbers_wrap_unnoticed() -> None:
    trace = watch(Link([(0, 3_000_000)]), 30, first_sequence=65_400, seed=2)
    assert min(trace.between("layer", 2, 30)) == 2
    assert len(set(trace.between("estimate", 10, 30))) == 1


def test_silence_keeps_the_estimate() -> None:
    world = World(Link([(0, 3_000_000)]), 1)
    sender = Sender(world)
    sender.silent = lambda seconds: 10 <= seconds < 40
    world.run(45)
    assert set(sender.trace.between("estimate", 10, 40.1)) == {sender.trace.between("estimate", 9, 10)[0]}
    assert min(sender.trace.between("layer", 40.2, 45)) == 2


# ---------------------------------------------------------------- pacing and the queue's length


def test_the_pace_follows_the_estimate_and_slows_while_a_queue_drains() -> None:
    world = World(Link([(0, 3_000_000), (10, 300_000)]), 1)
    sender = Sender(world)
    paces: list[tuple[float, float]] = []
    world.every(
        lambda: 20 * MS,
        lambda: paces.append(
            (
                world.now / SECOND,
                sender.estimator.pacing_bps / max(sender.estimator.estimate_bps, 1),
            )
        ),
    )
    world.run(20)
    assert {round(pace, 1) for at, pace in paces if 2 < at < 10} == {2.5}
    draining = sender.trace.when("estimate", 10, lambda bps: bps <= 330_000)
    assert all(pace <= 1.01 for at, pace in paces if 10 + draining + 0.02 < at < 10 + draining + 0.3)
    assert {round(pace, 1) for at, pace in paces if at > 15} == {2.5}


def test_the_standing_queue_is_told() -> None:
    world = World(Link([(0, 3_000_000), (10, 300_000)]), 1)
    sender = Sender(world)
    told: list[int] = []
    world.every(lambda: 20 * MS, lambda: told.append(sender.estimator.queue_ns // MS))
    world.run(10)
    assert max(told) <= 12
    told.clear()
    world.run(11)
    assert 150 <= max(told) <= 310
    world.run(14)
    assert told[-1] <= 20


@pytest.mark.parametrize("capacity", [1_400_000, 2_000_000])
def test_a_large_keyframe_on_a_narrow_link_is_no_collapse(capacity: int) -> None:
    for seed in range(3):
        world = World(Link([(0, capacity)]), seed)
        sender = Sender(world)
        for second in range(5, 20):
            world.at(second * SECOND, lambda waiting=sender.waiting: waiting.extend([1136] * 22))
        world.run(20)
        assert min(sender.trace.between("estimate", 4, 20)) >= 0.85 * capacity
        assert min(sender.trace.between("layer", 4, 20)) == 2


@pytest.mark.parametrize("busy_ms", [30, 60])
def test_cross_traffic_that_comes_and_goes_takes_no_layer(busy_ms: int) -> None:
    for seed in range(3):
        link = Link([(0, 4_000_000)], cross=lambda s: 3_400_000 if s % 0.7 < busy_ms / 1000 else 0)
        trace = watch(link, 20, seed=seed)
        assert min(trace.between("layer", 3, 20)) == 2


def test_layers_that_fill_the_link_do_not_hunt() -> None:
    layers = tuple(range(100_000, 3_000_000, 40_000))
    for seed in range(2):
        trace = watch(Link([(0, 1_000_000)]), 40, seed=seed, layers=layers)
        assert min(trace.between("estimate", 5, 40)) / 1e6 >= 0.9
        assert max(trace.between("estimate", 5, 40)) <= 1_000_000
        assert trace.p95("queue_ms", 5, 40) <= 60


def test_stalls_of_a_radio_take_no_layer() -> None:
    for seed in range(2):
        link = Link([(0, 10_000_000)], cross=lambda seconds: 10_000_000 if seconds % 1.3 < 0.08 else 0)
        trace = watch(link, 20, seed=seed)
        assert min(trace.between("layer", 3, 20)) == 2


def test_a_tile_that_grows_has_its_width_in_a_third_of_a_second() -> None:
    world = World(Link([(0, 5_000_000)]), 1)
    sender = Sender(world, layers=(100_000,))
    world.run(10)
    sender.layers = LAYERS
    sender.wish()
    world.run(12)
    assert sender.trace.when("estimate", 10, lambda bps: bps >= 1.05 * WISH) <= 0.35


def test_probes_alone_find_a_link_when_nothing_else_is_sent() -> None:
    world = World(Link([(0, 200_000), (10, 3_000_000)]), 1)
    sender = Sender(world)
    sender.silent = lambda seconds: seconds >= 8
    world.run(20)
    assert sender.trace.when("estimate", 10, lambda bps: bps >= WISH) <= 8
