import pytest

from signaling.placement import MediaLoad, place


def load(name: str, peers: int, assigned: int = 0, capacity: int = 10, region: str = "") -> MediaLoad:
    return MediaLoad(name=name, peers=peers, assigned=assigned, capacity=capacity, region=region)


@pytest.mark.parametrize(
    ("servers", "region", "at", "expected"),
    [
        ([], "", None, None),
        ([load("a", 5), load("b", 3)], "", None, "b"),
        ([load("a", 5), load("b", 3)], "", "a", "a"),  # a Room stays together
        ([load("a", 10), load("b", 3)], "", "a", "b"),  # unless there is no room
        ([load("a", 5), load("b", 3)], "", "gone", "b"),
        ([load("a", 10), load("b", 10)], "", "a", None),
        ([load("a", 0, assigned=6), load("b", 5)], "", None, "b"),  # a burst is not all sent to one
        ([load("a", 50, capacity=100), load("b", 6)], "", None, "a"),
        ([load("a", 1), load("b", 9, region="eu")], "eu", None, "b"),
        ([load("a", 1), load("b", 10, region="eu")], "eu", None, "a"),
        ([load("b", 1), load("a", 1)], "", None, "a"),
        ([load("a", 0, capacity=0)], "", None, None),
    ],
)
def test_placement(servers: list[MediaLoad], region: str, at: str | None, expected: str | None) -> None:
    assert place(servers, region=region, at=at) == expected


def test_a_burst_of_joins_spreads_evenly() -> None:
    assigned = dict.fromkeys("abcd", 0)
    for _ in range(500):
        servers = [load(name, 0, count, capacity=1000) for name, count in assigned.items()]
        chosen = place(servers)
        assert chosen is not None
        assigned[chosen] += 1
    assert max(assigned.values()) <= 1.3 * 125
