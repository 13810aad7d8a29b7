"""What is measured: scenarios, and one run of one scenario on one server.

A run starts the server anew on its core, joins everybody while media flows, warms up, then counts what was
meant to be sent inside one window. CPU time is the server's whole process (its CPU clock, exact) plus its
core's ksoftirqd, where receive work lands that no process is charged for.
"""

import contextlib
import statistics
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import trio

from bench import rig
from bench.load.load import Load, Media, direct_path_us

GCM, CM = "AEAD_AES_128_GCM", "AES128_CM_SHA1_80"
MAX_GENERATOR_SHARE = 0.8
MAX_LAG_US = 100
"""Latency figures are marked where the generator's own sends were later than this at p99.9."""


@dataclass(frozen=True)
class Scenario:
    """`publishers` 1: everybody else receives; else all publish and receive all others."""

    name: str
    participants: int
    media: Media
    meeting: bool = False
    seconds: float = 10.0
    warm_up: float = 1.5

    @property
    def receivers(self) -> int:
        return self.participants if self.meeting else self.participants - 1

    @property
    def streams(self) -> int:
        """RTP streams that should reach receivers."""
        sources = self.participants - 1 if self.meeting else 1
        return self.receivers * sources * len(self.media.kinds)


VIDEO = Media(video_bps=1_000_000)
CALL = Media(video_bps=500_000, audio_bps=32_000)
VOICE = Media(audio_bps=32_000)

SCENARIOS = {
    each.name: each
    for each in (
        Scenario("fanout-100", 101, VIDEO),
        Scenario("fanout-100-spread", 101, replace(VIDEO, spread=0.5)),
        Scenario("fanout-200", 201, VIDEO),
        Scenario("meeting-15", 15, CALL, meeting=True),
        Scenario("audio-30", 30, VOICE, meeting=True),
    )
}
SHORT = (
    Scenario("fanout-4", 5, VIDEO, seconds=1.5, warm_up=0.3),
    Scenario("meeting-3", 3, CALL, meeting=True, seconds=1.5, warm_up=0.3),
)


class Session(Protocol):
    """A server ready to be joined."""

    async def publish(self, load: Load) -> object: ...
    async def subscribe(self, load: Load) -> object: ...
    async def participate(self, load: Load, others: int) -> object: ...


class Target(Protocol):
    """A server that can be measured."""

    name: str
    encrypted: bool

    def server(self, wire: rig.Wire, scenario: Scenario, profile: str) -> AbstractContextManager[int]:
        """Run it; gives the pid."""

    def session(self, wire: rig.Wire, scenario: Scenario) -> AbstractAsyncContextManager[Session]: ...


@dataclass(frozen=True)
class Result:
    """Figures of one run; times in microseconds unless named otherwise, latencies less the direct path's
    median."""

    scenario: str
    target: str
    wire: str
    profile: str
    sent: int
    expected: int
    delivered: int
    duplicates: int
    recovered: int
    bad_samples: int
    cpu_s: float
    window_s: float
    latency: dict[str, int]
    latency_last: dict[str, int]
    direct: dict[str, int]
    lag: dict[str, int]
    join_ms: dict[str, float]
    pss_per_participant: float
    pss_per_track: float
    generator_share: float
    drops: dict[str, int]
    problems: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return self.delivered / self.expected if self.expected else 0.0

    @property
    def per_cpu_second(self) -> float:
        return self.delivered / self.cpu_s if self.cpu_s else 0.0

    @property
    def us_per_packet(self) -> float:
        return 1e6 * self.cpu_s / self.delivered if self.delivered else float("inf")

    @property
    def server_share(self) -> float:
        return self.cpu_s / self.window_s


@dataclass
class Meter:
    """Counters around the measuring window."""

    pid: int

    def __post_init__(self) -> None:
        self.cpu = rig.cpu_ns(self.pid)
        self.softirq = rig.softirq_threads_ns()
        self.own = time.process_time_ns()
        self.drops = self.losses()

    def losses(self) -> dict[str, int]:
        return {
            "server-rcvbuf": rig.udp_errors(self.pid),
            "generator-rcvbuf": rig.udp_errors("self"),
            "backlog": rig.backlog_drops(),
            "steal-ticks": rig.stolen_ticks(),
        }


async def join_all(session: Session, scenario: Scenario, load: Load) -> None:
    if scenario.meeting:
        for _ in range(scenario.participants):
            await session.participate(load, scenario.participants - 1)
        return
    await session.publish(load)
    for _ in range(scenario.receivers):
        await session.subscribe(load)


async def measure(target: Target, scenario: Scenario, wire: rig.Wire, profile: str) -> Result:
    """One run; raises what joining raises."""
    direct = await trio.to_thread.run_sync(direct_path_us, wire, scenario.media, min(1.0, scenario.warm_up))
    with target.server(wire, scenario, profile) as pid:
        before = rig.pss_bytes(pid)
        async with target.session(wire, scenario) as session:
            load = Load(wire, profile if target.encrypted else None, scenario.media)
            with contextlib.closing(load):
                await join_all(session, scenario, load)
                flowing = await load.until_flowing(scenario.streams)
                await trio.sleep(scenario.warm_up)
                first, last = await window(load, scenario, pid)
                memory = rig.pss_bytes(pid) - before
            return result(target, scenario, wire, profile, load, first, last, direct, memory, flowing)


async def window(load: Load, scenario: Scenario, pid: int) -> tuple[Meter, Meter]:
    """Measure from a moment ahead; afterwards leave the last packets (and retransmissions) time to arrive."""
    start_ns = time.monotonic_ns() + 50_000_000
    load.generator.measure(start_ns, start_ns + int(scenario.seconds * 1e9))
    await trio.sleep((start_ns - time.monotonic_ns()) / 1e9)
    first = Meter(pid)
    await trio.sleep(scenario.seconds - (time.monotonic_ns() - start_ns) / 1e9)
    last = Meter(pid)
    await trio.sleep(0.4)
    return first, last


def result(
    target: Target,
    scenario: Scenario,
    wire: rig.Wire,
    profile: str,
    load: Load,
    first: Meter,
    last: Meter,
    direct: dict[str, int],
    memory: int,
    flowing: bool,
) -> Result:
    tracks, streams, seen = load.generator.tracks(), load.generator.streams(), load.generator.window()
    receivers_of_a_track = scenario.participants - 1
    core = rig.SERVER_CPU
    made = Result(
        scenario=scenario.name,
        target=target.name,
        wire=wire.name,
        profile=profile if target.encrypted else "none",
        sent=sum(each["window"] for each in tracks),
        expected=sum(each["window"] for each in tracks) * receivers_of_a_track,
        delivered=sum(each["window"] for each in streams),
        duplicates=sum(each["duplicates"] for each in streams),
        recovered=sum(each["recovered"] for each in streams),
        bad_samples=sum(each["bad"] + each["unmarked"] for each in streams),
        cpu_s=(last.cpu - first.cpu + last.softirq[core] - first.softirq[core]) / 1e9,
        window_s=scenario.seconds,
        latency=less(seen["latency"], direct["p50"]),
        latency_last=less(seen["latency_last"], direct["p50"]),
        direct=direct,
        lag=seen["lag"],
        join_ms=spread(load.join_times_ms()),
        pss_per_participant=memory / scenario.participants,
        pss_per_track=memory / scenario.streams,
        generator_share=(last.own - first.own + last.softirq[-1] - first.softirq[-1])
        / 1e9
        / scenario.seconds,
        drops={name: last.drops[name] - first.drops[name] for name in first.drops},
    )
    return replace(made, problems=problems(made, streams, flowing))


def problems(made: Result, streams: Sequence[dict[str, Any]], flowing: bool) -> list[str]:
    """Why the run does not count."""
    found = []
    if not flowing:
        found.append(f"only {sum(each['track'] >= 0 for each in streams)} streams arrived")
    if made.generator_share > MAX_GENERATOR_SHARE:
        found.append(f"generator at {made.generator_share:.0%}")
    if made.bad_samples:
        status = sorted({each["bad_status"] for each in streams if each["bad"]})
        found.append(f"{made.bad_samples} samples are not what was sent (libsrtp {status})")
    return found


def less(latency: dict[str, int], direct: int) -> dict[str, int]:
    return {name: max(0, value - direct) for name, value in latency.items()}


def spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"p50": 0.0, "p99": 0.0}
    ordered = sorted(values)
    return {
        "p50": statistics.median(ordered),
        "p99": ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))],
    }
