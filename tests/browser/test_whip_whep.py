"""Publishers and players of other makes by WHIP and WHEP, beside a browser in the same room."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.chromium import OpenChromium
from tests.browser.clients import Client
from tests.browser.person import Person
from tests.browser.server import Server

pytestmark = pytest.mark.browser


def room_of(link: str) -> str:
    return urlsplit(link).path.rpartition("/")[2]


@pytest.mark.parametrize("make", ["aiortc", "gstreamer"])
async def test_a_whip_publisher_is_seen_and_heard(
    server: Server, open_chromium: OpenChromium, tmp_path: Path, make: str
) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    room = room_of(await ada.invitation())
    token = await server.token(room, "Camera 1")
    publisher = Client(make, "publish", f"{server.url}/whip/{room}", token, tmp_path)
    try:
        await publisher.wait_until(15, state="connected")
        await ada.sees("Camera 1", frames=30)
        seen = (await ada.remotes())["Camera 1"]
        assert (seen.width, seen.height) == (640, 360)
        await publisher.stop()
        await ada.until_gone("Camera 1", 2)
        assert await ada.offers_since_entering() == 0
    finally:
        publisher.process.kill()


@pytest.mark.parametrize("make", ["aiortc", "gstreamer"])
async def test_a_whep_player_sees_and_hears(
    server: Server, open_chromium: OpenChromium, tmp_path: Path, make: str
) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    room = room_of(await ada.invitation())
    token = await server.token(room, "Wall", "viewer")
    player = Client(make, "play", f"{server.url}/whep/{room}", token, tmp_path)
    try:
        await player.wait_until(15, state="connected")
        played = await player.wait_until(20, audio=100, video=30)
        assert played["width"] * 9 == played["height"] * 16
        assert played["height"] in (180, 360)
        await player.stop()
        assert await ada.offers_since_entering() == 0
    finally:
        player.process.kill()
