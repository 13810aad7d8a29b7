"""Webhooks from a room server to a real receiver: signed, in order, again after failures and restarts."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from signaling.certificates import load_or_create, server_certificate
from signaling.settings import RoomDefaults
from signaling.storage.webhooks import Endpoint
from signaling.webhooks.post import WebhookPost
from tests.signaling.gateway_world import HUNG_SECONDS
from tests.signaling.webhook_receiver import Receiver, receiving
from tests.signaling.world import WALL_NS, World, open_world
from treble.api import OpenSession, Source
from treble.units import SECOND

SECRET = "a secret of the receiver's"
NOW_S = WALL_NS // SECOND


@asynccontextmanager
async def telling(data: Path, receiver: Receiver, **config: object) -> AsyncIterator[World]:
    """A room server whose configuration names the receiver. The clock is real, Unix time is the test's."""
    told = {"webhooks": (receiver.url,), "webhook_secret": SECRET, "webhook_private_addresses": True}
    async with open_world(data, None, **{**told, **config}) as world:  # type: ignore[arg-type]
        yield world


def later(world: World, seconds: float) -> None:
    world.wall["ns"] += round(seconds * SECOND)


async def test_who_comes_publishes_and_goes_is_told_signed_and_in_order(tmp_path: Path) -> None:
    async with receiving() as receiver, telling(tmp_path, receiver) as world:
        room = await world.create("Zo\u00eb")
        host = await world.join(room.token)
        await host.connect(Source.MICROPHONE)
        guest = await world.join(await world.enter(room, "Bob"))
        await leave(guest)
        await leave(host)
        posts = await receiver.heard(8)
    assert receiver.events == [
        "room.started",
        "participant.joined",
        "track.published",
        "participant.joined",
        "participant.left",
        "track.unpublished",
        "participant.left",
        "room.ended",
    ]
    first = posts[1].event
    assert first["room"] == room.room
    assert first["data"]["participant"] == {"id": host.id, "name": "Zo\u00eb", "role": "host", "guest": True}
    assert first["created_at"] == WALL_NS // 1_000_000
    assert posts[2].event["data"]["source"] == "microphone"
    assert posts[4].event["data"]["reason"] == "left"
    for post in posts:
        assert post.target == "/hook?of=treble"
        assert post.is_signed(SECRET, NOW_S)
        assert not post.is_signed("another secret, also long", NOW_S)
        assert not post.is_signed(SECRET, NOW_S + 301)
        assert post.headers["treble-event"] == post.event["type"]
        assert post.headers["content-type"] == "application/json"


async def leave(client) -> None:
    from signaling.messages import Leave

    await client.send(Leave(id=9))


async def test_a_room_ends_when_the_last_one_is_gone(tmp_path: Path) -> None:
    async with receiving() as receiver, telling(tmp_path, receiver) as world:
        room = await world.create()
        await leave(await world.join(room.token))
        await receiver.heard(4)
    assert receiver.events == ["room.started", "participant.joined", "participant.left", "room.ended"]


async def test_what_a_receiver_does_not_take_comes_again_with_the_same_id(tmp_path: Path) -> None:
    async with receiving(Receiver(statuses=[500, 301])) as receiver, telling(tmp_path, receiver) as world:
        receiver.more_headers = "Location: http://127.0.0.1:1/elsewhere\r\n"
        await world.join((await world.create()).token)
        await receiver.heard(1)
        for attempts, outcome in ((2, "500"), (3, "301")):
            await settled(world, outcome)
            later(world, 31)
            await receiver.heard(attempts)
        posts = await receiver.heard(4)
    assert receiver.events == ["room.started"] * 3 + ["participant.joined"]
    assert len({post.event["id"] for post in posts[:3]}) == 1
    assert len({post.headers["treble-delivery"] for post in posts[:3]}) == 1
    assert len({post.body for post in posts[:3]}) == 1
    assert posts[0].headers["treble-signature"] != posts[2].headers["treble-signature"]


async def settled(world: World, outcome: str) -> None:
    """Until the first event's last attempt is stored, with this outcome."""
    database = world.shell.admin.webhooks._database
    with trio.fail_after(HUNG_SECONDS):
        while True:
            if [each.outcome for each in await database.read(lambda c: _all(database, c))][-1:] == [outcome]:
                return
            await trio.sleep(0.01)


def _all(database, connection):
    return [
        delivery
        for endpoint in database.webhooks.all(connection)
        for delivery in database.webhooks.deliveries(connection, endpoint.id, None, 100)
    ]


async def test_a_receiver_that_is_down_gets_everything_in_order_when_it_is_back(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiving(receiver):
        pass  # its port is known now, and nobody listens
    async with telling(tmp_path, receiver) as world:
        room = await world.create()
        host = await world.join(room.token)
        await settled(world, "connect")
        await leave(host)
        async with receiving(receiver):
            later(world, 6)
            await receiver.heard(4)
    assert receiver.events == ["room.started", "participant.joined", "participant.left", "room.ended"]


async def test_what_was_stored_outlives_the_room_server(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiving(receiver):
        pass
    async with telling(tmp_path, receiver) as world:
        await world.join((await world.create()).token)
        await settled(world, "connect")
    async with receiving(receiver), telling(tmp_path, receiver, wall_ns=WALL_NS + 60 * SECOND):
        await receiver.heard(2)
    assert receiver.events == ["room.started", "participant.joined"]


async def test_an_attempt_that_a_server_died_with_is_made_again_with_the_same_id(tmp_path: Path) -> None:
    async with receiving(Receiver(gate=trio.Event())) as receiver:
        async with telling(tmp_path, receiver) as world:
            await world.join((await world.create()).token)
            await receiver.heard(1)  # and no answer
        receiver.gate = None
        async with telling(tmp_path, receiver, wall_ns=WALL_NS + 31 * SECOND):
            posts = await receiver.heard(3)
    assert receiver.events == ["room.started", "room.started", "participant.joined"]
    assert posts[0].event["id"] == posts[1].event["id"]


async def test_private_addresses_are_refused_unless_allowed(tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        telling(tmp_path, receiver, webhook_private_addresses=False) as world,
    ):
        await world.join((await world.create()).token)
        await settled(world, "address")
    assert receiver.posts == []


async def test_endpoints_hear_what_they_ask_for(tmp_path: Path) -> None:
    async with receiving() as receiver, telling(tmp_path, receiver, webhooks=()) as world:
        database = world.shell.admin.webhooks._database
        endpoint = Endpoint(
            id="e1", url=receiver.url, secret=SECRET, events=["participant.joined"], created_at=1
        )
        await database.write(lambda connection: database.webhooks.add(connection, endpoint))
        await world.shell.admin.webhooks.refresh()
        await world.join((await world.create()).token)
        await world.join((await world.create()).token)
        await receiver.heard(2)
    assert receiver.events == ["participant.joined"] * 2


async def test_nothing_is_stored_where_nobody_is_told(tmp_path: Path) -> None:
    async with open_world(tmp_path, None) as world:  # type: ignore[arg-type]
        await world.shell.admin.webhooks.refresh()
        await world.join((await world.create()).token)
        assert len(world.shell.admin.webhooks.feed._waiting) == 0


async def test_who_only_waits_starts_no_meeting(tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        telling(tmp_path, receiver, room_defaults=RoomDefaults.SAFE) as world,
    ):
        room = await world.create()
        token = await world.enter(room, "Bob")
        await world.shell.open_session(OpenSession(gateway="g", token=token, re=1))
        assert len(world.shell.admin.webhooks.feed._waiting) == 0
        host = await world.join(room.token)
        await receiver.heard(3)
        await leave(host)  # Bob still waits
        await receiver.heard(5)
    assert receiver.events[:2] == ["room.started", "participant.joined"]
    assert receiver.events[-2:] == ["participant.left", "room.ended"]


async def test_who_knocks_is_told(tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        telling(tmp_path, receiver, room_defaults=RoomDefaults.SAFE) as world,
    ):
        room = await world.create()
        await world.join(room.token)
        token = await world.enter(room, "Bob")
        await world.shell.open_session(OpenSession(gateway="g", token=token, re=1))
        posts = await receiver.heard(3)
    assert receiver.events == ["room.started", "participant.joined", "participant.waiting"]
    assert posts[2].event["data"]["participant"]["name"] == "Bob"


@pytest.mark.parametrize(("name", "outcome"), [("localhost", "200"), ("127.0.0.1", "tls")])
async def test_the_certificate_must_be_of_the_name_in_the_url(
    tmp_path: Path, name: str, outcome: str
) -> None:
    authority = load_or_create(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(*server_certificate(authority, ["localhost"]))
    trusting = ssl.create_default_context(cafile=authority.path)
    post = WebhookPost(private_allowed=True, verify=trusting)
    async with receiving(Receiver(tls=server)) as receiver:
        url = f"https://{name}:{receiver.port}/hook"
        assert await post.send(url, SECRET, "d1", "room.started", b"{}", NOW_S) == outcome
        await post.aclose()
    assert [each.headers["host"] for each in receiver.posts] == [f"{name}:{receiver.port}"] * (
        outcome == "200"
    )


async def test_a_receiver_that_hangs_is_given_up_in_time(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    post = WebhookPost(private_allowed=True)
    url = f"http://127.0.0.1:{port}/"
    assert await post.send(url, SECRET, "d1", "room.started", b"{}", NOW_S) == "timeout"
    await post.aclose()
    for listener in listeners:
        await listener.aclose()
