"""The bandwidth estimator by hand: what single packets, probes and reports do to it."""

import random

import pytest

from _fastpath import estimator
from _fastpath.estimator import BandwidthEstimator
from _fastpath.twcc import Arrivals

MS = 1_000_000
SECOND = 1000 * MS
WISH = 1_040_000
RECEIVER_CLOCK = 77 * SECOND


class Path:
    """An estimator and its receiver; each packet is given its fate by hand."""

    def __init__(self, wish: int = WISH) -> None:
        self.estimator = BandwidthEstimator(0)
        self.arrivals = Arrivals()
        self.sequence = 100
        self.now = SECOND
        if wish:
            self.estimator.wish(wish, self.now)

    def send(self, size: int, delay_ms: float | None = 25, cluster: int = 0) -> None:
        self.estimator.sent(self.sequence % 65536, size, cluster, self.now)
        if delay_ms is not None:
            self.arrivals.arrived(self.sequence % 65536, self.now + RECEIVER_CLOCK + int(delay_ms * MS))
        self.sequence += 1

    def feed(self) -> None:
        while self.arrivals.pending:
            assert self.estimator.feedback(self.arrivals.write(), self.now)
        self.estimator.tick(self.now)

    def media(self, seconds: float, delay_ms: float | None = 25, size: int = 500, gap_ms: int = 10) -> None:
        """Steady packets, feedback every 50 ms."""
        for index in range(int(seconds * 1000) // gap_ms):
            self.send(size, delay_ms)
            self.now += gap_ms * MS
            if index % (50 // gap_ms) == 0:
                self.feed()

    def probe(self, delays_ms: list[float | None], gap_ms: float | None = None) -> int:
        """Sends the cluster that is due with these delays; the estimate after it."""
        cluster = self.wait_for_probe()
        number, bps, octets, _ = cluster
        size = -(-octets // len(delays_ms))
        gap = int(size * 8 * SECOND / bps) if gap_ms is None else int(gap_ms * MS)
        for delay in delays_ms:
            self.send(size, delay, number)
            self.now += gap
        self.now += 30 * MS
        self.media(0.2)
        return self.estimator.estimate_bps

    def wait_for_probe(self) -> tuple[int, int, int, int]:
        for _ in range(200):
            cluster = self.estimator.probe(self.now)
            if cluster is not None:
                return cluster
            self.media(0.05)
        raise AssertionError("no probe within ten seconds")


def known() -> Path:
    """A path with 400 kbit/s of media and an estimate from a first, saturated probe of about 400 kbit/s."""
    path = Path()
    path.media(0.1)
    path.probe([25 + 3.2 * index for index in range(6)])
    assert 350_000 <= path.estimator.estimate_bps <= 600_000
    return path


# ---------------------------------------------------------------- probes


def test_a_probe_is_a_few_small_packets() -> None:
    path = known()
    _, bps, octets, packets = path.wait_for_probe()
    assert packets >= 5
    assert octets * 8 / bps <= 0.02 or octets <= 1000
    assert bps == pytest.approx(2 * path.estimator.estimate_bps, rel=0.01)


def test_a_probe_that_arrives_as_sent_raises_the_estimate() -> None:
    path = known()
    before = path.estimator.estimate_bps
    assert path.probe([25] * 6) >= 1.7 * before


def test_a_good_result_is_followed_up_at_once() -> None:
    path = known()
    path.probe([25] * 6)
    begun = path.now
    path.wait_for_probe()
    assert path.now - begun <= 100 * MS


@pytest.mark.parametrize(
    "delays",
    [
        pytest.param([25, None, None, None, 25, None], id="too few acknowledged"),
        pytest.param([60, 55, 50, 45, 40, 35], id="held back and let go at once"),
        pytest.param([None] * 6, id="all lost"),
    ],
)
def test_a_false_result_is_rejected(delays: list[float | None]) -> None:
    path = known()
    before = path.estimator.estimate_bps
    after = path.probe(delays, gap_ms=5)
    assert after <= 1.1 * before
    assert after >= 0.85 * before


def test_a_probe_sent_too_slowly_proves_no_more_than_was_sent() -> None:
    path = known()
    before = path.estimator.estimate_bps
    after = path.probe([25] * 6, gap_ms=20)
    assert before <= after <= 1.15 * before


def test_a_probe_in_one_burst_proves_nothing() -> None:
    path = known()
    before = path.estimator.estimate_bps
    assert path.probe([25] * 6, gap_ms=0) <= 1.15 * before


def test_one_poor_result_does_not_lower_the_estimate() -> None:
    path = known()
    path.probe([25] * 6)
    before = path.estimator.estimate_bps
    assert path.probe([25 + 3 * index for index in range(6)]) == before


def test_two_poor_results_do() -> None:
    path = known()
    path.probe([25] * 6)
    before = path.estimator.estimate_bps
    for _ in range(2):
        after = path.probe([25 + 12 * index for index in range(6)])
    assert 0.95 * 400_000 <= after < 0.9 * before  # but not below what is being delivered


def test_a_probe_that_was_never_sent_is_forgotten() -> None:
    path = known()
    path.wait_for_probe()
    before = path.estimator.estimate_bps
    path.media(3)
    path.wait_for_probe()
    assert before <= path.estimator.estimate_bps <= 1.1 * before


def test_a_receiver_without_feedback_is_probed_once() -> None:
    path = Path()
    assert path.estimator.probe(path.now) is not None
    for _ in range(1000):
        path.now += 10 * MS
        path.estimator.sent(path.sequence, 100, 0, path.now)
        path.sequence += 1
        path.estimator.tick(path.now)
        assert path.estimator.probe(path.now) is None
    assert path.estimator.estimate_bps == 0


def test_no_probe_when_the_estimate_is_enough() -> None:
    path = Path(wish=100_000)
    path.media(1)
    assert path.estimator.estimate_bps >= 250_000
    for _ in range(100):
        assert path.estimator.probe(path.now) is None
        path.media(0.05)


def test_a_greater_wish_is_probed_at_once() -> None:
    path = Path(wish=100_000)
    path.media(10)
    path.estimator.wish(WISH, path.now)
    assert path.estimator.probe(path.now) is not None


# ---------------------------------------------------------------- feedback


def test_malformed_feedback_is_refused_and_changes_nothing() -> None:
    path = known()
    before = path.estimator.estimate_bps
    rng = random.Random(1)
    for _ in range(2000):
        damaged = rng.randbytes(rng.randrange(64))
        path.estimator.feedback(b"\x8f\xcd" + damaged, path.now)
    assert not path.estimator.feedback(b"", path.now)
    assert not path.estimator.feedback(b"\x8f\xcd\x00\x04", path.now)
    path.media(1)
    assert path.estimator.estimate_bps == pytest.approx(before, rel=0.2)


def test_feedback_of_numbers_never_sent_is_ignored() -> None:
    path = known()
    before = path.estimator.estimate_bps
    stranger = Arrivals()
    for index in range(500):
        stranger.arrived((path.sequence + 5000 + index) % 65536, path.now + index * MS)
    assert path.estimator.feedback(stranger.write(), path.now)
    assert path.estimator.estimate_bps == before
    assert path.estimator.loss == 0


def test_numbers_that_were_left_out_are_not_losses() -> None:
    path = Path()
    for _ in range(200):
        path.media(0.05)
        path.sequence += 3  # kept for others
    assert path.estimator.loss == 0


def test_loss_is_told_before_repair() -> None:
    path = Path()
    rng = random.Random(2)
    for index in range(800):
        path.send(500, None if rng.random() < 0.3 else 25)
        path.now += 10 * MS
        if index % 5 == 0:
            path.feed()
    assert path.estimator.loss == pytest.approx(0.3, abs=0.08)


def test_a_late_packet_is_no_loss() -> None:
    path = Path()
    for _ in range(40):
        late = path.sequence % 65536
        path.send(500, None)
        path.media(0.1)
        path.arrivals.arrived(late, path.now + RECEIVER_CLOCK)
    path.feed()
    assert path.estimator.loss <= 0.02


def test_the_receivers_reference_time_may_turn() -> None:
    path = known()
    turn = 2**24 * 64 * MS
    path.now = turn - RECEIVER_CLOCK - 5 * SECOND
    path.media(4)
    before = path.estimator.estimate_bps
    path.media(4)
    assert path.estimator.queue_ns <= 2 * MS
    assert path.estimator.estimate_bps == pytest.approx(before, rel=0.15)


def test_a_new_start_forgets_all_but_the_wish() -> None:
    path = known()
    path.estimator.start(path.now)
    assert path.estimator.estimate_bps == 0
    assert path.estimator.wish_bps == WISH
    path.sequence = 20_000
    path.media(1)
    assert path.estimator.estimate_bps >= 300_000


# ---------------------------------------------------------------- reports


def test_without_transport_feedback_loss_comes_from_reports() -> None:
    path = Path()
    for _ in range(8):
        path.now += SECOND
        path.estimator.report(64, 80 * MS, path.now)
    assert path.estimator.loss == pytest.approx(0.25, abs=0.01)
    assert path.estimator.rtt_ns == 80 * MS
    assert path.estimator.estimate_bps == 0


def test_with_transport_feedback_reports_do_not_count() -> None:
    path = known()
    path.estimator.report(200, 80 * MS, path.now)
    assert path.estimator.loss == 0


def test_remb_counts_where_no_transport_feedback_comes() -> None:
    path = Path()
    path.estimator.remb(777_000, path.now)
    assert path.estimator.estimate_bps == 777_000
    assert path.estimator.pacing_bps >= 777_000
    path.now += SECOND
    path.estimator.remb(555_000, path.now)
    assert path.estimator.estimate_bps == 555_000


def test_remb_does_not_count_beside_transport_feedback() -> None:
    path = known()
    before = path.estimator.estimate_bps
    path.estimator.remb(50_000, path.now)
    assert path.estimator.estimate_bps == before


def test_ticks_name_the_next_one() -> None:
    path = known()
    assert path.now < path.estimator.tick(path.now) <= path.now + 200 * MS


def test_an_estimator_is_small() -> None:
    assert estimator.SIZE <= 48 * 1024


# ---------------------------------------------------------------- a link that falls to a fraction


def wide() -> Path:
    """A path that is known to carry more than 3 Mbit/s."""
    path = Path(3_000_000)
    for _ in range(4):
        number, bps, octets, _ = path.wait_for_probe()
        for _ in range(8):
            path.send(-(-octets // 8), 25, number)
            path.now += octets * SECOND // bps
        path.now += 30 * MS
        path.media(0.2)
        if path.estimator.estimate_bps > 3_000_000:
            path.media(1, size=1100, gap_ms=10)
            return path
    raise AssertionError("the link was not found")


def burst(path: Path, delays_ms: list[float], gap_ms: float = 2, size: int = 1100) -> int:
    """Packets of one picture; the estimate at the feedback after them."""
    for delay in delays_ms:
        path.send(size, delay)
        path.now += int(gap_ms * MS)
    path.now += 150 * MS
    path.feed()
    return path.estimator.estimate_bps


def rising(first_ms: float, step_ms: float, count: int = 4) -> list[float]:
    return [first_ms + step_ms * index for index in range(count)]


@pytest.mark.parametrize("gap_ms", [1, 2])
def test_four_packets_show_a_collapse(gap_ms: float) -> None:
    estimate = burst(wide(), rising(25 + 30, 33 - gap_ms), gap_ms)  # 33 ms apart: 266 kbit/s
    assert 0.85 * 266_000 <= estimate <= 0.95 * 266_000


def test_three_packets_show_none() -> None:
    path = wide()
    known_bps = path.estimator.estimate_bps
    assert burst(path, rising(25 + 30, 31, 3)) == known_bps


def test_packets_held_back_and_let_go_together_show_none() -> None:
    path = wide()
    known_bps = path.estimator.estimate_bps
    assert burst(path, [105 - 2 * index for index in range(8)]) == known_bps


@pytest.mark.parametrize("together", [2, 3])
def test_aggregates_show_none(together: int) -> None:
    """A radio that sends so many packets at once, every so often."""
    path = wide()
    known_bps = path.estimator.estimate_bps
    clumps = [45.0 + 25 * together * (index // together) - 1.9 * (index % together) for index in range(4)]
    assert burst(path, clumps) == known_bps


def test_one_delayed_packet_shows_none() -> None:
    path = wide()
    known_bps = path.estimator.estimate_bps
    assert burst(path, [25, 25, 25, 25, 125]) == known_bps
    assert burst(path, [25, 25, 125, 25, 25, 25]) == known_bps


def test_packets_out_of_order_show_none() -> None:
    path = wide()
    known_bps = path.estimator.estimate_bps
    assert burst(path, [55, 90, 70, 105, 85, 120]) == known_bps


def test_a_silence_among_them_shows_none() -> None:
    path = wide()
    known_bps = path.estimator.estimate_bps
    assert burst(path, [55, 56, 57, 140]) == known_bps


def test_a_link_a_little_narrower_than_thought_is_no_collapse() -> None:
    path = wide()
    assert burst(path, rising(25 + 3, 2.4, 22), 1.4) >= 0.85 * 1100 * 8 / 3.8e-3
