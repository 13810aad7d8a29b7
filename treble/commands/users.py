"""`treble user`: accounts of a running server (`--server`) or of the data folder."""

import argparse
import getpass
from functools import partial
from typing import Any

from treble.admin_requests import (
    ChangeUser,
    CreateUser,
    DeleteUser,
    ListUsers,
    ShowUser,
    UserBody,
    UserChange,
)
from treble.commands.common import Commands
from treble.commands.operator import NOBODY, add_operator_flags, add_paging, ask, show, show_all

COLUMNS = ("id", "name", "email", "disabled", "providers", "created_at")


def add(commands: Commands) -> None:
    text = "make, list, show, disable, enable and delete accounts"
    actions = commands.add_parser("user", help=text).add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make an account; its e-mail address counts as verified")
    create.add_argument("--email", required=True)
    create.add_argument("--name", required=True)
    create.add_argument(
        "--ask-password",
        action="store_true",
        help="ask for a password (default: its owner asks for one by mail)",
    )
    _ready(create, _create)
    listing = actions.add_parser("list", help="accounts, newest first")
    listing.add_argument("--email", help="only the one with this address")
    listing.add_argument("--guests", action="store_true", help="guests too")
    add_paging(listing)
    _ready(listing, _list)
    for name, text, run in (
        ("show", "one account", _show),
        ("disable", "nobody gets in with it; whoever is in is put out", partial(_disable, True)),
        ("enable", "undo `disable`", partial(_disable, False)),
        ("delete", "delete an account; what it wrote stays, without its name", _delete),
    ):
        command = actions.add_parser(name, help=text)
        command.add_argument("user", help="its id")
        _ready(command, run)


def _ready(command: argparse.ArgumentParser, run: Any) -> None:
    add_operator_flags(command)
    command.set_defaults(run=run)


def _create(given: argparse.Namespace) -> None:
    password = getpass.getpass() if given.ask_password else None
    body = UserBody(email=given.email, name=given.name, password=password)
    show(given, ask(given, lambda admin: admin.create_user(CreateUser(by=NOBODY, body=body))))


def _list(given: argparse.Namespace) -> None:
    asked = ListUsers(
        by=NOBODY, cursor=given.cursor, limit=given.limit, email=given.email, guests=given.guests
    )
    page = ask(given, lambda admin: admin.users(asked))
    show_all(given, page, page.users, COLUMNS)


def _show(given: argparse.Namespace) -> None:
    show(given, ask(given, lambda admin: admin.user(ShowUser(by=NOBODY, user=given.user))))


def _disable(disabled: bool, given: argparse.Namespace) -> None:
    asked = ChangeUser(by=NOBODY, user=given.user, body=UserChange(disabled=disabled))
    show(given, ask(given, lambda admin: admin.change_user(asked)))


def _delete(given: argparse.Namespace) -> None:
    ask(given, lambda admin: admin.delete_user(DeleteUser(by=NOBODY, user=given.user)))
