"""Doors that look alike from outside."""

import hmac
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from trio.testing import MockClock

from signaling.host_messages import Remove
from signaling.messages import Elsewhere
from signaling.settings import OPEN_POLICY
from signaling.storage.columns import ColumnCipher
from tests.signaling.world import World, code_of, open_world
from treble.api import ApiError, EnterRoom, Role, RoomCreated


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    # `create_token` reads the real clock
    async with open_world(tmp_path, mock_clock, time.time_ns()) as world:
        yield world


# --- creating -----------------------------------------------------------------------------------------------


async def test_whoever_creates_a_room_is_its_host_with_an_account_or_without(
    world: World, mock_clock: MockClock
) -> None:
    ann = await world.join((await world.create("Ann", account=world.account("Ann"))).token)
    bob = await world.join((await world.create("Bob")).token)
    assert [(each.welcome.you.role, each.welcome.you.guest) for each in (ann, bob)] == [
        (Role.HOST, False),
        (Role.HOST, True),
    ]


async def test_a_room_is_created_as_is_wished_and_otherwise_as_by_default(
    world: World, mock_clock: MockClock
) -> None:
    room = await world.create("Ann", title="Plans", persistent=True, capacity=3)
    state = (await world.join(room.token)).welcome.state
    assert (state.title, state.settings.persistent, state.settings.capacity) == ("Plans", True, 3)
    assert state.settings.policy == OPEN_POLICY


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"title": "a\u202eb"}, "bad.title"),
        ({"alias": "No"}, "bad.alias"),
        ({"alias": "a b c"}, "bad.alias"),
        ({"capacity": 0}, "bad.settings"),
        ({"policy": {"viewer": {"end": "allow"}}}, "bad.settings"),
        ({"opens_at": 20, "closes_at": 10}, "bad.settings"),
        ({"account": "nonsense"}, "auth.wrong"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_named(
    world: World, mock_clock: MockClock, wish: dict[str, object], code: str
) -> None:
    assert await code_of(world.create("Ann", **wish)) == code


async def test_a_link_is_given_once(world: World, mock_clock: MockClock) -> None:
    await world.create("Ann", alias="weekly-talk")
    assert await code_of(world.create("Bob", alias="weekly-talk")) == "alias.taken"


# --- entering -----------------------------------------------------------------------------------------------


async def enters(world: World, room: RoomCreated, password: str = "", name: str = "Eve", **more: str) -> str:
    request = EnterRoom(room=room.room, password=password, name=name, address="192.0.2.7", **more)
    return (await world.shell.enter_room(request)).token


async def test_the_same_account_is_one_participant_and_without_one_each_is_another(
    world: World, mock_clock: MockClock
) -> None:
    room = await world.create()
    account = world.account("Bob")
    first, second = [await world.join(await world.enter(room, "Bob", account)) for _ in range(2)]
    assert first.id == second.id
    await world.pass_time(0.3)
    assert isinstance(first.inbox[-1], Elsewhere)
    cat, dan = [await world.join(await world.enter(room, name)) for name in ("Cat", "Dan")]
    assert cat.id != dan.id


async def test_a_room_without_password_is_entered_without(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann", has_password=False)
    assert room.password == ""
    assert (await world.join(await enters(world, room))).welcome.you.name == "Eve"


async def test_host_co_host_and_who_was_let_in_need_no_password(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann", account=world.account("Ann"))
    await world.join(await enters(world, room, name="Ann", account=world.account("Ann")))
    bob, cat = world.account("Bob"), world.account("Cat")
    assert await code_of(enters(world, room, name="Bob", account=bob)) == "auth.wrong"
    await enters(world, room, room.password, "Cat", account=cat)  # knows it, and was never inside
    assert await code_of(enters(world, room, name="Cat", account=cat)) == "auth.wrong"
    await world.join(await enters(world, room, room.password, "Bob", account=bob))
    await world.join(await enters(world, room, name="Bob", account=bob))


async def test_banned_wrong_and_unknown_are_one_answer(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    ann = await world.join(room.token)
    account = world.account("Bob")
    token = await enters(world, room, room.password, "Bob", account=account)
    bob = await world.join(token)
    await ann.ask(Remove(id=1, participant=bob.id, ban=True))
    answers = []
    for call in (
        enters(world, room, room.password, "Bob", account=account),
        enters(world, room, "wrong", "Bob", account=account),
        enters(world, RoomCreated(room="0" * 26, password="", token=""), "x", "Bob", account=account),
        world.hello(token),
    ):
        with pytest.raises(ApiError) as refused:
            await call
        answers.append(str(refused.value))
    assert set(answers) == {"auth.wrong"}


async def test_an_expired_account_token_says_so(world: World, mock_clock: MockClock) -> None:
    room = await world.create()
    account = world.account("Bob")
    world.wall["ns"] += 3600 * 10**9
    assert await code_of(enters(world, room, room.password, account=account)) == "auth.expired"


# --- names --------------------------------------------------------------------------------------------------


async def test_a_guests_name_that_could_be_mistaken_is_refused(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Alice")
    await world.join(room.token)
    assert await code_of(enters(world, room, room.password, "\u0410lice")) == "name.taken"
    await enters(world, room, room.password, "Alicia")
    verified = world.account("Alice")
    assert not (
        await world.join(await enters(world, room, room.password, "Alice", account=verified))
    ).welcome.you.guest


async def test_a_name_taken_meanwhile_is_refused_at_the_door(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    first, second = [await enters(world, room, room.password, "Bob") for _ in range(2)]
    await world.join(first)
    assert await code_of(world.join(second)) == "name.taken"


async def test_who_was_let_in_keeps_the_name(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann", policy={"speaker": {"enter": "allow", "rename": "ask"}})
    account = world.account("Bob")
    bob = await world.join(await enters(world, room, room.password, "Bob", account=account))
    again = await world.join(await enters(world, room, name="Ann", account=account))
    assert (again.id, again.welcome.you.name) == (bob.id, "Bob")


# --- alike from outside -------------------------------------------------------------------------------------


async def test_an_unknown_room_takes_as_long_as_a_wrong_password(
    world: World, mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same work: the same questions to the database, as much opened, as much compared."""
    room = await world.create()
    await code_of(enters(world, room, "a first try", "n"))
    work: list[str] = []
    opened, compared = ColumnCipher.open_bytes, hmac.compare_digest

    def open_bytes(cipher: ColumnCipher, envelope: bytes, table: str, column: str, row: str) -> bytes:
        work.append(f"open {table}.{column} of {len(envelope)} bytes")
        return opened(cipher, envelope, table, column, row)

    def compare_digest(one: bytes, other: bytes) -> bool:
        work.append(f"compare {len(one)} bytes")
        return compared(one, other)

    def ask(connection, cursor, statement, parameters, context, many) -> None:
        if "FROM rooms" in statement or "FROM people" in statement:  # not what housekeeping does beside it
            work.append(statement)

    monkeypatch.setattr(ColumnCipher, "open_bytes", open_bytes)
    monkeypatch.setattr(hmac, "compare_digest", compare_digest)
    event.listen(Engine, "before_cursor_execute", ask)
    try:
        done = {}
        for name in (room.room, "0" * 26, "friendly"):
            work.clear()
            request = EnterRoom(room=name, password="x", name="n", address="192.0.2.7")
            assert await code_of(world.shell.enter_room(request)) == "auth.wrong"
            done[name] = list(work)
    finally:
        event.remove(Engine, "before_cursor_execute", ask)
    known, *unknown = done.values()
    assert len([each for each in known if each.startswith("SELECT")]) >= 2
    assert any(each.startswith("open rooms.password") for each in known)
    for each in unknown:
        assert each == known
