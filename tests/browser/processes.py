"""Child processes of the tests: each leads a group of its own, writes to a log file, and dies with pytest."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import trio

POLL_SECONDS = 0.02


class Process:
    """Start it from the main thread: the kernel ties its life to the thread that forks it."""

    def __init__(self, command: list[str], log: Path, **options: str | dict[str, str]) -> None:
        setpriv = shutil.which("setpriv")
        tied = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
        self.log = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                [*tied, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,  # type: ignore[call-overload]
            )
        self.pid: int = self._popen.pid

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    async def wait(self, seconds: float) -> int:
        """The exit status (negative: the signal); raises `trio.TooSlowError`."""
        with trio.fail_after(seconds):
            while self.running:  # noqa: ASYNC110  a child's end wakes nobody here
                await trio.sleep(POLL_SECONDS)
        return int(self._popen.returncode)

    async def wait_for_line(self, start: str, seconds: float) -> str:
        """The first line of output that begins with `start`; raises `ProcessFailed` if it ends or is late."""
        with trio.move_on_after(seconds):
            while True:
                running = self.running
                for line in self.output.splitlines(keepends=True):
                    if line.startswith(start) and line.endswith("\n"):
                        return line.strip()
                if not running:
                    break
                await trio.sleep(POLL_SECONDS)
        raise ProcessFailed(f"no line {start!r}, status {self._popen.poll()}:\n{self.output[-4000:]}")

    def terminate(self) -> None:
        if self.running:
            self._popen.terminate()

    def kill(self) -> None:
        """SIGKILL to the whole group; harmless when it has ended."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._popen.wait()


class ProcessFailed(Exception):
    """A child ended or hung before it was ready; carries the end of its output."""
