"""`treble keys`: rotating the secret keys of a data folder while the servers go on."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from treble.commands.common import Commands, add_keys, load

if TYPE_CHECKING:
    from signaling.keyring import Key, Keyring

PURPOSES: Final = ("data", "token")
PRUNE_HOURS: Final = 24  # longer than any token lives, and than any transaction may take
NOT_DONE: Final = 3


def add(commands: Commands) -> None:
    text = "secret keys of the data folder: what seals personal columns (data), what seals tokens (token)"
    keys = commands.add_parser("keys", help=text, description=text[0].upper() + text[1:] + ".")
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the keys, the newest first")
    add_keys(listing, ("data",))
    listing.set_defaults(run=_list)
    rotate = actions.add_parser("rotate", help="make a new key; servers seal with it from now on")
    rotate.add_argument("purpose", choices=PURPOSES)
    add_keys(rotate, ("data",))
    rotate.set_defaults(run=_rotate)
    reseal = actions.add_parser("reseal", help="seal everything in the database with the newest data key")
    add_keys(reseal, ("data", "database"))
    reseal.set_defaults(run=_reseal)
    prune = actions.add_parser("prune", help="put aside keys that nothing needs any more")
    add_keys(prune, ("data", "database"))
    prune.add_argument(
        "--hours",
        type=float,
        default=PRUNE_HOURS,
        help=f"leave keys that were in use within so many hours (default: {PRUNE_HOURS})",
    )
    prune.set_defaults(run=_prune)


def _rings(data: Path) -> "dict[str, Keyring]":
    from signaling.keyring import Keyring
    from signaling.storage.store import DATA_KEYS, TOKEN_KEYS

    return {"data": Keyring(data / DATA_KEYS), "token": Keyring(data / TOKEN_KEYS)}


def _list(given: argparse.Namespace) -> None:
    for purpose, ring in _rings(load(given)["data"]).items():
        for key in ring.all():
            superseded = ring.superseded_at(key.id)
            state = "in use" if superseded is None else f"opens only, since {_utc(superseded)}"
            print(f"{purpose:5}  {key.id}  {state}")


def _rotate(given: argparse.Namespace) -> None:
    key = _rings(load(given)["data"])[given.purpose].rotate()
    print(f"{given.purpose} key {key.id} is in use")
    if given.purpose == "data":
        print("run `treble keys reseal` to seal with it what is stored already")


def _reseal(given: argparse.Namespace) -> int:
    config = load(given)
    from signaling.storage.reseal import reseal
    from signaling.storage.store import Store

    store = Store.open(config["data"], config["database"])
    try:
        done = reseal(store)
    finally:
        store.close()
    print(f"{done.changed} rows sealed anew")
    for table, rows in done.unopened.items():
        print(f"{table}: {rows} rows do not open with any key that is there; they are as they were")
    return NOT_DONE if done.unopened else 0


def _prune(given: argparse.Namespace) -> int:
    config = load(given)
    from signaling.storage.reseal import is_used
    from signaling.storage.store import Store

    rings = _rings(config["data"])
    unneeded = {purpose: _superseded(ring, given.hours) for purpose, ring in rings.items()}
    store = Store.open(config["data"], config["database"])
    try:
        if unneeded["data"] and not is_used(store, rings["data"].active.id):
            print(
                "nothing here is sealed with the key in use: run `treble keys reseal`, with the right --database"
            )
            return NOT_DONE
        needed = [key for key in unneeded["data"] if is_used(store, key.id)]
    finally:
        store.close()
    for purpose, keys in unneeded.items():
        for key in keys:
            if key not in needed:
                print(f"{purpose} key {key.id} put aside: {rings[purpose].retire(key.id)}")
    for key in needed:
        print(f"data key {key.id} is still needed: run `treble keys reseal`")
    return NOT_DONE if needed else 0


def _superseded(ring: "Keyring", hours: float) -> "list[Key]":
    """Keys that have sealed nothing for so long."""
    limit = time.time() - hours * 3600
    return [key for key in ring.all() if (since := ring.superseded_at(key.id)) is not None and since <= limit]


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
