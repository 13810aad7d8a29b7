"""Processes that write rooms and say of each when it is durable."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from signaling.settings import Settings
from signaling.storage import store as store_module
from signaling.storage.rooms import RoomRecord, Rooms
from signaling.storage.store import Store
from treble.api import ApiError

NOW = 1_800_000_000 * 10**9
LATER = NOW + 24 * 3600 * 10**9

WRITER = """
import sys
from pathlib import Path
from tests.signaling.storage.writers import Store, create
store = Store.open(Path(sys.argv[1]), sys.argv[2])
for number in range(int(sys.argv[4])):
    room = f"{sys.argv[3]}{number}"
    create(store, room)
    print(room, flush=True)
"""


def record(room: str) -> RoomRecord:
    return RoomRecord(id=room, created_at=NOW, expires_at=LATER, settings=Settings())


def create(store: Store, room: str, password: str = "pass-word") -> None:
    rooms = Rooms(store.cipher, store.index)
    store.write(lambda connection: rooms.create(connection, record(room), password, f"d-{room}"))


def ids(store: Store) -> set[str]:
    return set(
        store.read(lambda connection: connection.execute(text("select id from rooms")).scalars().all())
    )


def busy(error: pytest.ExceptionInfo[ApiError]) -> bool:
    return error.value.code == "busy" and error.value.retry_after is not None


def start_writer(data: Path, url: str, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(data), url, name, str(count)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(store_module.__file__).parents[2]
    )


def acknowledged(writer: subprocess.Popen[str]) -> list[str]:
    """The rooms that it said were stored, when it has ended."""
    return rest_of(writer).split()


def rest_of(process: subprocess.Popen[str]) -> str:
    """What is left to read until it ends; `communicate(timeout)` would forget what `readline` has read ahead."""
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read()
    process.wait(60)
    return said
