"""Reactions in the call: who may, how often, who is told, and that nothing of them stays. (`mock_clock`: see world.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trio.testing import MockClock

from signaling.actions import Action, Verdict
from signaling.host_messages import EMOJI, Emote, Emoted, Permit
from signaling.messages import Done, Failed, Message
from signaling.room.emotes import MOST, Emotes
from tests.signaling.world import Client, World, open_world
from treble.units import MILLISECOND


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def code_of(client: Client, message: Message) -> str:
    answer = await client.ask(message)
    return answer.code if isinstance(answer, Failed) else type(answer).__name__


def seen(client: Client) -> list[tuple[str, str]]:
    return [(one.participant, one.emoji) for push in client.pushes(Emoted) for one in push.emotions]


async def test_everybody_is_told_oneself_included(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    assert isinstance(await bob.ask(Emote(id=1, emoji="👍")), Done)
    await world.pass_time(0.3)
    assert seen(ann) == seen(bob) == seen(cyd) == [(bob.id, "👍")]


async def test_reactions_of_one_moment_come_together(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    for number, emoji in enumerate(EMOJI[:4]):
        await bob.ask(Emote(id=1 + number, emoji=emoji))
    await ann.ask(Emote(id=1, emoji="🎉"))
    await world.pass_time(0.3)
    assert seen(ann) == [*((bob.id, emoji) for emoji in EMOJI[:4]), (ann.id, "🎉")]
    assert len(ann.pushes(Emoted)) <= 2


async def test_five_at_once_then_one_in_two_seconds(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    codes = [await code_of(bob, Emote(id=number, emoji="🎉")) for number in range(1, 7)]
    assert codes == ["Done"] * 5 + ["slow"]
    refused = await bob.ask(Emote(id=7, emoji="🎉"))
    assert isinstance(refused, Failed)
    assert refused.retry_after == pytest.approx(2, abs=0.1)
    assert await code_of(ann, Emote(id=1, emoji="🎉")) == "Done"
    await world.pass_time(2.1)
    assert await code_of(bob, Emote(id=8, emoji="🎉")) == "Done"
    assert len(seen(ann)) == 6


async def test_a_request_that_is_sent_again_reacts_once(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    for _ in range(2):
        await bob.ask(Emote(id=1, emoji="🙏"))
    await world.pass_time(0.3)
    assert seen(ann) == [(bob.id, "🙏")]


@pytest.mark.parametrize("emoji", ["", "a", "👍👍", "😀", "<b>", "👍\u200d"])
async def test_only_what_is_offered(world: World, mock_clock: MockClock, emoji: str) -> None:
    ann, bob = await world.people("Ann", "Bob")
    assert await code_of(bob, Emote(id=1, emoji=emoji)) == "bad.emoji"
    await world.pass_time(0.3)
    assert seen(ann) == []


async def test_who_may_not_react_does_not(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await ann.ask(Permit(id=1, participant=bob.id, action=Action.REACT, verdict=Verdict.DENY))
    assert await code_of(bob, Emote(id=1, emoji="👍")) == "forbidden"
    await ann.ask(Permit(id=2, participant=bob.id, action=Action.REACT, verdict=Verdict.ASK))
    assert await code_of(bob, Emote(id=2, emoji="👍")) == "ask"
    await world.pass_time(0.3)
    assert seen(ann) == []


async def test_who_comes_later_is_not_told(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    ann = await world.join(room.token)
    await ann.ask(Emote(id=1, emoji="👍"))
    await world.pass_time(0.3)
    cyd = await world.join(await world.enter(room, "Cyd"))
    await world.pass_time(1)
    assert seen(cyd) == []


def test_a_moment_has_at_most_fifty() -> None:
    emotes = Emotes()
    for number in range(3 * MOST):
        emotes.add(f"p{number}", "👍", 0)
    told = emotes.take(0)
    assert told is not None
    assert len(told.emotions) == MOST
    assert emotes.deadline is None
    emotes.add("late", "👍", 1)
    assert emotes.take(249 * MILLISECOND) is None
    assert emotes.take(250 * MILLISECOND) is not None
