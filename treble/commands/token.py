"""`treble token`: admissions for programs and for people who need not knock.

`treble token --room R --name N --role ROLE` prints a token and nothing else; `create` says all about it.
"""

import argparse
from typing import Any, Final

from treble.admin_requests import WORKING_DAY, CreateToken, ListTokens, RevokeToken, TokenBody
from treble.api import ApiError, Role
from treble.commands.common import Commands
from treble.commands.operator import NOBODY, add_operator_flags, add_paging, ask, show, show_all, whole

TOKEN_ROLES: Final = (Role.HOST, Role.COHOST, Role.SPEAKER, Role.VIEWER)
COLUMNS: Final = ("id", "room", "name", "role", "created_at", "expires_at")
YEAR_MINUTES: Final = 366 * 24 * 60


def add(commands: Commands) -> None:
    text = "print a token that WSS, WHIP and WHEP accept; list and revoke them"
    token = commands.add_parser("token", help=text, description=f"{text[0].upper()}{text[1:]}.")
    _add_token_flags(token, required=False)
    _ready(token, _print)
    actions = token.add_subparsers(metavar="ACTION")
    create = actions.add_parser("create", help="make a token and show all about it")
    _add_token_flags(create, required=True)
    _ready(create, _create)
    listing = actions.add_parser("list", help="tokens in force, newest first")
    listing.add_argument("--room", help="only of this room")
    add_paging(listing)
    _ready(listing, _list)
    revoke = actions.add_parser("revoke", help="whoever came in by it is put out")
    revoke.add_argument("id", help="as `list` shows it")
    _ready(revoke, _revoke)


def _add_token_flags(command: argparse.ArgumentParser, *, required: bool) -> None:
    command.add_argument("--room", required=required, help="id of the room; it is made if it is new")
    command.add_argument("--name", required=required, help="name that the others see")
    command.add_argument("--role", required=required, choices=[str(role) for role in TOKEN_ROLES])
    command.add_argument(
        "--minutes",
        type=whole(1, YEAR_MINUTES),
        default=WORKING_DAY // 60,
        help=f"how long it opens the room (default: {WORKING_DAY // 60})",
    )


def _ready(command: argparse.ArgumentParser, run: Any) -> None:
    add_operator_flags(command)
    command.set_defaults(run=run)


def _request(given: argparse.Namespace) -> CreateToken:
    missing = [f"--{name}" for name in ("room", "name", "role") if getattr(given, name) is None]
    if missing:
        raise ApiError("bad.request", f"token: {', '.join(missing)} missing")
    body = TokenBody(room=given.room, name=given.name, role=Role(given.role), lifetime_s=given.minutes * 60)
    return CreateToken(by=NOBODY, body=body)


def _print(given: argparse.Namespace) -> None:
    request = _request(given)
    made = ask(given, lambda admin: admin.create_token(request))
    if given.json:
        show(given, made)
    else:
        print(made.token)


def _create(given: argparse.Namespace) -> None:
    request = _request(given)
    show(given, ask(given, lambda admin: admin.create_token(request)))


def _list(given: argparse.Namespace) -> None:
    asked = ListTokens(by=NOBODY, cursor=given.cursor, limit=given.limit, room=given.room)
    page = ask(given, lambda admin: admin.tokens(asked))
    show_all(given, page, page.tokens, COLUMNS)


def _revoke(given: argparse.Namespace) -> None:
    ask(given, lambda admin: admin.revoke_token(RevokeToken(by=NOBODY, token=given.id)))
