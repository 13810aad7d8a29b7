"""Secret keys as files in one folder: one key a file, the file's name is the key id.

The key with the greatest name is the active one: it seals, all others only open what they sealed. So a
rotation is one new file and old keys go by deleting their files; a running server notices both, because it
lists the folder before it seals. Names are a number and a few random letters (`0001-k3f9ta`): two processes that make the
first key at once make two good keys.
"""

import os
from pathlib import Path
from typing import Final, NamedTuple

from treble.ids import RandomBytes, random_letters

KEY_BYTES: Final = 32
MAX_KEY_ID_BYTES: Final = 64
RETIRED: Final = ".retired"  # a folder beside the keys
OTHERS: Final = 0o007  # a key that every user of the machine may read is no secret


class KeyFileError(Exception):
    """A key file is missing, of the wrong size or open to others; the text names it."""


class Key(NamedTuple):
    id: str
    secret: bytes


class Keyring:
    """The keys of one purpose. Files are read once; raises `KeyFileError` only."""

    def __init__(self, folder: Path, random: RandomBytes = os.urandom) -> None:
        self._folder = folder
        self._random = random
        self._keys: dict[str, bytes] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._refresh()
        if not self._keys:
            self.rotate()

    @property
    def active(self) -> Key:
        self._refresh()
        if not self._keys:
            raise KeyFileError(f"no key in {self._folder}")
        newest = max(self._keys)
        return Key(newest, self._keys[newest])

    def get(self, key_id: str) -> bytes | None:
        if key_id not in self._keys:
            self._refresh()
        return self._keys.get(key_id)

    def all(self) -> list[Key]:
        """Every key that is still there, newest first."""
        self._refresh()
        return [Key(name, self._keys[name]) for name in sorted(self._keys, reverse=True)]

    def rotate(self) -> Key:
        """Make a new key and seal with it from now on."""
        newest = max(self._keys, default="0000")
        number = int(newest.split("-", 1)[0]) + 1 if newest[:4].isdigit() else 1
        key = Key(f"{number:04d}-{random_letters(6, self._random)}", self._random(KEY_BYTES))
        _write_secret(self._folder / key.id, key.secret)
        self._refresh()
        return key

    def superseded_at(self, key_id: str) -> float | None:
        """Unix seconds since when a newer key seals; None for the active one."""
        newer = [key.id for key in self.all() if key.id > key_id]
        return (self._folder / min(newer)).stat().st_mtime if newer else None

    def retire(self, key_id: str) -> Path:
        """Put a key aside, where it opens nothing any more, and say where; never the active one."""
        if key_id == self.active.id:
            raise KeyFileError(f"{self._folder / key_id} is the key in use")
        aside = self._folder / RETIRED / key_id
        aside.parent.mkdir(mode=0o700, exist_ok=True)
        os.rename(self._folder / key_id, aside)
        _sync_folder(aside.parent)
        _sync_folder(self._folder)
        self._refresh()
        return aside

    def _refresh(self) -> None:
        names = {name for name in os.listdir(self._folder) if _is_key(name)}
        if names != self._keys.keys():
            self._keys = {name: self._keys.get(name) or _read_secret(self._folder / name) for name in names}


def put_key(folder: Path, key_id: str, secret: bytes) -> None:
    """A key from elsewhere; `KeyFileError` if another one has its name, or if it is none."""
    path = folder / key_id
    if not _is_key(key_id) or path.parent != folder or len(secret) != KEY_BYTES:
        raise KeyFileError(f"{key_id!r} is no key")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _write_secret(path, secret)
    elif _read_secret(path) != secret:
        raise KeyFileError(f"{path} is another key of that name")


def _is_key(name: str) -> bool:
    return not name.startswith(".") and name.isascii() and len(name) <= MAX_KEY_ID_BYTES


def _read_secret(path: Path) -> bytes:
    if path.stat().st_mode & OTHERS:
        raise KeyFileError(f"{path} may be read by others: chmod 600 {path}")
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise KeyFileError(f"{path} holds {len(secret)} bytes, a key has {KEY_BYTES}")
    return secret


def _write_secret(path: Path, secret: bytes) -> None:
    """Whole or not at all, also through a crash; nobody else may read it at any moment."""
    draft = path.with_name(f".{path.name}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:  # an administrator made it for the servers' user
        owner = path.parent.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
    os.rename(draft, path)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
