"""The network emulator: what its model does to packets, how its texts read, and that the relay keeps time."""

import struct
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import trio
from hypothesis import given, strategies as st

from bench.link.model import GOOD, Bursts, Conditions, Direction
from bench.link.running import open_link
from bench.link.text import BadText, conditions_text, parse_conditions, parse_schedule
from tests.sim.clock import MS, SECOND

ROOT = Path(__file__).parents[2]
SIZE = 1000


def offered(direction: Direction, bps: int, seconds: float, size: int = SIZE) -> list[tuple[int, list[int]]]:
    """A steady stream: (sent, arrivals) of each packet."""
    step = size * 8 * SECOND // bps
    return [(now, direction.send(size, now)) for now in range(0, round(seconds * SECOND), step)]


# --- the model


def test_the_bottleneck_passes_its_rate_and_the_queue_its_length() -> None:
    direction = Direction("1", Conditions(rate_bps=1_000_000, queue_ns=200 * MS, delay_ns=10 * MS))
    packets = offered(direction, 2_000_000, 10)
    passed = [(sent, arrivals[0]) for sent, arrivals in packets if arrivals]
    steady = [(sent, arrival) for sent, arrival in passed if sent > SECOND]
    rate = len(steady) * SIZE * 8 / 9
    assert rate == pytest.approx(1_000_000, rel=0.01)
    waits = [arrival - sent - 10 * MS for sent, arrival in steady]
    assert 190 * MS <= min(waits) <= max(waits) <= 208 * MS
    assert direction.overflowed == direction.lost == len(packets) - len(passed)


def test_an_idle_bottleneck_only_serialises() -> None:
    direction = Direction("1", Conditions(rate_bps=1_000_000, delay_ns=10 * MS))
    assert direction.send(SIZE, 5 * SECOND) == [5 * SECOND + 8 * MS + 10 * MS]
    assert direction.queue_ns(5 * SECOND + 3 * MS) == 5 * MS


def test_loss_is_the_share_asked_for() -> None:
    direction = Direction("1", Conditions(loss=0.05))
    offered(direction, 8_000_000, 40)
    assert direction.lost / direction.sent == pytest.approx(0.05, rel=0.1)


def test_bursts_have_their_mean_length() -> None:
    direction = Direction("1", Conditions(bursts=Bursts(enter=0.01, leave=0.25)))
    lost = [not arrivals for _, arrivals in offered(direction, 8_000_000, 60)]
    bursts = sum(now and not before for before, now in pairwise(lost))
    assert sum(lost) / bursts == pytest.approx(4, rel=0.1)
    assert sum(lost) / len(lost) == pytest.approx(0.01 / 0.26, rel=0.15)


@given(st.integers(0, 1000), st.integers(0, 30), st.floats(0, 0.5))
def test_order_is_kept_and_a_seed_repeats(seed: int, jitter_ms: int, loss: float) -> None:
    conditions = Conditions(jitter_ns=jitter_ms * MS, loss=loss, rate_bps=2_000_000)
    first, again = (offered(Direction(str(seed), conditions), 1_500_000, 0.5) for _ in range(2))
    assert first == again
    arrivals = [at for _, each in first for at in each]
    assert arrivals == sorted(arrivals)


def test_reordering_and_duplicates_happen_when_asked_for() -> None:
    direction = Direction("1", Conditions(reorder=0.1, reorder_ns=5 * MS, duplicate=0.1))
    packets = offered(direction, 8_000_000, 5)
    copies = sum(len(arrivals) for _, arrivals in packets) / len(packets)
    assert copies == pytest.approx(1.1, rel=0.02)
    held = sum(arrival - sent == 30 * MS for sent, arrivals in packets for arrival in arrivals)
    assert held / len(packets) == pytest.approx(0.11, rel=0.15)


def test_a_schedule_changes_the_conditions_in_time() -> None:
    schedule = [(SECOND, Conditions(loss=1.0)), (2 * SECOND, GOOD)]
    packets = offered(Direction("1", GOOD, schedule), 1_000_000, 3)
    assert all(bool(arrivals) == (not SECOND <= sent < 2 * SECOND) for sent, arrivals in packets)


# --- its texts

shares = st.integers(0, 1000).map(lambda number: number / 1000)
times = st.integers(0, 5_000_000).map(lambda number: number * 1000)
all_conditions = st.builds(
    Conditions,
    delay_ns=times,
    jitter_ns=times,
    loss=shares,
    bursts=st.none() | st.builds(Bursts, enter=shares, leave=shares.filter(bool), loss=shares),
    rate_bps=st.integers(0, 10_000_000_000),
    queue_ns=times,
    reorder=shares,
    reorder_ns=times,
    duplicate=shares,
)


@given(all_conditions, all_conditions)
def test_conditions_survive_being_written(conditions: Conditions, base: Conditions) -> None:
    assert parse_conditions(conditions_text(conditions), base) == conditions


def test_what_people_write() -> None:
    text = "rate=300k, queue=300ms, delay=25ms, loss=5%, bursts=1%/30%, reorder=1%/4ms"
    assert parse_conditions(text, GOOD) == Conditions(
        rate_bps=300_000, loss=0.05, bursts=Bursts(0.01, 0.3), reorder=0.01
    )
    changes = parse_schedule("20 down rate=3M  # up again\n\n10 both rate=300k; 1500ms up loss=1%")
    assert [(change.at_ns / SECOND, change.way, change.text) for change in changes] == [
        (1.5, "up", "loss=1%"),
        (10, "down", "rate=300k"),
        (10, "up", "rate=300k"),
        (20, "down", "rate=3M"),
    ]


@pytest.mark.parametrize(
    "text",
    ["rate=3x", "rate=0", "delay=25", "delay=-1ms", "loss=120%", "loss=five", "speed=3", "bursts=1%", "x"],
)
def test_bad_conditions_say_what_is_wrong(text: str) -> None:
    with pytest.raises(BadText, match=text.partition("=")[0]):
        parse_conditions(text, GOOD)


def test_the_command_says_what_is_wrong() -> None:
    command = [sys.executable, "-m", "bench.link", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9"]
    done = subprocess.run(
        [*command, "--down", "rate=3x"], cwd=ROOT, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (
        2,
        "bench.link: --down: rate: '3x' is no rate; write 300k, 3M, none, or bits per second\n",
    )


# --- the relay


async def echo(server: "trio.socket.SocketType") -> None:
    while True:
        data, sender = await server.recvfrom(2000)
        await server.sendto(data, sender)


async def there_and_back(port: int, number: int, trips: list[float]) -> None:
    """180 packets at 1.5 Mbit/s; appends how long each took, in ms."""
    with trio.socket.socket(type=trio.socket.SOCK_DGRAM) as sock:
        await sock.connect(("127.0.0.1", port))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_send, sock, number)
            for _ in range(180):
                data = await sock.recv(2000)
                owner, sent = struct.unpack_from("!IQ", data)
                assert owner == number
                trips.append((time.monotonic_ns() - sent) / MS)


async def _send(sock: "trio.socket.SocketType", number: int) -> None:
    for _ in range(180):
        await sock.send(struct.pack("!IQ", number, time.monotonic_ns()).ljust(SIZE, b"\0"))
        await trio.sleep(8 * SIZE / 1_500_000)


@pytest.mark.slow
async def test_the_relay_keeps_time_and_clients_apart() -> None:
    """Two clients, a second of 3 Mbit/s; the path is 20 ms one way and 5 the other."""
    down = Conditions(delay_ns=20 * MS, rate_bps=3_500_000)
    up = Conditions(delay_ns=5 * MS)
    trips: list[list[float]] = [[], []]
    with trio.socket.socket(type=trio.socket.SOCK_DGRAM) as server:
        await server.bind(("127.0.0.1", 0))
        async with (
            open_link("127.0.0.1", server.getsockname(), down=down, up=up) as link,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(echo, server)
            with trio.fail_after(20):
                async with trio.open_nursery() as clients:
                    for number in range(2):
                        clients.start_soon(there_and_back, link.port, number, trips[number])
                await link.change(down=Conditions(loss=1.0))
            nursery.cancel_scope.cancel()
    expected = 25 + SIZE * 8 / 3500
    for own in trips:
        assert expected <= min(own) <= expected + 2
    assert sum(each.packets for each in link.of("up")) >= 300
    assert all(each.lost == each.overflowed == 0 for each in link.intervals)
