"""Each browser rig calls itself page to page: camera, microphone, SRTP and decoders work without a server."""

from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.browser.firefox import Firefox
from tests.browser.pages import PAGE_TO_PAGE
from tests.browser.static import serve_page
from tests.browser.window import DESKTOP, PHONE, Window, wait_for

pytestmark = pytest.mark.browser

OUT = Path(__file__).parent / "out"


async def call_itself(window: Window, folder: Path) -> None:
    async with serve_page(PAGE_TO_PAGE, folder) as url:
        await window.open(url)
        await window.evaluate("call({width: 640, height: 360, frameRate: 15})")
        await wait_for(window, "inbound().then(i => i.frames >= 15 && i.audio >= 50 && i.energy > 0)", 20)
        width, height = await window.evaluate("inbound().then(i => [i.width, i.height])")
        assert (width * 9, width >= 320) == (height * 16, True), "Firefox begins small and takes 10 s to grow"
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            await window.screenshot(OUT / f"rig-{window.name}-{name}.png", size)


async def test_chromium_calls_itself(chromium: Chromium, tmp_path: Path) -> None:
    await call_itself(chromium, tmp_path)


async def test_firefox_calls_itself(firefox: Firefox, tmp_path: Path) -> None:
    await call_itself(firefox, tmp_path)
