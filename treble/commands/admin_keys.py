"""`treble admin-key`: who may use the operators' API. On the data folder only: no key makes another."""

import argparse
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from treble.admin_answers import AdminKeyList, AdminKeySummary, NewAdminKey
from treble.api import ApiError
from treble.commands.common import Commands, load
from treble.commands.operator import add_operator_flags, show, show_all, whole
from treble.ids import new_id, new_secret
from treble.units import SECOND

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from signaling.storage.admin_keys import AdminKey, AdminKeys

T = TypeVar("T")

COLUMNS: Final = ("id", "name", "created_at", "expires_at")
DAY_NS: Final = 24 * 3600 * SECOND


def add(commands: Commands) -> None:
    text = "keys for the operators' HTTP API; there is none until one is made"
    actions = commands.add_parser("admin-key", help=text).add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="prints the key, this once")
    create.add_argument("name", help="what audit logs call whoever uses it")
    create.add_argument(
        "--expires", metavar="DAYS", type=whole(1, 3660), help="(default: when it is revoked)"
    )
    _ready(create, _create)
    _ready(actions.add_parser("list", help="keys, oldest first"), _list)
    revoke = actions.add_parser("revoke", help="it is worth nothing from now on")
    revoke.add_argument("id", help="as `list` shows it")
    _ready(revoke, _revoke)


def _ready(command: argparse.ArgumentParser, run: Any) -> None:
    add_operator_flags(command, remote=False)
    command.set_defaults(run=run)


def _create(given: argparse.Namespace) -> None:
    from signaling.names import clean_name
    from signaling.storage.admin_keys import AdminKey

    now_ns, secret = time.time_ns(), new_secret(os.urandom)
    expires_at = None if given.expires is None else now_ns + given.expires * DAY_NS
    key = AdminKey(
        id=new_id(os.urandom), name=clean_name(given.name), created_at=now_ns, expires_at=expires_at
    )
    _write(given, lambda connection, keys: keys.add(connection, key, secret))
    seen = _seen(key)
    show(
        given,
        NewAdminKey(
            id=seen.id,
            name=seen.name,
            created_at=seen.created_at,
            expires_at=seen.expires_at,
            key=secret,
        ),
    )


def _list(given: argparse.Namespace) -> None:
    found = _write(given, lambda connection, keys: keys.all(connection))
    answer = AdminKeyList(keys=[_seen(key) for key in found])
    show_all(given, answer, answer.keys, COLUMNS)


def _revoke(given: argparse.Namespace) -> None:
    if not _write(given, lambda connection, keys: keys.delete(connection, given.id)):
        raise ApiError("not.found", f"no key has the id {given.id}")


def _write(given: argparse.Namespace, work: "Callable[[Connection, AdminKeys], T]") -> T:
    from signaling.storage.admin_keys import AdminKeys
    from signaling.storage.store import Store

    config = load(given)
    store = Store.open(config["data"], config["database"])
    try:
        keys = AdminKeys(store.cipher)
        return store.write(lambda connection: work(connection, keys))
    finally:
        store.close()


def _seen(key: "AdminKey") -> AdminKeySummary:
    return AdminKeySummary(
        id=key.id,
        name=key.name,
        created_at=key.created_at // SECOND,
        expires_at=None if key.expires_at is None else key.expires_at // SECOND,
    )
