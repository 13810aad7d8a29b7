"""WHIP and WHEP clients of other makes, as processes that print JSON lines (see `aiortc_client.py`)."""

import json
import sys
from pathlib import Path
from typing import Any

import trio

from tests.browser.patience import patient
from tests.browser.processes import POLL_SECONDS, Process, ProcessFailed

FOLDER = Path(__file__).parent
COMMANDS = {
    "aiortc": [sys.executable, str(FOLDER / "aiortc_client.py")],
    "gstreamer": ["/usr/bin/python3", str(FOLDER / "gstreamer_client.py")],
}


class Client:
    """`make` is `aiortc` or `gstreamer`, `verb` is `publish` or `play`."""

    def __init__(self, make: str, verb: str, url: str, token: str, folder: Path) -> None:
        self.process = Process([*COMMANDS[make], verb, url, token], folder / f"{make}-{verb}.log")

    @property
    def said(self) -> dict[str, Any]:
        """The newest value of every field."""
        fields: dict[str, Any] = {}
        for line in self.process.output.splitlines():
            if line.startswith("{") and line.endswith("}"):
                fields.update(json.loads(line))
        return fields

    async def wait_until(self, seconds: float, **least: int | str) -> dict[str, Any]:
        """Wait until every named field has that text, or at least that number; raises `ProcessFailed`."""
        with trio.move_on_after(patient(seconds)):
            while self.process.running:
                said = self.said
                if all(_reached(said.get(name), value) for name, value in least.items()):
                    return said
                await trio.sleep(POLL_SECONDS)
        raise ProcessFailed(f"{least} not reached:\n{self.process.output[-4000:]}")

    async def stop(self) -> None:
        """It deletes its resource and ends."""
        self.process.terminate()
        status = await self.process.wait(patient(10))
        assert (status, self.said.get("deleted")) == (0, 200), self.process.output[-4000:]


def _reached(value: Any, least: int | str) -> bool:
    return value == least if isinstance(least, str) else int(value or 0) >= least
