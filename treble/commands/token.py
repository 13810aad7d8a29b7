"""`treble token`: admissions for programs and for people who need not knock."""

import argparse
from typing import Final

from treble.api import Role
from treble.commands.common import Commands, add_keys, load

TOKEN_ROLES: Final = (Role.HOST, Role.SPEAKER, Role.VIEWER)


def add(commands: Commands) -> None:
    command = commands.add_parser("token", help="print a token that WSS, WHIP and WHEP accept")
    add_keys(command, ("data", "database", "issuer", "retention_persistent_days"))
    command.add_argument("--room", required=True, help="id of the room; it is made if it is new")
    command.add_argument("--name", required=True, help="name that the others see")
    command.add_argument("--role", required=True, choices=[str(role) for role in TOKEN_ROLES])
    command.set_defaults(run=_token)


def _token(given: argparse.Namespace) -> None:
    config = load(given)
    from signaling.admission import create_token
    from treble.shells import retention

    token = create_token(
        config["data"],
        given.room,
        given.name,
        Role(given.role),
        database=config["database"],
        retention=retention(config),
        issuer=config["issuer"],
    )
    print(token)
