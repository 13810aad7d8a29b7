"""The `treble` command. What goes wrong is one line on stderr and status 2, never a traceback."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from treble.api import ApiError, Role
from treble.config import Config, ConfigError, describe, load_config
from treble.keys import KEYS

FAILED: Final = 2
OUR_FAULT: Final = 1
INTERRUPTED: Final = 130

SERVERS: Final = {
    "dev": "all servers in one process: the quickest way to a running Treble",
    "gateway": "the TLS port: pages, API, WebSockets, WHIP, WHEP",
    "room": "a room server: rooms, Sessions, permissions, storage",
    "media": "a media server: ICE, DTLS, SRTP, forwarding",
}
TOKEN_ROLES: Final = (Role.HOST, Role.SPEAKER, Role.VIEWER)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status."""
    given = make_parser().parse_args(arguments)
    try:
        return int(given.run(given) or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ConfigError as error:
        return _complain(error)
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        return _explain(error)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="treble", description="WebRTC conferencing and live broadcast.")
    parser.add_argument("--version", action="version", version=f"treble {version('treble')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, text in SERVERS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        _add_keys(command, KEYS)
        command.set_defaults(run=partial(_serve, name))
    command = commands.add_parser("token", help="print a token that WSS, WHIP and WHEP accept")
    _add_keys(command, ("data", "database", "issuer"))
    command.add_argument("--room", required=True, help="id of the room; it is made if it is new")
    command.add_argument("--name", required=True, help="name that the others see")
    command.add_argument("--role", required=True, choices=[str(role) for role in TOKEN_ROLES])
    command.set_defaults(run=_token)
    command = commands.add_parser("config", help="print the effective configuration and where it came from")
    _add_keys(command, KEYS)
    command.set_defaults(run=_config)
    return parser


def _add_keys(command: argparse.ArgumentParser, names: Any) -> None:
    command.add_argument("--config", metavar="FILE", help="TOML file (default: treble.toml if there is one)")
    for name in names:
        key = KEYS[name]
        text = f"{key.help} (default: {key.default})".replace("%", "%%")
        command.add_argument(key.flag, dest=f"key_{name}", metavar=name.rpartition("_")[2].upper(), help=text)


def _load(given: argparse.Namespace) -> Config:
    flags = {
        name.removeprefix("key_"): value for name, value in vars(given).items() if name.startswith("key_")
    }
    file = given.config or os.environ.get("TREBLE_CONFIG")
    return load_config(Path(file) if file else None, os.environ, flags)


def _serve(name: str, given: argparse.Namespace) -> None:
    config = _load(given)
    # Imported here: `treble config` and `treble token` need neither Trio nor the engine.
    import trio

    from treble import dev, processes
    from treble.telemetry import configure_logging

    configure_logging(config["log_level"])
    run = {
        "dev": dev.run_dev,
        "gateway": processes.run_gateway,
        "room": processes.run_room,
        "media": processes.run_media,
    }[name]
    trio.run(run, config)


def _token(given: argparse.Namespace) -> None:
    config = _load(given)
    from signaling.admission import create_token

    print(
        create_token(
            config["data"],
            given.room,
            given.name,
            Role(given.role),
            database=config["database"],
            issuer=config["issuer"],
        )
    )


def _config(given: argparse.Namespace) -> None:
    print(describe(_load(given)))


def _explain(error: BaseException) -> int:
    """One line for each thing that went wrong, known by its type; anything else is a bug and says so."""
    leaves = _leaves(error)
    if all(isinstance(leaf, KeyboardInterrupt) for leaf in leaves):
        return INTERRUPTED
    expected = tuple(_expected())
    if all(isinstance(leaf, expected) for leaf in leaves):
        return _complain(*dict.fromkeys(leaves))
    import structlog

    structlog.get_logger("treble").error("internal error", exc_info=error)
    _complain(f"internal error: {type(leaves[0]).__name__}: {leaves[0]}")
    return OUR_FAULT


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in error.exceptions for leaf in _leaves(each)]
    return [error]


def _expected() -> list[type[BaseException]]:
    """What a person who starts a server can act on."""
    from sfu.sockets import MediaSocketError
    from signaling.certificates import CertificateError
    from signaling.keyring import KeyFileError
    from signaling.listener import ListenError
    from signaling.tls import TlsError
    from treble.telemetry import MetricsError

    return [
        ApiError,
        CertificateError,
        ConfigError,
        KeyFileError,
        ListenError,
        MediaSocketError,
        MetricsError,
        OSError,
        TlsError,
    ]


def _complain(*errors: object) -> int:
    for error in errors:
        text = error.detail or error.code if isinstance(error, ApiError) else str(error)
        print(f"treble: {' '.join(text.split())}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
