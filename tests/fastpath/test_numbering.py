"""Numbers of a Row: contiguous, whatever is left out, put in between or late."""

from hypothesis import given, strategies as st

from _fastpath.numbering import Numbers
from tests.fastpath.strategies import untimed
from tests.oracle import numbering as oracle

FIRST, NUMBER = 1 << 20, 1 << 24


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, int, int, int]]:
    """(what, media, timestamp, spatial) of packets in order, some lost, with packets of the Row's own between.

    A frame is sent as a whole or not at all.
    """
    out: list[tuple[str, int, int, int]] = []
    media, timestamp, spatial, skipped = FIRST, 0, 0, False
    steps = st.tuples(
        st.integers(1, 3), st.sampled_from(["packet", "layer", "picture"]), st.booleans(), st.booleans()
    )
    for jump, what, skip, insert in draw(st.lists(steps, max_size=100)):
        media += jump
        if what != "packet" or not out:
            skipped = skip
        if what == "picture":
            timestamp, spatial = timestamp + 3000, 0
        elif what == "layer":
            spatial += 1
        out.append(("skip" if skipped else "insert" if insert else "send", media, timestamp, spatial))
    return out


def play(story: list[tuple[str, int, int, int]]) -> tuple[Numbers, oracle.Numbers, list[int]]:
    numbers, twin = Numbers(FIRST, NUMBER), oracle.Numbers(FIRST, NUMBER)
    sent = [FIRST]
    for what, media, timestamp, spatial in story:
        if what == "skip":
            numbers.skip(media, timestamp, spatial)
            twin.skip(media, timestamp, spatial)
            continue
        sent.append(media)
        if what == "insert":
            numbers.insert(media)
            twin.insert(media)
    return numbers, twin, sent


@untimed
@given(stories())
def test_agrees_with_its_twin_for_every_packet_old_or_new(story: list[tuple[str, int, int, int]]) -> None:
    numbers, twin, _ = play(story)
    newest = max([FIRST, *[media for _, media, _, _ in story]])
    for media in range(FIRST - 2, newest + 3):
        assert numbers.number(media) == twin.get(media)


@untimed
@given(stories())
def test_no_number_is_missing_but_those_of_lost_packets_and_of_the_rows_own(
    story: list[tuple[str, int, int, int]],
) -> None:
    numbers, twin, sent = play(story)
    newest = max(sent)
    used = [found[0] for media in range(FIRST, newest + 1) if (found := numbers.number(media))]
    assert len(used) == len(set(used))
    last = used[-1]
    assert len(set(range(NUMBER, last + 1)) - set(used)) == sum(1 for at in twin.inserts if at < newest)


@given(runs=st.integers(65, 200))
def test_what_is_forgotten_gets_no_number_rather_than_a_wrong_one(runs: int) -> None:
    numbers, twin = Numbers(FIRST, NUMBER), oracle.Numbers(FIRST, NUMBER)
    for run in range(runs):
        numbers.skip(FIRST + 2 * run + 1, run)
        twin.skip(FIRST + 2 * run + 1, run, 0)
    for media in range(FIRST, FIRST + 2 * runs):
        assert numbers.number(media) in (None, twin.get(media))
    assert numbers.number(FIRST + 2 * runs - 40) == twin.get(FIRST + 2 * runs - 40)


def test_insertions_are_forgotten_alike() -> None:
    numbers, twin = Numbers(FIRST, NUMBER), oracle.Numbers(FIRST, NUMBER)
    for media in range(FIRST, FIRST + 300):
        numbers.insert(media)
        twin.insert(media)
    for media in range(FIRST, FIRST + 300):
        assert numbers.number(media) in (None, twin.get(media))
    assert numbers.number(FIRST + 290) == twin.get(FIRST + 290)
