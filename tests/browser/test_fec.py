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
DOSE = 100  # with less, of few and small pictures some are left unprotected
LOST = 12
ATTEMPTS = 3  # a busy machine may lose a packet of its own, and its repair
PATIENCE_SECONDS = 90  # a busy machine encodes few pictures

# What came for the one picture that is shown.
PICTURE = """treble.pc.getStats().then((stats) => {
  const videos = [...stats.values()].filter((one) => one.type === "inbound-rtp" && one.kind === "video");
  return videos.reduce((best, one) => (one.framesDecoded ?? 0) > (best.framesDecoded ?? -1) ? one : best, {});
})"""


SSRCS = """treble.pc.getStats().then((stats) =>
  [...stats.values()].filter((one) => one.type === "inbound-rtp" && one.kind === "video").map((one) => one.ssrc))"""
RESENT = """[...treble.pc.remoteDescription.sdp.matchAll(/ssrc-group:FID [0-9]+ ([0-9]+)/g)].map((m) => Number(m[1]))"""


@asynccontextmanager
async def tapped(folder: Path, form: str, dose: int = DOSE) -> AsyncIterator[tuple[Server, Relay]]:
    async with lossy_relay() as relay:
        program = (sys.executable, "-m", "tests.browser.tapped_server", str(relay.port), str(dose), form)
        async with run_server(folder, program, {"PYTHONPATH": str(REPOSITORY)}) as server:
            relay.target_port = server.media_port
            yield server, relay


async def watched(person: Person, relay: Relay) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its picture's figures before and after packets of it were lost of which no retransmission arrives."""
    relay.withheld = set(await person.window.evaluate(RESENT))
    before = await person.window.evaluate(PICTURE)
    with trio.fail_after(PATIENCE_SECONDS):
        await relay.lose(LOST, set(await person.window.evaluate(SSRCS)))
    await trio.sleep(2)  # whoever misses a packet for so long asks for a keyframe
    return before, await person.window.evaluate(PICTURE)


async def repaired(person: Person, relay: Relay) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same, where nothing was missed: then no keyframe is asked for. Without FEC some are, every time."""
    for _ in range(ATTEMPTS):
        before, after = await watched(person, relay)
        if after["pliCount"] == before["pliCount"]:
            break
    assert after["pliCount"] == before["pliCount"], (before, after)
    assert after["framesDecoded"] - before["framesDecoded"] >= LOST, (before, after)
    return before, after


@pytest.mark.parametrize("form", ["any", "ulpfec"])
async def test_chromium_repairs_its_pictures_from_fec(
    tmp_path: Path, open_chromium: OpenChromium, form: str
) -> None:
    async with tapped(tmp_path, form) as (server, relay):
        ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
        bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
        await bea.sees("Ada")
        before, after = await repaired(bea, relay)
        if form == "any":  # of ULPFEC Chromium tells nothing
            assert after["fecPacketsReceived"] - before.get("fecPacketsReceived", 0) > 20
        assert ("fecSsrc" in after) == (form == "any")


async def test_firefox_shows_pictures_that_travel_in_red(
    tmp_path: Path, open_chromium: OpenChromium, firefox: Firefox
) -> None:
    async with tapped(tmp_path, "any") as (server, relay):
        ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
        dora = await Person.join(firefox, await ada.invitation(), "Dora")
        await dora.sees("Ada")
        await repaired(dora, relay)
