"""The blurred background: before one joins and in the call, loaded when it is chosen, by the real server's policy."""

from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import Page, expect

from signaling.security_headers import policy
from signaling.web.paths import file_path, route_of, split_version
from signaling.web.site import Site, read_site
from tests.web.calls import LINK, join, until
from tests.web.conftest import OpenPage
from tests.web.serve import WEB, serve

LOADING_MS = 20_000  # a worker, what it compiles and the first picture, on a busy machine
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (WEB / "vendor/segmenter").is_dir(), reason="the segmenter could not be fetched"),
]

MEASURE = """() => {
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
  window.everSent = new Set();
  const { replaceTrack } = RTCRtpSender.prototype;
  RTCRtpSender.prototype.replaceTrack = function (track) {
    if (track) everSent.add(track.id);
    return replaceTrack.call(this, track);
  };
  window.rawCamera = () => treble.room.localParticipant.track("camera");
}"""


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Hashed(BaseHTTPRequestHandler):
        """As a gateway gives it, import map and policy included."""

        def do_GET(self) -> None:
            _, path = split_version(self.path.split("?")[0][1:])
            served = site.find(file_path(path) or "", route_of(path))
            if served is None:
                return self.send_error(404)
            self.send_response(200)
            self.send_header("content-type", served.content_type)
            self.send_header("content-length", str(len(served.body)))
            self.send_header("content-security-policy", policy((), served.allows))
            self.end_headers()
            with suppress(ConnectionError):  # the page went on
                self.wfile.write(served.body)
            return None

        def log_message(self, *_: object) -> None:
            """Silent."""

    return Hashed


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serve(handler_of(read_site(WEB, None))) as address:
        yield address


@pytest.fixture(scope="module")
def plain() -> Iterator[str]:
    """A server that has fetched nothing of others."""
    with serve() as address:
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
    until(page, "sentCamera() && sentCamera() !== rawCamera()", LOADING_MS)
    softer = "Promise.all([sentCamera(), rawCamera()].map(detail)).then(([sent, raw]) => sent < raw / 2)"
    until(page, softer, LOADING_MS)


def without_vendor(page: Page) -> None:
    """The server's files are lost between two visits of this page."""
    page.context.route("**/vendor/**", lambda route: route.fulfill(status=404))


def test_the_background_is_blurred_in_a_call_and_no_longer(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    asked = watch_requests(page)
    join(page)
    page.evaluate(MEASURE)
    open_settings(page)
    assert not [url for url in asked if "/vendor/" in url or "/blur/worker" in url]
    expect(page.locator("#pref-background")).to_have_value("none")
    page.select_option("#pref-background", "blur")
    is_blurred(page)
    assert len([url for url in asked if "/_/" in url and "/vendor/" in url]) == 3
    assert page.evaluate("sentCamera().contentHint") == "motion"
    own = "document.querySelector('.tile[data-name=You] video, .tile video').srcObject.getTracks()[0]"
    until(page, f"{own} === sentCamera()")
    page.click("#camera")
    until(page, "!sentCamera()")
    until(page, "!treble.room.localParticipant.getProcessor('camera').processedTrack")
    page.click("#camera")
    is_blurred(page)
    page.select_option("#pref-background", "none")
    until(page, "sentCamera() === rawCamera()")
    assert page.evaluate("fake.sent.filter(({ type }) => type === 'offer').length") == 1


def test_what_was_chosen_before_one_joins_is_seen_there_and_never_sent_otherwise(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    page.evaluate(MEASURE)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.click("#go-settings")
    page.select_option("#pref-background", "blur")
    page.keyboard.press("Escape")
    shown = "document.querySelector('video').srcObject.getTracks()[0]"
    until(page, f"{shown}.label !== 'fake_device_0' && detail({shown}).then((now) => now < 4)", LOADING_MS)
    join(page)
    until(page, "sentCamera()")
    assert page.evaluate("everSent.has(rawCamera().id)") is False
    is_blurred(page)


def test_a_camera_that_cannot_be_blurred_any_more_is_not_shown_as_it_is(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate(MEASURE)
    page.click("#camera")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    open_settings(page)
    page.select_option("#pref-background", "blur")
    until(page, "treble.room.localParticipant.getProcessor('camera')")
    without_vendor(page)
    page.click("#camera")
    expect(page.locator(".toast")).to_contain_text("so your camera stayed off", timeout=LOADING_MS)
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    expect(page.locator("#pref-background")).to_have_value("none")
    assert page.evaluate("everSent.size") == 0
    page.click("#camera")
    until(page, "sentCamera() && sentCamera() === rawCamera()")


def test_what_cannot_be_loaded_is_said_and_the_picture_stays_as_it_was(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    without_vendor(page)
    join(page)
    page.evaluate(MEASURE)
    open_settings(page)
    page.select_option("#pref-background", "blur")
    expect(page.locator("#background-status")).to_contain_text("could not be blurred", timeout=LOADING_MS)
    expect(page.locator("#pref-background")).to_have_value("none")
    assert page.evaluate("sentCamera() === rawCamera()")


def test_it_is_said_before_one_joins_that_the_remembered_choice_cannot_be_kept(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    without_vendor(page)
    page.evaluate("localStorage.setItem('treble.prefs', JSON.stringify({ background: 'blur' }))")
    page.reload()
    expect(page.locator(".note[data-code='background.failed']")).to_be_visible(timeout=LOADING_MS)
    join(page)
    until(
        page,
        "treble.room.localParticipant.outgoing('camera') === treble.room.localParticipant.track('camera')",
    )
    assert page.evaluate("JSON.parse(localStorage.getItem('treble.prefs')).background") == "none"


def test_a_server_without_the_segmenter_does_not_offer_it(open_page: OpenPage, plain: str) -> None:
    page = open_page(plain + LINK, people=2)
    page.click("#go-settings")
    page.wait_for_selector("#pref-theme")
    expect(page.locator("#pref-background")).to_have_count(0)
