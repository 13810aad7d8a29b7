import pytest
from sqlalchemy import text

from signaling.retention import DAY
from signaling.settings import Settings
from signaling.storage import deadlines
from signaling.storage.rooms import ROOM_EXPIRY, Admission, RoomRecord, Rooms
from signaling.storage.store import Store
from treble.api import ApiError, Role

NOW = 1_800_000_000 * 10**9
LATER = NOW + DAY


@pytest.fixture
def rooms(store: Store) -> Rooms:
    made = Rooms(store.cipher, store.index)
    record = RoomRecord(id="r", created_at=NOW, expires_at=LATER, settings=Settings(capacity=7))
    store.write(lambda connection: made.create(connection, record, "abcd-efgh", "d"))
    return made


def test_a_room_is_found_until_it_expires(store: Store, rooms: Rooms) -> None:
    found = store.read(lambda connection: rooms.find(connection, "r", LATER - 1))
    assert found is not None
    assert found.settings.capacity == 7
    assert store.read(lambda connection: rooms.find(connection, "r", LATER)) is None
    assert store.read(lambda connection: rooms.find(connection, "x", NOW)) is None


@pytest.mark.parametrize(
    ("room", "password", "now", "is_right"),
    [
        ("r", "abcd-efgh", NOW, True),
        ("r", "ABCD EFGH", NOW, True),
        ("r", "abcd-efgj", NOW, False),
        ("r", "", NOW, False),
        ("r", "abcd-efgh", LATER, False),
        ("x", "abcd-efgh", NOW, False),
        ("x", "0" * 16, NOW, False),  # what is compared where there is no room
        ("r", "\ud800", NOW, False),
    ],
)
def test_passwords(store: Store, rooms: Rooms, room: str, password: str, now: int, is_right: bool) -> None:
    assert store.read(lambda connection: rooms.is_password(connection, room, password, now)) is is_right


def test_a_missing_room_costs_what_a_wrong_password_costs(
    store: Store, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    opened, compared = store.cipher.open, store.read
    monkeypatch.setattr(store.cipher, "open", lambda *place: work.append("open") or opened(*place))
    for room in ("r", "x"):
        compared(lambda connection, room=room: rooms.is_password(connection, room, "wrong", NOW))
    assert work == ["open", "open"]


def test_the_invitation_can_be_shown_again(store: Store, rooms: Rooms) -> None:
    assert store.read(lambda connection: rooms.password(connection, "r")) == "abcd-efgh"
    assert store.read(lambda connection: rooms.password(connection, "x")) is None


def test_a_room_in_use_lives_longer_never_shorter(store: Store, rooms: Rooms) -> None:
    store.write(lambda connection: rooms.keep(connection, "r", LATER - 5))
    assert store.read(lambda connection: rooms.expires_at(connection, "r")) == LATER
    store.write(lambda connection: rooms.keep(connection, "r", LATER + 5))
    assert store.read(lambda connection: rooms.expires_at(connection, "r")) == LATER + 5
    assert not store.write(lambda connection: rooms.delete_expired(connection, "r", LATER))


def test_an_expired_room_goes_with_all_that_belongs_to_it(store: Store, rooms: Rooms) -> None:
    admission = Admission(
        id="a", room="r", role=Role.VIEWER, name="Zo\u00eb", created_at=NOW, expires_at=LATER
    )
    store.write(lambda connection: rooms.admit(connection, admission))
    assert store.read(lambda connection: rooms.find_admission(connection, "a", "r", NOW)) == admission
    assert store.read(lambda connection: rooms.find_admission(connection, "a", "other", NOW)) is None
    assert store.read(lambda connection: rooms.find_admission(connection, "a", "r", LATER)) is None
    assert store.write(lambda connection: rooms.delete_expired(connection, "r", LATER))
    for table in ("rooms", "admissions", "deadlines"):
        count = text(f"select count(*) from {table}")
        assert store.read(lambda connection, count=count: connection.execute(count).scalar()) == 0


def test_a_deadline_is_settled_once(store: Store, rooms: Rooms) -> None:
    assert store.read(lambda connection: deadlines.due(connection, LATER - 1, 10, [ROOM_EXPIRY])) == []
    (due,) = store.read(lambda connection: deadlines.due(connection, LATER, 10, [ROOM_EXPIRY]))
    assert (due.kind, due.room) == (ROOM_EXPIRY, "r")
    assert store.write(lambda connection: deadlines.settle(connection, due.id, LATER))
    assert not store.write(lambda connection: deadlines.settle(connection, due.id, LATER))
    assert store.read(lambda connection: deadlines.due(connection, LATER, 10, [ROOM_EXPIRY])) == []


def test_a_friendly_link_finds_the_room_and_is_its_alone(store: Store, rooms: Rooms) -> None:
    def record(room: str, alias: str | None) -> RoomRecord:
        return RoomRecord(
            id=room, created_at=NOW, expires_at=LATER, settings=Settings(), title="Plans", alias=alias
        )

    def create(room: str, alias: str | None) -> None:
        store.write(lambda connection: rooms.create(connection, record(room, alias), "p", f"d-{room}"))

    def look_up(name: str, now: int = NOW) -> str | None:
        return store.read(lambda connection: rooms.threshold(connection, name, now)).room

    create("a", "weekly-talk")
    assert [look_up("weekly-talk"), look_up("Weekly-Talk"), look_up("a")] == ["a", "a", "a"]
    assert [look_up("weekly"), look_up("weekly-talk", LATER)] == [None, None]
    for room, alias in (("b", "weekly-talk"), ("c", "a"), ("c", "r")):
        with pytest.raises(ApiError) as taken:
            create(room, alias)
        assert taken.value.code == "alias.taken"
    create("e", None)
    create("f", None)  # having none is no link


def test_an_id_goes_before_a_link(store: Store, rooms: Rooms) -> None:
    linked = RoomRecord(id="a", created_at=NOW, expires_at=LATER, settings=Settings(), alias="daily")
    store.write(lambda connection: rooms.create(connection, linked, "p", "d-a"))
    named = RoomRecord(id="daily", created_at=NOW, expires_at=LATER, settings=Settings())
    store.write(lambda connection: rooms.create(connection, named, "p", "d-daily"))
    assert store.read(lambda connection: rooms.threshold(connection, "daily", NOW)).room == "daily"


def test_title_and_link_are_sealed(store: Store, rooms: Rooms) -> None:
    record = RoomRecord(
        id="a", created_at=NOW, expires_at=LATER, settings=Settings(), title="Plans", alias="weekly-talk"
    )
    store.write(lambda connection: rooms.create(connection, record, "p", "d-a"))
    row = store.read(
        lambda connection: connection.execute(
            text("select title, alias, alias_index from rooms where id = 'a'")
        ).one()
    )
    assert all(b"Plans" not in bytes(value) and b"weekly" not in bytes(value) for value in row)
    assert store.read(lambda connection: rooms.find(connection, "a", NOW)) == record
