"""The blurred background in Firefox, which passes bitmaps to its worker: it comes, goes on, and is not given up unsaid."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.web.site import read_site
from tests.browser.firefox import Firefox, open_firefox
from tests.browser.window import DESKTOP, wait_for
from tests.web.conftest import FAKE_SERVER
from tests.web.serve import WEB, serve
from tests.web.test_background import handler_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.environ.get("TREBLE_CLIENT"), reason="minutes: one of `make test-client`"),
    pytest.mark.skipif(not (WEB / "vendor/segmenter").is_dir(), reason="the segmenter could not be fetched"),
]

SECONDS = 60
PATH = "/r/blue-otter?debug&capture=640x360@15#kd83-hs7q"
OPTIONS = "window.fakeOptions = { people: 2 };"
REMEMBERED = """localStorage.setItem("treble.prefs", JSON.stringify({ name: "Eve", background: "blur" }));"""
BROKEN = """
window.workers = [];
window.Worker = class extends Worker { constructor(...all) { super(...all); workers.push(this); } };
"""
SENT = "treble.pc?.getSenders().map(({ track }) => track).find((track) => track?.kind === 'video')"
OWN = "treble.room.localParticipant.track('camera')"
PICTURES = f"""new Promise((resolve) => {{
  const video = Object.assign(document.createElement("video"), {{ muted: true, srcObject: new MediaStream([{SENT}]) }});
  let count = 0;
  const next = () => ((count += 1), video.requestVideoFrameCallback(next));
  video.requestVideoFrameCallback(next);
  video.play();
  setTimeout(() => resolve(count), 4000);
}})"""


@pytest.fixture(scope="module")
def hashed() -> Iterator[str]:
    """A server as a gateway is, with the segmenter."""
    with serve(handler_of(read_site(WEB, None))) as address:
        yield address


async def enter(window: Firefox, origin: str, *before: str) -> None:
    await window.before_load("\n".join((OPTIONS, FAKE_SERVER, REMEMBERED, *before)))
    await window.open(f"{origin}{PATH}")
    await wait_for(window, "document.querySelector('#name')?.checkVisibility()", SECONDS)


async def join(window: Firefox) -> None:
    await window.click("#join")
    await wait_for(window, "document.body.dataset.screen === 'call'", SECONDS)
    await wait_for(window, "treble.pc?.connectionState === 'connected'", SECONDS)


async def test_firefox_sends_a_blurred_picture_and_closes_the_camera_where_that_stops(
    hashed: str, tmp_path: Path
) -> None:
    async with open_firefox(tmp_path) as window:
        await window.set_size(DESKTOP)
        await enter(window, hashed, BROKEN)
        shown = "document.querySelector('.preview video').srcObject?.getTracks()[0]"
        await wait_for(window, f"{shown} && {shown}.label === ''", SECONDS)  # of a canvas
        await join(window)
        await wait_for(window, f"{SENT} && {OWN} && {SENT} !== {OWN}", SECONDS)
        assert await window.evaluate(PICTURES) >= 8, "in four seconds, on a busy machine"
        await window.evaluate(
            "workers.at(-1).postMessage({ type: 'frame', bitmap: { width: 1, height: 1 } })"
        )
        await wait_for(window, "document.querySelector('#background-again')?.checkVisibility()", SECONDS)
        assert await window.evaluate("document.querySelector('#camera').dataset.on") == "false"
        assert await window.evaluate(f"{SENT} ?? null") is None
        await window.click("#background-again")
        await wait_for(window, f"{SENT} && {OWN} && {SENT} !== {OWN}", SECONDS)
        assert await window.evaluate(PICTURES) >= 8


async def test_firefox_closes_the_camera_where_the_server_has_no_blur(origin: str, tmp_path: Path) -> None:
    async with open_firefox(tmp_path) as window:
        await window.set_size(DESKTOP)
        await enter(window, origin)
        note = "document.querySelector(\".note[data-code='background.server']\")"
        await wait_for(window, f"{note}?.innerText.includes({json.dumps('so your camera is off')})", SECONDS)
        assert await window.evaluate("document.querySelector('.preview video').srcObject") is None
        await join(window)
        assert await window.evaluate(f"{SENT} ?? null") is None
