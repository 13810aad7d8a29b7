"""`python -m bench [scenario ...]`: what `make bench` calls. Runs in a network namespace of its own."""

import argparse
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

import trio

ROOT = Path(__file__).parent.parent
APART = ("sessions", "chat", "client")
ASKED = (*APART, "blur")
"""Only where it is named: what `APART` is, and what needs files that may not be there."""
FAILED = "BENCH_APART_FAILED"
"""Set in the environment of the program once it runs inside its namespace: what came of the part before."""


def build() -> None:
    """Build the bench's own Cython modules where they are missing or older than their source."""
    folders = (ROOT / "bench" / "load", ROOT / "bench" / "floor")
    sources = [path for folder in folders for path in (*folder.glob("*.pyx"), *folder.glob("*.pxd"))]
    built = [path for folder in folders for path in folder.glob("*.so")]
    newest = max(path.stat().st_mtime for path in sources)
    if built and len(built) >= 5 and min(path.stat().st_mtime for path in built) >= newest:
        return
    command = [sys.executable, "bench/setup.py", "-q", "build_ext", "--inplace", "--force"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "scenario",
        nargs="*",
        help="names of scenarios.py, or sessions, chat, client, blur; default: everything but blur",
    )
    parser.add_argument(
        "--target", action="append", help="treble, janus, floor, floor-gso; default: all that fit"
    )
    parser.add_argument("--wire", choices=["veth", "lo"], default="veth")
    parser.add_argument("--profile", choices=["gcm", "cm"], default="gcm")
    parser.add_argument("--rounds", type=int, default=1, help="interleaved rounds")
    parser.add_argument("--seconds", type=float, help="length of each measuring window")
    parser.add_argument(
        "--short", action="store_true", help="few peers, seconds: does it deliver without loss?"
    )
    parser.add_argument(
        "--priority", choices=["none", "nice", "realtime"], default="realtime", help="if allowed"
    )
    parser.add_argument("--json", type=Path, help="write all results here too")
    return parser.parse_args()


def prefer(priority: str) -> None:
    """Priority of generator and servers alike, where the system lets us: other work then disturbs less."""
    with contextlib.suppress(PermissionError):
        if priority == "realtime":
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        elif priority == "nice":
            os.setpriority(os.PRIO_PROCESS, 0, -10)


def apart(names: Iterable[str]) -> int:
    """Memory of idle sessions, cost of the chat: programs of their own, on all cores; 0 where none has failed."""
    runs = [subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=ROOT, check=False) for name in names]
    return max(abs(run.returncode) for run in runs)


def main() -> int:
    options = arguments()
    if options.scenario and set(options.scenario) <= set(ASKED):
        return apart(options.scenario)
    build()
    from bench import rig

    if not rig.is_inside() and not (options.scenario or options.target or options.short):
        os.environ[FAILED] = str(apart(APART))
    rig.enter(options.wire)
    os.sched_setaffinity(0, {rig.GENERATOR_CPU})
    prefer("none" if options.short else options.priority)
    from bench import plan, report

    results, failed, began = [], 0, time.monotonic()
    with rig.wire(options.wire) as wire:
        for note in wire.notes:
            print(f"note: {note}")
        print(f"{report.machine()}; wire {wire.name}\n", flush=True)
        for step in plan.steps(options):
            elapsed = time.monotonic() - began
            what = f"{step.scenario.name} on {step.target.name}, {step.profile}"
            print(f"{elapsed:5.0f} s  {what}", file=sys.stderr, flush=True)
            try:
                results.append(trio.run(plan.run, step, wire))
            except Exception:  # one server that fails must not cost the table of the others
                traceback.print_exc()
                failed += 1
    print(report.table(results))
    print()
    print(report.ratios(results))
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(each) for each in results], indent=1))
    failed += int(os.environ.get(FAILED, "0"))
    return 1 if failed or any(each.problems for each in results) else 0


if __name__ == "__main__":
    sys.exit(main())
