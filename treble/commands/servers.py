"""`treble dev | gateway | room | media`: the servers."""

import argparse
from functools import partial
from typing import Final

from treble.commands import rooms
from treble.commands.common import Commands, add_keys, load
from treble.keys import KEYS

SERVERS: Final = {
    "dev": "all servers in one process: the quickest way to a running Treble",
    "gateway": "the TLS port: pages, API, WebSockets, WHIP, WHEP",
    "room": "a room server: rooms, Sessions, permissions, storage; or act on rooms: create, list, ...",
    "media": "a media server: ICE, DTLS, SRTP, forwarding",
}


def add(commands: Commands) -> None:
    for name, text in SERVERS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        add_keys(command, KEYS)
        command.set_defaults(run=partial(_serve, name))
        if name == "room":
            rooms.add_to(command)


def _serve(name: str, given: argparse.Namespace) -> None:
    config = load(given)
    # Imported here: `treble config` needs neither Trio nor the engine.
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
