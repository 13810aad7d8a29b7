"""End-to-end encryption in real browsers through the real server: who reads what, and what the server's bytes are worth."""

import statistics

import av
import pytest

from tests.browser.chromium import OpenChromium
from tests.browser.firefox import Firefox
from tests.browser.person import Person, debug_link, tile
from tests.browser.sealed import safety_code, start_sealed
from tests.browser.server import Server
from tests.browser.tap import Frame, Tap
from tests.browser.viewer import Viewer
from tests.browser.window import quote

pytestmark = pytest.mark.browser

CAMERA = 1  # of `SOURCES` in web/sdk/e2ee/header.js
FRAMES = 30
LEAST_DIFFERENCE = 20  # of 255, in the middle; a picture and its own copy have 0


def luma(frames: list[bytes]) -> list[bytes | None]:
    """Every sixteenth point of what a decoder makes of each; None where it makes nothing."""
    decoder = av.CodecContext.create("vp8", "r")
    pictures: list[bytes | None] = []
    for frame in frames:
        try:
            decoded = decoder.decode(av.Packet(frame))
        except av.FFmpegError:
            decoded = []
        pictures.append(bytes(decoded[0].planes[0])[::16] if decoded else None)
    return pictures


def differences(tapped: list[Frame]) -> list[float]:
    """Of what the server's bytes show from the true picture; 255 where they show nothing."""
    true = luma([frame.opened or b"" for frame in tapped])
    seen = luma([frame.came for frame in tapped])
    assert None not in true, "the true frames decode"
    return [
        statistics.mean(abs(x - y) for x, y in zip(one, other, strict=True))
        if one and other and len(one) == len(other)
        else 255.0
        for one, other in zip(true, seen, strict=True)
    ]


async def test_chromium_and_firefox_see_and_hear_each_other_encrypted(
    server: Server, open_chromium: OpenChromium, firefox: Firefox
) -> None:
    ada = await start_sealed(await open_chromium("ada"), server, "Ada")
    link = await ada.invitation()
    assert "&e2ee=" in link
    bob = await Person.join(firefox, link, "Bob")
    await ada.sees("Bob", frames=20, seconds=60)
    await bob.sees("Ada", frames=20, seconds=60)
    assert await safety_code(ada, 1) == await safety_code(bob, 1)
    for person in (ada, bob):
        assert [line for line in person.window.log if line.startswith("uncaught")] == []


async def test_the_bytes_of_the_server_show_nothing_and_layers_switch(
    server: Server, open_chromium: OpenChromium
) -> None:
    ada = await start_sealed(await open_chromium("ada"), server, "Ada")
    window = await open_chromium("viewer")
    tap = await Tap.put(window)
    link = await ada.invitation()
    viewer = await Viewer.join(window, server, link, ada.id, secret=link.partition("&e2ee=")[2])
    for height in (360, 180, 360):
        await viewer.show(height)
        before = (await viewer.until(30, height=height)).frames
        await viewer.until_frames(before + 10, 20)
    tapped = await tap.video(most=1000)
    switched = max(at for at, frame in enumerate(tapped) if frame.key)
    tapped = tapped[switched : switched + FRAMES]
    assert all(frame.opened for frame in tapped)
    found = differences(tapped)
    assert statistics.median(found) > LEAST_DIFFERENCE, found
    assert min(found) > LEAST_DIFFERENCE / 2, found


async def test_who_comes_without_the_key_and_is_removed_reads_nothing(
    server: Server, open_chromium: OpenChromium
) -> None:
    ada = await start_sealed(await open_chromium("ada"), server, "Ada")
    link = await ada.invitation()
    stays, goes = await open_chromium("bob"), await open_chromium("eve")
    bob_tap, eve_tap = await Tap.put(stays), await Tap.put(goes)
    bob = await Person.join(stays, link, "Bob")
    await bob.sees("Ada", frames=10, seconds=60)
    bare, secret = debug_link(link).split("&e2ee=")
    eve = Person(goes, "Eve")
    await eve.come(bare)
    await eve.be_in()

    await eve.until(f"{tile('Ada')}?.dataset.reason === 'sealed-own'")
    assert (await eve.window.evaluate(f"{tile('Ada')}.dataset.picture")) == "off"
    await ada.until("document.querySelector('#sealed-badge').dataset.state === 'on'")
    assert await safety_code(ada, 1) == await safety_code(bob, 1)

    await eve.window.click("#sealed-enter")
    await eve.window.fill("#sealed-secret", secret)
    await eve.window.click("#sealed-use")
    await eve.sees("Ada", "Bob", frames=10, seconds=60)
    await ada.sees("Bob", "Eve", frames=10, seconds=60)
    assert len({await safety_code(person, 2) for person in (ada, bob, eve)}) == 1

    await ada.window.evaluate(f"treble.room.meeting.remove({quote(eve.id)}, false).then(() => true)")
    await eve.until("document.body.dataset.screen === 'left'")
    await bob.until_gone("Eve", 10)
    before = (await bob.remote("Ada")).frames
    await bob.sees("Ada", frames=before + FRAMES, seconds=60)
    later = [frame for frame in await bob_tap.video(most=FRAMES // 2) if frame.opened]
    assert len(later) >= FRAMES // 4, "Bob reads on"
    assert await eve_tap.opens(ada.id, CAMERA, [frame.came for frame in later]) == 0
    assert any(frame.opened for frame in await eve_tap.video(most=1000)), "it could before"
