"""The `treble` command. What goes wrong is one line on stderr and status 2, never a traceback."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from treble.api import ApiError
from treble.commands import (
    admin_keys,
    backup,
    bot,
    effective_config,
    keys,
    servers,
    token,
    users,
    webhooks,
)
from treble.config import ConfigError

FAILED: Final = 2
OUR_FAULT: Final = 1
INTERRUPTED: Final = 130

COMMANDS: Final = (
    servers,
    users,
    token,
    webhooks,
    admin_keys,
    keys,
    backup,
    bot,
    effective_config,
)


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
    for each in COMMANDS:
        each.add(commands)
    return parser


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
    from signaling.storage.archive import BackupError
    from signaling.tls import TlsError
    from treble.telemetry import MetricsError

    return [
        ApiError,
        BackupError,
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
