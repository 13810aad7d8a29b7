"""`python -m bench.client`: what a first visit costs, measured in Chromium on a server of its own, against its bars.

The way is from home through the pre-join into a call with people and chat opened, in English, with a cold cache. Exits
with 1 where something falls short. Needs Chromium and `unshare` (root, or user namespaces).
"""

import argparse
import json
import os
import re
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from bench import rig
from bench.client.browser import clock, join, launch, loaded, window
from bench.client.weight import WEB, Weight, longest_chain, weigh
from signaling.web.encodings import finest
from signaling.web.site import Site, read_site
from tests.browser.namespace import ADDRESS, enter

SOURCE_BYTES, COMPRESSED_BYTES, CHAIN = 350_000, 90_000, 3
READY_MS, PICTURE_MS = 1000.0, 1500.0
PRELOAD = re.compile(r'<link rel="modulepreload" href="/_/[^/"]+/([^"]+)')


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def until_compressed(origin: str, site: Site) -> None:
    """The server compresses everything at its best once somebody has come: wait for the last file."""
    path, file = list(site.files.items())[-1]
    wanted = len(finest(file.served.body))
    with httpx.Client(verify=False, timeout=30) as http:
        http.get(f"{origin}/")
        for _ in range(600):
            with http.stream("GET", f"{origin}/{path}", headers={"accept-encoding": "br"}) as answer:
                if sum(map(len, answer.iter_raw())) == wanted:
                    return
            time.sleep(0.1)
    raise RuntimeError(f"{path} is not compressed as it should be")


def first_screens(browser: Browser, address: str, visits: int) -> list[float]:
    """Times until there is a field to type in; what is typed has to stand there."""
    times = []
    for _ in range(visits):
        with window(browser) as page:
            page.goto(address, wait_until="commit")
            times.append(clock(page, "ready"))
            page.locator("#code, #name").first.press_sequentially("abc")
            assert page.locator("#code, #name").first.input_value().endswith("abc")
    return times


def whole_way(browser: Browser, origin: str, invitation: str, site: Site) -> Weight:
    with window(browser) as page:
        page.goto(origin)
        page.fill("#code", invitation)
        page.click("#join-code")
        join(page, "Eve")
        clock(page, "seen")
        page.click("#people")
        page.wait_for_selector("#people-panel:not([hidden])")
        page.click("#chat")
        page.wait_for_selector("#chat-panel:not([hidden])")
        page.wait_for_load_state("networkidle")
        return weigh(loaded(page), site)


def joins(browser: Browser, invitation: str, count: int) -> list[float]:
    """From the click on "Join" to the first picture of somebody else."""
    times = []
    for number in range(count):
        with window(browser) as page:
            page.goto(invitation)
            join(page, f"Guest {number + 1}")
            times.append(clock(page, "seen") - clock(page, "clicked"))
    return times


def spread(times: Sequence[float]) -> str:
    return f"p50 {statistics.median(times):.0f} ms, worst {max(times):.0f} ms of {len(times)}"


class Table:
    def __init__(self) -> None:
        self.short = 0

    def say(self, what: str, measured: float, bar: float | None, words: str) -> None:
        verdict = "" if bar is None else "ok" if measured <= bar else "FALLS SHORT"
        self.short += verdict == "FALLS SHORT"
        print(f"{what:<44} {words:<42} {'' if bar is None else f'bar {bar:,.0f}':<12} {verdict}", flush=True)


def measure(options: argparse.Namespace) -> int:
    site = read_site(WEB, None)
    table = Table()
    with tempfile.TemporaryDirectory() as data:
        port = free_port(socket.SOCK_STREAM)
        command = [
            sys.executable,
            "-m",
            "treble.cli",
            "dev",
            "--host",
            ADDRESS,
            "--port",
            str(port),
            "--data",
            data,
        ]
        command += ["--media-port", str(free_port(socket.SOCK_DGRAM)), "--room-defaults", "open"]
        command += ["--requests-per-minute", "10000"]
        origin = f"https://{ADDRESS}:{port}"
        with rig.process(command, "ready https://", timeout_s=60), sync_playwright() as playwright:
            until_compressed(origin, site)
            there, here = launch(playwright), launch(playwright)
            with window(there) as host:
                host.goto(f"{origin}/#new")
                join(host, "Host")
                invitation = host.url
                weight = whole_way(here, origin, invitation, site)
                home = first_screens(here, origin, options.visits)
                room = first_screens(here, f"{origin}/r/{'x' * 8}", options.visits)
                seen = joins(here, invitation, options.joins)
            there.close()
            here.close()
    preloaded = PRELOAD.findall(site.pages["home"].body.decode())
    chain = longest_chain(site, preloaded)
    table.say(
        "source, as the browser reads it (no comments)", weight.code, SOURCE_BYTES, f"{weight.code:,} bytes"
    )
    table.say("  as it lies in the repository", weight.source, None, f"{weight.source:,} bytes")
    table.say("compressed", weight.compressed, COMPRESSED_BYTES, f"{weight.compressed:,} bytes")
    table.say("requests for files", weight.requests, None, str(weight.requests))
    table.say("longest chain of imports", chain, CHAIN, f"{chain} rounds")
    table.say("home ready to type, cold cache", statistics.median(home), READY_MS, spread(home))
    table.say("pre-join ready to type, cold cache", statistics.median(room), READY_MS, spread(room))
    table.say("join to the first picture", statistics.median(seen), PICTURE_MS, spread(seen))
    print("\n" + ", ".join(f"{folder} {size:,}" for folder, size in weight.by_folder.most_common()))
    if options.files:
        print("\n".join(f"{size:>8,} {path}" for size, path in weight.files))
    if options.json:
        figures = {"weight": asdict(weight), "home": home, "room": room, "seen": seen, "chain": chain}
        options.json.write_text(json.dumps(figures, indent=1))
    return table.short


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.client", description=__doc__)
    parser.add_argument("--visits", type=int, default=9, help="with a cold cache, of each first screen")
    parser.add_argument("--joins", type=int, default=15)
    parser.add_argument("--files", action="store_true", help="list what was loaded, compressed")
    parser.add_argument("--json", type=Path, help="write all figures here too")
    options = parser.parse_args()
    load = os.getloadavg()
    print(f"load of the machine before: {load[0]:.1f} on {os.cpu_count()} cores", flush=True)
    enter()
    return 1 if measure(options) else 0


if __name__ == "__main__":
    sys.exit(main())
