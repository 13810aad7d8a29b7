"""Results as Markdown, for the terminal and for README.md."""

import platform
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.scenarios import MAX_LAG_US, Result

HEADS = (
    "scenario",
    "server",
    "wire",
    "SRTP",
    "runs",
    "sent",
    "delivered",
    "loss",
    "packets per CPU-s",
    "µs per packet",
    "server CPU",
    "added latency p50 / p99 / p99.9 µs",
    "join p50 / p99 ms",
    "kB per participant / track",
    "generator CPU",
    "remarks",
)
SHORT_PROFILE = {"AEAD_AES_128_GCM": "GCM", "AES128_CM_SHA1_80": "CM-SHA1", "none": "-"}


def median(results: Sequence[Result]) -> Result:
    """One row out of several runs: medians of what varies, sums of what must be zero."""
    middle = sorted(results, key=lambda each: each.per_cpu_second)[len(results) // 2]
    return replace(
        middle,
        sent=sum(each.sent for each in results),
        expected=sum(each.expected for each in results),
        delivered=sum(each.delivered for each in results),
        cpu_s=sum(each.delivered for each in results)
        / statistics.median(max(each.per_cpu_second, 1e-9) for each in results),
        window_s=sum(each.window_s for each in results),
        duplicates=sum(each.duplicates for each in results),
        recovered=sum(each.recovered for each in results),
        latency={
            name: int(statistics.median(each.latency[name] for each in results)) for name in middle.latency
        },
        join_ms={name: statistics.median(each.join_ms[name] for each in results) for name in middle.join_ms},
        pss_per_participant=statistics.median(each.pss_per_participant for each in results),
        pss_per_track=statistics.median(each.pss_per_track for each in results),
        generator_share=max(each.generator_share for each in results),
        problems=sorted({problem for each in results for problem in each.problems}),
    )


def remarks(row: Result, results: Sequence[Result]) -> str:
    said = [f"INVALID: {problem}" for problem in row.problems]
    if len(results) > 1:
        rates = [each.per_cpu_second / 1e3 for each in results]
        said.append(f"range {min(rates):.1f}-{max(rates):.1f} k")
    if row.recovered:
        said.append(f"{row.recovered} by RTX")
    if row.duplicates:
        said.append(f"{row.duplicates} twice")
    lag = max(each.lag["p99.9"] for each in results)
    if lag > MAX_LAG_US:
        said.append(f"generator lag p99.9 {lag} µs")
    for name in row.drops:
        total = sum(each.drops[name] for each in results)
        if total:
            said.append(f"{name} {total}")
    return ", ".join(said)


def cells(results: Sequence[Result]) -> list[str]:
    row = median(results)
    return [
        row.scenario,
        row.target,
        row.wire,
        SHORT_PROFILE[row.profile],
        str(len(results)),
        str(row.sent),
        str(row.delivered),
        f"{100 * (1 - row.ratio):.3f} %",
        f"{row.per_cpu_second / 1e3:.1f} k",
        f"{row.us_per_packet:.2f}",
        f"{row.server_share:.1%}",
        " / ".join(str(row.latency[name]) for name in ("p50", "p99", "p99.9")),
        " / ".join(f"{row.join_ms[name]:.0f}" for name in ("p50", "p99")),
        f"{row.pss_per_participant / 1e3:.0f} / {row.pss_per_track / 1e3:.0f}",
        f"{row.generator_share:.1%}",
        remarks(row, results),
    ]


def grouped(results: Sequence[Result]) -> list[list[Result]]:
    """Runs of the same thing, in order of first appearance."""
    groups: dict[tuple[str, str, str, str], list[Result]] = defaultdict(list)
    for each in results:
        groups[each.scenario, each.wire, each.target, each.profile].append(each)
    return list(groups.values())


def table(results: Sequence[Result]) -> str:
    rows = [cells(group) for group in grouped(results)]
    lines = [HEADS, ["---"] * len(HEADS), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ratios(results: Sequence[Result]) -> str:
    """Treble against every other server of the same scenario, wire and profile, by packets per CPU-second."""
    rows = [median(group) for group in grouped(results)]
    said = []
    for ours in rows:
        if ours.target != "treble":
            continue
        for other in rows:
            same = (other.scenario, other.wire) == (ours.scenario, ours.wire)
            if (
                same
                and other.target != "treble"
                and other.profile in (ours.profile, "none")
                and other.per_cpu_second
            ):
                times = ours.per_cpu_second / other.per_cpu_second
                profile = SHORT_PROFILE[ours.profile]
                said.append(f"- {ours.scenario}, {ours.wire}, {profile}: {times:.2f} x {other.target}")
    return "\n".join(said)


def machine() -> str:
    """Where this was measured, in one line."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    cores = Path("/proc/cpuinfo").read_text().count("processor\t")
    return f"{cores} x {model}, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
