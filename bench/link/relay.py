"""The link for real datagrams: clients talk to the relay as if it were the server, through `Direction`s of their own.

Each client address is a flow with its own socket towards the server, so that the server sees as many remote addresses
as there are clients, and with its own bottlenecks, as each home has its own access line. One thread, one `select` with
microseconds (`epoll_wait` of Python 3.11 rounds to milliseconds), everything due is sent before anything is read.
"""

import contextlib
import heapq
import itertools
import os
import select
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from bench.link.model import Conditions, Direction
from bench.link.record import Recorder
from bench.link.text import Change, parse_conditions
from treble.units import SECOND

DATAGRAM: Final = 65535
BATCH: Final = 64  # read from one socket before what is due is sent: half a millisecond of work
BUFFER: Final = 1 << 20  # 100 ms of 80 Mbit/s while the relay waits for its core
MAX_FLOWS: Final = 256  # select() takes descriptors below 1024

Address = tuple[Any, ...]


@dataclass
class Flow:
    client: Address
    upstream: socket.socket
    down: Direction
    up: Direction
    heard_ns: int = 0


class Relay:
    """`down` is server to client. Raises `OSError` where an address cannot be used."""

    def __init__(
        self,
        listen: tuple[str, int],
        to: tuple[str, int],
        down: Conditions,
        up: Conditions,
        schedule: Iterable[Change] = (),
        seed: int = 1,
    ) -> None:
        now_ns = time.monotonic_ns()
        self.conditions = {"down": down, "up": up}
        self.recorders = {way: Recorder(way, now_ns) for way in self.conditions}
        self.flows: dict[Address, Flow] = {}
        self._flow_of: dict[socket.socket, Flow] = {}
        self._schedule = [(now_ns + change.at_ns, change) for change in schedule]
        self._seed = seed
        self._made = itertools.count()
        self._order = itertools.count()
        self._due: list[tuple[int, int, Flow, str, bytes]] = []
        self._to = socket.getaddrinfo(*to, type=socket.SOCK_DGRAM)[0]
        self._inputs: dict[int, Callable[[], None]] = {}
        family, *_, address = socket.getaddrinfo(*listen, type=socket.SOCK_DGRAM)[0]
        self._downstream = _socket(family)
        self._downstream.bind(address)
        self.address: Address = self._downstream.getsockname()

    def watch(self, descriptor: int, ready: Callable[[], None]) -> None:
        """Call `ready` in the relay's thread whenever `descriptor` is readable."""
        self._inputs[descriptor] = ready

    def unwatch(self, descriptor: int) -> None:
        del self._inputs[descriptor]

    def change(self, way: str, text: str) -> None:
        """For all flows, those to come too. Raises `BadText`."""
        conditions = self.conditions[way] = parse_conditions(text, self.conditions[way])
        for flow in self.flows.values():
            (flow.down if way == "down" else flow.up).conditions = conditions

    def close(self) -> None:
        self._downstream.close()
        for flow in self.flows.values():
            flow.upstream.close()

    def run_once(self, until_ns: int) -> None:
        """Wait for the next thing, at most until `until_ns`, and do it."""
        now_ns = time.monotonic_ns()
        wake_ns = min(
            until_ns,
            self._due[0][0] if self._due else until_ns,
            self._schedule[0][0] if self._schedule else until_ns,
        )
        readers: list[Any] = [self._downstream, *self._flow_of, *self._inputs]
        ready, _, _ = select.select(readers, [], [], max(0, wake_ns - now_ns) / SECOND)
        self._send_due()
        for each in ready:
            if isinstance(each, int):
                self._inputs[each]()
            elif each is self._downstream:
                self._read_clients()
            elif (flow := self._flow_of.get(each)) is not None:
                self._read_server(flow)

    def _send_due(self) -> None:
        now_ns = time.monotonic_ns()
        while self._schedule and self._schedule[0][0] <= now_ns:
            change = self._schedule.pop(0)[1]
            self.change(change.way, change.text)
        while self._due and self._due[0][0] <= now_ns:
            at_ns, _, flow, way, datagram = heapq.heappop(self._due)
            self.recorders[way].delivered(now_ns - at_ns)
            with contextlib.suppress(OSError):  # refused, unreachable, full: a network would lose it too
                if way == "down":
                    self._downstream.sendto(datagram, flow.client)
                else:
                    flow.upstream.send(datagram)
            now_ns = time.monotonic_ns()

    def _read_clients(self) -> None:
        for _ in range(BATCH):
            try:
                datagram, client = self._downstream.recvfrom(DATAGRAM)
            except OSError:
                return
            flow = self.flows.get(client) or self._open(client)
            self._enter(flow, flow.up, "up", datagram)

    def _read_server(self, flow: Flow) -> None:
        for _ in range(BATCH):
            try:
                datagram = flow.upstream.recv(DATAGRAM)
            except OSError:
                return
            self._enter(flow, flow.down, "down", datagram)

    def _enter(self, flow: Flow, direction: Direction, way: str, datagram: bytes) -> None:
        now_ns = flow.heard_ns = time.monotonic_ns()
        lost, overflowed, queue_ns = direction.lost, direction.overflowed, direction.queue_ns(now_ns)
        arrivals = direction.send(len(datagram), now_ns)
        overflowed = direction.overflowed - overflowed
        lost = direction.lost - lost - overflowed
        self.recorders[way].entered(len(datagram), len(arrivals), lost, overflowed, queue_ns)
        for at_ns in arrivals:
            heapq.heappush(self._due, (at_ns, next(self._order), flow, way, datagram))

    def _open(self, client: Address) -> Flow:
        if len(self.flows) >= MAX_FLOWS:
            self._drop(min(self.flows.values(), key=lambda flow: flow.heard_ns))
        upstream = _socket(self._to[0])
        upstream.connect(self._to[4])
        number = next(self._made)
        flow = self.flows[client] = self._flow_of[upstream] = Flow(
            client,
            upstream,
            Direction(f"{self._seed} down {number}", self.conditions["down"]),
            Direction(f"{self._seed} up {number}", self.conditions["up"]),
        )
        return flow

    def _drop(self, flow: Flow) -> None:
        del self.flows[flow.client], self._flow_of[flow.upstream]
        flow.upstream.close()


def prefer() -> None:
    """Run before everything else, where the system lets us: a late relay is jitter that nobody ordered."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def _socket(family: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    return made
