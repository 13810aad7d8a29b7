"""All three servers in one Trio loop, joined by direct calls: what `make run` starts."""

from functools import partial

from sfu.server import MediaShell
from signaling.gateway import GatewayShell
from signaling.room_server import RoomShell
from treble.config import Config
from treble.processes import Say, Shell, gateway_lines, metrics, say_on_stdout, until_signal
from treble.shells import gateway_config, media_config, room_config


async def run_dev(config: Config, say: Say = say_on_stdout) -> None:
    """Serve until SIGINT or SIGTERM. Raises what the servers raise."""
    rooms = RoomShell(room_config(config))
    media = MediaShell(media_config(config), rooms)
    gateway = GatewayShell(gateway_config(config), rooms)
    rooms.media, rooms.gateway = media, gateway
    shells: list[Shell] = [rooms.run, media.run, gateway.run, partial(metrics, config, gateway)]
    await until_signal(shells, partial(gateway_lines, gateway), gateway.reload_certificate, say)
