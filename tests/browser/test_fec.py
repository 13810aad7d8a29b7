"""Browsers repair lost pictures from the FEC packets that the server makes for them."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.firefox import Firefox
from tests.browser.lossy import Relay, lossy_relay
from tests.browser.person import Person
from tests.browser.server import Server, run_server

pytestmark = pytest.mark.browser

REPOSITORY = Path(__file__).parents[2]
LOSES_EVERY = {"any": 20, "ulpfec": 40}  # an even loss may hit both a packet and its ULPFEC
DOSE = 50
WATCHED_SECONDS = 10

# What came for the one picture that is shown.
PICTURE = """treble.pc.getStats().then((stats) => {
  const videos = [...stats.values()].filter((one) => one.type === "inbound-rtp" && one.kind === "video");
  return videos.reduce((best, one) => (one.framesDecoded ?? 0) > (best.framesDecoded ?? -1) ? one : best, {});
})"""


RESENT = """[...treble.pc.remoteDescription.sdp.matchAll(/ssrc-group:FID [0-9]+ ([0-9]+)/g)].map((m) => Number(m[1]))"""


@asynccontextmanager
async def tapped(folder: Path, form: str, dose: int = DOSE) -> AsyncIterator[tuple[Server, Relay]]:
    async with lossy_relay() as relay:
        program = (sys.executable, "-m", "tests.browser.tapped_server", str(relay.port), str(dose), form)
        async with run_server(folder, program, {"PYTHONPATH": str(REPOSITORY)}) as server:
            relay.target_port = server.media_port
            yield server, relay


async def watched(person: Person, relay: Relay, loses_every: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its picture's figures before and after a while of loss in which no retransmission arrives."""
    relay.withheld = set(await person.window.evaluate(RESENT))
    relay.loses_every = loses_every
    await trio.sleep(1)
    before = await person.window.evaluate(PICTURE)
    await trio.sleep(WATCHED_SECONDS)
    return before, await person.window.evaluate(PICTURE)


@pytest.mark.parametrize("form", ["any", "ulpfec"])
async def test_chromium_repairs_its_pictures_from_fec(
    tmp_path: Path, open_chromium: OpenChromium, form: str
) -> None:
    async with tapped(tmp_path, form) as (server, relay):
        ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
        bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
        await bea.sees("Ada")
        before, after = await watched(bea, relay, LOSES_EVERY[form])
        print(before, after)
        if form == "any":  # of ULPFEC Chromium tells nothing
            assert after["fecPacketsReceived"] - before.get("fecPacketsReceived", 0) > 20
        assert after["framesDecoded"] - before["framesDecoded"] >= 8 * WATCHED_SECONDS
        assert ("fecSsrc" in after) == (form == "any")


async def test_firefox_shows_pictures_that_travel_in_red(
    tmp_path: Path, open_chromium: OpenChromium, firefox: Firefox
) -> None:
    async with tapped(tmp_path, "any") as (server, relay):
        ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
        dora = await Person.join(firefox, await ada.invitation(), "Dora")
        await dora.sees("Ada")
        before, after = await watched(dora, relay, LOSES_EVERY["ulpfec"])
        print(before, after)
        assert after["framesDecoded"] - before["framesDecoded"] >= 8 * WATCHED_SECONDS
