"""`treble config`: the effective configuration."""

import argparse

from treble.commands.common import Commands, add_keys, load
from treble.config import describe
from treble.keys import KEYS


def add(commands: Commands) -> None:
    command = commands.add_parser("config", help="print the effective configuration and where it came from")
    add_keys(command, KEYS)
    command.set_defaults(run=_config)


def _config(given: argparse.Namespace) -> None:
    print(describe(load(given)))
