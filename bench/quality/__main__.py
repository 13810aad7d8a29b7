"""`python -m bench.quality`: run the cases, print what was measured against its bar, fail where one falls short.

python -m bench.quality                      all simulated cases, and the browser cases where they can run
python -m bench.quality downlink-drop grid-20
python -m bench.quality --short --seeds 2
python -m bench.quality --write docs/quality.md
"""

import argparse
import importlib
import pkgutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import bench.quality
from bench.quality.case import Case, Options, Result
from bench.quality.report import table, write

NOT_CASES = {"__main__", "case", "known", "measure", "report"}


# As in the table of the bars; others follow.
ORDER = (
    "downlink-drop",
    "rfc8867-5.1",
    "rfc8867-5.2",
    "loss-1",
    "loss-5",
    "loss-10",
    "loss-20",
    "loss-5-rtt-250",
    "audio-loss-10",
    "grid-20",
    "tile-enlarged",
    "bad-neighbour",
)


def all_cases() -> list[Case]:
    """Of every module that has a `CASES` list: simulations first."""
    cases: list[Case] = []
    for module in pkgutil.iter_modules(bench.quality.__path__):
        if module.name not in NOT_CASES:
            cases += getattr(importlib.import_module(f"bench.quality.{module.name}"), "CASES", [])
    return sorted(cases, key=place)


def place(case: Case) -> tuple[bool, int]:
    return case.kind != "simulation", ORDER.index(case.name) if case.name in ORDER else len(ORDER)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help="cases to run; none: all")
    parser.add_argument("--kind", choices=["simulation", "browser"], help="only cases of this kind")
    parser.add_argument("--short", action="store_true", help="fewer seeds and less time, the same bars")
    parser.add_argument(
        "--short-browsers", action="store_true", help="only browser cases in their short form"
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="so many seeds for each case")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the table with plots, as Markdown")
    parser.add_argument("--list", action="store_true", help="name the cases")
    arguments = parser.parse_args()
    cases = [case for case in all_cases() if arguments.kind in (None, case.kind)]
    unknown = set(arguments.names) - {case.name for case in cases}
    if unknown:
        parser.error(
            f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(c.name for c in cases)}"
        )
    if arguments.list:
        for case in cases:
            print(f"{case.name:18} {case.kind:10} {case.title}")
        return 0
    chosen = [case for case in cases if not arguments.names or case.name in arguments.names]
    options = Options(arguments.seed, arguments.seeds, arguments.short)
    results: list[tuple[Case, Result]] = []
    for case in chosen:
        started = time.monotonic()
        is_short = options.short or (arguments.short_browsers and case.kind == "browser")
        result = case.run(replace(options, short=is_short))
        if is_short:
            result.remarks.append("short form")
        results.append((case, result))
        print(
            f"\n{case.name}: {case.title} ({time.monotonic() - started:.1f} s)\n{table(result)}", flush=True
        )
    if arguments.write:
        write(arguments.write, results)
    short = [case.name for case, result in results if not result.passed]
    print(f"\n{len(results) - len(short)} of {len(results)} cases reach their bars" + (":" if short else ""))
    for name in short:
        print(f"  short: {name}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
