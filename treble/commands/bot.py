"""`treble bot`: a guest that plays a file into a room, as `python -m treble.client.bot` does."""

import argparse

from treble.commands.common import Commands


def add(commands: Commands) -> None:
    text = "join a room as a guest, play a file into it, greet in its chat"
    bot = commands.add_parser("bot", help=text, description=f"{text[0].upper()}{text[1:]}.")
    add_arguments(bot)
    bot.set_defaults(run=_run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("link", help="invitation, https://host/r/room#password")
    parser.add_argument("file", help="what to play: anything that FFmpeg reads")
    parser.add_argument("--name", default="Bot", help="as the others see it (default: Bot)")
    parser.add_argument("--say", default="", metavar="TEXT", help="greet so in the chat")
    parser.add_argument("--loop", action="store_true", help="begin again at the file's end")
    parser.add_argument("--watch", action="store_true", help="decode what the others send, and count it")
    codecs = ["vp8", "h264"]
    parser.add_argument("--codec", choices=codecs, default="vp8", help="of the picture sent (default: vp8)")
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--ca", metavar="FILE", help="trust this CA, such as a development server's ca.pem")
    trust.add_argument("--insecure", action="store_true", help="trust any certificate")


def _run(given: argparse.Namespace) -> int:
    from treble.client import bot

    return bot.run(given)
