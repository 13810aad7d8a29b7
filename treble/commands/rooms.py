"""`treble room ACTION`: rooms of a running server (`--server`) or of the data folder. Without an action `treble room` is
the room server.
"""

import argparse
from typing import Any

import msgspec
from msgspec import UNSET

from signaling.settings import Settings
from treble.admin_answers import RoomDetails
from treble.admin_api import Admin
from treble.admin_requests import (
    ChangeRoom,
    CreateRoom,
    DeleteRoom,
    EndRoom,
    ListParticipants,
    ListRooms,
    RoomBody,
    RoomChange,
    ShowRoom,
)
from treble.api import ApiError
from treble.commands.operator import NOBODY, add_operator_flags, add_paging, ask, show, show_all, whole

COLUMNS = ("id", "title", "alias", "live", "participants", "created_at", "expires_at")
PEOPLE = ("id", "name", "role", "state", "connection", "verified")


def add_to(room: argparse.ArgumentParser) -> None:
    """`room`: the room server's command."""
    actions = room.add_subparsers(metavar="ACTION", title="instead of serving, act on rooms")
    create = actions.add_parser("create", help="make a room; prints its id and password")
    create.add_argument("--id", help="a readable id (default: an unguessable one)")
    _add_changes(create)
    _ready(create, _create)
    listing = actions.add_parser("list", help="rooms, newest first")
    listing.add_argument("--live", action="store_true", help="only those that somebody is in (with --server)")
    add_paging(listing)
    _ready(listing, _list)
    for name, text, run in (
        ("show", "one room, with its password", _show),
        ("people", "who is in a room, and who was", _people),
        ("end", "end the meeting for everybody (with --server)", _end),
        ("delete", "delete a room with all that belongs to it", _delete),
    ):
        command = actions.add_parser(name, help=text)
        command.add_argument("room", help="id or friendly link")
        _ready(command, run)
    change = actions.add_parser("set", help="change a room")
    change.add_argument("room", help="id or friendly link")
    _add_changes(change)
    change.add_argument("--new-password", action="store_true", help="make a new password")
    change.add_argument("--lock", action=argparse.BooleanOptionalAction, help="nobody new comes in")
    _ready(change, _set)


def _add_changes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--title")
    command.add_argument("--alias", help="friendly link: small letters, digits and -; empty for none")
    command.add_argument("--password", help="8 letters or more (default: a generated one)")
    command.add_argument("--capacity", type=whole(1, 10_000), help="participants at most")
    command.add_argument(
        "--persistent", action=argparse.BooleanOptionalAction, help="kept for 30 days after use"
    )
    command.add_argument("--wait-for-host", action=argparse.BooleanOptionalAction)
    command.add_argument("--settings", metavar="JSON", help="settings as in the API; named flags come on top")


def _ready(command: argparse.ArgumentParser, run: Any) -> None:
    add_operator_flags(command)
    command.set_defaults(run=run)


def _create(given: argparse.Namespace) -> None:
    changed = _settings(given, None)
    body = RoomBody(
        id=given.id,
        title=given.title or "",
        alias=given.alias or None,
        password=given.password,
        settings=changed,
    )
    show(given, ask(given, lambda admin: admin.create_room(CreateRoom(by=NOBODY, body=body))))


def _list(given: argparse.Namespace) -> None:
    asked = ListRooms(by=NOBODY, cursor=given.cursor, limit=given.limit, live=given.live)
    page = ask(given, lambda admin: admin.rooms(asked))
    show_all(given, page, page.rooms, COLUMNS)


def _show(given: argparse.Namespace) -> None:
    show(given, ask(given, lambda admin: admin.room(ShowRoom(by=NOBODY, room=given.room))))


def _people(given: argparse.Namespace) -> None:
    asked = ListParticipants(by=NOBODY, room=given.room)
    page = ask(given, lambda admin: admin.participants(asked))
    show_all(given, page, page.participants, PEOPLE)


def _end(given: argparse.Namespace) -> None:
    show(given, ask(given, lambda admin: admin.end_room(EndRoom(by=NOBODY, room=given.room))))


def _delete(given: argparse.Namespace) -> None:
    ask(given, lambda admin: admin.delete_room(DeleteRoom(by=NOBODY, room=given.room)))


def _set(given: argparse.Namespace) -> None:
    if given.new_password and given.password:
        raise ApiError("bad.request", "--password or --new-password, not both")

    async def change(admin: Admin) -> RoomDetails:
        room = await admin.room(ShowRoom(by=NOBODY, room=given.room))
        settings = _settings(given, room.settings)
        change = RoomChange(
            title=UNSET if given.title is None else given.title,
            alias=UNSET if given.alias is None else given.alias or None,
            password=None if given.new_password else UNSET if given.password is None else given.password,
            locked=UNSET if given.lock is None else given.lock,
            settings=UNSET if settings is None else settings,
        )
        return await admin.change_room(ChangeRoom(by=NOBODY, room=room.id, body=change))

    show(given, ask(given, change))


def _settings(given: argparse.Namespace, now: Settings | None) -> Settings | None:
    """The settings with what the flags say; None: nothing is said, so they stay, or are the server's defaults."""
    changes: dict[str, Any] = {
        name: getattr(given, name)
        for name in ("capacity", "persistent", "wait_for_host")
        if getattr(given, name) is not None
    }
    if given.settings is None and not changes:
        return None
    try:
        said = msgspec.json.decode(given.settings or "{}", type=dict[str, Any])
        return msgspec.convert({**msgspec.to_builtins(now or Settings()), **said, **changes}, Settings)
    except msgspec.DecodeError as error:
        raise ApiError("bad.settings", f"--settings: {error}") from None
