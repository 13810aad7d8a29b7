"""Random schedules of reconnects, restarts and lost, late and repeated calls: on every client the chat arrives exactly once
and in order. `TREBLE_LONG=1` plays a thousand."""

import os
import random
from collections import Counter
from pathlib import Path

import pytest
import trio
import trio.testing
from trio._core import _run as trio_run

from signaling.chat_messages import Chat, Edit, Erase, React, Said, Say
from signaling.messages import decode_server
from tests.signaling.chat_world import Phone, Template, World, play
from treble.api import ChatItem, ChatSince

PEOPLE = 4
STEPS = 30
SEEDS = 1000 if os.environ.get("TREBLE_LONG") else 60
CHUNKS = 10

STEP_WEIGHTS = {
    "say": 10,
    "whisper": 4,
    "change": 3,
    "again": 3,
    "cut": 4,
    "come back": 6,
    "come anew": 2,
    "freeze": 1,
    "thaw": 2,
    "gateway restarts": 1,
    "room server restarts": 1,
    "settle": 4,
    "time passes": 2,
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return trio.run(Template.make, tmp_path_factory.mktemp("template"), PEOPLE)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_chat_arrives_exactly_once_and_in_order(chunk: int, template: Template, tmp_path: Path) -> None:
    for seed in range(chunk, SEEDS, CHUNKS):
        trio_run._r.seed(seed)
        try:
            trio.run(play, template, seed, tmp_path / str(seed), schedule, clock=trio.testing.MockClock())
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise


async def schedule(world: World, choice: random.Random) -> None:
    for phone in world.phones[1:]:
        phone.connect()
    await world.settle()
    world.line.weather = choice.choice((0.0, 0.3, 0.8))
    for _ in range(STEPS):
        await step(world, choice.choices(*zip(*STEP_WEIGHTS.items(), strict=True))[0], choice)
        for _ in range(choice.randrange(6)):
            await trio.lowlevel.checkpoint()
    await world.heal()
    await check(world)


async def step(world: World, what: str, choice: random.Random) -> None:
    phone = choice.choice(world.phones)
    match what:
        case "say":
            phone.say(Say, text=f"{phone.id[:3]} {world.id()}")
        case "whisper":
            phone.say(Say, text=f"psst {world.id()}", to=choice.choice(world.phones).id)
        case "change":
            change(phone, choice)
        case "again":
            phone.send_again()
        case "cut" if phone.socket is not None:
            phone.socket.cut()
        case "come back":
            phone.connect()
        case "come anew":
            phone.connect(resume=False)
        case "freeze" if phone.socket is not None:
            phone.socket.is_frozen = True
        case "thaw" if phone.socket is not None:
            phone.socket.thaw()
        case "gateway restarts":
            await world.restart_gateway()
        case "room server restarts":
            await world.server.crash()
            for _ in range(choice.randrange(10)):
                await trio.lowlevel.checkpoint()
            await world.server.start()
        case "settle":
            await world.settle()
        case "time passes":
            world.clock.jump(choice.choice((0.5, 2.0)))


def change(phone: Phone, choice: random.Random) -> None:
    """Edit, erase or react to something that one has got."""
    if not phone.got:
        return
    seq = choice.choice(phone.got).seq
    kind = choice.choice((Edit, Erase, React, React))
    fields = {Edit: {"text": "edited"}, React: {"emoji": choice.choice("👍🎉🍕")}}.get(kind, {})
    phone.say(kind, seq=seq, **fields)


async def check(world: World) -> None:
    room = next(iter(world.gateway.relay._rooms))
    items: list[ChatItem] = []
    while True:
        slice_ = await world.server.chat_since(ChatSince(room=room, after=len(items)))
        items += slice_.items
        if slice_.through >= slice_.head:
            break
    assert [item.seq for item in items] == list(range(1, len(items) + 1))
    for phone in world.phones:
        mine = [
            item.seq
            for item in items
            if item.seq > phone.first_seq and (item.audience is None or phone.id in item.audience)
        ]
        assert [event.seq for event in phone.got] == mine
        assert not phone.unanswered()
        check_said(phone, items)


def check_said(phone: Phone, items: list[ChatItem]) -> None:
    """What was answered with a number is there, once; what was refused is not there at all."""
    events = {item.seq: decode_server(item.message) for item in items}
    numbers = Counter(request.answer.seq for request in phone.requests if isinstance(request.answer, Said))
    assert all(count == 1 for count in numbers.values())
    for request in phone.requests:
        if isinstance(request.answer, Said):
            chat = events[request.answer.seq]
            assert isinstance(chat, Chat)
            assert chat.event.sender == phone.id
            if request.kind is Say and not chat.event.erased and chat.event.edited_at is None:
                assert chat.event.text == request.fields["text"]
    stored = sum(isinstance(each, Chat) and each.event.sender == phone.id for each in events.values())
    assert stored == len(numbers)
