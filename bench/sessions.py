"""`python -m bench.sessions`: what an idle participant costs in memory, over the real servers.

`treble gateway`, `room` and `media` as three processes; Sessions of the Python client, in another, log in, then each
sends the offer of a real Chromium, its last Slot pair repeated until the whole is longer than the 68 kB of the bar.
Bytes are resident ones (VmRSS), from after the first sessions, which warm up pools and caches, to the last. The bars are
for the two that hold Sessions; what a Peer's engine memory costs the media server stands beside.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import trio

from bench.signalling import Session
from signaling.keyring import Keyring
from signaling.settings import RoomDefaults, new_settings
from signaling.storage.rooms import Admission, RoomRecord, Rooms
from signaling.storage.store import TOKEN_KEYS, Store
from signaling.tokens import Tokens
from tests.sfu.offers import offer, with_pairs
from treble.api import PublishedTrack, Role, SlotPair, Source
from treble.client.errors import TrebleError
from treble.ids import new_id
from treble.units import SECOND

SESSIONS: Final = 2_000
ROOM: Final = 20  # participants
WARM_UP: Final = 40
AT_ONCE: Final = 16
TRIES: Final = 20  # of an offer, on a machine that has much else to do
AGAIN: Final = frozenset({"session.new", "timeout", "busy", "server.error"})
PIECE: Final = 250  # sessions between two lines that say how far it is
PAIRS: Final = 11  # 72 kB; ten are 66
SETTLE_S: Final = 3.0
LIFETIME_S: Final = 3600
KINDS: Final = ("gateway", "room", "media")
SIGNALLING: Final = ("gateway", "room")
PHASES: Final = {"logged in": "login", "joined": "join"}  # name: what the clients are told
BARS_KB: Final = {"logged in": 60, "joined": 120}
PORTS: Final = {"port": 18443, "gateway": 18901, "room": 18902, "media": 18903, "udp": 18882}
ROOT: Final = Path(__file__).parent.parent


@dataclass
class Measured:
    """Bytes of resident memory for one session, by server; `before`: of the whole process, warmed up."""

    sessions: int
    offer_bytes: int
    before: dict[str, int] = field(default_factory=dict)
    each: dict[str, dict[str, float]] = field(default_factory=dict)


def measure(sessions: int = SESSIONS, pairs: int = PAIRS) -> Measured:
    text = with_pairs(offer("chromium_slots3"), pairs)
    measured = Measured(sessions, len(text))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        (Path(folder) / "offer.sdp").write_bytes(text.encode())
        (Path(folder) / "tokens").write_text("\n".join(tokens(Path(folder), sessions + WARM_UP)))
        servers = {kind: stack.enter_context(server(kind, Path(folder))) for kind in KINDS}
        client = stack.enter_context(
            process([sys.executable, "-m", "bench.sessions", "--client", folder], "up")
        )
        tell(client, f"login {WARM_UP}")
        tell(client, f"join {WARM_UP}")
        measured.before = resident(servers)
        for name, command in PHASES.items():
            for done in range(0, sessions, PIECE):
                tell(client, f"{command} {min(PIECE, sessions - done)}")
                now = resident(servers)
                measured.each[name] = {kind: (now[kind] - measured.before[kind]) / sessions for kind in KINDS}
                print(f"{name}: {min(done + PIECE, sessions)}", measured.each[name], file=sys.stderr)
    return measured


def tokens(data: Path, count: int) -> list[str]:
    """Admissions to rooms of twenty, made in one transaction beside no server yet."""
    store = Store.open(data)
    rooms = Rooms(store.cipher, store.index)
    issuer = Tokens(Keyring(data / TOKEN_KEYS), "treble")
    now_ns = time.time_ns()
    until_ns = now_ns + LIFETIME_S * SECOND
    made = []

    def write(connection: object) -> None:
        for number in range(count):
            room = f"bench-{number // ROOM}"
            if number % ROOM == 0:
                settings = new_settings(RoomDefaults.OPEN)
                record = RoomRecord(id=room, created_at=now_ns, expires_at=until_ns, settings=settings)
                rooms.create(connection, record, "pass-word", new_id(os.urandom))
            name = f"Participant {number}"
            admission = Admission(
                id=new_id(os.urandom),
                room=room,
                role=Role.SPEAKER,
                name=name,
                created_at=now_ns,
                expires_at=until_ns,
            )
            rooms.admit(connection, admission)
            made.append(
                issuer.issue(
                    sub=admission.id,
                    room=room,
                    role=Role.SPEAKER,
                    name=name,
                    now_s=now_ns // SECOND,
                    admission=True,
                    lifetime_s=LIFETIME_S,
                )
            )

    store.write(write)
    store.close()
    return made


# --- servers ---


@contextmanager
def server(kind: str, data: Path) -> Iterator[subprocess.Popen[str]]:
    flags = {
        "data": data,
        "host": "127.0.0.1",
        "port": PORTS["port"],
        "media-port": PORTS["udp"],
        "max-connections-per-address": 100_000,
        "requests-per-minute": 1_000_000,
    }
    flags |= {f"{name}-address": f"127.0.0.1:{PORTS[name]}" for name in KINDS}
    command = [sys.executable, "-m", "treble.cli", kind]
    for name, value in flags.items():
        command += [f"--{name}", str(value)]
    with process(command, "ready") as child:
        yield child


@contextmanager
def process(command: Sequence[str], ready: str) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ
    )
    try:
        wait_for(child, ready)
        yield child
    finally:
        child.terminate()
        child.wait(30)


def wait_for(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(word):
            return
    raise RuntimeError(f"{child.args} ended")


def tell(client: subprocess.Popen[str], command: str) -> None:
    assert client.stdin is not None
    print(command, file=client.stdin, flush=True)
    wait_for(client, "done")
    time.sleep(SETTLE_S)


def resident(servers: dict[str, subprocess.Popen[str]]) -> dict[str, int]:
    found = {}
    for kind, child in servers.items():
        status = Path(f"/proc/{child.pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert match is not None
        found[kind] = int(match[1]) * 1024
    return found


# --- clients ---


async def run_client(folder: Path) -> None:
    """Does what stdin says: `login N` more, `join N` of those who have not."""
    tokens = iter((folder / "tokens").read_text().split())
    sdp = (folder / "offer.sdp").read_bytes().decode()
    sessions: list[Session] = []
    waiting: deque[Session] = deque()
    print("up", flush=True)
    async with trio.open_nursery() as nursery:
        while line := await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
            word, _, number = line.strip().partition(" ")
            if word == "login":
                new = [
                    Session(f"https://127.0.0.1:{PORTS['port']}", next(tokens)) for _ in range(int(number))
                ]
                await side_by_side([partial(session.log_in, nursery) for session in new])
                sessions += new
                waiting += new
            else:
                await side_by_side([partial(join, waiting.popleft(), sdp) for _ in range(int(number))])
            if lost := sum(session.lost for session in sessions):
                print(f"{lost} sockets were lost and followed by another so far", file=sys.stderr)
            print("done", flush=True)
        nursery.cancel_scope.cancel()


async def side_by_side(work: list) -> None:
    left = iter(work)

    async def worker() -> None:
        for each in left:
            await each()

    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE):
            nursery.start_soon(worker)


async def join(session: Session, sdp: str) -> None:
    pairs = (sdp.count("\r\nm=") - 2) // 2
    tracks = [
        PublishedTrack(mid="0", source=Source.MICROPHONE),
        PublishedTrack(mid="1", source=Source.CAMERA),
    ]
    slots = [
        SlotPair(slot=number, audio_mid=str(2 + 2 * number), video_mid=str(3 + 2 * number))
        for number in range(pairs)
    ]
    for left in reversed(range(TRIES)):
        try:
            await session.offer(sdp, tracks, slots)
            return
        except TrebleError as error:
            if error.code not in AGAIN or not left:
                raise


# --- the command ---


def table(measured: Measured) -> str:
    lines = [
        f"{measured.sessions} sessions in rooms of {ROOM}, offer of {measured.offer_bytes} bytes",
        "",
        "| kB a session | gateway | room | gateway + room | bar | media |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in measured.each.items():
        gateway, room, media = (f"{each[kind] / 1000:.1f}" for kind in KINDS)
        lines.append(f"| {name} | {gateway} | {room} | {held_kb(each):.1f} | {BARS_KB[name]} | {media} |")
    return "\n".join(lines)


def held_kb(each: dict[str, float]) -> float:
    return sum(each[kind] for kind in SIGNALLING) / 1000


def is_within_bars(measured: Measured) -> bool:
    return all(held_kb(each) < BARS_KB[name] for name, each in measured.each.items())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sessions", description=__doc__)
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--client", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        trio.run(run_client, options.client)
        return 0
    measured = measure(options.sessions, options.pairs)
    print(table(measured))
    if options.json:
        options.json.write_text(json.dumps(asdict(measured), indent=1))
    return 0 if is_within_bars(measured) else 1


if __name__ == "__main__":
    sys.exit(main())
