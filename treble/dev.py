"""All three servers in one Trio loop, joined by direct calls: what `make run` starts."""

from functools import partial

from sfu.server import MediaShell
from signaling.gateway import GatewayShell
from signaling.room_server import RoomShell
from treble.config import Config
from treble.processes import Say, Shell, engine_counts, gateway_lines, metrics, say_on_stdout, until_signal
from treble.shells import gateway_config, media_config, room_config
from treble.telemetry import Counts


async def run_dev(config: Config, say: Say = say_on_stdout) -> None:
    """Serve until SIGINT or SIGTERM. Raises what the servers raise."""
    rooms = RoomShell(room_config(config))
    media = MediaShell(media_config(config), rooms)
    gateway = GatewayShell(gateway_config(config), rooms, rooms.accounts, rooms.admin)
    rooms.media, rooms.gateway = media, gateway
    counts: dict[str, Counts] = {
        "gateway": gateway.counters.items,
        "room": rooms.counters.items,
        "media": partial(engine_counts, media),
    }
    shells: list[Shell] = [rooms.run, media.run, gateway.run, partial(metrics, config, counts)]
    await until_signal(shells, partial(gateway_lines, gateway), gateway.reload_certificate, say)
