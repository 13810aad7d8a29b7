"""A process that goes on making, naming and looking up rooms while keys change under it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from signaling.settings import Settings
from signaling.storage import store as store_module
from signaling.storage.rooms import RoomRecord, Rooms
from signaling.storage.store import Store
from tests.signaling.storage.writers import LATER, NOW
from treble.api import ApiError

T = TypeVar("T")

STOP = "stop"  # a file in the data folder
ROOT = Path(store_module.__file__).parents[2]
WORKER = "import sys; from tests.signaling.storage.rotation_load import work; work(*sys.argv[1:])"
RESEAL = """
import sys
from pathlib import Path
from signaling.storage import reseal
from signaling.storage.store import Store
reseal.CHUNK_ROWS = int(sys.argv[3])
print(reseal.reseal(Store.open(Path(sys.argv[1]), sys.argv[2])).unopened)
"""


def room(name: str, alias: str | None) -> RoomRecord:
    return RoomRecord(
        id=name,
        created_at=NOW,
        expires_at=LATER,
        settings=Settings(),
        title=f"first title of {name}",
        alias=alias,
    )


def work(data: str, url: str, name: str) -> None:
    """Says of each room what title is durable. `AssertionError` when a room is not found by its link."""
    store = Store.open(Path(data), url)
    rooms = Rooms(store.cipher, store.index)
    number = 0
    while not (Path(data) / STOP).exists():
        mine, contested, earlier = f"{name}{number}", f"both-{number}", f"{name}{number // 2}"
        patiently(store, lambda it: rooms.create(it, room(mine, f"link-{mine}"), "pass-word", f"d-{mine}"))  # noqa: B023
        print(mine, f"first title of {mine}", sep="\t", flush=True)
        title = f"title {number} of {earlier}"
        patiently(store, lambda it: rooms.set_settings(it, earlier, Settings(), title))  # noqa: B023
        print(earlier, title, sep="\t", flush=True)
        try:  # the other process wants it too
            second = f"{mine}-second"
            patiently(store, lambda it: rooms.create(it, room(second, contested), "pass-word", f"d-{second}"))  # noqa: B023
            print(second, f"first title of {second}", sep="\t", flush=True)
        except ApiError as error:
            if error.code != "alias.taken":
                raise
        for wanted in (mine, earlier):
            found = store.read(lambda it: rooms.look_up(it, f"link-{wanted}", NOW))  # noqa: B023
            assert found is not None, wanted
            assert found.id == wanted
        number += 1


def patiently(store: Store, write: Callable[..., T]) -> T:
    while True:
        try:
            return store.write(write)
        except ApiError as error:
            if error.code != "busy":
                raise


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
