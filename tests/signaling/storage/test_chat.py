"""What was said, as it is stored; the same on SQLite and PostgreSQL."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from signaling.chat_messages import SharedFile
from signaling.settings import Settings
from signaling.storage.chat import Body, ChatStore, Event
from signaling.storage.chat_files import ChatFiles, parts_of
from signaling.storage.people import People, Person, State
from signaling.storage.rooms import RoomRecord, Rooms
from signaling.storage.store import Store
from tests.signaling.storage.writers import LATER, NOW
from treble.api import FILE_PART_BYTES, Role


@pytest.fixture
def chat(store: Store) -> ChatStore:
    rooms = Rooms(store.cipher, store.index)
    for room in ("r", "other"):
        record = RoomRecord(id=room, created_at=NOW, expires_at=LATER, settings=Settings())
        store.write(lambda connection, record=record: rooms.create(connection, record, "p", f"d-{record.id}"))
    return ChatStore(store.cipher)


def said(
    chat: ChatStore,
    connection: Connection,
    text: str,
    sender: str = "ann",
    to: str | None = None,
    *,
    key: str = "",
    room: str = "r",
) -> Event:
    counter = chat.counter(connection, room)
    seq = counter.next()
    event = Event(
        id=f"{room}-{seq}",
        room=room,
        seq=seq,
        at=NOW + seq,
        kind="message",
        sender=sender,
        key=key or f"key-{seq}",
        body=Body(name=sender.title(), to_name="" if to is None else to.title(), text=text),
        recipient=to,
    )
    chat.add(connection, event)
    chat.close(connection, counter)
    return event


def writes(store: Store, *works: Callable[[Connection], object]) -> list:
    return [store.write(work) for work in works]


def test_numbers_grow_by_one_in_each_room(store: Store, chat: ChatStore) -> None:
    first, second, other = writes(
        store,
        lambda c: said(chat, c, "one"),
        lambda c: said(chat, c, "two"),
        lambda c: said(chat, c, "one", room="other"),
    )
    assert (first.seq, second.seq, other.seq) == (1, 2, 1)
    assert store.read(lambda c: chat.heads(c, ["r", "other", "nowhere"])) == {"r": 2, "other": 1}


def test_what_fails_takes_no_number(store: Store, chat: ChatStore) -> None:
    def failing(connection: Connection) -> None:
        said(chat, connection, "lost")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(failing)
    assert store.write(lambda c: said(chat, c, "kept")).seq == 1


def test_two_writers_never_get_the_same_number(store: Store, chat: ChatStore) -> None:
    def work(sender: str) -> None:
        for number in range(10):
            store.write(lambda c, key=f"{number}": said_again(chat, c, sender, key))

    threads = [threading.Thread(target=work, args=(sender,)) for sender in ("ann", "bob", "ann")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = store.read(lambda c: chat.since(c, "r", 0, 100))
    assert [event.seq for event in events] == list(range(1, 21))  # the third says what the first says
    assert len({(event.sender, event.key) for event in events}) == 20


def said_again(chat: ChatStore, connection: Connection, sender: str, key: str) -> Event:
    """As the service does it: the Room's counter is taken before the key is looked up."""
    counter = chat.counter(connection, "r")
    stored = chat.of_key(connection, "r", sender, key)
    if stored is not None:
        return stored
    event = Event(
        id=f"{sender}-{key}",
        room="r",
        seq=counter.next(),
        at=NOW,
        kind="message",
        sender=sender,
        key=key,
        body=Body(name=sender),
    )
    chat.add(connection, event)
    chat.close(connection, counter)
    return event


def test_a_page_holds_what_one_may_see(store: Store, chat: ChatStore) -> None:
    writes(
        store,
        lambda c: said(chat, c, "old"),
        lambda c: said(chat, c, "for bob", to="bob"),
        lambda c: said(chat, c, "new", "bob"),
    )

    def texts(who: str, floor: int = 0, before: int | None = None, limit: int = 10) -> list[str]:
        found = store.read(lambda c: chat.page(c, "r", who, floor, before, limit))
        return [event.body.text for event in found]

    assert texts("ann") == texts("bob") == ["new", "for bob", "old"]
    assert texts("cid") == ["new", "old"]
    assert texts("bob", floor=1) == ["new", "for bob"]
    assert texts("bob", before=3, limit=1) == ["for bob"]
    assert store.read(lambda c: [each.body.text for each in chat.messages_after(c, "r", "cid", 0, 9)]) == [
        "old",
        "new",
    ]


def test_since_gives_everything_in_order(store: Store, chat: ChatStore) -> None:
    for number in range(5):
        store.write(lambda c, number=number: said(chat, c, str(number), to="bob"))
    assert [each.seq for each in store.read(lambda c: chat.since(c, "r", 2, 2))] == [3, 4]


def test_marks_are_made_once_and_only_go_forward(store: Store, chat: ChatStore) -> None:
    store.write(lambda c: said(chat, c, "before"))
    first = store.write(lambda c: chat.enter(c, "r", "bob"))
    store.write(lambda c: said(chat, c, "after"))
    again = store.write(lambda c: chat.enter(c, "r", "bob"))
    assert first.first_seq == again.first_seq == 1
    writes(store, lambda c: chat.read(c, "r", "bob", 2), lambda c: chat.read(c, "r", "bob", 1))
    assert store.read(lambda c: chat.mark(c, "r", "bob")).read_seq == 2


def test_reactions_by_emoji_and_person(store: Store, chat: ChatStore) -> None:
    writes(
        store,
        lambda c: said(chat, c, "x"),
        lambda c: chat.react(c, "r", 1, "ann", "👍", True),
        lambda c: chat.react(c, "r", 1, "bob", "👍", True),
        lambda c: chat.react(c, "r", 1, "bob", "🎉", True),
        lambda c: chat.react(c, "r", 1, "ann", "👍", False),
    )
    assert store.read(lambda c: chat.reactions(c, "r", [1, 2])) == {1: {"👍": ["bob"], "🎉": ["bob"]}}
    assert store.write(lambda c: chat.react(c, "r", 1, "bob", "👍", True)) is False


def test_erasing_takes_text_reactions_and_files(store: Store, chat: ChatStore) -> None:
    files = ChatFiles(store.cipher)
    event = store.write(lambda c: said(chat, c, "secret"))
    file = SharedFile(file="f", name="a.txt", media_type="text/plain", size=3)
    writes(
        store,
        lambda c: files.begin(c, "r", "ann", file, NOW),
        lambda c: files.put_part(c, "f", 0, b"abc"),
        lambda c: files.attach(c, "f", 1),
        lambda c: chat.react(c, "r", 1, "bob", "👍", True),
        lambda c: chat.erase(c, event),
    )
    left = store.read(lambda c: chat.message(c, "r", 1))
    assert (left.body.text, left.body.erased, left.body.name) == ("", True, "Ann")
    assert store.read(lambda c: chat.reactions(c, "r", [1])) == {}
    assert store.read(lambda c: (files.find(c, "r", "f"), files.part(c, "f", 0))) == (None, None)


def test_files_come_back_part_by_part(store: Store, chat: ChatStore) -> None:
    files = ChatFiles(store.cipher)
    data = bytes(range(256)) * 8192  # two parts
    file = SharedFile(file="f", name="é.bin", media_type="application/octet-stream", size=len(data))
    store.write(lambda c: files.begin(c, "r", "ann", file, NOW))
    for number in (1, 0, 0):
        part = data[number * FILE_PART_BYTES : (number + 1) * FILE_PART_BYTES]
        store.write(lambda c, number=number, part=part: files.put_part(c, "f", number, part))
    assert store.read(lambda c: files.parts(c, "f")) == parts_of(len(data)) == 2
    assert b"".join(store.read(lambda c: [files.part(c, "f", n) or b"" for n in range(2)])) == data
    found = store.read(lambda c: files.find(c, "r", "f"))
    assert (found.name, found.participant, found.message) == ("é.bin", "ann", None)
    assert store.read(lambda c: files.find(c, "other", "f")) is None
    assert store.read(lambda c: files.total(c, "r")) == len(data)


def test_files_that_are_in_no_message_are_dropped(store: Store, chat: ChatStore) -> None:
    files = ChatFiles(store.cipher)
    for name, at in (("old", NOW), ("said", NOW), ("new", NOW + 10)):
        file = SharedFile(file=name, name=name, media_type="a/b", size=1)
        store.write(lambda c, file=file, at=at: files.begin(c, "r", "ann", file, at))
    store.write(lambda c: files.attach(c, "said", 1))
    assert store.write(lambda c: files.drop_unsaid(c, NOW + 5)) == 1
    assert store.read(lambda c: [files.find(c, "r", each) is None for each in ("old", "said", "new")]) == [
        True,
        False,
        False,
    ]


def test_a_deleted_account_leaves_its_words_without_its_name(store: Store, chat: ChatStore) -> None:
    people = People(store.cipher)
    for who, subject in (("ann", "s1"), ("bob", "s2")):
        person = Person(
            id=who,
            room="r",
            subject=subject,
            role=Role.SPEAKER,
            state=State.IN,
            verified=True,
            name=who.title(),
            created_at=NOW,
        )
        store.write(lambda c, person=person: people.add(c, person))
    writes(
        store,
        lambda c: said(chat, c, "mine"),
        lambda c: said(chat, c, "to ann", "bob", "ann"),
        lambda c: said(chat, c, "bob's", "bob"),
    )
    assert store.write(lambda c: chat.anonymise(c, "s1")) == 2
    bodies = [each.body for each in store.read(lambda c: chat.since(c, "r", 0, 9))]
    assert [(each.name, each.to_name, each.text) for each in bodies] == [
        ("", "", "mine"),
        ("Bob", "", "to ann"),
        ("Bob", "", "bob's"),
    ]
