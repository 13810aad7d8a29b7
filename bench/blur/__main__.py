"""`python -m bench.blur`: pictures a second and CPU of the blurred background, in headless Chromium without a GPU.

A camera of Chromium's own (30 pictures a second) is shown as it is, then blurred, at two sizes. CPU is that of all of
Chromium's processes, in cores, and that of the blur's own thread for each picture. Needs Chromium and what `make run`
fetches for the blur.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench import rig
from signaling.web.site import read_site
from tests.chromium import EXECUTABLE, FAKE_DEVICES, QUIET
from tests.web.serve import WEB, serve
from tests.web.test_background import handler_of

SIZES = ((640, 360), (1280, 720))
SETTLE_S = 5.0

OPEN = """async ([width, height, blurred]) => {
  const camera = await navigator.mediaDevices.getUserMedia({
    video: { width: { exact: width }, height: { exact: height }, frameRate: 30 },
  });
  const [track] = camera.getVideoTracks();
  const found = (window.found = { pictures: 0, paces: [], failed: "" });
  const { BlurProcessor } = await import("/app/blur/processor.js");
  const blur = new BlurProcessor({
    pace: (pace) => found.paces.push(pace),
    failure: (failure) => (found.failed = failure),
    hangs: () => (found.failed = "hangs"),
  });
  if (blurred) await blur.init({ track });
  const shown = new MediaStream([blurred ? blur.processedTrack : track]);
  const video = Object.assign(document.createElement("video"), { muted: true, srcObject: shown });
  document.body.replaceChildren(video);
  const count = () => ((found.pictures += 1), video.requestVideoFrameCallback(count));
  video.requestVideoFrameCallback(count);
  await video.play();
  window.end = () => (blur.destroy(), track.stop());
}"""


@dataclass
class Found:
    """`rate`: pictures a second; `cores`: of all of Chromium; the rest is of the worker, 0 without: milliseconds a picture
    by its own clock, and of CPU."""

    rate: float
    cores: float
    mean: float
    cpu: float


def processes(root: int) -> Iterator[int]:
    """This process and all that descend from it."""
    yield root
    for task in Path(f"/proc/{root}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from processes(int(child))


def cpu_seconds(root: int) -> float:
    return sum(map(rig.cpu_ns, processes(root))) / 1e9


def worker_seconds(root: int) -> float:
    """CPU time of the threads of workers in these processes."""
    tasks = (task for pid in processes(root) for task in Path(f"/proc/{pid}/task").iterdir())
    workers = (task for task in tasks if (task / "comm").read_text().startswith("DedicatedWorker"))
    return sum(int((task / "schedstat").read_text().split()[0]) for task in workers) / 1e9


def chromium_of(ancestor: int) -> int:
    """The browser's process among those of playwright."""
    for pid in processes(ancestor):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"--headless" in words or any(word.startswith(b"--remote-debugging") for word in words):
            return pid
    raise RuntimeError("Chromium is not among the processes of this program")


def measure(page: Page, root: int, size: tuple[int, int], blurred: bool, seconds: float) -> Found:
    page.evaluate(OPEN, [*size, blurred])
    page.wait_for_timeout(SETTLE_S * 1000)
    begun, cpu, worker = time.monotonic(), cpu_seconds(root), worker_seconds(root)
    page.evaluate("Object.assign(found, { pictures: 0, paces: [] })")
    page.wait_for_timeout(seconds * 1000)
    found: dict[str, Any] = page.evaluate("found")
    took, used, worked = time.monotonic() - begun, cpu_seconds(root) - cpu, worker_seconds(root) - worker
    page.evaluate("end()")
    if found["failed"]:
        raise RuntimeError(f"blur: {found['failed']}")
    means = [pace["mean"] for pace in found["paces"]]
    each = 1000 * worked / max(1, found["pictures"])
    return Found(found["pictures"] / took, used / took, statistics.median(means) if means else 0.0, each)


def visit(size: tuple[int, int], blurred: bool, seconds: float) -> Found:
    """In a Chromium of its own, so that nothing is left of the one before."""
    with serve(handler_of(read_site(WEB, None))) as origin, sync_playwright() as playwright:
        flags = [*QUIET, f"{FAKE_DEVICES}=fps=30"]
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=flags)
        page = browser.new_context(permissions=["camera"]).new_page()
        page.goto(origin)
        page.wait_for_selector("#code")
        found = measure(page, chromium_of(os.getpid()), size, blurred, seconds)
        browser.close()
        return found


def say(*cells: str) -> None:
    print("{:<10} {:<9} {:>11} {:>9} {:>15} {:>12} {:>5}".format(*cells), flush=True)


def run(options: argparse.Namespace) -> int:
    if not (WEB / "vendor/segmenter").is_dir():
        print("The blur's files are not there: python3 deploy/fetch_web_packages.py")
        return 1
    say("camera", "", "pictures/s", "ms each", "Chromium, cores", "ms CPU each", "load")
    for width, height in SIZES:
        for blurred in (False, True):
            found = visit((width, height), blurred, options.seconds)
            own = (f"{found.mean:.1f}", f"{found.cpu:.1f}") if blurred else ("", "")
            name, load = f"{width}x{height}", f"{os.getloadavg()[0]:.0f}"
            kind = "blurred" if blurred else "as it is"
            say(name, kind, f"{found.rate:.1f}", own[0], f"{found.cores:.2f}", own[1], load)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.blur", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measuring window")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
