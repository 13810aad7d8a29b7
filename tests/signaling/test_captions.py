"""Captions: who may start and say them, who is told, and how often. (`mock_clock`: see world.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from trio.testing import MockClock

from signaling.actions import Action, Verdict
from signaling.audit_messages import Audit, AuditPage
from signaling.caption_messages import (
    MAX_CAPTION_CHARS,
    Caption,
    Captions,
    SayCaption,
    SetCaptions,
    WantCaptions,
)
from signaling.host_messages import Configure, Permit, RoomState, SetRole
from signaling.messages import BadMessage, Done, Failed, Message, decode_client
from signaling.room.captions import AT_ONCE, MOST, CaptionBook
from signaling.settings import Settings
from tests.signaling.world import Client, World, open_world
from treble.api import ApiError, Role
from treble.units import MILLISECOND, SECOND


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def code_of(client: Client, message: Message) -> str:
    answer = await client.ask(message)
    return answer.code if isinstance(answer, Failed) else type(answer).__name__


def said(client: Client) -> list[tuple[str, str, bool]]:
    """Who spoke, what, and whether it will stay."""
    return [(c.participant, c.text, c.final) for push in client.pushes(Captions) for c in push.captions]


async def start(*clients: Client, language: str = "en") -> None:
    """The first starts captions, and all of them want to read them."""
    assert isinstance(await clients[0].ask(SetCaptions(id=1, language=language)), Done)
    for client in clients:
        assert isinstance(await client.ask(WantCaptions(id=2, wanted=True)), Done)


def line(number: int, text: str, **more: object) -> SayCaption:
    return SayCaption(id=number, **({"key": str(number), "text": text} | more))


# --- who is told ------------------------------------------------------------------------------------------------


async def test_whoever_wants_captions_is_told_and_nobody_else(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await start(ann, bob)
    await ann.ask(line(3, "Good morning", participant=bob.id))
    await world.pass_time(0.3)
    [push] = bob.pushes(Captions)
    told = Caption(participant=bob.id, key="3", text="Good morning", language="en", by=ann.id)
    assert push.captions == [told]
    assert said(ann) == [(bob.id, "Good morning", True)]
    assert said(cyd) == []
    await bob.ask(WantCaptions(id=4, wanted=False))
    await ann.ask(line(5, "More"))
    await world.pass_time(0.3)
    assert len(said(bob)) == 1
    assert len(said(ann)) == 2


async def test_who_says_nothing_of_a_speaker_speaks_itself(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await start(ann, bob)
    await ann.ask(line(3, "I am Ann"))
    await world.pass_time(0.3)
    assert said(bob) == [(ann.id, "I am Ann", True)]


async def test_a_line_that_changes_within_a_moment_is_told_as_it_stands(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await start(ann, bob)
    await ann.ask(line(3, "Good", key="a", final=False))  # leaves at once
    await world.pass_time(0.05)
    await ann.ask(line(4, "Good mor", key="a", final=False))
    await ann.ask(line(5, "Yes", key="b", participant=bob.id))
    await ann.ask(line(6, "Good morning.", key="a"))
    await world.pass_time(0.4)
    assert said(bob) == [(ann.id, "Good", False), (ann.id, "Good morning.", True), (bob.id, "Yes", True)]
    assert len(bob.pushes(Captions)) == 2


async def test_a_wish_holds_over_a_lost_socket_and_ends_with_the_session(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await start(ann, bob)
    await bob.lose_socket()
    again = await bob.resume()
    await ann.ask(line(3, "Still here?"))
    await world.pass_time(0.6)
    assert said(again) == [(ann.id, "Still here?", True)]
    anew = await world.join(bob.token)
    await ann.ask(line(4, "And now?"))
    await world.pass_time(0.6)
    assert said(anew) == []


async def test_who_comes_later_knows_that_captions_are_on(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    ann = await world.join(room.token)
    assert ann.welcome.state.captions is None
    await ann.ask(SetCaptions(id=1, language="zh-Hans"))
    cyd = await world.join(await world.enter(room, "Cyd"))
    assert cyd.welcome.state.captions == "zh-Hans"
    await ann.ask(SetCaptions(id=2))
    await world.pass_time(0.6)
    assert cyd.pushes(RoomState)[-1].captions is None


# --- who may ----------------------------------------------------------------------------------------------------


async def test_hosts_and_cohosts_may_and_others_when_they_are_allowed(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    assert await code_of(bob, SetCaptions(id=1, language="en")) == "forbidden"
    await ann.ask(SetRole(id=1, participant=cyd.id, role=Role.COHOST))
    assert await code_of(cyd, SetCaptions(id=1, language="en")) == "Done"
    assert await code_of(bob, line(2, "Hello")) == "forbidden"
    await ann.ask(Permit(id=2, participant=bob.id, action=Action.CAPTION, verdict=Verdict.ALLOW))
    assert await code_of(bob, line(3, "Hello", participant=ann.id)) == "Done"
    await ann.ask(Permit(id=3, participant=bob.id, action=Action.CAPTION, verdict=None))
    assert await code_of(bob, line(4, "Hello")) == "forbidden"
    assert await code_of(bob, SetCaptions(id=5)) == "forbidden"


async def test_the_policy_of_a_room_may_let_everybody(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    policy = {Role.SPEAKER: {Action.CAPTION: Verdict.ALLOW}}
    assert isinstance(await ann.ask(Configure(id=1, settings=Settings(policy=policy))), Done)
    assert await code_of(bob, SetCaptions(id=1, language="en")) == "Done"


async def test_nothing_is_said_while_captions_are_off(world: World, mock_clock: MockClock) -> None:
    [ann] = await world.people("Ann")
    assert await code_of(ann, line(1, "Hello")) == "captions.off"
    await ann.ask(SetCaptions(id=2, language="en"))
    await ann.ask(SetCaptions(id=3))
    assert await code_of(ann, line(4, "Hello")) == "captions.off"


async def test_only_of_those_who_are_there(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await start(ann, bob)
    assert await code_of(ann, line(3, "Hello", participant="0" * 26)) == "forbidden"
    assert await code_of(ann, line(4, "\u202e\u200b")) == "bad.text"
    assert await code_of(ann, line(5, "one\ntwo \u202ethree")) == "Done"
    await world.pass_time(0.3)
    assert said(bob) == [(ann.id, "one two three", True)]


async def test_an_empty_line_takes_back_what_was_heard(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await start(ann, bob)
    await ann.ask(line(3, "Recognise speech", key="a", final=False))
    await world.pass_time(0.3)
    assert await code_of(ann, line(4, "", key="a")) == "Done"
    await world.pass_time(0.3)
    assert said(bob) == [(ann.id, "Recognise speech", False), (ann.id, "", True)]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "saycaption", "key": "a", "text": "x" * (MAX_CAPTION_CHARS + 1)},
        {"type": "saycaption", "key": "", "text": "x"},
        {"type": "saycaption", "key": "a" * 33, "text": "x"},
        {"type": "saycaption", "key": "a", "text": "x", "language": "en us"},
        {"type": "setcaptions", "language": "e"},
        {"type": "setcaptions", "language": ""},
        {"type": "setcaptions", "language": '"><b>'},
        {"type": "wantcaptions"},
    ],
)
def test_what_is_too_much_is_no_message(fields: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        decode_client(msgspec.json.encode({"id": 1, **fields}))


# --- how often ---------------------------------------------------------------------------------------------------


async def test_forty_at_once_then_ten_a_second_for_each_author(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await start(ann, bob)
    await ann.ask(Permit(id=3, participant=bob.id, action=Action.CAPTION, verdict=Verdict.ALLOW))
    codes = [await code_of(ann, line(10 + n, f"word {n}", key="a")) for n in range(AT_ONCE + 1)]
    assert codes == ["Done"] * AT_ONCE + ["slow"]
    refused = await ann.ask(line(60, "again"))
    assert isinstance(refused, Failed)
    assert refused.retry_after == pytest.approx(0.1, abs=0.02)
    assert await code_of(bob, line(3, "Mine")) == "Done"
    await world.pass_time(0.15)
    assert await code_of(ann, line(61, "again")) == "Done"


def test_the_server_itself_is_not_counted_and_a_moment_has_at_most_fifty_lines() -> None:
    book = CaptionBook()
    book.turn("en", None)
    heard = Caption(participant="a", key="1", text="Hello", language="en")
    for number in range(3 * AT_ONCE):
        book.add(msgspec.structs.replace(heard, text=f"Hello {number}"), 0)
    for number in range(MOST - 1):
        book.add(msgspec.structs.replace(heard, participant=f"p{number}"), 0)
    with pytest.raises(ApiError, match="slow"):
        book.add(msgspec.structs.replace(heard, participant="late"), 0)
    told = book.take(0)
    assert told is not None
    assert [caption.text for caption in told.captions][:2] == [f"Hello {3 * AT_ONCE - 1}", "Hello"]
    assert len(told.captions) == MOST
    book.add(heard, SECOND)
    assert book.take(249 * MILLISECOND) is None
    assert book.take(SECOND) is not None


def test_what_was_not_told_yet_is_not_told_once_they_are_off() -> None:
    book = CaptionBook()
    book.turn("en", None)
    book.add(Caption(participant="a", key="1", text="Hello", language="en"), 0)
    assert book.turn(None, None)
    assert book.deadline is None
    assert not book.turn(None, None)


# --- what else knows of it ---------------------------------------------------------------------------------------


async def test_an_encrypted_room_is_plain_while_they_are_on(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann", e2ee=True)
    ann = await world.join(room.token)
    bob = await world.join(await world.enter(room, "Bob"))
    await ann.ask(SetCaptions(id=1, language="en"))
    await world.pass_time(0.6)
    state = bob.pushes(RoomState)[-1]
    assert (state.e2ee, state.plain) == (True, ["captions"])
    await ann.ask(SetCaptions(id=2))
    await world.pass_time(0.6)
    assert bob.pushes(RoomState)[-1].plain == []


async def test_the_hosts_read_who_started_and_stopped_them(world: World, mock_clock: MockClock) -> None:
    [ann] = await world.people("Ann")
    for number, language in enumerate(("en", "en", "es", None, None)):
        await ann.ask(SetCaptions(id=10 + number, language=language))
    await world.opened().pending.put(lambda connection: None).wait()
    page = await ann.ask(Audit(id=20))
    assert isinstance(page, AuditPage)
    noted = [(entry.actor, entry.detail) for entry in page.entries if entry.action == Action.CAPTION]
    assert noted == [("Ann", "off"), ("Ann", "es"), ("Ann", "en")]
