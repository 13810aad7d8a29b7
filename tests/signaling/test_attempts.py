"""How often somebody may try a password (reliability A-31)."""

import pytest

from signaling.attempts import HOUR_NS, TRIES_AT_ROOM, Attempts, Buckets, network
from treble.api import ApiError
from treble.units import SECOND


def tries(attempts: Attempts, address: str, room: str, count: int, now_ns: int = 0) -> int:
    """Wrong tries that were let through."""
    return sum(is_let_through(attempts, address, room, now_ns) for _ in range(count))


def is_let_through(attempts: Attempts, address: str, room: str, now_ns: int) -> bool:
    try:
        attempts.take(address, room, now_ns)
    except ApiError as error:
        if error.code != "auth.slow" or not error.retry_after:
            raise
        return False
    return True


def test_ten_tries_an_hour_at_one_room() -> None:
    attempts = Attempts()
    assert tries(attempts, "192.0.2.1", "r", 100) == 10
    assert tries(attempts, "192.0.2.1", "r", 100, HOUR_NS // 10) == 1
    assert tries(attempts, "192.0.2.1", "r", 100, 3 * HOUR_NS) == 10


def test_after_the_time_that_was_said_there_is_a_try() -> None:
    attempts = Attempts()
    tries(attempts, "192.0.2.1", "r", TRIES_AT_ROOM)
    with pytest.raises(ApiError) as error:
        attempts.take("192.0.2.1", "r", 0)
    assert error.value.retry_after is not None
    attempts.take("192.0.2.1", "r", int(error.value.retry_after * SECOND) + 1)


def test_right_passwords_cost_nothing() -> None:
    attempts = Attempts()
    for _ in range(1000):
        attempts.take("192.0.2.1", "r", 5)
        attempts.give_back("192.0.2.1", "r", 6)


def test_looking_for_rooms_ends_soon() -> None:
    attempts = Attempts()
    assert sum(tries(attempts, "192.0.2.1", f"r{number}", 1) for number in range(1000)) == 60


def test_an_attack_from_many_addresses_is_slowed_and_members_still_get_in() -> None:
    """10,000 tries in turn from 100 addresses: about one each is looked at."""
    attempts = Attempts()
    passed = sum(tries(attempts, f"192.0.2.{number % 100}", "r", 1) for number in range(10_000))
    assert passed <= 120
    attempts.take("198.51.100.7", "r", 0)


def test_an_ipv6_subscriber_counts_as_one() -> None:
    assert network("2001:db8:1:2:aaaa::1") == network("2001:db8:1:2::2") == "2001:db8:1:2::/64"
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert network("fe80::1%eth0") == "fe80::/64"
    assert network("no address" * 50) == ("no address" * 50)[:64]


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    buckets = Buckets(1, SECOND, limit=10)
    for number in range(1000):
        buckets.change(f"k{number}", -1, 0)
    assert len(buckets._buckets) == 10
    assert buckets.wait_s("k999", 0) > 0
    assert buckets.wait_s("k0", 0) == 0
