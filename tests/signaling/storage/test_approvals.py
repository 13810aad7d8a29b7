"""What participants asked for, as it is stored: one open request for each thing, and the first answer counts."""

import threading

import msgspec
import pytest

from signaling.actions import Action
from signaling.settings import Settings
from signaling.storage import deadlines
from signaling.storage.approvals import APPROVAL, LIFE_NS, Approvals, Asked, Outcome
from signaling.storage.rooms import RoomRecord, Rooms
from signaling.storage.store import Store

NOW = 1_800_000_000 * 10**9
ASKED = Asked(
    id="a1",
    room="r",
    participant="bob",
    action=Action.RENAME,
    value="Robert",
    created_at=NOW,
    expires_at=NOW + LIFE_NS,
)


@pytest.fixture
def approvals(store: Store) -> Approvals:
    rooms = Rooms(store.cipher, store.index)
    record = RoomRecord(id="r", created_at=NOW, expires_at=NOW + 10**15, settings=Settings())
    store.write(lambda connection: rooms.create(connection, record, "abcd-efgh", "d"))
    return Approvals(store.cipher)


def ask(store: Store, approvals: Approvals, **changes: object) -> Asked:
    asked = msgspec.structs.replace(ASKED, **changes)
    return store.write(lambda connection: approvals.ask(connection, asked, f"d-{asked.id}"))


def settle(store: Store, approvals: Approvals, approval: str, outcome: Outcome, now: int = NOW) -> bool:
    return store.write(lambda connection: approvals.settle(connection, "r", approval, outcome, now))


def open_ones(store: Store, approvals: Approvals) -> list[str]:
    found = store.read(lambda connection: approvals.recent(connection, "r", NOW + 10**18))
    return [asked.id for asked in found]


def test_asking_again_gives_the_same_one(store: Store, approvals: Approvals) -> None:
    assert ask(store, approvals) == ASKED
    assert ask(store, approvals, id="a2", created_at=NOW + 5) == ASKED
    assert open_ones(store, approvals) == ["a1"]


def test_another_value_is_another_request(store: Store, approvals: Approvals) -> None:
    """Who answers has seen one name, and allows no other."""
    ask(store, approvals)
    assert ask(store, approvals, id="a2", value="Ann", created_at=NOW + 1).value == "Ann"
    assert open_ones(store, approvals) == ["a2"]
    assert not settle(store, approvals, "a1", Outcome.ALLOW, NOW + 2)


def test_other_actions_and_people_ask_for_themselves(store: Store, approvals: Approvals) -> None:
    ask(store, approvals)
    ask(store, approvals, id="a2", action=Action.SHARE, value="")
    ask(store, approvals, id="a3", participant="cyd")
    assert open_ones(store, approvals) == ["a1", "a2", "a3"]


def test_the_first_answer_counts(store: Store, approvals: Approvals) -> None:
    ask(store, approvals)
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda each=each: results.append(settle(store, approvals, "a1", each)))
        for each in (Outcome.ALLOW, Outcome.DENY, Outcome.WITHDRAWN, Outcome.EXPIRED)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert ask(store, approvals, id="a2").id == "a2"


def test_nobody_answers_after_the_deadline_or_in_another_room(store: Store, approvals: Approvals) -> None:
    ask(store, approvals)
    elsewhere = store.write(
        lambda connection: approvals.settle(connection, "other", "a1", Outcome.ALLOW, NOW)
    )
    assert not elsewhere
    assert not settle(store, approvals, "a1", Outcome.ALLOW, NOW + LIFE_NS)
    assert settle(store, approvals, "a1", Outcome.EXPIRED, NOW + LIFE_NS)


def test_an_expired_one_that_nobody_swept_does_not_stand_in_the_way(
    store: Store, approvals: Approvals
) -> None:
    ask(store, approvals)
    later = NOW + LIFE_NS
    assert ask(store, approvals, id="a2", created_at=later, expires_at=later + LIFE_NS).id == "a2"


def test_its_deadline_is_a_row(store: Store, approvals: Approvals) -> None:
    ask(store, approvals)
    (due,) = store.read(lambda connection: deadlines.due(connection, NOW + LIFE_NS, 9, [APPROVAL]))
    assert (due.room, due.subject) == ("r", "a1")
