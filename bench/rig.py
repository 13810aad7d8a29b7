"""Where a bench runs: two cores, a wire, processes whose CPU time and memory are read.

The wire is a veth pair between two network namespaces: the generator lives in one, the servers in the other
(Janus ignores loopback interfaces, and a server's own receivers would otherwise share its softirq). `enter`
starts the whole program anew inside; nothing outside of it is touched and nothing needs taking down: the
namespaces end with the processes.
"""

import contextlib
import ctypes
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SERVER_CPU = 0
GENERATOR_CPU = (os.cpu_count() or 1) - 1
SERVER_ADDRESS = "10.77.0.1"
GENERATOR_ADDRESS = "10.77.0.2"
INSIDE = "BENCH_WIRE"
"""Set in the environment of the program once it runs inside its namespace: `lo` or `veth`."""
BUFFER_BYTES = 4 << 20


def is_inside() -> bool:
    return bool(os.environ.get(INSIDE))


def enter(wire: str) -> None:
    """Start this program again in a network namespace of its own; returns only inside."""
    if is_inside():
        return
    own = (
        ["unshare", "--net", "--mount"]
        if os.geteuid() == 0
        else ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    )
    os.execvpe(own[0], [*own, sys.executable, "-m", "bench", *sys.argv[1:]], {**os.environ, INSIDE: wire})


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class Wire:
    """How generator and server are joined. `holder`: the process that keeps the server's namespace alive."""

    name: str
    server: str
    generator: str
    holder: subprocess.Popen[bytes] | None = None
    notes: list[str] = field(default_factory=list)

    def inside(self, command: list[str]) -> list[str]:
        """The command, pinned to the server's core and in the server's namespace."""
        pinned = ["taskset", "-c", str(SERVER_CPU), *command]
        if self.holder is None:
            return pinned
        return ["nsenter", "--net", "-t", str(self.holder.pid), *pinned]

    @contextlib.contextmanager
    def server_side(self) -> Iterator[None]:
        """Sockets opened inside this block belong to the server's end of the wire (this thread only)."""
        if self.holder is None:
            yield
            return
        setns = ctypes.CDLL(None, use_errno=True).setns
        with open("/proc/self/ns/net") as here, open(f"/proc/{self.holder.pid}/ns/net") as there:
            if setns(there.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                setns(here.fileno(), 0)


@contextlib.contextmanager
def wire(name: str) -> Iterator[Wire]:
    """Build the wire inside the namespace that `enter` made."""
    run("ip", "link", "set", "lo", "up")
    if name == "lo":
        yield Wire("lo", "127.0.0.1", "127.0.0.1")
        return
    holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
    try:
        here = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{holder.pid}/ns/net") == here:
            time.sleep(0.01)
        made = Wire("veth", SERVER_ADDRESS, GENERATOR_ADDRESS, holder)
        there = ["nsenter", "--net", "-t", str(holder.pid)]
        run(
            "ip",
            "link",
            "add",
            "gen0",
            "mtu",
            "1500",
            "type",
            "veth",
            "peer",
            "name",
            "srv0",
            "mtu",
            "1500",
            "netns",
            str(holder.pid),
        )
        run("ip", "address", "add", f"{GENERATOR_ADDRESS}/24", "dev", "gen0")
        run("ip", "link", "set", "gen0", "up")
        run(*there, "ip", "address", "add", f"{SERVER_ADDRESS}/24", "dev", "srv0")
        run(*there, "ip", "link", "set", "lo", "up")
        run(*there, "ip", "link", "set", "srv0", "up")
        run(*there, "ip", "route", "add", "default", "dev", "srv0")  # servers look for their address this way
        made.notes += steer(made)
        yield made
    finally:
        holder.terminate()
        holder.wait()


def steer(made: Wire) -> list[str]:
    """Receive work of each end on its own core (RPS), as a network card's interrupt would be; what was not
    possible."""
    script = (
        "mount -t sysfs sysfs /sys && printf %x $((1 << {cpu})) > /sys/class/net/{link}/queues/rx-0/rps_cpus"
    )
    notes = []
    for prefix, link, cpu in (
        ([], "gen0", GENERATOR_CPU),
        (["nsenter", "--net", "-t", str(made.holder.pid if made.holder else 0)], "srv0", SERVER_CPU),
    ):
        command = [*prefix, "unshare", "--mount", "sh", "-c", script.format(cpu=cpu, link=link)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            notes.append(f"no RPS on {link}: its receive work is paid by the sender's core")
    return notes


# --- processes ---


def cpu_ns(pid: int) -> int:
    """CPU time of a process, all its threads, ended ones too: exact, by its CPU clock."""
    return time.clock_gettime_ns(((~pid) << 3) | 2)


def softirq_threads_ns() -> list[int]:
    """CPU time of each ksoftirqd: receive work that no process was charged for."""
    times = []
    for cpu in range(os.cpu_count() or 1):
        for comm in Path("/proc").glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if comm.read_text().strip() == f"ksoftirqd/{cpu}":
                    times.append(int((comm.parent / "schedstat").read_text().split()[0]))
                    break
    return times


def pss_bytes(pid: int) -> int:
    """Proportional set size of a process."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def udp_errors(pid: int | str) -> int:
    """Datagrams lost to full receive buffers in the network namespace of a process."""
    rows = [
        line.split()
        for line in Path(f"/proc/{pid}/net/snmp").read_text().splitlines()
        if line.startswith("Udp:")
    ]
    return int(rows[1][rows[0].index("RcvbufErrors")])


def backlog_drops() -> int:
    """Packets dropped by full per-CPU backlogs, all CPUs together."""
    return sum(int(line.split()[1], 16) for line in Path("/proc/net/softnet_stat").read_text().splitlines())


def stolen_ticks() -> int:
    """Clock ticks that the hypervisor took from all CPUs."""
    return int(Path("/proc/stat").read_text().splitlines()[0].split()[8])


@contextlib.contextmanager
def process(command: list[str], ready: str, *, timeout_s: float = 20.0) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, from its line that contains `ready` on; ended by its own pid."""
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + timeout_s
            while ready not in (text := os.pread(log.fileno(), 1 << 20, 0).decode(errors="replace")):
                if child.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{command} is not ready: {text[-3000:]}")
                time.sleep(0.02)
            yield child
        finally:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def wait_for_port(address: str, port: int, timeout_s: float = 10.0) -> None:
    """Until something accepts TCP connections there."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=0.2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {address}:{port}")


def udp_socket(bind: str, connect: tuple[str, int] | None = None) -> socket.socket:
    """A non-blocking socket with full-size buffers and kernel receive times."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
    sock.bind((bind, 0))
    if connect is not None:
        sock.connect(connect)
    return sock
