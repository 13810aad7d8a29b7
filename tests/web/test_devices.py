"""Devices that fail, come and go, and what the microphone's loudness tells; the ways back after a loss."""

import os
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, sent, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser
client_only = pytest.mark.skipif(not os.environ.get("TREBLE_CLIENT"), reason="one of `make test-client`")

# A microphone that is as loud as `loud(gain)` says.
TONE = """() => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: 300 });
  const gain = new GainNode(context, { gain: 0 });
  window.loud = (value) => { gain.gain.value = value; return context.resume(); };
  tone.connect(gain);
  tone.start();
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    if (!wanted.audio) return stream;
    const out = context.createMediaStreamDestination();
    gain.connect(out);
    return new MediaStream([...out.stream.getTracks(), ...stream.getVideoTracks()]);
  };
}"""
# A headset that can be plugged in and out, `plug(true)`: the last speaker (and microphone) of the browser, by another name.
PLUGS = """() => {
  const media = navigator.mediaDevices;
  const real = media.enumerateDevices.bind(media);
  let isThere = false;
  window.plug = (there) => {
    isThere = there;
    media.dispatchEvent(new Event("devicechange"));
  };
  media.enumerateDevices = async () => {
    const all = await real();
    const parts = ["audioinput", "audiooutput"].map((kind) => all.findLast((one) => one.kind === kind));
    window.ear = parts[1].deviceId;
    const headset = parts.map(({ kind, deviceId }) => ({ kind, deviceId, groupId: "headset", label: "Headset" }));
    return [...all.filter((one) => !parts.includes(one)), ...(isThere ? headset : [])];
  };
}"""


def enter_by_code(page: Page) -> Page:
    page.fill("#code", "https://x/r/blue-otter#kd83")
    page.press("#code", "Enter")
    return page


def open_with(open_page: OpenPage, *scripts: str, **options: Any) -> Page:
    """The page with these scripts run before the pre-join."""
    page = open_page("/?debug&capture=320x180@10&load=off", people=2, **options)
    for script in scripts:
        page.evaluate(script)
    return enter_by_code(page)


def fail_devices(page: Page, name: str) -> None:
    """From now on no device opens; `mend()` ends it."""
    page.evaluate(
        """(name) => {
          const media = navigator.mediaDevices;
          const real = media.getUserMedia;
          media.getUserMedia = async () => { throw new DOMException("no", name); };
          window.mend = () => { media.getUserMedia = real; };
        }""",
        name,
    )


# --- in the call ------------------------------------------------------------------------------------------------


def test_who_talks_while_muted_is_told_and_can_unmute(open_page: OpenPage) -> None:
    page = join(open_with(open_page, TONE))
    page.keyboard.press("m")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    page.evaluate("loud(0.5)")
    told = page.locator("[data-alert='mic-muted']")
    expect(told).to_contain_text("You are muted. Press M to speak.")
    expect(told).to_have_attribute("role", "status")
    page.click("#mic-unmute")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")
    expect(told).to_have_count(0)
    page.keyboard.press("m")
    expect(told).to_have_count(1)
    page.keyboard.press("m")
    expect(told).to_have_count(0)
    muted = [message["muted"] for message in sent(page, "mute") if message["source"] == "microphone"]
    assert muted[-4:] == [True, False, True, False]


@client_only
def test_a_microphone_from_which_nothing_comes_is_named(open_page: OpenPage) -> None:
    page = join(open_with(open_page, TONE))
    page.evaluate("loud(0)")
    told = page.locator("[data-alert='mic-silent']")
    expect(told).to_contain_text("We hear nothing from", timeout=15_000)
    page.evaluate("loud(0.5)")
    expect(told).to_have_count(0)


@client_only
def test_another_microphone_may_be_chosen_for_one_that_is_silent(open_page: OpenPage) -> None:
    page = join(open_with(open_page, TONE))
    page.evaluate("loud(0)")
    page.click("#mic-choose", timeout=30_000)
    expect(page.locator("#device-audioinput")).to_be_visible()


def test_a_camera_that_fails_in_the_call_says_so_at_its_button_and_can_be_tried_again(
    open_page: OpenPage,
) -> None:
    page = join(open_with(open_page))
    page.keyboard.press("v")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    fail_devices(page, "NotReadableError")
    page.click("#camera")
    expect(page.locator(".hint-card")).to_contain_text("Another program uses your camera.")
    expect(page.locator("#device-again")).to_be_focused()
    page.evaluate("mend()")
    page.click("#device-again")
    expect(page.locator("#camera")).to_have_attribute("data-on", "true")


def test_a_device_that_cannot_be_used_leaves_the_earlier_one(open_page: OpenPage) -> None:
    page = join(open_with(open_page))
    page.evaluate("""() => {
      const media = navigator.mediaDevices;
      const real = media.getUserMedia.bind(media);
      media.getUserMedia = (wanted) => {
        media.getUserMedia = real;
        return Promise.reject(new DOMException("no", "NotReadableError"));
      };
    }""")
    page.click("#mic-menu")
    page.locator("[role=menuitemradio]").nth(1).click()
    expect(page.locator(".hint-card")).to_contain_text("Another program uses your microphone.")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")
    until(page, "treble.pc.getSenders()[0].track?.readyState === 'live'")


def test_what_is_plugged_in_can_be_used_and_its_loss_is_told(open_page: OpenPage) -> None:
    page = join(open_with(open_page, PLUGS))
    page.evaluate("plug(true)")
    found = page.locator(".banner[role=status]", has_text="Headset is there.")
    expect(found).to_have_count(1)
    page.evaluate("plug(false)")
    expect(found).to_have_count(0)
    page.evaluate("plug(true)")
    found.get_by_role("button", name="Use it").click()
    expect(found).to_have_count(0)
    sinks = "[...document.querySelectorAll('audio')].map(({ sinkId }) => sinkId)"
    until(page, f"{sinks}.length > 1 && {sinks}.every((sink) => sink === ear)")
    page.evaluate("plug(false)")
    lost = page.locator(".toast", has_text="Headset was unplugged. Using System default.")
    expect(lost).to_have_count(1)
    until(page, f"{sinks}.every((sink) => sink === '')")


def test_the_screen_stays_on_and_is_asked_for_again_when_the_page_is_seen_again(open_page: OpenPage) -> None:
    page = open_with(
        open_page,
        """() => {
          window.locks = 0;
          Object.defineProperty(navigator, "wakeLock", { value: {
            request: async () => { window.locks += 1; return { release() { window.locks = 0; } }; },
          } });
        }""",
    )
    join(page)
    until(page, "locks === 1")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(page, "locks === 2")


def test_media_that_does_not_get_through_is_told_after_ten_seconds(open_page: OpenPage) -> None:
    page = open_page(LINK, people=2)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.evaluate("""() => {
      const real = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        const sdp = description.sdp.replace(/a=candidate.*\\r\\n/g, "");
        return real.call(this, { type: description.type, sdp });
      };
    }""")
    page.clock.install()
    page.fill("#name", "Eve")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    page.wait_for_selector("#media-slow", state="attached")  # its ten seconds have begun
    expect(page.locator("#media-slow")).to_be_hidden()
    page.clock.fast_forward(10_000)
    expect(page.locator("#media-slow")).to_contain_text("Sound and picture do not get through.")
    expect(page.locator("#media-slow a")).to_have_attribute("href", "/check")


# --- before it --------------------------------------------------------------------------------------------------


def test_a_device_that_is_unplugged_before_one_joins_is_replaced_and_named(open_page: OpenPage) -> None:
    page = open_with(
        open_page,
        """() => {
          const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await real(wanted));
        }""",
    )
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.evaluate("stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator(".note")).to_contain_text("was unplugged. Using fake_device_0")
    expect(page.locator("#preview-cam")).not_to_have_class("is-off")


def test_a_camera_that_is_plugged_in_is_opened_without_another_click(open_page: OpenPage) -> None:
    page = open_page("/")
    fail_devices(page, "NotFoundError")
    enter_by_code(page)
    expect(page.locator(".note")).to_contain_text("No microphone and no camera found.")
    page.evaluate("mend(); navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    expect(page.locator("#preview-cam:not(.is-off)")).to_be_visible()
    expect(page.locator(".note")).to_have_count(0)


def test_a_server_that_cannot_be_reached_at_all_is_tried_again_by_itself(open_page: OpenPage) -> None:
    page = open_page(LINK, unreachable=True)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.fill("#name", "Eve")
    page.click("#join")
    expect(page.locator("#join-status")).to_contain_text("The server cannot be reached. Trying again in")
    page.click("#cancel-join")
    expect(page.locator("#join")).to_be_enabled()
    page.click("#join")
    page.wait_for_selector("#retry-now:visible")
    page.evaluate("fake.options.unreachable = false")
    page.click("#retry-now")
    page.wait_for_selector("body[data-screen=call]")


def test_after_ten_seconds_it_is_said_what_is_slow(open_page: OpenPage) -> None:
    page = open_page(LINK)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.evaluate("""() => {  // no offer is answered
      const real = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        return description.type === "offer" ? new Promise(() => {}) : real.call(this, description);
      };
    }""")
    page.clock.install()
    page.fill("#name", "Eve")
    page.click("#join")
    expect(page.locator("#join-status")).to_have_text("Joining…")
    until(page, "fake.sent.some(({ type }) => type === 'offer')")
    page.clock.run_for(9_800)
    expect(page.locator("#join-status")).to_contain_text("prepares sound and picture slowly")


def test_one_click_takes_the_meeting_over_from_another_tab(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("fake.push({ type: 'elsewhere' })")
    expect(page.locator("body[data-screen=left] h1")).to_contain_text("You joined from another tab.")
    expect(page.locator("#rejoin")).to_have_text("Use here")
    page.click("#rejoin")
    page.wait_for_selector("body[data-screen=call]")
    until(page, "treble.pc?.connectionState === 'connected'")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")


def test_who_waits_at_the_door_is_told_of_a_lost_server_and_can_try_now(open_page: OpenPage) -> None:
    page = open_page(LINK, waiting="knock")
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.fill("#name", "Eve")
    page.click("#join")
    page.wait_for_selector("body[data-screen=waiting]")
    page.evaluate("fake.options.unreachable = true; fake.dropSockets()")
    expect(page.locator("#waiting-text")).to_contain_text("Trying again in", timeout=8000)
    page.evaluate("fake.options.unreachable = false")
    page.click("#retry-now")
    expect(page.locator("#waiting-text")).to_contain_text("Asking to join…")
