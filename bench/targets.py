"""The servers that can be measured, each as `Target` of scenarios.py."""

import contextlib
import itertools
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx
import trio

from bench import rig
from bench.compare import janus
from bench.floor import bare_engine
from bench.load import sdp
from bench.load.load import Load
from bench.load.treble_client import Client
from bench.scenarios import Scenario, Session
from bench.signalling import trusting

FLOOR_PORT, TLS_PORT, MEDIA_PORT = 9000, 8443, 7882
FLOOR_KINDS = {sdp.VP8: sdp.VIDEO, sdp.VP8_RTX: sdp.RTX, sdp.OPUS: sdp.AUDIO}


class FloorSession:
    """Plain RTP to and from the forwarder of bench/floor."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address

    async def publish(self, load: Load) -> object:
        return load.plain(self._address, publish=True, receive=False)

    async def subscribe(self, load: Load) -> object:
        return load.plain(self._address, publish=False)

    async def participate(self, load: Load, others: int) -> object:
        return load.plain(self._address, publish=True)


class Floor:
    """The forwarder that does nothing; with `gso` in runs of equal size as the engine sends."""

    encrypted = False

    def __init__(self, gso: bool) -> None:
        self.name = "floor-gso" if gso else "floor"
        self._more = ["gso"] if gso else []

    @contextlib.contextmanager
    def server(self, wire: rig.Wire, scenario: Scenario, profile: str) -> Iterator[int]:
        command = [sys.executable, "-m", "bench.floor", wire.server, str(FLOOR_PORT), *self._more]
        with rig.process(wire.inside(command), "ready") as child:
            yield child.pid

    @contextlib.asynccontextmanager
    async def session(self, wire: rig.Wire, scenario: Scenario) -> AsyncIterator[Session]:
        yield FloorSession((wire.server, FLOOR_PORT))


class EngineSession:
    """Joins `bench.floor.bare_engine`: a check, and keys that both sides know."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._numbers = itertools.count()

    async def _join(self, load: Load, lines: Sequence[sdp.Line]) -> object:
        assert load.profile is not None
        number = next(self._numbers)
        ufrag, password = bare_engine.credentials(number)
        remote = sdp.Remote(ufrag, password, "", [self._address])
        for line in lines:
            codec, rtx = (sdp.VP8, sdp.VP8_RTX) if line.kind == "video" else (sdp.OPUS, 0)
            remote.lines.append(sdp.RemoteLine(line.mid, line.kind, codec=codec, rtx=rtx))
        remote.lines.append(sdp.RemoteLine("kinds", extensions=sdp.EXTENSION_IDS, kinds=FLOOR_KINDS))
        keys = bare_engine.material(number, load.profile)
        return await load.keyed(remote, keys, lines)

    async def publish(self, load: Load) -> object:
        return await self._join(load, load.source_lines())

    async def subscribe(self, load: Load) -> object:
        return await self._join(load, ())

    async def participate(self, load: Load, others: int) -> object:
        return await self._join(load, load.source_lines())


class BareEngine:
    """The engine without its control plane."""

    name = "engine"
    encrypted = True

    @contextlib.contextmanager
    def server(self, wire: rig.Wire, scenario: Scenario, profile: str) -> Iterator[int]:
        shape = "meeting" if scenario.meeting else "fanout"
        kinds = ",".join(scenario.media.kinds)
        command = [sys.executable, "-m", "bench.floor.bare_engine", wire.server, str(FLOOR_PORT)]
        command += [str(scenario.participants), shape, kinds, profile]
        with rig.process(wire.inside(command), "ready") as child:
            yield child.pid

    @contextlib.asynccontextmanager
    async def session(self, wire: rig.Wire, scenario: Scenario) -> AsyncIterator[Session]:
        yield EngineSession((wire.server, FLOOR_PORT))


class Janus:
    """Debian's Janus."""

    name = "janus"
    encrypted = True

    @contextlib.contextmanager
    def server(self, wire: rig.Wire, scenario: Scenario, profile: str) -> Iterator[int]:
        with janus.server(wire) as pid:
            yield pid

    @contextlib.asynccontextmanager
    async def session(self, wire: rig.Wire, scenario: Scenario) -> AsyncIterator[Session]:
        async with janus.session(wire, scenario.media.video_bps) as session:
            yield session


class Treble:
    """`treble dev` as `make run` starts it, with a data folder of its own."""

    name = "treble"
    encrypted = True

    def __init__(self) -> None:
        self._data = Path()

    @contextlib.contextmanager
    def server(self, wire: rig.Wire, scenario: Scenario, profile: str) -> Iterator[int]:
        with tempfile.TemporaryDirectory() as folder:
            self._data = Path(folder)
            command = [str(Path(sys.executable).parent / "treble"), "dev", "--data", folder]
            command += ["--host", wire.server, "--port", str(TLS_PORT), "--media-port", str(MEDIA_PORT)]
            command += [
                "--max-participants",
                "1000",
                "--requests-per-minute",
                "100000",
                "--room-defaults",
                "open",
            ]
            with rig.process(wire.inside(command), "ready https://") as child:
                yield child.pid

    @contextlib.asynccontextmanager
    async def session(self, wire: rig.Wire, scenario: Scenario) -> AsyncIterator[Session]:
        async with (
            httpx.AsyncClient(verify=trusting(), timeout=15.0) as http,
            trio.open_nursery() as nursery,
        ):
            yield Client(wire.server, TLS_PORT, self._data, nursery, http)
            nursery.cancel_scope.cancel()
