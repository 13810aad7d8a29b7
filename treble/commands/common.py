"""What all commands share: flags for configuration keys, and the configuration that they make."""

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from treble.config import Config, load_config
from treble.keys import KEYS

Commands = Any  # of argparse: what `add_subparsers` gives


def add_keys(command: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """A flag for each of these configuration keys, and one for the file."""
    command.add_argument("--config", metavar="FILE", help="TOML file (default: treble.toml if there is one)")
    for name in names:
        key = KEYS[name]
        text = f"{key.help} (default: {key.default})".replace("%", "%%")
        command.add_argument(key.flag, dest=f"key_{name}", metavar=name.rpartition("_")[2].upper(), help=text)


def load(given: argparse.Namespace) -> Config:
    """`ConfigError` for what is not allowed."""
    flags = {
        name.removeprefix("key_"): value for name, value in vars(given).items() if name.startswith("key_")
    }
    file = given.config or os.environ.get("TREBLE_CONFIG")
    return load_config(Path(file) if file else None, os.environ, flags)
