"""What one chooses about quality, in real browsers: the receiver gets it, and the publisher sends no more than it."""

import pytest

from tests.browser.chromium import OpenChromium
from tests.browser.firefox import Firefox
from tests.browser.person import QUERY, Person, tile
from tests.browser.server import Server
from tests.browser.viewer import Viewer

pytestmark = pytest.mark.browser

ENCODINGS = "treble.pc.getSenders()[1].getParameters().encodings"
ACTIVE = f"{ENCODINGS}.map((one) => one.active)"
# Packets of sound and frames of all pictures.
INBOUND = """treble.pc.getStats().then((all) => {
  const inbound = [...all.values()].filter(({ type }) => type === "inbound-rtp");
  const sum = (kind, name) => inbound.reduce((all, one) => all + (one.kind === kind ? (one[name] ?? 0) : 0), 0);
  return [sum("audio", "packetsReceived"), sum("video", "framesDecoded")];
})"""
NO_NEWS = f"""(async () => {{
  const [, before] = await {INBOUND};
  await new Promise((done) => setTimeout(done, 1000));
  return (await {INBOUND})[1] === before;
}})()"""
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
    await bea.until(NO_NEWS, 10)  # what was on its way
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


@pytest.mark.parametrize("codec", ["vp9", "av1"])
async def test_a_spatial_layer_follows_the_tile_of_a_viewer(
    server: Server, open_chromium: OpenChromium, codec: str
) -> None:
    ada = await publisher(server, open_chromium, codec)
    wall = await Viewer.join(await open_chromium("wall"), server, await ada.invitation(), ada.id)
    for lines, layer in ((180, 0), (360, 1), (180, 0), (360, 1)):
        await wall.show(lines)
        await wall.until(CHANGE_SECONDS, height=lines, layer=layer, reason="viewport")
        await wall.goes_on(10, 2)
    assert (await wall.until(1, height=360)).decoder == f"video/{codec.upper()}"


@pytest.mark.parametrize(
    ("codec", "large", "reason"),
    [("vp9", 360, "viewport"), ("vp9&mode=L3T3", 360, "viewport"), ("av1", 180, "codec")],
)
async def test_spatial_layers_in_firefox(
    server: Server, open_chromium: OpenChromium, firefox: Firefox, codec: str, large: int, reason: str
) -> None:
    """VP9's need nothing of it; without the dependency descriptor there is one of AV1, and that is told."""
    ada = await publisher(server, open_chromium, codec)
    wall = await Viewer.join(firefox, server, await ada.invitation(), ada.id)
    for tile_lines, lines, why in ((180, 180, "viewport"), (360, large, reason), (180, 180, "viewport")):
        await wall.show(tile_lines)
        await wall.until(CHANGE_SECONDS, height=lines, reason=why, codec="AV1" if why == "codec" else None)
        await wall.goes_on(10, 2)


async def test_a_codec_that_firefox_lacks_is_told(
    server: Server, open_chromium: OpenChromium, firefox: Firefox
) -> None:
    ada = await publisher(server, open_chromium, "h264")
    wall = await Viewer.join(firefox, server, await ada.invitation(), ada.id)
    if await wall.can_decode("video/H264"):
        pytest.skip("this Firefox has the plugin")
    await wall.until(CHANGE_SECONDS, height=0, layer=None, reason="codec", codec="H264")


async def publisher(server: Server, open_chromium: OpenChromium, codec: str) -> Person:
    query = f"{QUERY}&load=off&codec={codec}"
    return await Person.start_meeting(await open_chromium("ada"), server.url, "Ada", query)


async def choose(person: Person, select: str, value: str) -> None:
    """In the quality dialog."""
    await person.window.click("#more")
    await person.window.click("#quality")
    await person.until("document.querySelector('#quality-dialog')?.open", CHANGE_SECONDS)
    await person.window.evaluate(
        f"(() => {{ const one = document.querySelector('{select}'); one.value = '{value}';"
        "one.dispatchEvent(new Event('change')); document.querySelector('#quality-dialog').close(); return true; })()"
    )
