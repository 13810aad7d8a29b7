"""The page in Chromium, with a server inside it (`harness/fake_server.js`): screens, words, what is sent."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import sent, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

LINK = "/r/blue-otter?debug&capture=320x180@10&load=off#kd83-hs7q"
MUTED = "fake.sent.findLast((m) => m.type === 'mute' && m.source === '{}')?.muted"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff the Elder of Hamburg Yes"


def join(page: Page, name: str = "Eve") -> Page:
    """Through the pre-join into the call, until the others are seen."""
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.fill("#name", name)
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    until(page, "treble.pc?.connectionState === 'connected'")
    return page


def see_everybody(page: Page) -> None:
    until(
        page,
        """[...fake.people.values()].filter(({ tracks }) => !tracks[1].muted).every(({ id }) =>
             document.querySelector(`.tile[data-participant="${id}"]`)?.dataset.picture === "on")""",
    )


# --- the way in -------------------------------------------------------------------------------------------------


def test_a_host_starts_a_meeting_and_the_address_becomes_the_invitation(open_page: OpenPage) -> None:
    page = open_page("/?debug&capture=320x180@10&load=off")
    page.click("#new-meeting")
    join(page, "Hedy")
    assert page.url.endswith("/r/blue-otter-92?debug&capture=320x180@10&load=off#kd83-hs7q-p2mx")
    assert sent(page, "hello")[0]["token"] == "host"
    page.click("#alone-copy")
    expect(page.locator(".toast")).to_have_text("Invitation copied.")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/r/blue-otter-92#kd83-hs7q-p2mx")


def test_a_pasted_link_leads_to_the_room_and_nonsense_is_explained(open_page: OpenPage) -> None:
    page = open_page("/")
    page.fill("#code", "two words")
    page.press("#code", "Enter")
    expect(page.locator("#code-error")).to_contain_text("no meeting link")
    page.fill("#code", "https://elsewhere.example/r/blue-otter#kd83")
    page.press("#code", "Enter")
    page.wait_for_selector("body[data-screen=prejoin]")
    assert page.url.endswith("/r/blue-otter#kd83")


def test_a_link_without_password_asks_for_it_and_says_when_it_is_wrong(open_page: OpenPage) -> None:
    page = open_page("/r/blue-otter?debug&capture=320x180@10&load=off")
    page.fill("#name", "Eve")
    page.click("#join")
    expect(page.locator("#password-error")).to_contain_text("Type the password")
    page.fill("#password", "wrong")
    page.click("#join")
    expect(page.locator("#join-error")).to_contain_text("That link or password is not right.")
    page.fill("#password", "right")
    join(page)


def test_a_nameless_guest_is_asked_for_a_name(open_page: OpenPage) -> None:
    page = open_page(LINK)
    page.click("#join")
    expect(page.locator("#name-error")).to_be_visible()
    expect(page.locator("#name")).to_be_focused()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"code": "auth.slow", "retry_after": 12}, "Too many tries. Wait 12 s."),
        ({"code": "full"}, "This meeting is full."),
        ({"code": "busy"}, "The server is busy."),
    ],
)
def test_refusals_have_words(open_page: OpenPage, code: dict[str, Any], words: str) -> None:
    page = open_page(LINK, failEnter=code)
    page.fill("#name", "Eve")
    page.click("#join")
    expect(page.locator("#join-error")).to_contain_text(words)
    expect(page.locator("#join")).to_be_enabled()


def test_a_server_that_cannot_be_reached_is_tried_again(open_page: OpenPage) -> None:
    page = open_page(LINK)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.fill("#name", "Eve")
    page.evaluate("""() => {
      const open = fetch;
      window.fetch = async (...all) => {
        const answer = await open(...all);
        if (String(all[0]).endsWith("/enter")) fake.options.unreachable = true;
        return answer;
      };
    }""")
    page.click("#join")
    expect(page.locator("#join-status")).to_contain_text("The server cannot be reached.")
    page.evaluate("fake.options.unreachable = false")
    page.click("#retry-now")
    page.wait_for_selector("body[data-screen=call]")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "The browser blocks your camera."),
        ("NotFoundError", "No camera found."),
        ("NotReadableError", "Another program uses your camera."),
    ],
)
def test_a_camera_that_fails_says_why_and_one_can_join_without(
    open_page: OpenPage, name: str, words: str
) -> None:
    page = open_page("/")
    page.evaluate(
        """(name) => {
          const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wanted) => {
            if (wanted.video) throw new DOMException("no", name);
            return real(wanted);
          };
        }""",
        name,
    )
    page.fill("#code", "https://x/r/blue-otter#kd83")
    page.press("#code", "Enter")
    expect(page.locator(".note")).to_contain_text(words)
    page.fill("#name", "Eve")
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")


def test_an_insecure_address_says_where_to_go(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.fill("#code", "/r/blue-otter#kd83-hs7q")
    page.press("#code", "Enter")
    expect(page.locator(".note")).to_have_count(1)
    expect(page.locator(".note")).to_contain_text("Open https://")
    expect(page.locator(".note")).to_contain_text("/r/blue-otter#kd83-hs7q.")  # the whole invitation


# --- the call ---------------------------------------------------------------------------------------------------


def test_one_offer_holds_four_sources_and_twelve_pairs_and_joins_cause_no_other(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    [offer] = sent(page, "offer")
    assert [track["source"] for track in offer["tracks"]] == [
        "microphone",
        "camera",
        "screen",
        "screen-audio",
    ]
    assert len(offer["slots"]) == 12
    assert offer["sdp"].count("m=") == 4 + 24
    assert len(offer["sdp"]) < 60_000
    guest = page.evaluate("fake.join('Late Guest')")
    see_everybody(page)
    page.evaluate(f"fake.leave('{guest}')")
    expect(page.locator(f'[data-participant="{guest}"]')).to_have_count(0)
    assert len(sent(page, "offer")) == 1


def test_more_tiles_than_pairs_are_offered_once_more(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=16, size=(1440, 900)))
    see_everybody(page)
    offers = sent(page, "offer")
    assert [len(offer["slots"]) for offer in offers] == [12, 20]
    assert page.locator(".stage-floor .tile").count() == 15


def test_the_server_is_told_what_is_muted(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))

    for source, muted in (("microphone", "false"), ("camera", "false"), ("screen", "true")):
        until(page, MUTED.format(source) + f" === {muted}")
    page.keyboard.press("m")
    page.keyboard.press("v")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    until(page, MUTED.format("microphone"))
    until(page, MUTED.format("camera"))
    assert page.evaluate("treble.room.localParticipant.track('camera')") is None
    page.click("#camera")
    expect(page.locator("#camera")).to_have_attribute("data-on", "true")
    until(page, MUTED.format("camera") + " === false")
    assert len(sent(page, "offer")) == 1


def test_a_screen_is_shared_without_an_offer_and_stopped_from_the_bar(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("""() => { navigator.mediaDevices.getDisplayMedia = async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
      canvas.getContext("2d");
      return canvas.captureStream(5);
    }; }""")
    page.click("#share")
    expect(page.locator("#sharing")).to_be_visible()
    until(page, MUTED.format("screen") + " === false")
    page.click("#share-stop")
    expect(page.locator("#sharing")).to_be_hidden()
    assert len(sent(page, "offer")) == 1


def test_a_shared_screen_becomes_the_main_tile_and_goes_again(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    change = """(muted) => { const [id, one] = [...fake.people][0];
      fake.change(id, { tracks: one.tracks.map((t) => t.source === "screen" ? { ...t, muted } : t) }); }"""
    page.evaluate(change, False)
    tile = page.locator(".tile[data-source=screen]")
    expect(tile).to_have_attribute("data-picture", "on")
    expect(tile).to_have_attribute("data-fit", "contain")
    assert tile.locator("video.mirrored").count() == 0
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles[0]?.source === 'screen'")
    page.evaluate(change, True)
    expect(tile).to_have_count(0)
    expect(page.locator(".toast").last).to_contain_text("stopped sharing")


def test_a_picture_never_stands_under_another_persons_name(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    seen = page.evaluate("""async () => {
      const [a, b] = [...fake.people.keys()];
      const receiver = treble.pc.getReceivers().find((r) => r.track === treble.room.slots.all[0].video.getTracks()[0]);
      const last = () => receiver.getSynchronizationSources()[0].rtpTimestamp;
      const [other, tile] = [a, b].map((id) => document.querySelector(`.tile[data-participant="${id}"]`));
      const from = (last() + 450_000) >>> 0;
      fake.assign([{ slot: 0, participant: b, from_rtp_timestamp: from }, { slot: 1, participant: null }]);
      const early = [];
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        const shown = tile.dataset.picture === "on";
        if (shown) return { early, late: (last() - from) | 0, other: other.dataset.picture };
        if (((last() - from) | 0) < -9000) early.push(shown);
      }
    }""")
    assert len(seen["early"]) > 10  # of some hundred readings
    assert not any(seen["early"])
    assert seen["late"] > -9000
    assert seen["other"] == "off"


def test_a_codec_that_cannot_be_shown_is_named(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, reasons=["codec"]))
    expect(page.locator(".tile-reason:visible")).to_have_text("Your browser cannot show H264.")


def test_tiles_are_asked_for_in_device_pixels_four_times_a_second_at_most(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 2")
    until(
        page,
        """fake.sent.findLast((m) => m.type === "view").tiles.every(({ participant, width, height }) => {
             const box = document.querySelector(`[data-participant="${participant}"]`).getBoundingClientRect();
             return Math.abs(width - box.width) <= 1 && Math.abs(height - box.height) <= 1;
           })""",
    )
    before = len(sent(page, "view"))
    for step in range(1000):  # tiles change all the time, until three more views have gone
        page.set_viewport_size({"width": 1280, "height": 720 - 2 * (step % 20)})
        if len(sent(page, "view")) > before + 2:
            break
    times = page.evaluate("fake.times('view')")
    assert min(later - earlier for earlier, later in pairwise(times[before:])) > 240


def test_who_speaks_has_a_border_and_who_is_muted_has_not(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    page.evaluate(
        """fake.push({ type: "speakers",
             speakers: [...fake.people.keys()].map((participant) => ({ participant, level: 9 })) })"""
    )
    speaking = page.locator('.tile[data-speaking="true"]')
    expect(speaking).to_have_count(1)  # the other one's microphone is muted
    assert "speaking" in (speaking.get_attribute("aria-label") or "")


def test_a_phone_shows_four_and_a_speaker_of_another_page_comes_to_this_one(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=8, size=(390, 844)))
    expect(page.locator(".stage-floor .tile")).to_have_count(4)
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 4")
    speaker = page.evaluate("[...fake.people.keys()].at(-1)")
    page.evaluate(
        "(participant) => fake.push({ type: 'speakers', speakers: [{ participant, level: 9 }] })", speaker
    )
    expect(page.locator(f'.stage-floor [data-participant="{speaker}"]')).to_be_visible()
    first = page.locator(".stage-floor .tile").first.get_attribute("data-participant")
    page.click("#page-next")
    expect(page.locator(f'.stage-floor [data-participant="{first}"]')).to_have_count(0)
    expect(page.locator(".stage-floor .tile")).to_have_count(3)


def test_the_microphone_is_changed_in_the_call(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    before = page.evaluate("treble.room.localParticipant.track('microphone').id")
    page.click("#mic-menu")
    page.locator("[role=menuitemradio]").nth(1).click()
    page.wait_for_function("(id) => treble.room.localParticipant.track('microphone')?.id !== id", arg=before)
    until(page, "treble.pc.getSenders()[0].track === treble.room.localParticipant.track('microphone')")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")


def test_a_device_that_is_unplugged_is_replaced_and_named(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("treble.room.localParticipant.track('camera').dispatchEvent(new Event('ended'))")
    expect(page.locator(".toast").last).to_contain_text("was unplugged. Using")
    expect(page.locator("#camera")).to_have_attribute("data-on", "true")


def test_sound_that_the_browser_blocks_waits_for_a_click(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate("""() => {
      const play = HTMLMediaElement.prototype.play;
      let clicked = false;
      addEventListener("click", (event) => { clicked ||= Boolean(event.target.closest("#autoplay")); }, true);
      HTMLMediaElement.prototype.play = function () {
        if (this.muted || clicked) return this.muted ? play.call(this) : Promise.resolve();
        return Promise.reject(new DOMException("no", "NotAllowedError"));
      };
    }""")
    page.fill("#code", "https://x/r/blue-otter#kd83")
    page.press("#code", "Enter")
    page.fill("#name", "Eve")
    page.click("#join")
    expect(page.locator("#autoplay")).to_have_text("Click to hear the others.")
    page.click("#autoplay")
    expect(page.locator("#autoplay")).to_be_hidden()


def test_a_toast_that_is_looked_at_stays_also_when_others_come(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=1))
    page.evaluate("fake.join('Looked At')")
    first = page.locator(".toast", has_text="Looked At")
    first.hover()
    page.evaluate("['Bea', 'Cid', 'Dee'].forEach((name) => fake.join(name))")
    expect(page.locator(".toast")).to_have_count(3)
    expect(page.locator(".toast")).to_contain_text(["Looked At", "Cid", "Dee"])


# --- losing and finding -----------------------------------------------------------------------------------------


# What stands there for a second or two, a busy machine may show too briefly to be looked at.
LISTENS_TO_BANNER = """() => {
  window.said = [];
  const banner = document.querySelector("#banner");
  new MutationObserver(() => said.push(`${banner.ariaLive}: ${banner.querySelector("p")?.textContent}`)).observe(
    banner, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def test_a_lost_socket_is_told_and_media_goes_on(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    see_everybody(page)
    page.evaluate(LISTENS_TO_BANNER)
    page.evaluate("window.first = treble.pc; fake.options.unreachable = true; fake.dropSockets()")
    banner = page.locator("#banner")
    until(page, "said.some((words) => words.includes('Connection lost. Reconnecting…'))")
    assert page.evaluate("treble.room.localParticipant.connection") == "reconnecting"
    expect(banner).to_contain_text("Trying again")
    expect(banner).to_have_attribute("aria-live", "off")  # seconds are not read out one by one
    page.evaluate("fake.options.unreachable = false")
    page.click("#retry-now")
    until(page, "said.includes('polite: You are back.')")
    expect(banner).to_be_hidden()
    assert page.evaluate("treble.pc === first && first.connectionState") == "connected"
    assert page.evaluate("treble.room.localParticipant.connection") == "connected"
    assert len(sent(page, "offer")) == 1


def test_a_lost_session_begins_anew_with_new_media(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    see_everybody(page)
    page.evaluate("window.first = treble.pc; fake.forget(); fake.dropSockets()")
    until(page, "treble.pc !== first && treble.pc.connectionState === 'connected'")
    see_everybody(page)
    assert page.evaluate("first.connectionState") == "closed"
    assert len(sent(page, "offer")) == 2


def test_media_that_the_server_closed_is_opened_anew_in_the_same_session(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("window.first = treble.pc; fake.remote.close()")
    until(page, "treble.pc !== first && treble.pc.connectionState === 'connected'")
    see_everybody(page)
    assert len(sent(page, "hello")) == 1


@pytest.mark.parametrize(
    ("message", "words", "may_return"),
    [
        ({"type": "elsewhere"}, "You joined from another tab.", True),
        ({"type": "ended", "reason": "ended"}, "The host ended the meeting for everyone.", False),
        ({"type": "ended", "reason": "removed"}, "The host removed you from this meeting.", False),
    ],
)
def test_the_end_has_its_reason(
    open_page: OpenPage, message: dict[str, Any], words: str, may_return: bool
) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("(message) => fake.push(message)", message)
    expect(page.locator("body[data-screen=left] h1")).to_contain_text(words)
    expect(page.locator("#rejoin")).to_be_visible(visible=may_return)
    expect(page.locator("#chat-export")).to_be_visible(visible=message.get("reason") != "removed")


def test_a_server_that_goes_down_is_a_lost_connection(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("fake.push({ type: 'ended', reason: 'shutdown' })")
    until(page, "fake.sent.filter(({ type }) => type === 'hello').length === 2")
    until(page, "treble.room.state === 'connected'")
    expect(page.locator("body")).to_have_attribute("data-screen", "call")


def test_leaving_closes_everything_and_rejoin_leads_back(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.evaluate("window.first = treble.pc; window.mic = treble.room.localParticipant.track('microphone')")
    page.click("#leave")
    expect(page.locator("h1")).to_have_text("You left the meeting.")
    assert len(sent(page, "leave")) == 1
    assert page.evaluate("[first.connectionState, mic.readyState]") == ["closed", "ended"]
    page.click("#rejoin")
    expect(page.locator("#name")).to_have_value("Eve")
    join(page)


# --- shape ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(320, 568), (360, 640), (844, 390), (1440, 900)])
def test_nothing_scrolls_sideways_and_no_control_is_nameless_or_small(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = open_page("/", size=size)
    check_shape(page)
    page.goto(LINK)
    page.wait_for_selector("#preview-cam:not(.is-off)")
    check_shape(page)
    page.evaluate("(name) => [...Array(5)].map((_, i) => fake.join(`${i} ${name}`.slice(0, 60)))", LONG_NAME)
    join(page, LONG_NAME)
    check_shape(page)
    page.click("#people")
    check_shape(page)
    page.keyboard.press("Escape")
    page.click("#more")
    page.wait_for_selector("#devices")
    check_shape(page)
    page.click("#devices")
    page.wait_for_selector("#pref-theme")
    check_shape(page)


def check_shape(page: Page) -> None:
    found = page.evaluate("""() => {
      const shown = [...document.querySelectorAll("button, a, input, select")].filter((one) => one.checkVisibility());
      const box = (one) => one.getBoundingClientRect();
      const nameless = (one) => one.matches("button, a") && !(one.textContent.trim() || one.getAttribute("aria-label"));
      return {
        over: document.documentElement.scrollWidth - innerWidth,
        nameless: shown.filter(nameless).map((one) => one.outerHTML),
        outside: shown.filter((one) => box(one).left < -1 || box(one).right > innerWidth + 1).map((one) => one.id),
        small: shown.filter((one) => one.matches("button") && Math.min(box(one).width, box(one).height) < 39.5)
          .map((one) => one.id || one.className),
      };
    }""")
    assert found == {"over": 0, "nameless": [], "outside": [], "small": []}


def test_tab_goes_from_bar_to_stage_and_arrows_move_between_tiles(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    page.locator("#leave").focus()
    page.keyboard.press("Tab")
    tiles = page.locator(".stage-floor .tile")
    expect(tiles.nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    assert tiles.evaluate_all("(all) => all.map((one) => one.tabIndex)") == [-1, 0, -1]
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#leave")).to_be_focused()


def test_keys_are_off_while_typing_and_escape_closes_the_panel(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    page.keyboard.press("p")
    page.fill("#people-search", "grace")
    page.locator("#people-search").press("m")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")
    page.locator("#panel-close").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#people-panel")).to_be_hidden()
    expect(page.locator("#people")).to_be_focused()
