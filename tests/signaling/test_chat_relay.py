"""The gateway's side of the chat: in order, once, to those who may see it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from signaling.chat.relay import COMPARE_S, MAX_RECENT, ChatRelay
from signaling.chat_messages import Chat, ChatEvent
from signaling.frame_guard import text_frame
from signaling.messages import encode
from signaling.send_queue import Outgoing
from treble.api import ApiError, ChatHeads, ChatHeadsFound, ChatItem, ChatPlace, ChatSince, ChatSlice

FRAMES: dict[bytes, int] = {}


def item(seq: int, *audience: str, about: int | None = None) -> ChatItem:
    message = encode(
        Chat(event=ChatEvent(seq=seq, at=0, kind="message", sender="s", name="S", text=str(seq)))
    )
    FRAMES[text_frame(message)] = seq
    return ChatItem(
        room="r", seq=seq, about=about or seq, message=message, audience=list(audience) if audience else None
    )


@dataclass
class Server:
    """What room servers have stored."""

    items: list[ChatItem] = field(default_factory=list)
    asked: list[ChatSince] = field(default_factory=list)
    failures: int = 0

    def store(self, *audience: str) -> ChatItem:
        self.items.append(item(len(self.items) + 1, *audience))
        return self.items[-1]

    async def chat_since(self, request: ChatSince) -> ChatSlice:
        self.asked.append(request)
        await trio.lowlevel.checkpoint()
        if self.failures:
            self.failures -= 1
            raise ApiError("busy")
        found = [each for each in self.items if each.seq > request.after][: request.limit]
        through = found[-1].seq if found else max(request.after, len(self.items))
        return ChatSlice(items=found, through=through, head=len(self.items))

    async def chat_heads(self, request: ChatHeads) -> ChatHeadsFound:
        return ChatHeadsFound(heads={room: len(self.items) for room in request.rooms})


@dataclass
class Socket:
    limit: int = 10**9
    got: list[int] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    drained: trio.Event = field(default_factory=trio.Event)

    @property
    def is_roomy(self) -> bool:
        return len(self.got) < self.limit

    def put(self, outgoing: Outgoing) -> None:
        self.got.append(FRAMES[outgoing.frame])
        self.frames.append(outgoing.frame)

    async def room_to_send(self) -> None:
        while not self.is_roomy:
            await self.drained.wait()


@dataclass
class World:
    relay: ChatRelay
    server: Server

    def place(self, after: int, participant: str = "p", floor: int = 0) -> ChatPlace:
        return ChatPlace(
            room="r", participant=participant, after=after, floor=floor, head=len(self.server.items)
        )

    async def join(self, session: str, after: int | None = None, participant: str = "p") -> Socket:
        socket = Socket()
        after = len(self.server.items) if after is None else after
        self.relay.add(session, socket, self.place(after, participant))
        await wait_all_tasks_blocked()
        return socket


@pytest.fixture
async def world(mock_clock: MockClock) -> AsyncIterator[World]:
    server = Server()
    relay = ChatRelay(server)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        await nursery.start(relay.run)
        yield World(relay, server)
        nursery.cancel_scope.cancel()


async def test_all_get_the_same_frame(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.join("a"), await world.join("b")
    world.relay.deliver([world.server.store()])
    assert ann.got == bob.got == [1]
    assert ann.frames[0] is bob.frames[0]


async def test_others_do_not_get_what_is_private(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.join("a", participant="ann"), await world.join("b", participant="bob")
    world.relay.deliver(
        [world.server.store("ann", "cid"), world.server.store(), world.server.store("bob", "cid")]
    )
    assert (ann.got, bob.got) == ([1, 2], [2, 3])


async def test_what_comes_twice_or_in_disorder_is_sent_once_in_order(
    world: World, mock_clock: MockClock
) -> None:
    socket = await world.join("a")
    one, two, three = (world.server.store() for _ in range(3))
    world.server.failures = 10**6  # nothing to be fetched
    world.relay.deliver([three, one, one])
    assert socket.got == [1]
    world.relay.deliver([two, three, two])
    assert socket.got == [1, 2, 3]


async def test_a_gap_is_fetched(world: World, mock_clock: MockClock) -> None:
    socket = await world.join("a")
    lost = [world.server.store() for _ in range(120)]
    world.relay.deliver([world.server.store()])
    await wait_all_tasks_blocked()
    assert socket.got == list(range(1, len(lost) + 2))


async def test_a_gap_is_fetched_when_the_room_server_is_back(world: World, mock_clock: MockClock) -> None:
    socket = await world.join("a")
    world.server.store()
    world.server.failures = 3
    world.relay.deliver([world.server.store()])
    await wait_all_tasks_blocked()
    assert socket.got == []
    for _ in range(4):
        mock_clock.jump(0.5)
        await wait_all_tasks_blocked()
    assert socket.got == [1, 2]


async def test_what_nobody_told_of_is_found_by_comparing(world: World, mock_clock: MockClock) -> None:
    socket = await world.join("a")
    world.server.store()
    mock_clock.jump(COMPARE_S)
    await wait_all_tasks_blocked()
    assert socket.got == [1]


async def test_what_was_delivered_before_the_first_socket_is_known_is_not_lost(
    world: World, mock_clock: MockClock
) -> None:
    socket = Socket()
    place = world.place(0)
    world.relay.deliver([world.server.store()])
    world.relay.add("a", socket, place)
    await wait_all_tasks_blocked()
    assert socket.got == [1]


async def test_a_client_that_comes_back_gets_the_rest_while_others_talk(
    world: World, mock_clock: MockClock
) -> None:
    first = await world.join("a")
    for _ in range(130):
        world.relay.deliver([world.server.store()])
    back = Socket()
    world.relay.add("b", back, world.place(20))
    world.relay.deliver([world.server.store()])
    await wait_all_tasks_blocked()
    world.relay.deliver([world.server.store()])
    assert first.got == list(range(1, 133))
    assert back.got == list(range(21, 133))


async def test_who_comes_back_soon_costs_the_room_server_nothing(world: World, mock_clock: MockClock) -> None:
    await world.join("a")
    for _ in range(MAX_RECENT + 5):
        world.relay.deliver([world.server.store()])
    world.server.asked.clear()
    assert (await world.join("b", after=10)).got == list(range(11, MAX_RECENT + 6))
    assert not world.server.asked


async def test_catching_up_waits_for_a_slow_socket_and_holds_up_nobody(
    world: World, mock_clock: MockClock
) -> None:
    quick = await world.join("a")
    for _ in range(30):
        world.relay.deliver([world.server.store()])
    slow = Socket(limit=4)
    world.relay.add("b", slow, world.place(0))
    await wait_all_tasks_blocked()
    world.relay.deliver([world.server.store()])
    assert (slow.got, len(quick.got)) == ([1, 2, 3, 4], 31)
    slow.limit = 10**9
    slow.drained.set()
    await wait_all_tasks_blocked()
    assert slow.got == list(range(1, 32))


async def test_changes_of_what_one_may_not_read_are_not_sent(world: World, mock_clock: MockClock) -> None:
    socket = Socket()
    for _ in range(2):
        world.server.store()
    world.relay.add("a", socket, world.place(2, floor=2))
    await wait_all_tasks_blocked()
    world.relay.deliver([item(3, about=1), item(4, about=4)])
    assert socket.got == [4]


async def test_a_socket_that_is_gone_gets_nothing(world: World, mock_clock: MockClock) -> None:
    socket, other = await world.join("a"), await world.join("b")
    world.relay.remove("a")
    world.relay.remove("a")
    world.relay.deliver([world.server.store()])
    assert (socket.got, other.got) == ([], [1])


async def test_a_second_welcome_on_one_socket_changes_nothing(world: World, mock_clock: MockClock) -> None:
    socket = await world.join("a")
    world.server.store()  # stored, and on its way
    world.relay.add("a", socket, world.place(1))
    world.relay.deliver(world.server.items)
    world.relay.add("a", socket, world.place(0))
    await wait_all_tasks_blocked()
    assert socket.got == [1]
