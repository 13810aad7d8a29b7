"""One file for both databases: made while servers write, restored whole or not at all."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, delete, select, text

from signaling.keyring import KeyFileError, Keyring
from signaling.storage import backup as backup_module
from signaling.storage.archive import ArchiveReader, BackupError
from signaling.storage.backup import backup
from signaling.storage.restore import restore
from signaling.storage.rooms import Rooms
from signaling.storage.schema import rooms as rooms_table
from signaling.storage.store import DATA_KEYS, Store
from signaling.storage.tables import metadata
from tests.signaling.storage.telltales import ALIAS, TELLTALES, TITLE, fill
from tests.signaling.storage.writers import NOW, acknowledged, create, ids, start_writer
from treble.cli import main


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another data folder, on another machine say."""
    return tmp_path / "other"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "all.backup"


def rows_of(store: Store) -> dict[str, list[tuple]]:
    def read(connection: Connection) -> dict[str, list[tuple]]:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }

    return store.read(read)


def test_every_row_comes_back_in_either_database(
    store: Store, tmp_path: Path, other: Path, file: Path, new_database_url: str
) -> None:
    fill(store)
    manifest = backup(store, file, tmp_path, with_keys=True)
    assert restore(file, other, new_database_url) == manifest
    restored = Store.open(other, new_database_url)
    assert rows_of(restored) == rows_of(store)
    found = restored.read(lambda it: Rooms(restored.cipher, restored.index).look_up(it, ALIAS, NOW))
    assert found is not None
    assert found.title == TITLE
    restored.close()


def test_a_backup_holds_no_key_and_nothing_in_clear(store: Store, tmp_path: Path, file: Path) -> None:
    fill(store)
    assert backup(store, file, tmp_path, with_keys=False).keys == []
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as opened:
        raw = b"".join(opened.read(name) for name in opened.namelist())
    assert b"telltale-room" in raw
    secrets = [key.secret for key in Keyring(tmp_path / DATA_KEYS).all()]
    for hidden in [*(telltale.encode() for telltale in TELLTALES), *secrets]:
        assert hidden not in raw


def test_without_its_keys_a_backup_is_refused_and_with_them_it_is_not(
    store: Store, tmp_path: Path, other: Path, file: Path
) -> None:
    fill(store)
    backup(store, file, tmp_path, with_keys=False)
    with pytest.raises(BackupError, match=r"\w+\.\w+: no key"):
        restore(file, other, None)
    left = Store.open(other)
    assert all(rows == [] for rows in rows_of(left).values())
    left.close()
    shutil.copytree(tmp_path / "keys", other / "keys", dirs_exist_ok=True)
    restore(file, other, None)


def test_a_database_with_rows_is_refused_and_left_alone(
    store: Store, tmp_path: Path, file: Path, database_url: str
) -> None:
    create(store, "a")
    backup(store, file, tmp_path, with_keys=False)
    create(store, "b")
    with pytest.raises(BackupError, match="not empty"):
        restore(file, tmp_path, database_url)
    assert ids(store) == {"a", "b"}
    store.write(lambda it: it.execute(delete(rooms_table)))
    restore(file, tmp_path, database_url)
    assert ids(store) == {"a"}


def test_somebody_elses_table_is_refused(store: Store, tmp_path: Path, file: Path, database_url: str) -> None:
    backup(store, file, tmp_path, with_keys=False)
    store.write(lambda it: it.execute(text("create table accounting (id integer)")))
    with pytest.raises(BackupError, match="accounting"):
        restore(file, tmp_path, database_url)


def test_a_backup_is_of_one_moment(
    store: Store, tmp_path: Path, other: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each room has a deadline; rooms made while the tables are read one after another are in none of them."""
    create(store, "before")
    rows = backup_module._rows

    def rows_and_a_writer(connection: Connection, table: object) -> Iterator:
        yield from rows(connection, table)
        create(store, f"during-{table}")

    monkeypatch.setattr(backup_module, "_rows", rows_and_a_writer)
    manifest = backup(store, file, tmp_path, with_keys=True)
    assert manifest.tables["rooms"].rows == manifest.tables["deadlines"].rows == 1
    restore(file, other, None)


@pytest.mark.slow
def test_a_backup_beside_a_writer_holds_all_that_was_acknowledged_before(
    store: Store, tmp_path: Path, other: Path, file: Path, database_url: str
) -> None:
    writer = start_writer(tmp_path, database_url, "w", 200)
    assert writer.stdout is not None
    before = {writer.stdout.readline().strip() for _ in range(50)}
    backup(store, file, tmp_path, with_keys=True)
    assert len(before | set(acknowledged(writer))) == 200
    restore(file, other, None)
    restored = Store.open(other)
    assert before <= ids(restored)
    restored.close()


def test_an_older_backup_gets_what_later_versions_added(tmp_path: Path, other: Path, file: Path) -> None:
    """Made by the version of the first migration, which had no titles, locks or people."""
    from signaling.storage.store import migrate

    old = Store.connect(tmp_path)
    old.write(lambda it: migrate(it, "0001"))
    tables = MetaData()
    old.read(tables.reflect)
    sealed = old.cipher.seal("pass-word", "rooms", "password", "r")
    row = {"id": "r", "password": sealed, "created_at": NOW, "expires_at": NOW + 10, "settings": "{}"}
    old.write(lambda it: it.execute(tables.tables["rooms"].insert().values(**row)))
    with pytest.MonkeyPatch.context() as patch:
        tables.remove(tables.tables["alembic_version"])
        patch.setattr(backup_module, "metadata", tables)
        patch.setattr(backup_module, "revisions", lambda: ["0001"])
        backup(old, file, tmp_path, with_keys=True)
    old.close()
    restore(file, other, None)
    restored = Store.open(other)
    found = restored.read(lambda it: Rooms(restored.cipher, restored.index).find(it, "r", NOW))
    assert found is not None
    assert (found.title, found.locked) == ("", False)
    restored.close()


def test_a_newer_backup_is_refused(store: Store, tmp_path: Path, other: Path, file: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_module, "revisions", lambda: ["9999"])
        backup(store, file, tmp_path, with_keys=True)
    with pytest.raises(BackupError, match="newer version"):
        restore(file, other, None)
    assert not (other / "treble.db").exists()


@pytest.mark.parametrize("cut", [0, 1, 100, 3000])
def test_half_a_file_is_no_backup(tmp_path: Path, other: Path, file: Path, cut: int) -> None:
    store = Store.open(tmp_path)
    fill(store)
    backup(store, file, tmp_path, with_keys=True)
    store.close()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if cut == 0 else whole[:-cut])
    with pytest.raises(BackupError, match="not a whole backup"):
        restore(file, other, None)


def test_a_changed_byte_is_noticed_and_nothing_is_restored(tmp_path: Path, other: Path, file: Path) -> None:
    store = Store.open(tmp_path)
    fill(store)
    backup(store, file, tmp_path, with_keys=True)
    store.close()
    with zipfile.ZipFile(file) as opened:
        at = opened.getinfo("rows/people.jsonl").header_offset + 80
    changed = bytearray(file.read_bytes())
    changed[at] ^= 1
    file.write_bytes(changed)
    with pytest.raises(BackupError, match="people"):
        restore(file, other, None)
    left = Store.open(other)
    assert all(rows == [] for rows in rows_of(left).values())
    left.close()


def test_another_key_of_the_same_name_is_not_overwritten(tmp_path: Path, other: Path, file: Path) -> None:
    store = Store.open(tmp_path)
    backup(store, file, tmp_path, with_keys=True)
    store.close()
    key = ArchiveReader(file).manifest.keys[0].removeprefix("keys/data/")
    Keyring(other / DATA_KEYS)
    (other / DATA_KEYS / key).write_bytes(b"y" * 32)
    (other / DATA_KEYS / key).chmod(0o600)
    with pytest.raises(KeyFileError, match="another key"):
        restore(file, other, None)
    assert (other / DATA_KEYS / key).read_bytes() == b"y" * 32


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, file = str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "file")
    store = Store.open(tmp_path / "one")
    fill(store)
    store.close()
    assert main(["backup", file, "--with-keys", "--data", one]) == 0
    assert main(["backup", file, "--data", one]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["restore", file, "--data", two]) == 0
    assert "rows of" in capsys.readouterr().out
    assert main(["restore", file, "--data", two]) == 2
    assert "not empty" in capsys.readouterr().err
