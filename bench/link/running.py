"""A relay in a process of its own, for tests and cases: started, changed and read from Trio."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from bench.link.model import GOOD, Conditions
from bench.link.record import Interval
from bench.link.text import conditions_text

ROOT = Path(__file__).parents[2]
START_SECONDS = 10
ANSWER_SECONDS = 5
INTERVAL_SECONDS = 0.2


class LinkFailed(Exception):
    """The relay did not start, did not answer, or has ended; the text is what it said."""


class RunningLink:
    """`intervals` grows while it runs; its times are those of `time.monotonic()` in any process."""

    def __init__(self, process: trio.Process) -> None:
        self.port = 0
        self.intervals: list[Interval] = []
        self._process = process
        self._said, self._heard = trio.open_memory_channel[dict[str, Any]](16)

    async def change(self, *, down: Conditions | None = None, up: Conditions | None = None) -> float:
        """From now on; returns when it happened, in s of CLOCK_MONOTONIC. Raises `LinkFailed`."""
        at = 0.0
        for way, conditions in (("down", down), ("up", up)):
            if conditions is not None:
                assert self._process.stdin is not None
                await self._process.stdin.send_all(f"{way} {conditions_text(conditions)}\n".encode())
                at = (await self._answer(ANSWER_SECONDS))["at"]
        return at

    def of(self, way: str, since: float = 0.0, until: float = float("inf")) -> list[Interval]:
        """The intervals of one direction that lie in this time."""
        return [
            each
            for each in self.intervals
            if each.way == way and each.at - each.seconds >= since and each.at <= until
        ]

    async def _answer(self, seconds: float) -> dict[str, Any]:
        with trio.move_on_after(seconds):
            try:
                return await self._heard.receive()
            except trio.EndOfChannel:
                pass
        raise LinkFailed(f"the relay said nothing; status {self._process.poll()}")

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        rest = b""
        with self._said:
            async for data in self._process.stdout:
                *lines, rest = (rest + data).split(b"\n")
                for message in map(json.loads, lines):
                    if "way" in message:
                        self.intervals.append(Interval(**message))
                    else:
                        self._said.send_nowait(message)


@asynccontextmanager
async def open_link(
    address: str,
    to: tuple[str, int],
    *,
    down: Conditions = GOOD,
    up: Conditions = GOOD,
    seed: int = 1,
    interval: float = INTERVAL_SECONDS,
) -> AsyncIterator[RunningLink]:
    """Start a relay on a free port of `address`; ended at the end. Raises `LinkFailed`."""
    command = [sys.executable, "-m", "bench.link", "--json", "--seed", str(seed), "--interval", str(interval)]
    command += ["--listen", f"[{address}]:0", "--to", f"[{to[0]}]:{to[1]}"]
    command += ["--down", conditions_text(down), "--up", conditions_text(up)]
    process = await trio.lowlevel.open_process(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    link = RunningLink(process)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link._listen)
            link.port = (await link._answer(START_SECONDS))["listening"][1]
            yield link
            nursery.cancel_scope.cancel()
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
