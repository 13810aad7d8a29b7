"""`python -m bench.chat`: what the chat costs, measured against its bars.

big room    500 TLS WebSocket clients in one room, 5 messages/s: delivery p99 < 100 ms, <= 30 ms server CPU a message
many rooms  200 messages/s stored in 50 rooms (SQLite, synchronous=FULL): <= 40 % of a core
"""

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.chat.clients import Client, run
from bench.signalling import trusting

ROOT = Path(__file__).parent.parent.parent
TICK = os.sysconf("SC_CLK_TCK")
P99_MS, CPU_MS, CORE_SHARE = 100.0, 30.0, 0.40


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server() -> Iterator[tuple[int, int]]:
    """`treble dev` as a process of its own, on the first core; its port and process id."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = ["taskset", "-c", "0", sys.executable, "-m", "treble.cli", "dev", "--data", data]
        command += ["--host", "127.0.0.1", "--port", str(port), "--media-port", str(free_port())]
        command += [
            "--max-participants",
            "1000",
            "--requests-per-minute",
            "100000",
            "--room-defaults",
            "open",
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with open(Path(data) / "log", "w") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            while "ready https" not in (Path(data) / "log").read_text():
                if process.poll() is not None:
                    raise RuntimeError((Path(data) / "log").read_text())
                time.sleep(0.05)
            yield port, process.pid
        except ConnectionError:
            print((Path(data) / "log").read_text()[-2000:])
            raise
        finally:
            process.terminate()
            process.wait(10)


def join(port: int, rooms: int, people: int) -> list[Client]:
    """So many rooms with so many people each; the clients room by room in turn."""
    context, address, joined = trusting(), ("127.0.0.1", port), []
    with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context, timeout=30) as http:
        for _ in range(rooms):
            room = http.post("/api/rooms", json={"name": "Host"}).json()
            tokens = [room["token"]]
            for number in range(people - 1):
                entry = {"password": room["password"], "name": f"Guest {number}"}
                entered = http.post(f"/api/rooms/{room['room']}/enter", json=entry)
                tokens.append(entered.raise_for_status().json()["token"])
            joined.append([])
            for token in tokens:
                joined[-1].append(Client(address, context, token))
                if len(joined[-1]) % 20 == 0 or people < 20:  # the others' pings are answered meanwhile
                    run([client for room in joined for client in room], 0.01, 0, lambda _: None, [])
    return [client for row in zip(*joined, strict=True) for client in row]


class Ear:
    """Delivery times in ms, of everything that was heard."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.refusals = 0

    def __call__(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"chat"'):
            at = payload.index(b'"text":"at ') + 11
            said = int(payload[at : payload.index(b" ", at)])
            self.times.append((time.monotonic_ns() - said) / 1e6)
        elif payload.startswith(b'{"type":"failed"'):
            self.refusals += 1


def measure(rooms: int, people: int, rate: float, seconds: float) -> tuple[Ear, int, float, float]:
    """What was heard, how many messages were said, CPU seconds of the server, and what it takes without them."""
    with server() as (port, pid):
        clients = join(port, rooms, people)
        run(clients, 3, 0, lambda _: None, [])  # the roster's last pushes
        began, at = cpu_seconds(pid), time.monotonic()
        run(clients, min(10.0, seconds), 0, lambda _: None, [])
        idle = (cpu_seconds(pid) - began) / (time.monotonic() - at)
        ear, said = Ear(), []
        began = cpu_seconds(pid)
        run(clients, seconds, 1 / rate, ear, said)
        run(clients, 2, 0, ear, [])
        used = cpu_seconds(pid) - began - 2 * idle
        for client in clients:
            client.socket.close()
        return ear, len(said), used, idle * seconds


def big_room(people: int, seconds: float) -> bool:
    ear, said, used, idle = measure(1, people, 5.0, seconds)
    times = sorted(ear.times)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    cpu, net = used / said * 1000, (used - idle) / said * 1000
    whole = len(times) == said * people and not ear.refusals
    print(f"big room: {people} clients, {said} messages, {len(times)} of {said * people} deliveries")
    print(f"  delivery p50 {p50:.1f} ms, p99 {p99:.1f} ms (bar {P99_MS:.0f})")
    print(f"  server CPU {cpu:.1f} ms a message (bar {CPU_MS:.0f}), of it {cpu - net:.1f} for idle sockets")
    return whole and p99 < P99_MS and cpu <= CPU_MS


def many_rooms(seconds: float) -> bool:
    from bench.chat.store import child

    cpu, stored, wanted, took = child(seconds)
    share = cpu / took
    print(f"many rooms: {stored} of {wanted} messages stored in 50 rooms in {took:.1f} s")
    print(f"  {share:.1%} of a core in the room server's process, who asks included (bar {CORE_SHARE:.0%})")
    ear, said, used, _ = measure(50, 4, 200.0, seconds)
    times = sorted(ear.times)
    p99 = times[int(len(times) * 0.99)]
    print(
        f"  over 200 WebSockets of one process, gateway and delivery to 4 each included: {used / seconds:.1%}"
    )
    print(f"  ({said} said, {len(times)} of {said * 4} delivered, p99 {p99:.1f} ms, {ear.refusals} refused)")
    return stored == wanted and share <= CORE_SHARE


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chat", description=__doc__)
    parser.add_argument("case", nargs="*", choices=[[], "big", "many"], help="big, many; default: both")
    parser.add_argument("--short", action="store_true", help="few clients, seconds: does it work?")
    options = parser.parse_args()
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
    with contextlib.suppress(PermissionError):  # other work then disturbs clients and server less
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    load = os.getloadavg()
    print(f"load of the machine before: {load[0]:.1f} on {os.cpu_count()} cores", flush=True)
    seconds = 5.0 if options.short else 30.0
    done = []
    if "big" in options.case or not options.case:
        done.append(big_room(50 if options.short else 500, seconds))
    if "many" in options.case or not options.case:
        done.append(many_rooms(seconds))
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
