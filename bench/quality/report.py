"""Results as text for the terminal, and as a Markdown page with plots."""

import math
from collections.abc import Sequence
from pathlib import Path

from bench.quality.case import Case, Figure, Result, Series
from bench.quality.known import SHORT

METHOD = """\
# Quality

What receivers see and hear, measured against the bars that this project set itself. `make quality` runs every case anew,
fails where one falls short, and writes this page.

## How it is measured

**Simulation**: the real Worker, Rooms and engine (`Engine.step`) on a virtual clock, with synthetic browsers that offer,
publish, answer, ask again and decode as Chromium does (`tests/sim/meeting.py`). Media keys are set without DTLS; signalling
is a delay of 25 ms each way. Everything comes from one seed: the same seed gives the same run to the last bit. Publishers
send VP8 L1T3 at 30 frames a second (temporal layers 40, 20 and 40 % of the bits; a keyframe is five times a frame),
simulcast at 100, 300 and 1000 kbit/s unless the case says otherwise, over a good uplink, 100 ms after a layer is switched
on; Opus at 40 kbit/s. Capacity and estimate count octets of UDP payload. A receiver sends transport feedback every 50 ms,
NACKs at once and then each round trip (10 tries), asks for a keyframe after 200 ms without one that it needs, and shows
frames after a delay adapted as libwebrtc does. A freeze is what W3C's `freezeCount` counts. "Best-fitting set": the
smallest Layer for every tile (or for as many as it is enough for), then one step up after another, tile by tile, as long
as whole Layers fit the capacity beside the voices with a twentieth to spare, headers included.

**Browser**: real Chromium and Firefox against the real server through `bench/link`, which emulates rate, queue, delay and
loss.

A bar counts only while pictures flow, so every video case also demands 70 % of the best-fitting set's bit rate.

## Results
"""


def number(value: float) -> str:
    if math.isnan(value):
        return "nothing"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def bar(figure: Figure) -> str:
    if figure.bar is None:
        return ""
    return f"{'≤' if figure.at_most else '≥'} {number(figure.bar)}"


def verdict(figure: Figure) -> str:
    return "" if figure.bar is None else "yes" if figure.passed else "**no**"


def table(result: Result) -> str:
    rows = [
        (f.name, f"{number(f.measured)} {f.unit}".strip(), bar(f), verdict(f).strip("*"))
        for f in result.figures
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        f"  {name:{widths[0]}}  {measured:>{widths[1]}}  {limit:>{widths[2]}}  {reached}"
        for name, measured, limit, reached in rows
    ]
    return "\n".join([*lines, *(f"  ({remark})" for remark in result.remarks)])


def write(path: Path, results: Sequence[tuple[Case, Result]]) -> None:
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    parts = [METHOD]
    short = [case for case, result in results if not result.passed]
    parts.append(f"{len(results) - len(short)} of {len(results)} cases reach all their bars.")
    for case, result in results:
        parts.append(section(case, result, plot(folder, result), folder.name))
    path.write_text("\n\n".join(part.rstrip() for part in parts) + "\n")


def section(case: Case, result: Result, picture: str, folder: str) -> str:
    lines = [f"### {case.title}", "", f"`python -m bench.quality {case.name}` ({case.kind})", ""]
    lines += ["| figure | measured | bar | reached | remark |", "|---|---|---|---|---|"]
    for figure in result.figures:
        measured = f"{number(figure.measured)} {figure.unit}".strip()
        cause = "" if figure.passed else SHORT.get((case.name, figure.name), "")
        lines.append(f"| {figure.name} | {measured} | {bar(figure)} | {verdict(figure)} | {cause} |")
    lines += ["", *(f"- {remark}" for remark in result.remarks)]
    if picture:
        lines += ["", f"![{case.title}]({folder}/{picture})"]
    return "\n".join(lines)


def plot(folder: Path, result: Result) -> str:
    """One SVG: bit rates above, delays below, counts as marks; its file name, empty without series."""
    rates = {name: series for name, series in result.series.items() if "(bit/s)" in name and series}
    delays = {name: series for name, series in result.series.items() if "(ms)" in name and series}
    counts = {name: series for name, series in result.series.items() if "(packets)" in name and series}
    panels = [panel for panel in (rates, delays, counts) if panel]
    if not panels:
        return ""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "treble", "font.size": 8, "svg.fonttype": "none"})
    from matplotlib import pyplot

    heights = [3 if panel is rates else 1 for panel in panels]
    figure, axes = pyplot.subplots(
        len(panels), 1, sharex=True, squeeze=False, figsize=(8, 1 + sum(heights)), height_ratios=heights
    )
    for axis, panel in zip(axes[:, 0], panels, strict=True):
        draw(axis, panel, panel is rates)
    axes[-1, 0].set_xlabel("seconds")
    figure.tight_layout()
    name = f"{result.case}.svg"
    figure.savefig(folder / name, metadata={"Date": None})
    pyplot.close(figure)
    return name


def draw(axis: object, panel: dict[str, Series], is_rate: bool) -> None:
    scale = 1e-6 if is_rate else 1
    for name, series in panel.items():
        times, values = zip(*series, strict=True)
        label = name.replace(" (bit/s)", "")
        style = (
            {"color": "black", "linewidth": 1, "linestyle": "--"}
            if "capacity" in name
            else {"linewidth": 0.8}
        )
        if "(packets)" in name:
            style = {"linestyle": "", "marker": ".", "markersize": 2}
        axis.plot(times, [value * scale for value in values], label=label, **style)  # type: ignore[attr-defined]
    axis.set_ylim(bottom=0)  # type: ignore[attr-defined]
    axis.legend(loc="upper right", frameon=False)  # type: ignore[attr-defined]
    if is_rate:
        axis.set_ylabel("Mbit/s")  # type: ignore[attr-defined]
