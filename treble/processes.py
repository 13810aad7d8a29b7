"""A server as a process: started, told ready in one line, ended by a signal; and the three apart, over gRPC.

Between processes everything goes over mutual TLS with certificates of the data folder's authority, made anew
in memory at each start. A caller must carry the name of the server that may call: only room servers push to
gateways, only gateways and media servers call room servers.
"""

import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import trio

from sfu.server import MediaShell
from signaling.accounts.public_url import public_url
from signaling.certificates import INTERNAL_DOMAIN, Authority, load_or_create
from signaling.gateway import GatewayShell
from signaling.room_server import RoomShell
from treble import rpc
from treble.account_api import Accounts
from treble.admin_api import Admin
from treble.api import Gateway, MediaEvents, MediaServer, RoomServer
from treble.config import Config
from treble.shells import gateway_config, media_config, room_config
from treble.telemetry import Counts, CountsCollector, serve_metrics

Say = Callable[[str], Any]
Shell = Callable[..., Awaitable[None]]


def say_on_stdout(line: str) -> None:
    print(line, flush=True, file=sys.stdout)


async def until_signal(
    shells: list[Shell], ready: Callable[[], list[str]], hang_up: Callable[[], Any], say: Say
) -> None:
    """Start `shells` one after the other, say what `ready` gives, end with SIGINT or SIGTERM; SIGHUP calls
    `hang_up`. Raises what a shell raises, before it has started or later.
    """
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async with trio.open_nursery() as nursery:
            for shell in shells:
                await nursery.start(shell)
            for line in ready():
                say(line)
            async for number in signals:
                if number != signal.SIGHUP:
                    break
                hang_up()
            nursery.cancel_scope.cancel()


def gateway_lines(gateway: GatewayShell) -> list[str]:
    """How to trust the development authority, if it is used; then the one line that says that we accept."""
    return [*trust_lines(gateway.authority_path), f"ready {public_url(gateway.config.host, gateway.port)}"]


def trust_lines(authority: str | None) -> list[str]:
    if authority is None:
        return []
    return [
        f"The certificate is from this data folder's own authority: {authority}",
        "Browsers warn until you trust that file. Chromium: Settings > Privacy and security > Security > Manage",
        "certificates. Firefox: Settings > Privacy & Security > View Certificates > Authorities > Import.",
        f"curl: --cacert {authority}   Python and others: SSL_CERT_FILE={authority}",
    ]


async def metrics(
    config: Config, counts: Mapping[str, Counts], *, task_status: trio.TaskStatus[None]
) -> None:
    """A shell that serves the counters of these servers where the configuration asks for it."""
    stop = None
    if config["metrics_port"]:
        collectors = [CountsCollector(server, count) for server, count in counts.items()]
        stop = serve_metrics(config["metrics_port"], collectors)
    task_status.started()
    try:
        await trio.sleep_forever()
    finally:
        if stop is not None:
            stop()


def engine_counts(media: MediaShell) -> list[tuple[str, str, int]]:
    return [(name, "", value) for name, value in media.engine.counters().items()]


# --- the three apart ----------------------------------------------------------------------------------------


async def run_gateway(config: Config, say: Say = say_on_stdout) -> None:
    authority = load_or_create(config["data"])
    rooms = rpc.client(RoomServer, config["room_address"], _credentials(authority, "gateway", "room"))  # type: ignore[type-abstract]
    accounts = rpc.client(Accounts, config["room_address"], _credentials(authority, "gateway", "room"))  # type: ignore[type-abstract]
    admin = rpc.client(Admin, config["room_address"], _credentials(authority, "gateway", "room"))  # type: ignore[type-abstract]
    gateway = GatewayShell(gateway_config(config, config["gateway_address"]), rooms, accounts, admin)
    calls = _calls(authority, "gateway", {Gateway: gateway}, config["gateway_address"], {Gateway: ["room"]})
    shells: list[Shell] = [calls, gateway.run, partial(metrics, config, {"gateway": gateway.counters.items})]
    try:
        await until_signal(shells, partial(gateway_lines, gateway), gateway.reload_certificate, say)
    finally:
        for client in (rooms, accounts, admin):
            rpc.close(client)


async def run_room(config: Config, say: Say = say_on_stdout) -> None:
    authority = load_or_create(config["data"])
    media = rpc.client(MediaServer, config["media_address"], _credentials(authority, "room", "media"))  # type: ignore[type-abstract]
    gateway = rpc.client(Gateway, config["gateway_address"], _credentials(authority, "room", "gateway"))  # type: ignore[type-abstract]
    rooms = RoomShell(room_config(config), media, gateway)
    callers = {
        RoomServer: ["gateway"],
        Accounts: ["gateway"],
        Admin: ["gateway"],
        MediaEvents: ["media"],
    }
    served: dict[Any, object] = {
        RoomServer: rooms,
        Accounts: rooms.accounts,
        Admin: rooms.admin,
        MediaEvents: rooms,
    }
    calls = _calls(authority, "room", served, config["room_address"], callers)
    shells: list[Shell] = [rooms.run, calls, partial(metrics, config, {"room": rooms.counters.items})]
    try:
        await until_signal(shells, lambda: [f"ready {config['room_address']}"], _nothing, say)
    finally:
        rpc.close(media)
        rpc.close(gateway)


async def run_media(config: Config, say: Say = say_on_stdout) -> None:
    authority = load_or_create(config["data"])
    events = rpc.client(MediaEvents, config["room_address"], _credentials(authority, "media", "room"))  # type: ignore[type-abstract]
    media = MediaShell(media_config(config), events)
    calls = _calls(authority, "media", {MediaServer: media}, config["media_address"], {MediaServer: ["room"]})
    shells: list[Shell] = [
        media.run,
        calls,
        partial(metrics, config, {"media": partial(engine_counts, media)}),
    ]
    try:
        await until_signal(shells, lambda: [f"ready {config['media_address']}"], _nothing, say)
    finally:
        rpc.close(events)


def _calls(
    authority: Authority,
    kind: str,
    implementations: Mapping[type, object],
    address: str,
    callers: Mapping[Any, list[str]],
) -> Shell:
    names = {protocol: [f"{each}.{INTERNAL_DOMAIN}" for each in kinds] for protocol, kinds in callers.items()}
    return partial(rpc.serve, implementations, address, _credentials(authority, kind), callers=names)


def _credentials(authority: Authority, kind: str, server: str | None = None) -> rpc.Credentials:
    """`kind`: who we are; `server`: whom we call."""
    issued = authority.issue_internal(kind)
    name = server and f"{server}.{INTERNAL_DOMAIN}"
    return rpc.Credentials(authority.pem, issued.certificate, issued.key, name)


def _nothing() -> None:
    """What SIGHUP does where there is nothing to reload."""
