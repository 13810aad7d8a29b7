"""The blurred background: before one joins and in the call, loaded when it is chosen, under the policy of the real server."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import Page, expect

from signaling.security_headers import policy
from signaling.web.paths import file_path, route_of
from signaling.web.site import Site, read_site
from tests.web.calls import LINK, join, until
from tests.web.conftest import OpenPage
from tests.web.serve import WEB, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (WEB / "vendor/segmenter").is_dir(), reason="the segmenter could not be fetched"),
]

MEASURE = """
  window.detail = async (track) => {
    const video = Object.assign(document.createElement("video"), { muted: true, srcObject: new MediaStream([track]) });
    await video.play();
    const canvas = new OffscreenCanvas(160, 90);
    const draw = canvas.getContext("2d");
    draw.drawImage(video, 0, 0, 160, 90);
    video.srcObject = null;
    const { data } = draw.getImageData(0, 0, 160, 90);
    let sum = 0;
    for (let at = 4; at < data.length; at += 4) sum += Math.abs(data[at + 1] - data[at - 3]);
    return sum / (data.length / 4);
  };
  window.sentCamera = () => treble.pc.getSenders().map(({ track }) => track).find((track) => track?.kind === "video");
  window.rawCamera = () => treble.room.localParticipant.track("camera");
"""


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Hashed(BaseHTTPRequestHandler):
        """As a gateway gives it, import map and policy included."""

        def do_GET(self) -> None:
            path = self.path.split("?")[0][1:]
            served = site.find(file_path(path) or "", route_of(path))
            if served is None:
                return self.send_error(404)
            self.send_response(200)
            self.send_header("content-type", served.content_type)
            self.send_header("content-length", str(len(served.body)))
            self.send_header("content-security-policy", policy((), served.allows))
            self.end_headers()
            self.wfile.write(served.body)
            return None

        def log_message(self, *_: object) -> None:
            """Silent."""

    return Hashed


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serve(handler_of(read_site(WEB, None))) as address:
        yield address


def watch_requests(page: Page) -> list[str]:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    return asked


def open_settings(page: Page) -> None:
    page.click("#more")
    page.click("#devices")
    page.wait_for_selector("#pref-background")


def is_blurred(page: Page) -> None:
    """What is sent has lost its detail, compared with what the camera gives."""
    until(page, "sentCamera() && sentCamera() !== rawCamera()")
    until(page, "Promise.all([detail(sentCamera()), detail(rawCamera())]).then(([sent, raw]) => sent < raw / 2)")


def test_the_background_is_blurred_in_a_call_and_no_longer(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    asked = watch_requests(page)
    join(page)
    page.evaluate(f"() => {{ {MEASURE} }}")
    open_settings(page)
    assert not [url for url in asked if "/vendor/" in url or "/blur/worker" in url]
    expect(page.locator("#pref-background")).to_have_value("none")
    page.select_option("#pref-background", "blur")
    is_blurred(page)
    assert len([url for url in asked if "/vendor/" in url and "?v=" in url]) == 3
    assert page.evaluate("JSON.parse(localStorage.getItem('treble.prefs')).background") == "blur"
    page.select_option("#pref-background", "none")
    until(page, "sentCamera() === rawCamera()")
    assert page.evaluate("fake.sent.filter(({ type }) => type === 'offer').length") == 1
