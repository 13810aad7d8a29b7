"""Keys that participants of an encrypted Room pass to each other through the server, and what they are told of it."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from trio.testing import MockClock

from signaling.host_messages import Configure, RoomState
from signaling.key_messages import MAX_KEY_CHARS, MAX_KEYS, KeyItem, Keys, SendKeys
from signaling.messages import BadMessage, Done, Failed, decode_client
from signaling.room.machine import Room
from signaling.room.sealing import BURST, MAX_TOGETHER, PER_SECOND
from signaling.settings import Settings, only_restricts
from tests.signaling.test_room import join
from tests.signaling.tokens_made_beside import create_token
from tests.signaling.world import SEND, Client, World, code_of, open_world
from treble.api import ApiError, OpenResource, Role
from treble.units import SECOND

ENCRYPTED = Settings(e2ee=True, wait_for_host=False)


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def people(world: World, *names: str, **settings: object) -> list[Client]:
    room = await world.create(names[0], **{"e2ee": True, "wait_for_host": False} | settings)
    first = await world.join(room.token)
    others = [await world.join(await world.enter(room, name)) for name in names[1:]]
    await world.pass_time(0.6)
    return [first, *others]


def told(client: Client) -> list[tuple[str, str]]:
    return [(key.participant, key.body) for push in client.pushes(Keys) for key in push.keys]


async def test_a_key_reaches_whom_it_is_for_and_nobody_else(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await people(world, "Ann", "Bob", "Cyd")
    items = [
        KeyItem(to=bob.id, body="for bob"),
        KeyItem(body="for all"),
        KeyItem(to=ann.id, body="for oneself"),
    ]
    assert isinstance(await ann.ask(SendKeys(id=1, items=items)), Done)
    await world.pass_time(0.3)
    assert told(bob) == [(ann.id, "for bob"), (ann.id, "for all")]
    assert told(cyd) == [(ann.id, "for all")]
    assert told(ann) == []


async def test_they_come_in_order_and_soon(world: World, mock_clock: MockClock) -> None:
    ann, bob = await people(world, "Ann", "Bob")
    for number in range(10):
        await ann.ask(SendKeys(id=number, items=[KeyItem(to=bob.id, body=str(number))]))
    await world.pass_time(0.1)
    assert [body for _, body in told(bob)] == [str(number) for number in range(10)]


async def test_nothing_is_kept_for_who_is_away_or_comes_later(world: World, mock_clock: MockClock) -> None:
    ann, bob = await people(world, "Ann", "Bob")
    await bob.lose_socket()
    await ann.ask(SendKeys(id=1, items=[KeyItem(body="missed")]))
    bob = await bob.resume()
    await world.pass_time(0.6)
    assert told(bob) == []
    await ann.ask(SendKeys(id=2, items=[KeyItem(body="heard")]))
    await world.pass_time(0.3)
    assert told(bob) == [(ann.id, "heard")]


async def test_who_waits_neither_sends_nor_receives(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann", e2ee=True, policy={"speaker": {"enter": "ask"}})
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await ann.ask(SendKeys(id=1, items=[KeyItem(body="for all"), KeyItem(to=bob.id, body="for bob")]))
    await world.pass_time(0.3)
    assert bob.pushes(Keys) == []
    refused = await bob.ask(SendKeys(id=2, items=[KeyItem(body="let me in")]))
    assert isinstance(refused, Failed)
    assert refused.code == "ask"
    assert told(ann) == []


async def test_a_room_that_is_not_encrypted_passes_none(world: World, mock_clock: MockClock) -> None:
    ann, bob = await people(world, "Ann", "Bob", e2ee=False)
    refused = await ann.ask(SendKeys(id=1, items=[KeyItem(body="chat by another way")]))
    assert isinstance(refused, Failed)
    assert refused.code == "forbidden"
    await world.pass_time(0.3)
    assert told(bob) == []


async def test_everybody_is_told_that_the_room_is_encrypted(world: World, mock_clock: MockClock) -> None:
    ann, bob = await people(world, "Ann", "Bob", e2ee=False)
    assert not bob.welcome.state.e2ee
    await ann.ask(Configure(id=1, settings=msgspec.structs.replace(ENCRYPTED, e2ee=True)))
    await world.pass_time(0.6)
    state = bob.pushes(RoomState)[-1]
    assert state.e2ee
    assert state.settings is None


async def test_whip_and_whep_are_refused(tmp_path: Path, mock_clock: MockClock) -> None:
    async with open_world(tmp_path, mock_clock, time.time_ns()) as world:
        ann = await world.join(create_token(world.data, "studio", "Ann", Role.HOST))
        await ann.ask(Configure(id=1, settings=ENCRYPTED))
        token = create_token(world.data, "studio", "Camera 1", Role.SPEAKER)
        request = OpenResource(token=token, room="studio", sdp=SEND, publish=True)
        assert await code_of(world.shell.open_resource(request)) == "forbidden"


def test_what_runs_in_clear_is_told_and_taken_back() -> None:
    room = Room(4, ENCRYPTED)
    room.handle_join(join("a"), 0)
    member = room.member("a")
    assert member is not None
    room.handle_plain("recording", True, 0)
    room.handle_plain("captions", True, 0)
    assert room.state(member).plain == ["captions", "recording"]
    room.handle_plain("recording", False, 0)
    assert room.state(member).plain == ["captions"]


def test_a_flood_is_refused_whole_and_passes() -> None:
    room = Room(4, ENCRYPTED)
    for who in ("a", "b", "c"):
        room.handle_join(join(who), 0)
    many = tuple(KeyItem(body="x") for _ in range(BURST // 2))
    room.handle_keys("a", many, 0)
    with pytest.raises(ApiError, match="slow") as refused:
        room.handle_keys("a", (KeyItem(body="y"),), 0)
    assert refused.value.retry_after == pytest.approx(2 / PER_SECOND)
    room.handle_keys("b", (KeyItem(body="z"),), 0)  # another's allowance
    room.handle_keys("a", (KeyItem(body="y"),), SECOND)
    pushes = [e.message for e in room.handle_timer(SECOND) if isinstance(getattr(e, "message", None), Keys)]
    assert sum(len(push.keys) for push in pushes) == BURST + 4
    assert max(len(push.keys) for push in pushes) <= MAX_TOGETHER


@pytest.mark.parametrize(
    "items",
    [
        [{"body": "x" * (MAX_KEY_CHARS + 1)}],
        [{"body": "x"}] * (MAX_KEYS + 1),
        [{"to": "somebody"}],
        [{"to": "", "body": "x"}],
        "x",
    ],
)
def test_what_is_too_much_is_no_message(items: object) -> None:
    with pytest.raises(BadMessage):
        decode_client(msgspec.json.encode({"type": "sendkeys", "id": 1, "items": items}))


def test_turning_it_on_restricts_and_turning_it_off_permits() -> None:
    plain = msgspec.structs.replace(ENCRYPTED, e2ee=False)
    assert only_restricts(plain, ENCRYPTED)
    assert not only_restricts(ENCRYPTED, plain)
