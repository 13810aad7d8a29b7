"""A real browser on a network that gets worse and better: the picture shrinks, goes on, and comes back."""

from pathlib import Path

import pytest
import trio

from bench.link.model import Conditions
from bench.link.running import open_link
from tests.browser.chromium import OpenChromium
from tests.browser.namespace import ADDRESS
from tests.browser.patience import STRICT
from tests.browser.person import Person
from tests.browser.picture import write_picture
from tests.browser.server import Server

pytestmark = pytest.mark.browser

WIDE = Conditions(rate_bps=3_000_000)
NARROW = Conditions(rate_bps=300_000)  # audio and 180 lines fit, 360 lines do not
RAMP_SECONDS = 40  # the sender's browser takes its time to trust a new path
DOWN_SECONDS = 6
WATCHED_SECONDS = 5
UP_SECONDS = 20
LEAST_RATE = 5 if STRICT else 1  # frames per second of 15, three processes on a busy machine


async def test_the_picture_follows_the_downlink(
    server: Server, open_chromium: OpenChromium, tmp_path: Path
) -> None:
    picture = write_picture(tmp_path / "room.y4m", 640, 360, 15)
    camera = await open_chromium("ada", f"--use-file-for-fake-video-capture={picture}")
    ada = await Person.start_meeting(camera, server.url, "Ada")
    async with open_link(ADDRESS, (ADDRESS, server.media_port), down=WIDE) as link:
        bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea", link.port)
        await bea.sees("Ada")
        await bea.sees_size("Ada", 640, 360, RAMP_SECONDS)

        dropped = await link.change(down=NARROW)
        await bea.sees_size("Ada", 320, 180, DOWN_SECONDS)
        before = await bea.remote("Ada")
        began = trio.current_time()
        await trio.sleep(WATCHED_SECONDS)
        after = await bea.remote("Ada")
        assert after.frames - before.frames >= (trio.current_time() - began) * LEAST_RATE
        assert (after.height, after.reason) == (180, "bandwidth")
        calm = [each for each in link.of("down") if each.at > dropped + DOWN_SECONDS]
        if STRICT:  # what a server sends at once after it was stopped overflows any queue
            assert sum(each.overflowed for each in calm) == 0, calm

        await link.change(down=WIDE)
        await bea.sees_size("Ada", 640, 360, UP_SECONDS)
    assert await bea.offers_since_entering() == 0
