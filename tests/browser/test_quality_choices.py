"""What one chooses about quality, in real browsers: the receiver gets it, and the publisher sends no more than it."""

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.person import QUERY, Person, tile
from tests.browser.server import Server

pytestmark = pytest.mark.browser

ENCODINGS = "treble.pc.getSenders()[1].getParameters().encodings"
ACTIVE = f"{ENCODINGS}.map((one) => one.active)"
# Packets of sound and frames of all pictures.
INBOUND = """treble.pc.getStats().then((all) => {
  const inbound = [...all.values()].filter(({ type }) => type === "inbound-rtp");
  const sum = (kind, name) => inbound.reduce((all, one) => all + (one.kind === kind ? (one[name] ?? 0) : 0), 0);
  return [sum("audio", "packetsReceived"), sum("video", "framesDecoded")];
})"""
CHANGE_SECONDS = 20  # an unneeded Layer is told after 5 s, and machines are slow


async def test_a_cap_and_audio_only_reach_the_publisher(server: Server, open_chromium: OpenChromium) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
    await bea.sees_size("Ada", 640, 360, 30)
    await choose(bea, "#quality-receive", "180")
    await bea.sees_size("Ada", 320, 180, CHANGE_SECONDS)
    await bea.until(f"{tile('Ada')}.dataset.reason === 'cap'", 5)
    await ada.until(f"{ACTIVE}.join() === 'true,false'", CHANGE_SECONDS)

    await bea.window.click("#more")
    await bea.window.click("#audio-only")
    await bea.until(f"{tile('Ada')}.dataset.picture === 'off'", 5)
    await trio.sleep(1)  # what was on its way
    sound, frames = await bea.window.evaluate(INBOUND)
    await bea.until(f"{INBOUND}.then(([sound]) => sound > {sound + 100})", 10)
    assert (await bea.window.evaluate(INBOUND))[1] == frames, "no picture comes"

    await bea.window.click("#audio-only-off")
    await choose(bea, "#quality-receive", "0")
    await bea.sees_size("Ada", 640, 360, CHANGE_SECONDS)
    await ada.until(f"{ACTIVE}[1]", CHANGE_SECONDS)


@pytest.mark.parametrize("codec", ["vp9", "av1"])
async def test_svc_is_seen_and_capped(server: Server, open_chromium: OpenChromium, codec: str) -> None:
    query = f"{QUERY}&codec={codec}"
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada", query)
    bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
    await bea.sees_size("Ada", 640, 360, 30)
    await choose(bea, "#quality-receive", "180")
    await bea.sees_size("Ada", 320, 180, CHANGE_SECONDS)
    await ada.until(f"{ENCODINGS}[0].scalabilityMode === 'L1T3'", CHANGE_SECONDS)
    await choose(bea, "#quality-receive", "0")
    await bea.sees_size("Ada", 640, 360, CHANGE_SECONDS)


async def choose(person: Person, select: str, value: str) -> None:
    """In the quality dialog."""
    await person.window.click("#more")
    await person.window.click("#quality")
    await person.window.evaluate(
        f"(() => {{ const one = document.querySelector('{select}'); one.value = '{value}';"
        "one.dispatchEvent(new Event('change')); document.querySelector('#quality-dialog').close(); return true; })()"
    )
