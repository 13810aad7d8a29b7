"""`python -m bench.link`: a UDP relay with the manners of a bad network.

    python -m bench.link --listen 127.0.0.1:7000 --to 127.0.0.1:7882 --down rate=300k,queue=300ms,delay=25ms,loss=5%
        --up delay=25ms --schedule "20 down rate=3M; 40 down rate=300k" --seed 7

Prints a line per second and direction, or with --json an object per interval. Lines on standard input such as
`down rate=1M` change the conditions at once; its end ends the relay when --json is given.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from bench.link.model import GOOD, Conditions
from bench.link.record import Interval
from bench.link.relay import Relay, prefer
from bench.link.text import WAYS, BadText, Change, parse_conditions, parse_schedule
from treble.units import SECOND


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.link", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--listen", required=True, help="ADDRESS:PORT for clients; port 0: any free one")
    parser.add_argument("--to", required=True, help="ADDRESS:PORT of the server")
    parser.add_argument("--down", default="", help="conditions from server to client")
    parser.add_argument("--up", default="", help="conditions from client to server")
    parser.add_argument("--schedule", default="", help="changes over time, or a file with them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between figures")
    parser.add_argument("--json", action="store_true", help="figures for programs")
    options = parser.parse_args(arguments)
    try:
        if options.interval < 0.01:
            raise BadText(f"--interval: {options.interval} is below 0.01 s")
        relay = Relay(
            _address("--listen", options.listen),
            _address("--to", options.to),
            _conditions("--down", options.down),
            _conditions("--up", options.up),
            _schedule(options.schedule),
            options.seed,
        )
    except BadText as error:
        print(f"bench.link: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"bench.link: from {options.listen} to {options.to}: {error.strerror}", file=sys.stderr)
        return 2
    prefer()
    try:
        _run(relay, round(options.interval * SECOND), options.json)
    except (KeyboardInterrupt, BrokenPipeError):
        pass
    finally:
        relay.close()
    return 0


def _run(relay: Relay, interval_ns: int, as_json: bool) -> None:
    began_ns = time.monotonic_ns()
    address = f"{relay.address[0]}:{relay.address[1]}"
    print(json.dumps({"listening": relay.address[:2]}) if as_json else f"listening on {address}", flush=True)
    commands = _Commands(relay, as_json)
    next_ns = began_ns + interval_ns
    while not commands.ended:
        relay.run_once(next_ns)
        if time.monotonic_ns() < next_ns:
            continue
        for recorder in relay.recorders.values():
            figures = recorder.take(time.monotonic_ns())
            print(json.dumps(figures) if as_json else Interval(**figures).line(began_ns / SECOND), flush=True)
        next_ns += interval_ns


class _Commands:
    """Standard input, line by line."""

    def __init__(self, relay: Relay, as_json: bool) -> None:
        self.ended = False
        self._relay = relay
        self._as_json = as_json
        self._text = b""
        relay.watch(sys.stdin.fileno(), self._read)

    def _read(self) -> None:
        try:
            data = os.read(sys.stdin.fileno(), 4096)
        except OSError:  # a background job has no terminal to read from
            data = b""
        if not data:
            self._relay.unwatch(sys.stdin.fileno())
            self.ended = self._as_json
            return
        *lines, self._text = (self._text + data).split(b"\n")
        for line in filter(None, (line.decode(errors="replace").strip() for line in lines)):
            self._obey(line)

    def _obey(self, line: str) -> None:
        way, _, text = line.partition(" ")
        try:
            if way not in WAYS:
                raise BadText(f"{line!r}: expected down|up|both CONDITIONS")
            for each in WAYS[way]:
                self._relay.change(each, text)
        except BadText as error:
            print(f"bench.link: {error}", file=sys.stderr, flush=True)
            return
        if self._as_json:
            print(json.dumps({"changed": line, "at": time.monotonic()}), flush=True)


def _address(option: str, text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise BadText(f"{option}: {text!r}: expected ADDRESS:PORT, IPv6 in brackets")
    return host.strip("[]"), int(port)


def _conditions(option: str, text: str) -> Conditions:
    try:
        return parse_conditions(text, GOOD)
    except BadText as error:
        raise BadText(f"{option}: {error}") from None


def _schedule(text: str) -> list[Change]:
    """A path where there is such a file, else the schedule itself."""
    file = Path(text) if text and "\n" not in text and ";" not in text else None
    return parse_schedule(file.read_text() if file is not None and file.is_file() else text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
