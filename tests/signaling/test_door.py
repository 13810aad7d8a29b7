"""Waiting at a Room's door, and being let in. (`mock_clock` in each signature makes it the run's clock.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trio.testing import MockClock

from signaling import messages
from signaling.door_messages import Admit, Admitted, Enter, Expired, Knock, Refuse, Refused, Waiters, Waiting
from signaling.host_messages import Configure, Hand, Lock, Renew, SetRole, Stop
from signaling.messages import Done, Elsewhere, Ended, Failed, Joined, Message, Welcome
from signaling.room.door import MAX_WAITERS
from signaling.sessions import KNOCKS_AT_ONCE
from signaling.settings import RoomDefaults, Settings
from signaling.storage.people import State
from tests.signaling.world import Client, World, code_of, open_world
from treble.api import ApiError, Role, RoomCreated, Source

# All that a waiting client may be sent (contracts 3); the last two end its Session and hold nothing of the Room.
ALLOWED = (Waiting, Refused, Expired, Admitted, Failed, Done, Elsewhere, Ended)


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock, room_defaults=RoomDefaults.SAFE) as world:
        yield world


@pytest.fixture
async def room(world: World) -> RoomCreated:
    return await world.create("Ann", account=world.account("Ann"))


async def state_of(world: World, client: Client, room: RoomCreated) -> State:
    people = world.opened().entrance._database.people
    person = await world.opened().entrance._database.read(lambda c: people.find(c, room.room, client.id))
    return person.state


def seen_by(host: Client) -> list[str]:
    """Names in the host's newest list of who knocks."""
    pushed = host.pushes(Waiters)
    return [waiter.name for waiter in pushed[-1].waiters] if pushed else []


# --- knocking -----------------------------------------------------------------------------------------------


async def test_a_guest_knocks_is_admitted_and_enters_on_the_same_socket(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    assert (bob.welcome.reason, bob.welcome.expires_at) == ("knock", world.wall["ns"] // 10**6 + 300_000)
    await world.pass_time(0.6)
    assert seen_by(ann) == ["Bob"]
    assert ann.pushes(Joined) == []
    assert await ann.ask(Admit(id=1, participants=[bob.id])) == Done(re=1)
    await world.pass_time(0.6)
    assert bob.inbox == [Admitted()]
    assert seen_by(ann) == []
    await bob.come_in()
    assert [who.name for who in bob.welcome.participants] == ["Ann"]
    await world.pass_time(0.6)
    assert [push.participant.name for push in ann.pushes(Joined)] == ["Bob"]


async def test_the_host_sees_name_and_verified_identity_only(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    await world.knock(room, "Bob")
    await world.knock(room, "Cat", world.account("Cat"))
    await world.knock(room, "Dan", world.account("Dan", verified=False))
    await world.pass_time(0.6)
    seen = [(each.name, each.guest, each.email) for each in ann.pushes(Waiters)[-1].waiters]
    assert seen == [("Bob", True, None), ("Cat", False, "cat@example.org"), ("Dan", True, None)]


async def test_refused_waits_a_minute_before_the_next_knock(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    assert await ann.ask(Refuse(id=1, participants=[bob.id])) == Done(re=1)
    await world.pass_time(0.3)
    assert bob.inbox == [Refused(retry_after=60.0)]
    early = await bob.ask(Knock(id=2))
    assert (early.code, early.retry_after) == ("slow", pytest.approx(60, abs=1))
    assert (await bob.ask(Enter(id=3))).code == "ask"
    assert await state_of(world, bob, room) is State.REFUSED
    await world.pass_time(61)
    again = await bob.ask(Knock(id=4))
    assert (again.re, again.reason) == (4, "knock")
    await ann.ask(Admit(id=5))
    await world.pass_time(0.3)
    assert bob.inbox[-1] == Admitted()
    await bob.come_in()


async def test_coming_again_does_not_shorten_a_refusal(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await ann.ask(Refuse(id=1))
    await world.pass_time(10)
    again = await world.hello(bob.token)
    await world.pass_time(0.3)
    assert again.is_waiting
    assert again.inbox == [Refused(retry_after=pytest.approx(50, abs=1))]
    assert (await again.ask(Knock(id=1))).code == "slow"
    assert bob.inbox[-1] == Elsewhere()


async def test_a_knock_expires_after_five_minutes_and_may_be_repeated(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await world.sweep(299)
    assert bob.inbox == []
    await world.sweep(1)
    assert bob.inbox == [Expired()]
    assert seen_by(ann) == []
    assert await ann.ask(Admit(id=1, participants=[bob.id])) == Done(re=1)
    await world.pass_time(0.3)
    assert bob.inbox == [Expired()]
    again = await bob.ask(Knock(id=2))
    assert again.expires_at == world.wall["ns"] // 10**6 + 300_000
    await world.pass_time(0.6)
    assert seen_by(ann) == ["Bob"]


async def test_the_first_answer_counts(world: World, room: RoomCreated, mock_clock: MockClock) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await ann.ask(Refuse(id=1))
    await ann.ask(Admit(id=2, participants=[bob.id]))
    await world.pass_time(0.3)
    assert bob.inbox == [Refused(retry_after=60.0)]


async def test_one_all_or_nobody_is_let_in(world: World, room: RoomCreated, mock_clock: MockClock) -> None:
    ann = await world.join(room.token)
    bob, cat, dan, eve = [await world.knock(room, name) for name in ("Bob", "Cat", "Dan", "Eve")]
    await ann.ask(Admit(id=1, participants=[bob.id, "nobody"]))
    await ann.ask(Refuse(id=2, participants=[cat.id]))
    await world.pass_time(0.6)
    assert seen_by(ann) == ["Dan", "Eve"]
    await ann.ask(Admit(id=3))
    await world.pass_time(0.6)
    assert [client.inbox[-1] for client in (bob, dan, eve)] == [Admitted()] * 3
    assert cat.inbox == [Refused(retry_after=60.0)]


async def test_who_was_let_in_comes_back_without_a_knock(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    account = world.account("Bob")
    bob = await world.knock(room, "Bob", account)
    first = bob.id
    await ann.ask(Admit(id=1))
    await world.pass_time(0.3)
    await bob.come_in()
    await bob.ask(messages.Leave(id=9))
    again = await world.join(await world.enter(room, "Bob", account))
    assert again.id == first


async def test_hosts_co_hosts_and_tokens_of_the_operator_do_not_knock(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    account = world.account("Bob")
    bob = await world.knock(room, "Bob", account)
    await ann.ask(Admit(id=1))
    await world.pass_time(0.3)
    await bob.come_in()
    await ann.ask(SetRole(id=2, participant=bob.id, role=Role.COHOST))
    await bob.ask(messages.Leave(id=3))
    await ann.ask(messages.Leave(id=3))
    await world.pass_time(0.3)
    assert (await world.join(await world.enter(room, "Bob", account))).welcome.you.role is Role.COHOST


async def test_who_was_let_in_may_come_in_after_a_lost_socket(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await bob.lose_socket()
    await ann.ask(Admit(id=1))
    await world.pass_time(5)
    again = await bob.resume()
    assert again.is_waiting
    await world.pass_time(0.3)
    assert again.inbox == [Admitted()]
    assert (await again.come_in()).welcome.you.name == "Bob"


# --- waiting for the host -----------------------------------------------------------------------------------


async def test_guests_wait_until_a_host_is_there_and_knock_then(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    bob = await world.knock(room, "Bob")
    assert (bob.welcome.reason, bob.welcome.expires_at) == ("host", None)
    await world.sweep(3600)
    assert bob.inbox == []
    ann = await world.join(await world.enter(room, "Ann", world.account("Ann")))
    await world.attended()
    assert [push.reason for push in bob.pushes(Waiting)] == ["knock"]
    assert seen_by(ann) == ["Bob"]


async def test_who_need_not_knock_is_let_in_when_the_host_comes(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    account = world.account("Bob")
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob", account)
    await ann.ask(Admit(id=1))
    await world.pass_time(0.3)
    await bob.come_in()
    for client in (bob, ann):
        await client.ask(messages.Leave(id=9))
    await world.pass_time(0.3)
    bob = await world.knock(room, "Bob", account)
    assert bob.welcome.reason == "host"
    await world.join(room.token)
    await world.attended()
    assert bob.inbox == [Admitted()]
    await bob.come_in()


async def test_a_room_may_do_without_waiting_for_the_host(world: World, mock_clock: MockClock) -> None:
    policy = {"speaker": {"enter": "allow"}}
    room = await world.create("Ann", wait_for_host=False, policy=policy)
    assert (await world.join(await world.enter(room, "Bob"))).welcome.you.name == "Bob"
    strict = await world.create("Ann", policy=policy)
    assert (await world.knock(strict, "Bob")).welcome.reason == "host"


async def test_without_a_host_nobody_is_admitted(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await ann.ask(Admit(id=1))
    await world.pass_time(0.3)
    await bob.come_in()
    await ann.ask(messages.Leave(id=2))
    await world.pass_time(0.3)
    assert (await world.knock(room, "Cat")).welcome.reason == "host"
    assert (await bob.ask(Admit(id=3))).code == "forbidden"


# --- what a waiting client is sent --------------------------------------------------------------------------


async def test_a_waiting_client_gets_nothing_of_the_room(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    """Whatever goes on inside and whatever it asks for; after a resume and a change of roles as well."""
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await ann.ask(Configure(id=1, settings=Settings(), title="Secret plans"))
    await ann.connect(Source.CAMERA)
    for message in _everything():
        await bob.ask(message)
    cat = await world.knock(room, "Cat")
    await ann.ask(Admit(id=2, participants=[cat.id]))
    await world.pass_time(0.3)
    await cat.come_in()
    await ann.ask(SetRole(id=3, participant=cat.id, role=Role.COHOST))
    await bob.lose_socket()
    await world.pass_time(2)
    again = await bob.resume()
    await cat.connect(Source.MICROPHONE)
    await cat.ask(Refuse(id=4, participants=[again.id]))
    await ann.ask(messages.Leave(id=5))
    await world.pass_time(61)
    await again.ask(Knock(id=5))
    await world.sweep(301)
    sent = [*bob.inbox, *bob.answers, *again.inbox, *again.answers]
    assert {type(message) for message in sent} <= set(ALLOWED)
    text = b"".join(messages.encode(message) for message in sent)
    for word in (b"Secret", b"Ann", b"Cat", room.room.encode(), b"ice", b"title", ann.id.encode()):
        assert word not in text


def _everything() -> list[Message]:
    return [
        messages.Ping(id=11),
        messages.Offer(id=12, sdp="v=0"),
        messages.View(id=13, tiles=[]),
        messages.Mute(id=14, source=Source.CAMERA, muted=True),
        Enter(id=15),
        Renew(id=16),
        Admit(id=17),
        Hand(id=18, raised=True),
        Stop(id=19, source=Source.CAMERA),
        Lock(id=20, locked=True),
        messages.Hello(id=21, token="t"),
    ]


async def test_waiters_take_no_place_inside(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann", capacity=2)
    ann = await world.join(room.token)
    bob, cat = await world.knock(room, "Bob"), await world.knock(room, "Cat")
    await ann.ask(Admit(id=1))
    await world.pass_time(0.3)
    await bob.come_in()
    assert (await cat.ask(Enter(id=2))).code == "full"
    await bob.ask(messages.Leave(id=3))
    await cat.come_in()


# --- sockets at the door ------------------------------------------------------------------------------------


async def test_a_lost_socket_keeps_its_place_for_30_seconds(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    bob_id = bob.id
    await bob.lose_socket()
    await world.pass_time(29, step=0.5)
    again = await bob.resume()
    assert again.welcome.expires_at == bob.welcome.expires_at
    await again.lose_socket()
    await world.pass_time(31, step=0.5)
    assert seen_by(ann) == []
    anew = await world.hello(bob.token, again.welcome.resume)
    assert anew.id == bob_id
    assert anew.socket.split(".")[0] != bob.socket.split(".")[0]


async def test_the_newest_socket_of_a_waiting_one_wins(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    again = await world.hello(bob.token)
    await world.pass_time(0.6)
    assert bob.inbox == [Elsewhere()]
    assert world.gateway.closed[bob.socket] == 4001
    assert (await bob.send(Knock(id=1))).close == 1012
    assert again.welcome.expires_at == bob.welcome.expires_at
    assert seen_by(ann) == ["Bob"]


async def test_leaving_the_door_is_at_once(world: World, room: RoomCreated, mock_clock: MockClock) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob")
    await world.pass_time(0.3)
    assert (await bob.send(messages.Leave(id=1))).close == 1000
    await world.pass_time(0.6)
    assert seen_by(ann) == []


async def test_one_address_cannot_knock_without_end(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    await world.join(room.token)
    token = await world.enter(room, "Bob")
    for _ in range(KNOCKS_AT_ONCE):
        await world.hello(token, address="192.0.2.66")
    assert await code_of(world.hello(token, address="192.0.2.66")) == "auth.slow"
    await world.hello(token, address="192.0.2.67")


async def test_a_door_has_so_many_places(
    world: World, room: RoomCreated, mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.room.door.MAX_WAITERS", 2)
    assert MAX_WAITERS > 100
    await world.knock(room, "Bob")
    await world.knock(room, "Cat")
    assert await code_of(world.knock(room, "Dan")) == "full"


# --- locks, plans and ends ----------------------------------------------------------------------------------


async def test_nobody_new_comes_in_or_knocks_while_the_room_is_locked(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    account = world.account("Bob")
    bob = await world.knock(room, "Bob", account)
    cat = await world.knock(room, "Cat")
    await ann.ask(Admit(id=1, participants=[bob.id]))
    await world.pass_time(0.3)
    await bob.come_in()
    await ann.ask(Lock(id=2, locked=True))
    assert (await ann.ask(Admit(id=3))).code == "locked"
    assert (await cat.ask(Knock(id=4))).code == "locked"
    assert await code_of(world.knock(room, "Dan")) == "locked"
    await bob.ask(messages.Leave(id=5))
    await world.join(await world.enter(room, "Bob", account))  # not new
    await ann.ask(Lock(id=6, locked=False))
    await ann.ask(Admit(id=7))
    await world.pass_time(0.3)
    await cat.come_in()


async def test_a_lock_outlives_the_meeting(world: World, room: RoomCreated, mock_clock: MockClock) -> None:
    ann = await world.join(room.token)
    await ann.ask(Lock(id=1, locked=True))
    await ann.ask(messages.Leave(id=2))
    await world.pass_time(0.3)
    await world.join(room.token)
    assert await code_of(world.knock(room, "Dan")) == "locked"


async def test_a_room_opens_and_closes_as_planned(world: World, mock_clock: MockClock) -> None:
    now_s = world.wall["ns"] // 10**9
    room = await world.create("Ann", opens_at=now_s + 300, closes_at=now_s + 600)
    ann = await world.join(room.token)
    token = await world.enter(room, "Bob")
    with pytest.raises(ApiError) as early:
        await world.hello(token)
    assert (early.value.code, early.value.retry_after) == ("early", 300)
    await world.sweep(301)
    bob = await world.hello(token)
    assert bob.is_waiting
    await world.sweep(300)
    assert ann.inbox[-1] == Ended(reason="ended")
    assert bob.inbox[-1] == Ended(reason="ended")
    assert await code_of(world.hello(await world.enter(room, "Cat"))) == "ended"


async def test_a_meeting_that_is_put_off_does_not_end(world: World, mock_clock: MockClock) -> None:
    now_s = world.wall["ns"] // 10**9
    room = await world.create("Ann", closes_at=now_s + 600)
    ann = await world.join(room.token)
    await ann.ask(Configure(id=1, settings=Settings(closes_at=now_s + 900)))
    await world.sweep(601)
    assert ann.pushes(Ended) == []
    await world.sweep(300)
    assert ann.inbox[-1] == Ended(reason="ended")


async def test_the_sessions_of_an_account_end_inside_and_at_the_door(
    world: World, room: RoomCreated, mock_clock: MockClock
) -> None:
    ann = await world.join(room.token)
    bob = await world.knock(room, "Bob", world.account("Bob"))
    other = await world.create("Bob", account=world.account("Bob"))
    inside = await world.join(other.token)
    world.opened().rooms.end_subject("account-Bob")
    await world.pass_time(0.5)
    assert (bob.inbox, inside.inbox) == ([Ended(reason="expired")], [Ended(reason="expired")])
    assert set(world.gateway.closed) == {bob.socket, inside.socket}
    assert ann.socket not in world.gateway.closed


async def test_a_restarted_room_server_forgets_nobody_who_was_let_in(
    tmp_path: Path, mock_clock: MockClock
) -> None:
    async with open_world(tmp_path, mock_clock, room_defaults=RoomDefaults.SAFE) as world:
        room = await world.create("Ann")
        ann = await world.join(room.token)
        bob = await world.knock(room, "Bob")
        await ann.ask(Admit(id=1))
        await world.pass_time(0.3)
        assert bob.inbox == [Admitted()]
    async with open_world(tmp_path, mock_clock, room_defaults=RoomDefaults.SAFE) as world:
        await world.join(room.token)
        assert isinstance((await world.hello(bob.token)).welcome, Welcome)
