"""A real TURN server: Debian's coturn."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.browser.namespace import ADDRESS
from tests.browser.processes import Process

TURNSERVER: Final = shutil.which("turnserver")
USER: Final = "treble"
CREDENTIAL: Final = "a relay's secret"
PORTS: Final = range(31_000, 31_100)  # of its relayed addresses: below those that the kernel gives away


@contextmanager
def run_coturn(folder: Path, port: int) -> Iterator[Process]:
    command = [str(TURNSERVER), "-n", "--log-file", "stdout", "--lt-cred-mech", "--realm", "treble.test"]
    command += ["--listening-ip", ADDRESS, "--listening-port", str(port), "--relay-ip", ADDRESS]
    command += ["--min-port", str(PORTS.start), "--max-port", str(PORTS.stop - 1)]
    command += ["--user", f"{USER}:{CREDENTIAL}", "--pidfile", str(folder / "coturn.pid")]
    command += ["--userdb", str(folder / "coturn.db"), "--no-cli", "--no-tls", "--no-dtls", "--no-tcp"]
    process = Process(command, folder / "coturn.log")
    try:
        yield process
    finally:
        process.kill()
