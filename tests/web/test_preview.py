"""Before one joins: what is opened once and closed for certain, and comes along into the call."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import until
from tests.web.conftest import OpenPage
from tests.web.test_devices import enter_by_code, fail_devices

pytestmark = pytest.mark.browser

# Every handle that was given out, and a browser that answers when it is let: `hold()`, `release()`.
HANDLES = """() => {
  const media = navigator.mediaDevices;
  const real = media.getUserMedia.bind(media);
  const given = [];
  let answered = Promise.resolve();
  window.asked = window.pending = 0;
  window.hold = () => { answered = new Promise((resolve) => { window.release = resolve; }); };
  window.live = (kind) => given.filter((track) => track.kind === kind && track.readyState === "live").length;
  media.getUserMedia = async (wanted) => {
    window.asked += 1;
    window.pending += 1;
    try {
      await answered;
      const stream = await real(wanted);
      given.push(...stream.getTracks());
      return stream;
    } finally {
      window.pending -= 1;
    }
  };
}"""
ON = re.compile("^((?!is-off).)*$")


def opening(open_page: OpenPage) -> Page:
    """In the pre-join, while the browser still asks for both devices."""
    page = open_page("/?debug&capture=320x180@10&load=off", people=2)
    page.evaluate(HANDLES)
    page.evaluate("hold()")
    enter_by_code(page)
    expect(page.locator(".preview-cover")).to_have_text("Opening your camera…")
    assert page.evaluate("asked") == 1
    return page


def join(page: Page) -> None:
    page.fill("#name", "Eve")
    page.press("#name", "Enter")


def test_a_click_while_the_camera_is_opened_means_off(open_page: OpenPage) -> None:
    page = opening(open_page)
    cover = page.locator(".preview-cover")
    delay = "(one) => getComputedStyle(one).animationDelay"
    assert cover.evaluate(delay) == "0.3s"  # before, it is not said
    page.get_by_role("button", name="Turn camera off").click()
    expect(cover).to_have_text("Your camera is off")
    page.evaluate("release()")
    expect(page.locator("#preview-mic")).to_have_class(ON)
    until(page, "pending === 0 && live('video') === 0 && live('audio') === 1")
    page.click("#preview-cam")
    expect(page.locator("#preview-cam")).to_have_class(ON)
    until(page, "pending === 0 && live('video') === 1")


def test_a_camera_is_opened_once_however_often_it_is_switched_meanwhile(open_page: OpenPage) -> None:
    page = opening(open_page)
    for _ in range(4):
        page.click("#preview-cam")
    page.evaluate("release()")
    expect(page.locator("#preview-cam")).to_have_class(ON)
    until(page, "pending === 0 && live('video') === 1 && live('audio') === 1")
    assert page.evaluate("asked") == 2


def test_devices_that_come_all_at_once_are_opened_once(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate(HANDLES)
    fail_devices(page, "NotFoundError")
    enter_by_code(page)
    expect(page.locator(".note")).to_contain_text("No microphone and no camera found.")
    page.evaluate("""() => {
      mend();
      for (let n = 0; n < 3; n += 1) navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    }""")
    expect(page.locator("#preview-mic")).to_have_class(ON)
    expect(page.locator("#preview-cam")).to_have_class(ON)
    until(page, "pending === 0 && live('video') === 1 && live('audio') === 1")
    assert page.evaluate("asked") == 2


def test_what_is_still_being_opened_when_one_leaves_is_closed(open_page: OpenPage) -> None:
    page = opening(open_page)
    page.go_back()
    page.wait_for_selector("body[data-screen=home]")
    page.evaluate("release()")
    until(page, "pending === 0 && live('video') === 0 && live('audio') === 0")


def test_who_joins_while_the_devices_are_opened_is_heard_and_seen(open_page: OpenPage) -> None:
    page = opening(open_page)
    page.fill("#name", "Eve")
    page.evaluate("document.querySelector('#join').click(); release()")  # within the three seconds
    page.wait_for_selector("body[data-screen=call]")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")
    expect(page.locator("#camera")).to_have_attribute("data-on", "true")
    assert page.evaluate("asked") == 1


def test_who_does_not_answer_the_browser_joins_and_may_answer_then(open_page: OpenPage) -> None:
    page = opening(open_page)
    join(page)
    page.wait_for_selector("body[data-screen=call]")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    page.evaluate("release()")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")
    expect(page.locator("#camera")).to_have_attribute("data-on", "true")
    until(page, "pending === 0 && live('video') === 1 && live('audio') === 1")


def test_where_no_speaker_can_be_chosen_the_speaker_can_be_tested(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate("""() => {
      delete HTMLMediaElement.prototype.setSinkId;
      const { start } = OscillatorNode.prototype;
      window.tones = 0;
      OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
    }""")
    enter_by_code(page)
    expect(page.locator("#device-audiooutput")).to_have_count(0)
    page.get_by_role("button", name="Test speaker").click()
    until(page, "tones === 2")
