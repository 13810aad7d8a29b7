"""Key rotation loses nothing: not under load, not when it is killed, not without the old key."""

import os
import signal
import threading
from pathlib import Path

import pytest
from sqlalchemy import text, update

from signaling.keyring import Keyring
from signaling.settings import Settings
from signaling.storage import reseal as reseal_module
from signaling.storage.declared import sealed_tables
from signaling.storage.reseal import Resealed, is_used, reseal
from signaling.storage.rooms import Rooms
from signaling.storage.schema import rooms as rooms_table
from signaling.storage.store import DATA_KEYS, Store
from signaling.storage.tables import metadata
from tests.signaling.storage.rotation_load import RESEAL, STOP, WORKER, room, start
from tests.signaling.storage.telltales import ALIAS, ROOM, TITLE, fill
from tests.signaling.storage.writers import NOW, rest_of
from treble.cli import main

SEEDED = 1_000


@pytest.fixture
def ring(store: Store, tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / DATA_KEYS)


def test_everything_moves_to_the_new_key_and_the_old_one_may_go(
    store: Store, ring: Keyring, tmp_path: Path, database_url: str
) -> None:
    fill(store)
    old, new = ring.active, ring.rotate()
    assert is_used(store, old.id)
    sealed_rows = sum(1 for _ in sealed_tables(metadata))
    done = reseal(store)
    assert done.changed >= sealed_rows
    assert done.unopened == {}
    assert not is_used(store, old.id)
    assert is_used(store, new.id)
    ring.retire(old.id)
    again = Store.open(tmp_path, database_url)
    found = again.read(lambda it: Rooms(again.cipher, again.index).look_up(it, ALIAS, NOW))
    assert found is not None
    assert (found.id, found.title) == (ROOM, TITLE)
    assert reseal(again) == Resealed(0, {})
    again.close()


def test_a_room_is_found_by_its_link_and_its_link_is_taken_under_either_key(
    store: Store, ring: Keyring
) -> None:
    rooms = Rooms(store.cipher, store.index)
    store.write(lambda it: rooms.create(it, room("before", "stand-up"), "p", "d1"))
    ring.rotate()
    found = store.read(lambda it: rooms.look_up(it, "stand-up", NOW))
    assert found is not None
    assert found.id == "before"
    with pytest.raises(Exception, match=r"alias\.taken"):
        store.write(lambda it: rooms.create(it, room("after", "stand-up"), "p", "d2"))


def test_a_value_without_its_key_stays_as_it_was_until_the_key_is_back(store: Store, ring: Keyring) -> None:
    fill(store)
    old = ring.active
    ring.rotate()
    aside = ring.retire(old.id)
    before = store.read(lambda it: it.execute(text("select * from rooms")).all())
    done = reseal(store)
    assert done.changed == 0
    assert done.unopened["rooms"] == 1
    assert store.read(lambda it: it.execute(text("select * from rooms")).all()) == before
    aside.rename(ring._folder / old.id)
    assert reseal(store).unopened == {}


def test_a_row_that_is_written_meanwhile_is_moved_later(
    store: Store, ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another transaction holds the row when its turn comes; what that one writes stands."""
    rooms = Rooms(store.cipher, store.index)
    for name in ("a", "b", "c"):
        store.write(lambda it, name=name: rooms.create(it, room(name, None), "p", f"d-{name}"))
    old = ring.active
    written, waiting = threading.Event(), threading.Event()
    monkeypatch.setattr(reseal_module.time, "sleep", lambda _: written.set() or waiting.wait(10))

    def hold(connection: object) -> None:
        rooms.set_settings(connection, "b", Settings(), "newer")
        ring.rotate()
        runner.start()
        assert written.wait(10)

    runner = threading.Thread(target=lambda: reseal(store))
    store.write(hold)
    waiting.set()
    runner.join(30)
    assert not runner.is_alive()
    assert not is_used(store, old.id)
    titles = [store.read(lambda it, name=name: rooms.find(it, name, NOW)).title for name in ("a", "b", "c")]
    assert titles == ["first title of a", "newer", "first title of c"]


@pytest.mark.slow
def test_rotation_under_load_loses_nothing(
    store: Store, ring: Keyring, tmp_path: Path, database_url: str
) -> None:
    """Two processes write and look up; keys change twice; the first reseal is killed in its midst."""
    rooms = Rooms(store.cipher, store.index)

    def seed(connection: object) -> None:
        for number in range(SEEDED):
            rooms.create(connection, room(f"s{number:04}", f"link-s{number:04}"), "p", f"ds-{number}")

    store.write(seed)
    first = ring.active
    workers = [start(WORKER, tmp_path, database_url, name) for name in "ab"]
    lines = [[worker.stdout.readline() for _ in range(20)] for worker in workers]

    second = ring.rotate()
    broken_off = start(RESEAL, tmp_path, database_url, 5)
    while not is_used_by(store, second.id, "s0100"):
        assert broken_off.poll() is None
    os.kill(broken_off.pid, signal.SIGKILL)
    rest_of(broken_off)
    assert is_used(store, first.id)

    ring.rotate()
    whole = start(RESEAL, tmp_path, database_url, 50)
    assert rest_of(whole) == "{}\n"
    (tmp_path / STOP).touch()
    for worker, read in zip(workers, lines, strict=True):
        read += rest_of(worker).splitlines(keepends=True)
    assert [worker.returncode for worker in workers] == [0, 0]

    assert reseal(store).unopened == {}
    for key in (first, second):
        assert not is_used(store, key.id)
        ring.retire(key.id)
    titles = {f"s{number:04}": f"first title of s{number:04}" for number in range(SEEDED)}
    for read in lines:
        titles |= dict(line.rstrip("\n").split("\t") for line in read)
    again = Store.open(tmp_path, database_url)
    look_up = Rooms(again.cipher, again.index).look_up
    contested = set()
    for name, title in titles.items():
        link = f"both-{name.strip('ab').removesuffix('-second')}" if "-second" in name else f"link-{name}"
        assert link not in contested, "two rooms have one link"
        contested.add(link)
        found = again.read(lambda it, link=link: look_up(it, link, NOW))
        assert found is not None, name
        assert (found.id, found.title) == (name, title)
    again.close()


def is_used_by(store: Store, key_id: str, room_id: str) -> bool:
    at = rooms_table.c.id == room_id
    sealed = store.read(lambda it: it.execute(rooms_table.select().where(at)).one().title)
    return key_id.encode() in sealed[:66]


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rotate, reseal, prune; nothing is put aside while it is needed, nor with a database that knows no key."""
    data = ["--data", str(tmp_path)]
    store = Store.open(tmp_path)
    fill(store)
    old = Keyring(tmp_path / DATA_KEYS).active
    assert main(["keys", "rotate", "data", *data]) == 0
    assert main(["keys", "prune", "--hours", "0", *data]) == 3
    assert "run `treble keys reseal`" in capsys.readouterr().out
    store.write(lambda it: it.execute(update(rooms_table).values(locked=True)))
    assert main(["keys", "reseal", *data]) == 0
    assert main(["keys", "prune", *data]) == 0  # too new
    assert Keyring(tmp_path / DATA_KEYS).get(old.id) is not None
    assert main(["keys", "prune", "--hours", "0", *data]) == 0
    assert f"data key {old.id} put aside" in capsys.readouterr().out
    assert Keyring(tmp_path / DATA_KEYS).get(old.id) is None
    assert main(["keys", "list", *data]) == 0
    listed = capsys.readouterr().out
    assert "in use" in listed
    assert old.id not in listed
    store.close()
