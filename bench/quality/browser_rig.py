"""Real browsers and the real server in this process, in a network namespace; receivers behind links.

The server is that of `treble dev`, run in this Trio loop, so that the engine's figures can be read. A receiver behind a
link is told the link's port instead of the server's (`tests/browser/behind_link.py`); everybody else goes straight to
the server.
"""

import json
import math
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from _fastpath.values import LayerStats
from bench.link.model import GOOD, Conditions
from bench.link.running import RunningLink, open_link
from bench.quality.case import Figure, Result
from sfu.peer import Peer
from sfu.server import MediaShell
from signaling.gateway import GatewayShell
from signaling.room_server import RoomShell
from tests.browser.behind_link import put_behind
from tests.browser.chromium import Chromium, Driver
from tests.browser.firefox import open_firefox
from tests.browser.namespace import ADDRESS, enter
from tests.browser.picture import write_picture
from tests.browser.server import free_port
from tests.browser.window import Late, Window, quote, wait_for
from treble.config import load_config
from treble.shells import gateway_config, media_config, room_config

PAGE = (Path(__file__).parent / "browser_page.js").read_text()
FPS = 15
LAYERS = 3
POLL_SECONDS = 0.05
JOIN_SECONDS = 40
CLOSE_SECONDS = 10
LONGEST_SECONDS = 800  # ten minutes of sound, and what is around them

_entered = False


@dataclass(frozen=True)
class Capture:
    width: int = 640
    height: int = 360

    @property
    def below_top(self) -> int:
        """Pictures of more lines are of the top layer: encoders may scale it down a little, the next has half."""
        return self.height // 2


@dataclass
class Caller:
    """A page that has joined. `link` where it is behind one."""

    name: str
    make: str
    window: Window
    id: str
    peer: Peer
    link: RunningLink | None = None
    stats: list[tuple[float, Any]] = field(default_factory=list)
    """(CLOCK_MONOTONIC in s, the engine's `EndpointStats`), twenty times a second."""
    layers: list[tuple[float, tuple[int, int]]] = field(default_factory=list)
    """(CLOCK_MONOTONIC in s, (Layer, spatial layer) of the first Slot's picture as the engine sends it)."""
    offered: list[tuple[float, float, float]] = field(default_factory=list)
    """(CLOCK_MONOTONIC in s, bit/s of the smallest layer, of the largest) that this picture's publisher sends."""

    async def look(self, expression: str) -> Any:
        return await self.window.evaluate(f"bench.{expression}")

    async def view(self, of: "Caller", width: int, height: int) -> float:
        """Show `of` in a tile of this size; returns when that was said, in s of CLOCK_MONOTONIC."""
        tile = f"{{participant: {quote(of.id)}, source: 'camera', width: {width}, height: {height}, priority: 0}}"
        at: float = await self.window.evaluate(f"(bench.room.setView([{tile}]), Date.now())")
        return monotonic(at)

    async def until(self, expression: str, seconds: float) -> Any:
        return await wait_for(self.window, expression, seconds)

    async def until_top(self, capture: Capture, seconds: float) -> None:
        """Until pictures of the top layer are shown. Raises `Late`."""
        try:
            await self.until(f"bench.frames.at(-1)?.[2] > {capture.below_top}", seconds)
        except Late as late:
            late.add_note(f"told {await self.look('slots.at(-1)')}, seen {await self.look('samples.at(-1)')}")
            raise


def monotonic(wall_ms: float) -> float:
    """The page's clock in s of CLOCK_MONOTONIC."""
    return wall_ms / 1000 - time.time() + time.monotonic()


class Rig:
    def __init__(
        self, folder: Path, driver: Driver, media: MediaShell, url: str, stack: AsyncExitStack
    ) -> None:
        self.folder = folder
        self.media = media
        self.url = url
        self.callers: list[Caller] = []
        self._driver = driver
        self._stack = stack
        self._invitation: dict[str, str] | None = None

    async def publisher(self, name: str, capture: Capture = Capture(), codec: str = "vp8") -> Caller:
        """A Chromium that sends this picture, and watches nothing. Raises `RuntimeError` where it sends another codec."""
        picture = self.folder / f"{capture.width}x{capture.height}.y4m"
        if not picture.exists():
            write_picture(picture, capture.width, capture.height, FPS)
        window = await self._chromium(name, f"--use-file-for-fake-video-capture={picture}")
        sends = {"width": capture.width, "height": capture.height, "frameRate": FPS}
        caller = await self._join(name, "chromium", window, None, {"capture": sends, "codec": codec})
        await caller.window.evaluate("(bench.room.setView([]), true)")
        await caller.until("bench.outbound.some((each) => each.encoded > 0)", JOIN_SECONDS)
        used = {each["codec"] for each in await caller.look("outbound") if each["encoded"]}
        if used != {codec}:
            raise RuntimeError(f"{name} sends {used} instead of {codec}")
        return caller

    async def receiver(
        self,
        name: str,
        make: str = "chromium",
        *,
        down: Conditions | None = None,
        up: Conditions = GOOD,
        seed: int = 1,
    ) -> Caller:
        """A browser that sends nothing; behind a link where `down` is given."""
        link = None
        if down is not None:
            to = (ADDRESS, self.media.port)
            link = await self._stack.enter_async_context(open_link(ADDRESS, to, down=down, up=up, seed=seed))
        if make == "firefox":
            window: Window = await self._stack.enter_async_context(open_firefox(self.folder, name))
        else:
            window = await self._chromium(name)
        return await self._join(name, make, window, link, {})

    async def _chromium(self, name: str, *flags: str) -> Chromium:
        window = await Chromium.launch(self._driver, name, *flags)
        self._stack.push_async_callback(_close, window)
        return window

    async def _join(
        self, name: str, make: str, window: Window, link: RunningLink | None, sends: dict[str, Any]
    ) -> Caller:
        await window.open(self.url)
        await window.evaluate(PAGE)
        if link is not None:
            await put_behind(window, link.port)
        wish = {"name": name, "invitation": self._invitation, "slots": 2, **sends}
        with trio.fail_after(JOIN_SECONDS):
            joined = await window.evaluate(f"bench.join({_literal(wish)})")
        self._invitation = joined["invitation"]
        peer = next(each for each in self.peers() if each.participant == joined["id"])
        caller = Caller(name, make, window, joined["id"], peer, link)
        self.callers.append(caller)
        return caller

    def peers(self) -> list[Peer]:
        worker = self.media.worker
        return [peer for room in worker.rooms.values() for peer in room.peers.values()] if worker else []

    async def watch(self) -> None:
        """Collect the engine's figures of every caller, until it is gone."""
        while True:
            for caller in self.callers:
                if caller.peer in self.peers():
                    self._note(caller)
            await trio.sleep(POLL_SECONDS)

    def _note(self, caller: Caller) -> None:
        engine, now = self.media.engine, time.monotonic()
        caller.stats.append((now, engine.endpoint_stats(caller.peer.endpoint.id)))
        slot = next(iter(caller.peer.table.slots.values()), None)
        if slot is not None and slot.video is not None:
            row = engine.row_stats(slot.video.row)
            caller.layers.append((now, (row.layer, row.spatial)))
            caller.offered.append((now, *self._offer(row.track)))

    def _offer(self, track: int) -> tuple[float, float]:
        """RTP payload of the smallest and of the largest layer, all temporal layers; 0 where nothing comes."""
        rates = [stats.rates for layer in range(LAYERS) if (stats := self._layer(track, layer)) is not None]
        spoken = [each for each in rates if sum(map(sum, each))]
        if not spoken:
            return 0, 0
        return sum(spoken[0][0]), max(sum(map(sum, each)) for each in spoken)

    def _layer(self, track: int, layer: int) -> LayerStats | None:
        return self.media.engine.layer_stats(track, layer) if track >= 0 else None


@asynccontextmanager
async def open_rig() -> AsyncIterator[Rig]:
    """Everything that was opened in it is closed at its end."""
    _enter_once()
    with tempfile.TemporaryDirectory(prefix="treble-quality-") as folder, Driver() as driver:
        async with trio.open_nursery() as nursery:
            media, url = await _serve(Path(folder), nursery)
            async with AsyncExitStack() as stack:
                rig = Rig(Path(folder), driver, media, url, stack)
                nursery.start_soon(rig.watch)
                yield rig
            nursery.cancel_scope.cancel()


async def _close(window: Window) -> None:
    with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_SECONDS):
        await window.close()


def _enter_once() -> None:
    global _entered
    if not _entered:
        enter()
        _entered = True


async def _serve(folder: Path, nursery: trio.Nursery) -> tuple[MediaShell, str]:
    flags = {
        "host": ADDRESS,
        "port": str(free_port()),
        "media_port": str(free_port()),
        "data": str(folder / "data"),
        "room_defaults": "open",
    }
    config = load_config(None, {}, flags)
    rooms = RoomShell(room_config(config))
    media = MediaShell(media_config(config), rooms)
    gateway = GatewayShell(gateway_config(config), rooms, rooms.accounts, rooms.admin)
    rooms.media, rooms.gateway = media, gateway
    for run in (rooms.run, media.run, gateway.run):
        await nursery.start(run)
    return media, f"https://{ADDRESS}:{gateway.port}"


def _literal(values: dict[str, Any]) -> str:
    """A JavaScript object; None is undefined, so that defaults hold."""
    return json.dumps({name: value for name, value in values.items() if value is not None})


def _reasons(error: BaseException) -> list[str]:
    """What really happened, without the groups around it."""
    if isinstance(error, BaseExceptionGroup):
        return [reason for each in error.exceptions for reason in _reasons(each)]
    notes = getattr(error, "__notes__", [])
    return ["; ".join([f"{type(error).__name__}: {str(error).strip()}", *notes])]


def bounded(name: str, run: Callable[[], Awaitable[Result]]) -> Result:
    """Run it; a browser that does not start, join or answer in time makes a short figure and not a traceback."""

    async def within() -> Result:
        with trio.fail_after(LONGEST_SECONDS):
            return await run()

    began = time.monotonic()
    try:
        result = trio.run(within)
    except Exception as error:
        result = Result(name, [Figure("the run came to its end", math.nan, "", 1)], {}, _reasons(error))
    result.remarks.append(
        f"{time.monotonic() - began:.0f} s; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return result
