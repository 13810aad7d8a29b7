import os
import stat
from pathlib import Path

import pytest

from signaling.keyring import KEY_BYTES, KeyFileError, Keyring


def test_the_first_use_makes_a_key_that_only_the_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "keys" / "token"
    key = Keyring(folder).active
    assert len(key.secret) == KEY_BYTES
    assert stat.S_IMODE((folder / key.id).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Keyring(folder).active == key


def test_two_processes_that_begin_at_once_read_each_others_keys(tmp_path: Path) -> None:
    first, second = Keyring(tmp_path / "k"), Keyring(tmp_path / "k")
    made = second.rotate()
    assert first.get(made.id) == made.secret
    assert first.active == made


def test_a_rotation_goes_on_counting(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "k")
    names = [ring.active.id] + [ring.rotate().id for _ in range(11)]
    assert names == sorted(names)
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, 13)]


def test_a_deleted_key_opens_nothing_any_more(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "k")
    old, _new = ring.active, ring.rotate()
    os.unlink(tmp_path / "k" / old.id)
    assert ring.active.id != old.id
    assert ring.get(old.id) is None


def test_an_open_or_damaged_key_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "k"
    path = folder / Keyring(folder).active.id
    path.chmod(0o604)
    with pytest.raises(KeyFileError, match=path.name):
        Keyring(folder)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(KeyFileError, match="5 bytes"):
        Keyring(folder)


def test_a_half_written_key_is_not_seen(tmp_path: Path) -> None:
    folder = tmp_path / "k"
    ring = Keyring(folder)
    (folder / ".0002-abcdef").write_bytes(b"half")
    assert Keyring(folder).active == ring.active
