"""When the chat's transactions begin, on a clock that the test moves."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from signaling.chat.writer import MAX_TOGETHER, ChatWriter
from signaling.storage.chat import Counter

APART_S = 0.5


@dataclass
class Books:
    """Stands for database and store: what each transaction had in it."""

    transactions: list[list[str]] = field(default_factory=list)

    async def write(self, work: Callable[[Any], None]) -> None:
        await trio.lowlevel.checkpoint()
        self.transactions.append([])
        work(None)

    def counter(self, connection: None, room: str) -> Counter:
        return Counter(room, 0)

    def close(self, connection: None, counter: Counter) -> None:
        pass


@dataclass
class World:
    books: Books
    writer: ChatWriter
    nursery: trio.Nursery
    done: list[str] = field(default_factory=list)

    async def say(self, *texts: str) -> None:
        for text in texts:
            self.nursery.start_soon(self._one, text)
            await wait_all_tasks_blocked()

    async def _one(self, text: str) -> None:
        await self.writer.write("room", lambda connection, counter: self.books.transactions[-1].append(text))
        self.done.append(text)


@pytest.fixture
async def world(mock_clock: MockClock) -> AsyncIterator[World]:
    books = Books()
    writer = ChatWriter(books, books, lambda items: None, APART_S)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run)
        yield World(books, writer, nursery)
        nursery.cancel_scope.cancel()


async def test_what_comes_alone_is_written_at_once(world: World, mock_clock: MockClock) -> None:
    await world.say("a")
    mock_clock.jump(APART_S)
    await world.say("b")
    assert world.books.transactions == [["a"], ["b"]]
    assert world.done == ["a", "b"]


async def test_what_comes_soon_after_shares_the_next(world: World, mock_clock: MockClock) -> None:
    await world.say("a", "b", "c")
    assert world.done == ["a"]
    mock_clock.jump(APART_S)
    await wait_all_tasks_blocked()
    assert world.books.transactions == [["a"], ["b", "c"]]
    assert sorted(world.done) == ["a", "b", "c"]


async def test_a_full_transaction_does_not_wait(world: World, mock_clock: MockClock) -> None:
    texts = [str(number) for number in range(1 + 2 * MAX_TOGETHER)]
    for text in texts:
        world.nursery.start_soon(world._one, text)
    await wait_all_tasks_blocked()
    assert [len(each) for each in world.books.transactions] == [MAX_TOGETHER, MAX_TOGETHER]
    mock_clock.jump(APART_S)
    await wait_all_tasks_blocked()
    assert sorted(world.done, key=int) == texts
