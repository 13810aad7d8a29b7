"""The room server's side of the chat: who may say and read what, each thing once. (`mock_clock` in each signature makes
it the run's clock.)"""

import itertools
from pathlib import Path

import msgspec
import pytest
import trio
import trio.testing
from sqlalchemy import text as sql
from trio.testing import MockClock

from signaling.actions import Action, Verdict
from signaling.chat_messages import Chat, ChatEvent, Edit, Erase, History, Page, React, Read, Said, Say
from signaling.messages import Done, Failed, Message, decode_server
from signaling.settings import Settings
from tests.signaling.world import Client, World, open_world
from treble.api import ApiError, ChatHeads, ChatItem, ChatSince, Role

_keys = (f"key-{number:020}" for number in itertools.count())
_ids = itertools.count(1000)


def key() -> str:
    return next(_keys)


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock):
    async with open_world(tmp_path, mock_clock) as opened:
        yield opened


async def ask(client: Client, kind: type[Message], **fields: object) -> Message:
    return await client.ask(kind(id=next(_ids), **fields))


async def say(client: Client, text: str, **fields: object) -> int:
    said = await ask(client, Say, key=fields.pop("key", None) or key(), text=text, **fields)
    assert isinstance(said, Said), said
    return said.seq


async def page(client: Client, **fields: object) -> Page:
    found = await ask(client, History, **fields)
    assert isinstance(found, Page), found
    return found


async def refusal(client: Client, kind: type[Message], **fields: object) -> str:
    failed = await ask(client, kind, **fields)
    assert isinstance(failed, Failed), failed
    return failed.code


async def announced(world: World) -> list[ChatItem]:
    await trio.testing.wait_all_tasks_blocked(0.01)
    return world.gateway.chat


def event(item: ChatItem) -> ChatEvent:
    push = decode_server(item.message)
    assert isinstance(push, Chat)
    return push.event


def permit(client: Client, action: Action, verdict: Verdict) -> None:
    live = client.world.shell._opened.rooms.get(client.welcome.room)
    live.machine.member(client.id).overrides[action] = verdict


async def test_what_is_said_is_numbered_and_told(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    assert await say(ann, "hello") == 1
    assert await say(bob, "hi <b>there</b>", reply=1) == 2
    items = await announced(world)
    assert [(item.room, item.seq, item.audience) for item in items] == [
        (ann.welcome.room, 1, None),
        (ann.welcome.room, 2, None),
    ]
    told = event(items[1])
    assert (told.kind, told.name, told.text, told.reply) == ("message", "Bob", "hi <b>there</b>", 1)


async def test_the_same_key_again_is_the_same_message(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    first = await ask(ann, Say, key="k" * 22, text="once")
    again = await ask(ann, Say, key="k" * 22, text="once")
    assert (first.seq, first.at) == (again.seq, again.at)
    assert await say(bob, "of another", key="k" * 22) == 2
    assert {item.seq for item in await announced(world)} == {1, 2}
    assert len((await page(ann)).events) == 2


async def test_a_stored_message_is_answered_even_if_it_is_forbidden_by_now(
    world: World, mock_clock: MockClock
) -> None:
    _, bob = await world.people("Ann", "Bob")
    first = await say(bob, "before", key="k" * 22)
    permit(bob, Action.CHAT, Verdict.DENY)
    assert await say(bob, "before", key="k" * 22) == first
    assert await refusal(bob, Say, key=key(), text="after") == "forbidden"


async def test_a_private_message_is_for_two(world: World, mock_clock: MockClock) -> None:
    ann, bob, cid = await world.people("Ann", "Bob", "Cid")
    seq = await say(bob, "psst", to=cid.id)
    [item] = await announced(world)
    assert item.audience == [bob.id, cid.id]
    assert event(item).to_name == "Cid"
    assert [each.text for each in (await page(cid)).events] == ["psst"]
    assert (await page(ann)).events == []
    for kind, more in ((React, {"emoji": "👍"}), (Erase, {}), (Edit, {"text": "x"})):
        assert await refusal(ann, kind, key=key(), seq=seq, **more) == "not.found"
    assert await refusal(ann, Say, key=key(), text="what?", reply=seq) == "not.found"
    assert await refusal(ann, Say, key=key(), text="you there?", to="nobody") == "not.found"
    reaction = await ask(cid, React, key=key(), seq=seq, emoji="👍")
    assert isinstance(reaction, Said)
    assert (await announced(world))[-1].audience == [cid.id, bob.id]


@pytest.mark.parametrize(
    ("action", "kind", "fields"),
    [
        (Action.CHAT, Say, {"text": "x"}),
        (Action.REACT, React, {"seq": 1, "emoji": "👍"}),
    ],
)
async def test_who_may_not_is_refused(
    world: World, mock_clock: MockClock, action: Action, kind: type, fields: dict
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await say(ann, "first")
    permit(bob, action, Verdict.DENY)
    assert await refusal(bob, kind, key=key(), **fields) == "forbidden"
    permit(bob, action, Verdict.ASK)
    assert await refusal(bob, kind, key=key(), **fields) == "ask"


async def test_who_may_not_whisper_may_still_talk(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    permit(bob, Action.WHISPER, Verdict.DENY)
    assert await refusal(bob, Say, key=key(), text="x", to=ann.id) == "forbidden"
    assert await say(bob, "aloud") == 1


async def test_editing_replaces_the_text(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    seq = await say(bob, "tpyo")
    assert await refusal(ann, Edit, key=key(), seq=seq, text="mine now") == "forbidden"
    edited = await ask(bob, Edit, key=key(), seq=seq, text="typo")
    told = event((await announced(world))[-1])
    assert (told.seq, told.target, told.text, told.kind) == (edited.seq, seq, "typo", "edit")
    [message] = (await page(ann)).events
    assert (message.text, message.edited_at is not None) == ("typo", True)


async def test_an_erased_message_is_gone_for_good(
    world: World, mock_clock: MockClock, tmp_path: Path
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    seq = await say(bob, "secret")
    await ask(bob, Edit, key=key(), seq=seq, text="secret too")
    await ask(ann, React, key=key(), seq=seq, emoji="👍")
    assert isinstance(await ask(ann, Erase, key=key(), seq=seq), Said)  # a host may
    [message] = (await page(bob)).events
    assert (message.text, message.erased, message.reactions) == ("", True, [])
    assert await refusal(bob, Edit, key=key(), seq=seq, text="back") == "not.found"
    told = await world.shell.chat_since(ChatSince(room=bob.welcome.room, after=0))
    assert [event(item).text for item in told.items] == ["", "", "", ""]


async def test_only_hosts_erase_what_others_said(world: World, mock_clock: MockClock) -> None:
    _, bob, cid = await world.people("Ann", "Bob", "Cid")
    seq = await say(bob, "mine")
    assert await refusal(cid, Erase, key=key(), seq=seq) == "forbidden"
    assert isinstance(await ask(bob, Erase, key=key(), seq=seq), Said)


async def test_reactions_are_counted_once_a_person(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    seq = await say(ann, "lunch?")
    for client, emoji, on in (
        (ann, "🍕", True),
        (bob, "🍕", True),
        (bob, "🍕", True),
        (bob, "🥗", True),
        (bob, "🥗", False),
    ):
        await ask(client, React, key=key(), seq=seq, emoji=emoji, on=on)
    [message] = (await page(bob)).events
    assert [(each.emoji, sorted(each.participants)) for each in message.reactions] == [
        ("🍕", sorted([ann.id, bob.id]))
    ]
    assert await refusal(bob, React, key=key(), seq=seq, emoji="no") == "bad.emoji"


async def test_there_are_twenty_different_reactions_at_most(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    seq = await say(ann, "many")
    for number in range(20):
        await world.pass_time(1)
        await ask(bob, React, key=key(), seq=seq, emoji=chr(0x1F600 + number))
    await world.pass_time(5)
    assert await refusal(bob, React, key=key(), seq=seq, emoji="🍕") == "reactions.full"
    assert isinstance(await ask(ann, React, key=key(), seq=seq, emoji="\U0001f600"), Said)


async def test_too_many_messages_are_slowed_down(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    answers = [await ask(bob, Say, key=key(), text=str(number)) for number in range(11)]
    assert [type(answer) for answer in answers] == [Said] * 10 + [Failed]
    assert (answers[-1].code, 0 < answers[-1].retry_after <= 0.5) == ("slow", True)
    assert await say(ann, "others may") == 11
    await world.pass_time(0.5)
    assert await say(bob, "again") == 12


async def test_history_needs_a_permission_for_what_was_before_one_came(
    world: World, mock_clock: MockClock
) -> None:
    settings = Settings(wait_for_host=False, policy={Role.SPEAKER: {Action.ENTER: Verdict.ALLOW}})
    room = await world.create()
    ann = await world.join(room.token)
    live = world.shell._opened.rooms.get(room.room)
    live.machine.settings = settings
    await world.shell._opened.entrance._database.write(
        lambda connection: connection.execute(
            sql("UPDATE rooms SET settings = :s"), {"s": msgspec.json.encode(settings).decode()}
        )
    )
    old = await say(ann, "before")
    token = await world.enter(room, "Bob")
    bob = await world.join(token)
    new = await say(ann, "after")
    assert [each.text for each in (await page(bob)).events] == ["after"]
    assert await refusal(bob, React, key=key(), seq=old, emoji="👍") == "not.found"
    assert await refusal(bob, Say, key=key(), text="x", reply=old) == "not.found"
    place = (await world.open(token, last_seq=0)).chat
    assert (place.after, place.floor) == (old, old)  # whatever the client claims to have
    permit(await world.join(token), Action.HISTORY, Verdict.ALLOW)
    # from the first admission on, also after coming back
    assert [each.seq for each in (await page(await world.join(token))).events] == [new]


async def test_pages_go_back_in_time(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    for number in range(7):
        await world.pass_time(1)
        await say(ann, str(number))
    last = await page(bob, limit=3)
    assert ([each.text for each in last.events], last.more) == (["4", "5", "6"], True)
    middle = await page(bob, limit=3, before=last.events[0].seq)
    assert [each.text for each in middle.events] == ["1", "2", "3"]
    first = await page(bob, limit=3, before=middle.events[0].seq)
    assert ([each.text for each in first.events], first.more) == (["0"], False)


async def test_what_one_has_read_is_kept_and_never_goes_back(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    for _ in range(3):
        await say(ann, "x")
    assert isinstance(await ask(bob, Read, seq=2), Done)
    await ask(bob, Read, seq=1)
    assert (await page(await world.join(bob.token))).read == 2
    await ask(bob, Read, seq=2**40)


async def test_the_welcome_says_where_the_chat_is(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await say(ann, "one")
    assert (await world.join(bob.token)).welcome.last_seq == 1
    opened = await world.open(bob.token, last_seq=0)
    assert (opened.chat.after, opened.chat.head, opened.chat.participant) == (0, 1, bob.id)


async def test_a_key_is_remembered_across_a_restart_of_the_room_server(
    tmp_path: Path, mock_clock: MockClock
) -> None:
    async with open_world(tmp_path, mock_clock) as world:
        _, bob = await world.people("Ann", "Bob")
        before = await ask(bob, Say, key="k" * 22, text="once")
    async with open_world(tmp_path, mock_clock) as world:
        bob = await world.join(bob.token)
        again = await ask(bob, Say, key="k" * 22, text="once")
        assert (again.seq, again.at) == (before.seq, before.at)
        assert [item.seq for item in await announced(world)] == [before.seq]  # whoever missed it has it now
        assert (await world.shell.chat_heads(ChatHeads(rooms=[bob.welcome.room]))).heads == {
            bob.welcome.room: 1
        }


async def test_no_text_stands_in_the_database_in_clear(
    world: World, mock_clock: MockClock, tmp_path: Path
) -> None:
    ann, bob = await world.people("Annabella", "Bob")
    seq = await say(ann, "a very plain secret")
    await ask(bob, React, key=key(), seq=seq, emoji="👍")
    await say(ann, "another plain one", to=bob.id)
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("treble.db*"))  # noqa: ASYNC240
    for word in (b"plain", b"Annabella", "👍".encode()):
        assert word not in raw


async def test_many_at_once_share_transactions_and_each_has_its_number(
    world: World, mock_clock: MockClock
) -> None:
    clients = await world.people(*[f"P{number}" for number in range(20)])
    numbers: list[int] = []
    database = world.shell._opened.chat._database
    writes = 0
    plain = database.write

    async def counted(work):
        nonlocal writes
        writes += 1
        return await plain(work)

    database.write = counted

    async def one(client: Client) -> None:
        numbers.append(await say(client, "x"))

    async with trio.open_nursery() as nursery:
        for client in clients:
            nursery.start_soon(one, client)
    assert sorted(numbers) == list(range(1, 21))
    assert writes < 20
    assert [item.seq for item in await announced(world)] == list(range(1, 21))


async def test_while_the_database_is_away_nothing_is_acknowledged(
    world: World, mock_clock: MockClock
) -> None:
    _, bob = await world.people("Ann", "Bob")
    database = world.shell._opened.chat._database
    plain = database.write

    async def away(work):
        raise ApiError("busy", "database is locked", 1.0)

    database.write = away
    failed = await ask(bob, Say, key="k" * 22, text="later")
    assert (failed.code, failed.retry_after) == ("busy", 1.0)
    database.write = plain
    assert await say(bob, "later", key="k" * 22) == 1


async def test_the_chat_goes_with_its_room(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    seq = await say(ann, "x")
    await ask(bob, React, key=key(), seq=seq, emoji="👍")
    database = world.shell._opened.chat._database
    tables = ("chat_rooms", "chat_events", "chat_reactions", "chat_marks")

    def left(connection) -> list[int]:
        return [connection.execute(sql(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]

    assert all(await database.read(left))
    await database.write(lambda connection: connection.execute(sql("DELETE FROM rooms")))
    assert not any(await database.read(left))
    assert await refusal(ann, Say, key=key(), text="late") == "ended"
