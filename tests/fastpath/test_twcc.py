import pytest
from hypothesis import given, strategies as st

from _fastpath import twcc
from tests.fastpath.strategies import damaged, every_cut, untimed
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import fuzz_twcc
from tests.oracle import twcc as slow

MS = 1_000_000
TICK = 250_000
REFERENCE_TURN_NS = 2**24 * 64 * MS

Report = list[tuple[int, int | None]]

gaps = st.sampled_from([0, 1000, TICK, MS, 5 * MS, 63 * MS, 64 * MS, 70 * MS, 2000 * MS, 9000 * MS])
steps = st.one_of(
    st.integers(-40, 40), st.integers(-70000, 70000), st.sampled_from([1, 1, 1, 2, 4095, 4096, 4097])
)


@untimed
@given(damaged("twcc"))
def test_the_reader_agrees_with_its_twin(data: bytes) -> None:
    fuzz_twcc(data)


@pytest.mark.parametrize("data", SEEDS["twcc"])
def test_the_reader_agrees_with_its_twin_at_every_cut(data: bytes) -> None:
    for piece in [*every_cut(data), data, data + b"\0"]:
        fuzz_twcc(piece)


def drain(arrivals: twcc.Arrivals, capacity: int = 1200) -> Report:
    report: Report = []
    while arrivals.pending:
        feedback = arrivals.write(capacity)
        assert len(feedback) % 4 == 0
        acks = twcc.read(feedback)
        assert acks == slow.read(feedback)
        assert acks
        report += acks
    assert arrivals.write(capacity) == b""
    return report


def same(ours: Report, theirs: Report) -> bool:
    """Times agree but for the turns of the 24-bit reference."""
    return [(n, t if t is None else t % REFERENCE_TURN_NS) for n, t in ours] == [
        (n, t if t is None else t % REFERENCE_TURN_NS) for n, t in theirs
    ]


@untimed
@given(
    st.integers(0, 65535),
    st.integers(1, 10**15),
    st.lists(st.tuples(steps, gaps, st.booleans()), max_size=80),
    st.sampled_from([64, 300, 1200]),
)
def test_feedback_tells_what_arrived(
    first: int, start_ns: int, story: list[tuple[int, int, bool]], capacity: int
) -> None:
    fast, twin = twcc.Arrivals(), slow.Arrivals()
    sequence, now = first, start_ns
    for step, gap, report in story:
        sequence, now = (sequence + step) % 65536, now + gap
        fast.arrived(sequence, now)
        twin.arrived(sequence, now)
        if report:
            assert same(drain(fast, capacity), twin.take())
    assert same(drain(fast, capacity), twin.take())


def arrivals_of(pairs: list[tuple[int, int]]) -> twcc.Arrivals:
    arrivals = twcc.Arrivals()
    for sequence, now in pairs:
        arrivals.arrived(sequence, now)
    return arrivals


def test_nothing_came_nothing_is_said() -> None:
    arrivals = twcc.Arrivals()
    assert not arrivals.pending
    assert arrivals.write() == b""


def test_a_steady_second_is_a_small_packet() -> None:
    arrivals = arrivals_of([(n, 10**9 + n * MS) for n in range(800)])
    assert len(arrivals.write()) == 20 + 2 + 800 + 2  # one run, one byte each, padding


def test_the_number_of_the_feedback_counts_up() -> None:
    arrivals = twcc.Arrivals()
    for number in range(300):
        arrivals.arrived(number, 10**9 + number)
        assert arrivals.write()[19] == number % 256


@pytest.mark.parametrize("gap", [8191 * MS, 8192 * MS, 20_000 * MS])
def test_a_delta_that_does_not_fit_begins_a_new_feedback(gap: int) -> None:
    arrivals = arrivals_of([(1, 10**9), (2, 10**9 + gap)])
    packets = []
    while arrivals.pending:
        packets.append(arrivals.write())
    assert len(packets) == (1 if gap == 8191 * MS else 2)
    acks = [ack for packet in packets for ack in slow.read(packet) or []]
    assert acks == [(1, 10**9), (2, 10**9 + gap)]


def test_a_late_packet_is_told_though_it_was_reported_lost() -> None:
    arrivals = arrivals_of([(1, 10**9), (3, 10**9 + 2 * MS)])
    assert drain(arrivals) == [(1, 10**9), (2, None), (3, 10**9 + 2 * MS)]
    arrivals.arrived(2, 10**9 + 9 * MS)
    assert drain(arrivals) == [(2, 10**9 + 9 * MS), (3, 10**9 + 2 * MS)]


def test_a_repeated_packet_is_told_once() -> None:
    arrivals = arrivals_of([(1, 10**9), (1, 2 * 10**9)])
    assert drain(arrivals) == [(1, 10**9)]
    arrivals.arrived(1, 3 * 10**9)
    assert not arrivals.pending


def test_very_old_numbers_change_nothing() -> None:
    arrivals = arrivals_of([(1000, 10**9)])
    drain(arrivals)
    arrivals.arrived(1000 - 512, 2 * 10**9)
    arrivals.arrived(1000 - 5000 + 65536, 2 * 10**9)
    assert not arrivals.pending


def test_a_far_jump_begins_anew_and_tells_nothing_false() -> None:
    arrivals = arrivals_of([(n, 10**9) for n in range(100)])
    arrivals.arrived(20_000, 2 * 10**9)
    arrivals.arrived(20_003, 2 * 10**9)
    assert drain(arrivals) == [(20_000, 2 * 10**9), (20_001, None), (20_002, None), (20_003, 2 * 10**9)]


@pytest.mark.parametrize("capacity", range(40))
def test_a_small_buffer_gets_little_or_nothing(capacity: int) -> None:
    arrivals = arrivals_of([(n, 10**9 + n * MS) for n in range(50)])
    assert len(arrivals.write(capacity)) <= capacity
