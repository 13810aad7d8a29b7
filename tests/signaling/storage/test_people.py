"""Participants as they are stored."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from signaling.actions import Action, Verdict
from signaling.settings import Settings
from signaling.storage import deadlines
from signaling.storage.people import People, Person, State
from signaling.storage.rooms import RoomRecord, Rooms
from signaling.storage.store import Store
from treble.api import Role

NOW = 1_800_000_000 * 10**9


@pytest.fixture
def people(store: Store) -> People:
    rooms = Rooms(store.cipher, store.index)
    record = RoomRecord(id="r", created_at=NOW, expires_at=NOW + 10, settings=Settings())
    store.write(lambda connection: rooms.create(connection, record, "p", "d"))
    return People(store.cipher)


def person(number: int, **changes: object) -> Person:
    values = {
        "id": f"p{number}",
        "room": "r",
        "subject": f"s{number}",
        "role": Role.SPEAKER,
        "state": State.NEW,
        "verified": True,
        "name": "Zo\u00eb",
        "email": "zoe@example.org",
        "overrides": {Action.SHARE: Verdict.ALLOW},
        "created_at": NOW + number,
    }
    return Person(**(values | changes))


def test_a_person_is_found_by_id_and_by_subject(store: Store, people: People) -> None:
    added = person(1)
    store.write(lambda connection: people.add(connection, added))
    assert store.read(lambda connection: people.find(connection, "r", "p1")) == added
    assert store.read(lambda connection: people.of_subject(connection, "r", "s1")) == added
    assert store.read(lambda connection: people.find(connection, "other", "p1")) is None
    assert store.read(lambda connection: people.of_subject(connection, "other", "s1")) is None


def test_a_subject_is_one_participant_and_nobody_may_be_many(store: Store, people: People) -> None:
    store.write(lambda connection: people.add(connection, person(1)))
    with pytest.raises(IntegrityError):
        store.write(lambda connection: people.add(connection, person(2, subject="s1")))
    for number in (3, 4):
        store.write(lambda connection, n=number: people.add(connection, person(n, subject=None)))


def test_let_in_says_since_when_and_never_lets_in_who_is_banned(store: Store, people: People) -> None:
    store.write(lambda connection: people.add(connection, person(1)))

    def let_in(at: int) -> bool:
        return store.write(lambda connection: people.let_in(connection, "p1", at))

    def found() -> Person:
        return store.read(lambda connection: people.find(connection, "r", "p1"))

    assert let_in(NOW + 5)
    assert let_in(NOW + 6)
    assert (found().state, found().admitted_at) == (State.IN, NOW + 5)
    store.write(lambda connection: people.put_out(connection, "p1", State.NEW, NOW + 7))
    assert let_in(NOW + 8)
    assert found().admitted_at == NOW + 8
    store.write(lambda connection: people.put_out(connection, "p1", State.BANNED, NOW + 9))
    assert not let_in(NOW + 10)
    assert found().state is State.BANNED


def test_refused_is_only_who_was_not_let_in(store: Store, people: People) -> None:
    for number, state in ((1, State.NEW), (2, State.IN)):
        store.write(lambda connection, n=number, s=state: people.add(connection, person(n, state=s)))
        store.write(lambda connection, n=number: people.refuse(connection, f"p{n}"))
    states = [
        store.read(lambda connection, n=number: people.find(connection, "r", f"p{n}")).state
        for number in (1, 2)
    ]
    assert states == [State.REFUSED, State.IN]


def test_the_senior_comes_first(store: Store, people: People) -> None:
    for number, admitted in ((1, NOW + 9), (2, NOW + 3), (3, NOW + 6)):
        store.write(
            lambda connection, n=number, at=admitted: people.add(connection, person(n, admitted_at=at))
        )
    found = store.read(lambda connection: people.of_ids(connection, "r", ["p1", "p2", "p3", "p9"]))
    assert [each.id for each in found] == ["p2", "p3", "p1"]


def test_names_and_addresses_are_sealed(store: Store, people: People) -> None:
    store.write(lambda connection: people.add(connection, person(1)))
    row = store.read(lambda connection: connection.execute(text("select name, email from people")).one())
    assert b"Zo" not in bytes(row.name)
    assert b"example" not in bytes(row.email)


def test_people_and_deadlines_go_with_their_room(store: Store, people: People) -> None:
    store.write(lambda connection: people.add(connection, person(1)))
    store.write(lambda connection: deadlines.add(connection, "k", "r", "knock", NOW + 20, subject="p1"))
    rooms = Rooms(store.cipher, store.index)
    assert store.write(lambda connection: rooms.delete_expired(connection, "r", NOW + 10))
    for table in ("people", "deadlines"):
        count = text(f"select count(*) from {table}")
        assert store.read(lambda connection, count=count: connection.execute(count).scalar()) == 0
