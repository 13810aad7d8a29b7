"""The real server: `treble dev` as a subprocess in the namespace, with a data folder of its own."""

import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from tests.browser.namespace import ADDRESS
from tests.browser.processes import Process

TREBLE = str(Path(sys.executable).with_name("treble"))
START_SECONDS = 60
STOP_SECONDS = 30
_PORTS = iter(range(20_000, 32_768))


class Server:
    """A running `treble dev`; `url` is what it printed when it was ready."""

    def __init__(self, start: Callable[[], Process], url: str, data: Path, media_port: int) -> None:
        self._start = start
        self.process = start()
        self.url = url.rstrip("/")
        self.data = data
        self.media_port = media_port

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def token(self, room: str, name: str, role: str = "speaker") -> str:
        """An admission made by `treble token`; the room is made if it is new."""
        done = await trio.run_process(
            [TREBLE, "token", "--data", str(self.data), "--room", room, "--name", name, "--role", role],
            capture_stdout=True,
            cwd=self.data,
        )
        return done.stdout.decode().split()[-1]

    async def ready(self) -> None:
        line = await self.process.wait_for_line("ready https://", START_SECONDS)
        assert line.removeprefix("ready ").rstrip("/") == self.url

    async def restart(self) -> None:
        """Stop it as an operator does, and start it again on the same ports and data."""
        await self.stop()
        self.process = self._start()
        await self.ready()

    async def stop(self) -> None:
        """SIGTERM; it must end by itself, with status 0 and nothing unexpected in its log."""
        self.process.terminate()
        status = await self.process.wait(STOP_SECONDS)
        complaints = re.findall(
            r"(?im)^.*(?:traceback|unhandled|exception ignored|\bassert).*$", self.process.output
        )
        assert (status, complaints) == (0, []), self.process.output[-8000:]


@asynccontextmanager
async def run_server(
    folder: Path,
    program: Sequence[str] = (TREBLE,),
    more_environment: Mapping[str, str] = {},
    options: Sequence[str] = ("--room-defaults", "open"),
) -> AsyncIterator[Server]:
    """Start, give, stop; killed where it does not stop. `options` of `treble dev`: rooms are open unless told otherwise."""
    data = folder / "data"
    port, media_port = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TREBLE_")}
    command = [*program, "dev", "--host", ADDRESS, "--port", str(port), "--media-port", str(media_port)]
    command += ["--data", str(data), *options]

    def start() -> Process:
        return Process(
            command,
            folder / "server.log",
            env={**environment, **more_environment, "PYTHONUNBUFFERED": "1"},
            cwd=str(folder),
        )

    server = Server(start, f"https://{ADDRESS}:{port}", data, media_port)
    try:
        await server.ready()
        yield server
        with trio.CancelScope(shield=True):
            await server.stop()
    finally:
        server.process.kill()


def free_port() -> int:
    """Nobody else lives in the namespace, and the kernel gives connections higher ports: it stays free until it is used.

    Free for TCP and UDP, since media has both on one number.
    """
    return next(port for port in _PORTS if _is_free(port))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                return False
    return True
