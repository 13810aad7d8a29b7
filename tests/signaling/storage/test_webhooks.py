"""The outbox on both databases: order within a room, claims by one server, retries, bounds."""

import threading

import pytest

from signaling.storage.store import Store
from signaling.storage.webhooks import ORDERED_ATTEMPTS, Delivery, Endpoint, Webhooks

LEASE = 30
SECRET = "what-the-receiver-knows"


@pytest.fixture
def webhooks(store: Store) -> Webhooks:
    found = Webhooks(store.cipher)
    for each in ("e1", "e2"):
        store.write(lambda c, each=each: found.add(c, endpoint(each)))
    return found


def endpoint(name: str, **more: object) -> Endpoint:
    return Endpoint(id=name, url=f"https://{name}.example/x", secret=SECRET, created_at=1, **more)


def put(store: Store, webhooks: Webhooks, *rows: tuple[str, str, str, int]) -> None:
    """(id, endpoint, room, at); due at once."""
    for delivery_id, where, room, at in rows:
        delivery = Delivery(
            id=delivery_id, endpoint=where, event=f"v{delivery_id}", type="t", room=room, at=at, due_at=0
        )
        store.write(lambda c, delivery=delivery: webhooks.put(c, delivery, delivery.id.encode()))


def claim(store: Store, webhooks: Webhooks, now: int, limit: int = 10, busy: tuple = ()) -> list[Delivery]:
    claimed = store.write(lambda c: webhooks.claim(c, now, LEASE, limit, busy))
    assert all(body == delivery.id.encode() for delivery, body in claimed)
    return [delivery for delivery, _ in claimed]


def names(deliveries: list[Delivery]) -> list[str]:
    return [delivery.id for delivery in deliveries]


def test_endpoints_come_back_as_they_were_and_go_with_their_queue(store: Store, webhooks: Webhooks) -> None:
    assert store.read(webhooks.all) == [endpoint("e1"), endpoint("e2")]
    store.write(lambda c: webhooks.set_secret(c, "e1", "another secret"))
    found = store.read(lambda c: webhooks.find(c, "e1"))
    assert found is not None
    assert found.secret == "another secret"
    put(store, webhooks, ("a", "e1", "r", 1))
    assert store.write(lambda c: webhooks.delete(c, "e1"))
    assert not store.write(lambda c: webhooks.delete(c, "e1"))
    assert claim(store, webhooks, 5) == []


def test_a_rooms_events_go_one_after_the_other_and_rooms_side_by_side(
    store: Store, webhooks: Webhooks
) -> None:
    put(store, webhooks, ("b", "e1", "r", 2), ("a", "e1", "r", 1), ("c", "e1", "s", 3), ("d", "e2", "r", 4))
    assert store.read(lambda c: webhooks.is_due(c, 5))
    first = claim(store, webhooks, 5)
    assert names(first) == ["a", "c", "d"]
    assert claim(store, webhooks, 6) == []
    store.write(lambda c: webhooks.settle(c, first[0], "200", 6, None))
    assert names(claim(store, webhooks, 7)) == ["b"]


def test_a_claim_that_nobody_settles_runs_out(store: Store, webhooks: Webhooks) -> None:
    put(store, webhooks, ("a", "e1", "r", 1))
    (lost,) = claim(store, webhooks, 5)
    assert claim(store, webhooks, 5 + LEASE - 1) == []
    (again,) = claim(store, webhooks, 5 + LEASE)
    assert (again.id, again.event, again.attempts) == ("a", lost.event, 2)
    assert not store.write(lambda c: webhooks.settle(c, lost, "200", 50, None))
    assert store.write(lambda c: webhooks.settle(c, again, "200", 50, None))
    assert claim(store, webhooks, 10**9) == []


def test_what_failed_comes_again_when_it_is_due_and_holds_up_its_room(
    store: Store, webhooks: Webhooks
) -> None:
    put(store, webhooks, ("a", "e1", "r", 1), ("b", "e1", "r", 2))
    (tried,) = claim(store, webhooks, 5)
    store.write(lambda c: webhooks.settle(c, tried, "500", 6, 100))
    assert claim(store, webhooks, 99) == []
    assert names(claim(store, webhooks, 100)) == ["a"]


def test_one_that_is_never_taken_is_overtaken_after_a_while(store: Store, webhooks: Webhooks) -> None:
    put(store, webhooks, ("a", "e1", "r", 1), ("b", "e1", "r", 2))
    now = 5
    for _ in range(ORDERED_ATTEMPTS + 1):
        (tried,) = claim(store, webhooks, now)
        assert tried.id == "a"
        store.write(lambda c, tried=tried, now=now: webhooks.settle(c, tried, "400", now, now + 100))
        now += 100
    assert names(claim(store, webhooks, now - 1)) == ["b"]


def test_an_endpoint_that_answers_again_gets_what_waits_for_it(store: Store, webhooks: Webhooks) -> None:
    put(store, webhooks, ("a", "e1", "r", 1), ("b", "e2", "r", 2), ("c", "e1", "s", 3))
    for tried in claim(store, webhooks, 5):
        store.write(lambda c, tried=tried: webhooks.settle(c, tried, "connect", 6, 10_000))
    store.write(lambda c: webhooks.hurry(c, "e1", 7, LEASE))
    assert names(claim(store, webhooks, 7)) == ["a", "c"]


def test_busy_endpoints_are_left_alone_and_the_limit_holds(store: Store, webhooks: Webhooks) -> None:
    put(store, webhooks, ("a", "e1", "r", 1), ("b", "e1", "s", 2), ("c", "e2", "r", 3))
    assert names(claim(store, webhooks, 5, busy=("e1",))) == ["c"]
    assert names(claim(store, webhooks, 5, limit=1)) == ["a"]


def test_a_queue_is_held_to_its_bound_and_done_rows_are_forgotten(store: Store, webhooks: Webhooks) -> None:
    put(store, webhooks, *[(str(at), "e1", "r", at) for at in range(1, 6)])
    assert store.write(lambda c: webhooks.give_up_oldest(c, "e1", 2, 9)) == 3
    assert store.write(lambda c: webhooks.give_up_oldest(c, "e1", 2, 9)) == 0
    page = store.read(lambda c: webhooks.deliveries(c, "e1", None, 3))
    assert [(each.id, each.outcome, each.done_at) for each in page] == [
        ("5", "", None),
        ("4", "", None),
        ("3", "queue full", 9),
    ]
    rest = store.read(lambda c: webhooks.deliveries(c, "e1", (page[-1].at, page[-1].id), 3))
    assert names(rest) == ["2", "1"]
    assert store.write(lambda c: webhooks.drop_done(c, 10)) == 3
    assert names(claim(store, webhooks, 10)) == ["4"]


def test_of_several_servers_one_gets_each_row(store: Store, webhooks: Webhooks) -> None:
    put(store, webhooks, *[(str(number), "e1", f"r{number}", number) for number in range(20)])
    claimed: list[str] = []

    def server() -> None:
        while found := claim(store, webhooks, 5, limit=3):
            claimed.extend(names(found))

    threads = [threading.Thread(target=server) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed, key=int) == [str(number) for number in range(20)]
