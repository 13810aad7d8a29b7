"""The blurred background: before one joins and in the call, loaded when it is chosen, by the real server's policy."""

import re
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from signaling.security_headers import policy
from signaling.web.paths import file_path, route_of, split_version
from signaling.web.site import Site, read_site
from tests.web.calls import LINK, join, until, until_resolved
from tests.web.conftest import OpenPage
from tests.web.serve import WEB, serve

LOADING_MS = 60_000  # a worker, what it compiles and the first picture, on a busy machine
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
    until_resolved(page, softer, LOADING_MS / 1000)


def without_vendor(page: Page) -> None:
    """The server's files are lost between two visits of this page."""
    page.context.route("**/vendor/**", lambda route: route.fulfill(status=404))


def remember_blur(page: Page) -> None:
    """As a visit before this one has left it."""
    page.set_default_timeout(LOADING_MS)
    page.evaluate("localStorage.setItem('treble.prefs', JSON.stringify({ background: 'blur' }))")
    page.reload()


def is_withheld(page: Page) -> None:
    """The notice of the call, and no picture of the camera sent at any time."""
    expect(notice_of(page)).to_be_visible(timeout=LOADING_MS)  # again, where a try has hidden it
    expect(notice_of(page)).to_contain_text("so your camera is off")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    until(page, "!sentCamera()")
    assert remembered(page) == "blur"


def notice_of(page: Page) -> Locator:
    return page.locator(".banner:has(#background-again)")


def remembered(page: Page) -> Any:
    return page.evaluate("JSON.parse(localStorage.getItem('treble.prefs')).background")


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
    until(page, f"{shown}.label !== 'fake_device_0'", LOADING_MS)
    until_resolved(page, f"detail({shown}).then((now) => now < 4)", LOADING_MS / 1000)
    join(page)
    until(page, "sentCamera()")
    assert page.evaluate("everSent.has(rawCamera().id)") is False
    is_blurred(page)


def test_a_camera_that_cannot_be_blurred_any_more_stays_off_until_it_can_be(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate(MEASURE)
    page.click("#camera")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    open_settings(page)
    page.select_option("#pref-background", "blur")
    until(page, "treble.room.localParticipant.getProcessor('camera')")
    without_vendor(page)
    page.click("#camera")
    is_withheld(page)
    expect(page.locator("#background-status")).to_contain_text("cannot be blurred here")
    page.click("#background-again")
    expect(page.locator("#camera")).to_be_focused()
    is_withheld(page)
    assert page.evaluate("everSent.size") == 0
    page.context.unroute("**/vendor/**")
    page.click("#background-again")
    is_blurred(page)
    expect(notice_of(page)).to_be_hidden()
    assert page.evaluate("everSent.has(rawCamera().id)") is False


def test_a_blur_that_is_chosen_in_the_call_and_cannot_be_loaded_closes_the_camera(
    open_page: OpenPage,
) -> None:
    page = open_page(LINK, people=2)
    without_vendor(page)
    join(page)
    page.evaluate(MEASURE)
    open_settings(page)
    page.select_option("#pref-background", "blur")
    is_withheld(page)
    page.click("#unblur")
    until(page, "sentCamera() && sentCamera() === rawCamera()")
    expect(page.locator("#pref-background")).to_have_value("none")
    assert remembered(page) == "blur", "without, but for this visit alone"


def test_a_blur_that_stops_in_the_middle_closes_the_camera(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    page.context.add_init_script("""
      window.workers = [];
      window.Worker = class extends Worker { constructor(...all) { super(...all); workers.push(this); } };
    """)
    remember_blur(page)
    page.evaluate(MEASURE)
    join(page)
    is_blurred(page)
    page.evaluate("workers.at(-1).postMessage({ type: 'frame', bitmap: { width: 1, height: 1 } })")
    is_withheld(page)
    page.click("#background-again")
    is_blurred(page)
    assert page.evaluate("everSent.has(rawCamera().id)") is False


SLOWED = """
  window.workers = [];
  window.asleep = false;
  window.Worker = class extends Worker {
    constructor(...all) { super(...all); workers.push(this); }
    postMessage(data, ...rest) { if (!asleep || data.type !== "ask") super.postMessage(data, ...rest); }
  };
  const later = setTimeout;
  window.setTimeout = (work, ms, ...rest) => later(work, asleep && ms === 2000 ? 50 : ms, ...rest);
"""
"""Workers do not hear what they are asked while `asleep`, and time passes fast for who asks."""


def test_it_is_told_until_it_is_blurred_and_a_worker_that_hangs_is_replaced_once(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    page.context.add_init_script(SLOWED)
    page.reload()
    held: list[Route] = []
    page.route("**/vendor/**", lambda route: held.append(route))
    join(page)
    page.evaluate(MEASURE)
    open_settings(page)
    page.select_option("#pref-background", "blur")
    expect(notice_of(page)).to_contain_text("Until then others see it as it is", timeout=LOADING_MS)
    expect(page.locator("#background-again")).to_be_hidden()
    assert page.evaluate("sentCamera() === rawCamera()")
    page.route("**/vendor/**", lambda route: route.continue_())
    for route in held:
        route.continue_()
    is_blurred(page)
    expect(notice_of(page)).to_be_hidden()
    page.evaluate("everSent.clear(); window.asleep = true")
    until(page, "workers.length === 2", LOADING_MS)
    is_withheld(page)
    assert page.evaluate("workers.length") == 2
    assert page.evaluate("everSent.has(rawCamera()?.id)") is False
    page.evaluate("window.asleep = false")
    page.click("#background-again")
    is_blurred(page)
    expect(notice_of(page)).to_be_hidden()
    assert page.evaluate("everSent.has(rawCamera().id)") is False


def test_another_camera_is_blurred_from_its_first_picture(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    remember_blur(page)
    page.evaluate(MEASURE)
    join(page)
    is_blurred(page)
    page.evaluate("window.before = rawCamera()")
    page.evaluate("""async () => {
      const devices = await navigator.mediaDevices.enumerateDevices();
      const { deviceId } = devices.filter(({ kind }) => kind === "videoinput").at(-1);
      await treble.room.switchActiveDevice("videoinput", deviceId);
    }""")
    until(page, "rawCamera() && rawCamera() !== before")
    is_blurred(page)
    assert page.evaluate("everSent.has(rawCamera().id) || everSent.has(before.id)") is False


def test_before_one_joins_a_camera_that_cannot_be_blurred_is_closed_and_that_is_said(
    open_page: OpenPage,
) -> None:
    page = open_page(LINK, people=2)
    without_vendor(page)
    remember_blur(page)
    note = page.locator(".note[data-code='background.failed']")
    expect(note).to_contain_text("cannot be blurred here, so your camera is off", timeout=LOADING_MS)
    expect(page.locator("#preview-cam")).to_have_class(re.compile("is-off"))
    until(page, "document.querySelector('video').srcObject === null")
    page.fill("#name", "Eve")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    page.evaluate(MEASURE)
    is_withheld(page)
    assert page.evaluate("treble.room.localParticipant.track('camera')") is None


def test_before_one_joins_one_may_go_on_without(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    without_vendor(page)
    remember_blur(page)
    page.wait_for_selector(".note[data-code='background.failed']", timeout=LOADING_MS)
    page.click("#unblur")
    until(page, "document.querySelector('video').srcObject?.getTracks()[0].label === 'fake_device_0'")
    join(page)
    page.evaluate(MEASURE)
    until(page, "sentCamera() && sentCamera() === rawCamera()")
    assert remembered(page) == "blur"


CANNOT = {
    "server": "This server has no background blur",
    "browser": "This browser cannot blur your background",
}


@pytest.mark.parametrize("why", CANNOT)
def test_what_has_been_chosen_where_it_could_be_done_is_not_forgotten_where_it_cannot(
    open_page: OpenPage, plain: str, origin: str, why: str
) -> None:
    page = open_page({"server": plain, "browser": origin}[why] + LINK, people=2)
    page.context.add_init_script("delete window.OffscreenCanvas" if why == "browser" else "")
    remember_blur(page)
    expect(page.locator(f".note[data-code='background.{why}']")).to_contain_text(CANNOT[why])
    until(page, "document.querySelector('video').srcObject === null")
    page.fill("#name", "Eve")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    page.evaluate(MEASURE)
    is_withheld(page)
    expect(notice_of(page)).to_contain_text(CANNOT[why])
    open_settings(page)
    expect(page.locator("#background-status")).to_contain_text(CANNOT[why])
    page.select_option("#pref-background", "none")
    expect(notice_of(page)).to_be_hidden()
    page.click("#camera")
    until(page, "sentCamera() && sentCamera() === rawCamera()")


@pytest.mark.parametrize("lost", ["lib/preview-background.js", "blur/processor.js"])
def test_nothing_is_shown_where_the_page_s_own_part_of_it_is_lost(
    open_page: OpenPage, plain: str, lost: str
) -> None:
    page = open_page(plain + LINK, people=2)
    page.context.route(f"**/{lost}", lambda route: route.abort())
    remember_blur(page)
    expect(page.locator(".note[data-code='background.failed']")).to_be_visible()
    until(page, "document.querySelector('video').srcObject === null")
    page.fill("#name", "Eve")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    page.evaluate(MEASURE)
    if lost == "blur/processor.js":
        page.click("#part-notice .quiet")
    page.click("#camera")
    until(
        page, "fake.sent.some(({ type, source, muted }) => type === 'mute' && source === 'camera' && muted)"
    )
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    assert page.evaluate("everSent.size") == 0


def test_a_server_without_the_segmenter_does_not_offer_it(open_page: OpenPage, plain: str) -> None:
    page = open_page(plain + LINK, people=2)
    page.click("#go-settings")
    page.wait_for_selector("#pref-theme")
    expect(page.locator("#pref-background")).to_have_count(0)
