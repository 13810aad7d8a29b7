"""Quality on the page, in Chromium: what is asked for and sent, what is said about it, and how it is chosen."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import OpenPage
from tests.web.test_page import LINK, check_shape, join, see_everybody, sent, until

pytestmark = pytest.mark.browser

BUSY_LINK = "/r/blue-otter?debug&capture=1280x720@10#kd83-hs7q"
HD_LINK = BUSY_LINK.replace("#", "&load=off#")
LAYERS = "fake.sent.findLast((m) => m.type === 'layers')?.layers.map((one) => one.height).join()"
CAMERA = "treble.pc.getSenders()[1]"


def first_other(page: Page) -> str:
    found: str = page.evaluate("[...fake.people.keys()][0]")
    return found


def tile_of(page: Page, participant: str, source: str = "camera") -> Locator:
    return page.locator(f'.tile[data-participant="{participant}"][data-source={source}]')


def last_view(page: Page) -> list[dict[str, Any]]:
    tiles: list[dict[str, Any]] = sent(page, "view")[-1]["tiles"]
    return tiles


def open_menu(page: Page, tile: Locator) -> None:
    tile.hover()
    tile.locator(".tile-more").click()
    page.wait_for_selector(".menu")


def active(page: Page) -> list[bool]:
    found: list[bool] = page.evaluate(f"{CAMERA}.getParameters().encodings.map((one) => one.active)")
    return found


# --- receiving --------------------------------------------------------------------------------------------------


def test_the_tile_menu_caps_its_picture_and_auto_takes_the_cap_away(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    participant = first_other(page)
    open_menu(page, tile_of(page, participant))
    page.get_by_role("menuitemradio", name="360p").click()
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.some(({ cap }) => cap === 360)")
    assert {tile["participant"]: tile["cap"] for tile in last_view(page)}[participant] == 360
    assert sorted(tile["cap"] for tile in last_view(page)) == [0, 360]
    open_menu(page, tile_of(page, participant))
    expect(page.get_by_role("menuitemradio", name="360p")).to_have_attribute("aria-checked", "true")
    page.get_by_role("menuitemradio", name="Auto").click()
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.every(({ cap }) => cap === 0)")


def test_a_cap_for_all_holds_for_tiles_without_their_own_and_for_the_next_visit(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    page.keyboard.press("a")
    page.select_option("#quality-receive", "180")
    page.keyboard.press("Escape")
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.every(({ cap }) => cap === 180)")
    open_menu(page, tile_of(page, first_other(page)))
    page.get_by_role("menuitemradio", name="1080p").click()
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.some(({ cap }) => cap === 1080)")
    assert sorted(tile["cap"] for tile in last_view(page)) == [180, 1080]
    page.reload()
    join(page)
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 2")
    assert [tile["cap"] for tile in last_view(page)] == [180, 180]


def test_audio_only_shows_and_asks_for_no_picture_and_can_be_ended(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    page.click("#more")
    page.click("#audio-only")
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 0")
    participant = first_other(page)
    expect(tile_of(page, participant)).to_have_attribute("data-picture", "off")
    expect(page.locator("#camera")).to_have_attribute("data-on", "true")
    page.click("#audio-only-off")
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 2")
    expect(tile_of(page, participant)).to_have_attribute("data-picture", "on")


def test_a_picture_that_is_paused_for_want_of_bandwidth_gives_way_to_the_avatar(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    see_everybody(page)
    tile = tile_of(page, first_other(page))
    page.evaluate("fake.assign([{ slot: 0, reason: 'bandwidth', layer: null }])")
    expect(tile).to_have_attribute("data-picture", "off")
    expect(tile.locator(".tile-reason")).to_have_text("Your connection is too slow for this picture now.")
    page.evaluate("fake.assign([{ slot: 0, reason: 'bandwidth', layer: 0 }])")
    expect(tile).to_have_attribute("data-picture", "on")
    expect(tile.locator(".tile-reason")).to_have_text("Your connection is slow, so this is smaller.")


# --- pinning ----------------------------------------------------------------------------------------------------


def test_a_pinned_tile_is_large_and_comes_first(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=5))
    see_everybody(page)
    tile = page.locator(".stage-floor .tile:not(.is-self)").nth(1)
    participant = tile.get_attribute("data-participant") or ""
    page.keyboard.press("2")
    pinned = page.locator('.tile[data-pinned="true"]')
    expect(pinned).to_have_attribute("data-participant", participant)
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles[0]?.priority === 3")
    assert last_view(page)[0]["participant"] == participant
    assert last_view(page)[0]["width"] > 4 * last_view(page)[1]["width"]
    assert "pinned" in (pinned.get_attribute("aria-label") or "")
    page.keyboard.press("0")
    expect(pinned).to_have_count(0)
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.every(({ priority }) => priority === 0)")


def test_pinning_by_the_menu_is_reached_by_keys_alone(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    page.locator("#leave").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#tile-pin")).to_be_focused()
    page.keyboard.press("Enter")
    pinned = page.locator('.tile[data-pinned="true"]')
    expect(pinned).to_have_count(1)
    expect(pinned).to_be_focused()
    tile = page.locator(".stage-floor .tile").first
    tile.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tile-pin")).to_have_text("Unpin")
    page.keyboard.press("Enter")
    expect(page.locator('.tile[data-pinned="true"]')).to_have_count(0)


# --- saying -----------------------------------------------------------------------------------------------------


def test_statistics_tell_what_is_shown_and_why(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    page.evaluate(
        "fake.assign([{ slot: 0, layer: 1, temporal: 2 }, { slot: 1, reason: 'bandwidth', layer: 0 }])"
    )
    page.keyboard.press("t")
    shown = tile_of(page, first_other(page)).locator(".tile-stats")
    expect(shown).to_contain_text("Fits this tile.")
    expect(shown.locator(".stats-picture dd")).to_have_text("320 × 180, 5 fps")
    expect(shown.locator(".stats-data dd")).to_contain_text("kbit/s VP8")
    expect(shown.locator(".stats-lost dd")).to_have_text("0 %")
    expect(shown.locator(".stats-delay dd")).to_contain_text("ms")
    expect(shown.locator(".stats-layer dd")).to_have_text("2, frame rate step 3")
    expect(page.locator(".tile-stats:visible")).to_have_count(3)
    expect(page.locator(".tile-stats").nth(2)).to_contain_text("Your connection is slow, so this is smaller.")
    expect(page.locator(".is-self .tile-stats .stats-picture dd")).to_contain_text("320 × 180")
    page.keyboard.press("t")
    expect(page.locator(".tile-stats:visible")).to_have_count(0)


def test_statistics_of_one_tile_and_the_cap_in_words(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    tile = tile_of(page, first_other(page))
    open_menu(page, tile)
    page.click("#tile-statistics")
    expect(page.locator(".tile-stats:visible")).to_have_count(1)
    open_menu(page, tile)
    page.get_by_role("menuitemradio", name="180p").click()
    page.evaluate("fake.assign([{ slot: 0, reason: 'cap' }])")
    expect(tile.locator(".tile-stats")).to_contain_text("You chose 180p.")


def test_ones_own_network_stands_above_in_shape_and_word(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    network = page.locator("#network")
    expect(network).to_have_attribute("data-level", "excellent")  # by our own statistics
    tell(page, own="fair", other="good")
    expect(network).to_have_text("Fair")
    assert network.get_attribute("title") == "Your connection: Fair: video may be blurry."
    assert network.locator("use").get_attribute("href") == "#icon-net-fair"
    tile = tile_of(page, first_other(page))
    expect(tile.locator(".tile-mark:visible")).to_have_count(0)
    tell(page, own="good", other="poor")
    expect(network).to_have_text("Good")
    expect(tile.locator(".tile-mark:visible use")).to_have_attribute("href", "#icon-net-poor")
    assert "connection: Poor" in (tile.get_attribute("aria-label") or "")


def test_a_poor_network_offers_audio_only(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    see_everybody(page)
    tell(page, own="poor", other="good")
    offer = page.locator("#net-offer")
    expect(offer).to_be_visible()
    page.click("#net-audio-only")
    expect(offer).to_be_hidden()
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 0")


def tell(page: Page, own: str, other: str) -> None:
    page.evaluate(
        """([own, level]) => fake.push({ type: "networks", networks: [{ participant: fake.YOU, level: own },
             { participant: [...fake.people.keys()][0], level }] })""",
        [own, other],
    )


# --- sending ----------------------------------------------------------------------------------------------------


def test_the_layers_on_offer_are_told_and_what_nobody_wants_is_not_sent(open_page: OpenPage) -> None:
    page = join(open_page(HD_LINK, people=2))
    layers = sent(page, "layers")[-1]
    assert layers["source"] == "camera"
    assert [(layer["width"], layer["height"]) for layer in layers["layers"]] == [
        (320, 180),
        (640, 360),
        (1280, 720),
    ]
    assert active(page) == [True, True, True]
    page.evaluate("fake.push({ type: 'demand', source: 'camera', layers: [true, false, false] })")
    until(page, f"!{CAMERA}.getParameters().encodings[2].active")
    assert active(page) == [True, False, False]
    page.evaluate("fake.push({ type: 'demand', source: 'camera', layers: [true, true, true] })")
    until(page, f"{CAMERA}.getParameters().encodings[2].active")


def test_the_user_sends_less_and_the_choice_stays(open_page: OpenPage) -> None:
    page = join(open_page(HD_LINK, people=2))
    page.keyboard.press("a")
    page.select_option("#quality-send", "360")
    until(page, f"!{CAMERA}.getParameters().encodings[2].active")
    until(page, f"{LAYERS} === '180,360'")
    page.reload()
    join(page)
    assert [layer["height"] for layer in sent(page, "layers")[-1]["layers"]] == [180, 360]


def test_a_shared_screen_comes_first_and_is_smooth_on_request(open_page: OpenPage) -> None:
    page = join(open_page(HD_LINK, people=2))
    page.evaluate("""() => { navigator.mediaDevices.getDisplayMedia = async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
      canvas.getContext("2d");
      return canvas.captureStream(5);
    }; }""")
    page.click("#share")
    expect(page.locator("#sharing")).to_be_visible()
    until(page, f"!{CAMERA}.getParameters().encodings[2].active")
    until(page, "fake.sent.some((m) => m.type === 'layers' && m.source === 'screen')")
    hint = "treble.room.localParticipant.track('screen').contentHint"
    assert page.evaluate(hint) == "detail"
    page.keyboard.press("a")
    page.check("#quality-motion")
    until(page, f"{hint} === 'motion'")
    page.keyboard.press("Escape")
    page.click("#share-stop")
    until(page, f"{CAMERA}.getParameters().encodings[2].active")


@pytest.mark.parametrize(("codec", "mode"), [("vp9", "L3T3_KEY"), ("av1", "L3T3")])
def test_svc_is_one_encoding_whose_layers_follow_demand(open_page: OpenPage, codec: str, mode: str) -> None:
    page = join(open_page(HD_LINK.replace("?debug", f"?debug&codec={codec}"), people=2))
    assert len(sent(page, "layers")[-1]["layers"]) == 3
    parameters = f"{CAMERA}.getParameters().encodings[0]"
    assert page.evaluate(f"{CAMERA}.getParameters().encodings.length") == 1
    assert page.evaluate(f"{parameters}.scalabilityMode") == mode
    page.evaluate("fake.push({ type: 'demand', source: 'camera', layers: [true, false, false] })")
    until(page, f"{parameters}.scalabilityMode === 'L1T3'")
    assert page.evaluate(f"{parameters}.scaleResolutionDownBy") == 4
    page.evaluate("fake.push({ type: 'demand', source: 'camera', layers: [false, false, false] })")
    until(page, f"!{parameters}.active")


def test_a_busy_machine_sends_a_layer_less_and_asks_for_smaller_pictures(open_page: OpenPage) -> None:
    page = join(open_page(BUSY_LINK, people=2))
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 1")
    before = last_view(page)[0]["width"]
    page.evaluate("""() => {
      const real = RTCPeerConnection.prototype.getStats;
      const busy = (one) => (one.type === "outbound-rtp" ? { ...one, qualityLimitationReason: "cpu" } : one);
      RTCPeerConnection.prototype.getStats = async function () {
        return new Map([...(await real.call(this))].map(([id, one]) => [id, busy(one)]));
      };
    }""")
    expect(page.locator(".toast").last).to_contain_text("This device is busy", timeout=60_000)
    until(page, f"!{CAMERA}.getParameters().encodings[2].active")
    until(page, f"{LAYERS} === '180,360'")
    until(page, f"fake.sent.findLast((m) => m.type === 'view').tiles[0].width === {round(before / 2)}")


# --- shape ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(320, 568), (390, 844), (844, 390), (1440, 900)])
def test_everything_of_quality_fits_and_has_names(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = join(open_page(LINK, people=6, size=size))
    page.evaluate("fake.push({ type: 'networks', networks: [{ participant: fake.YOU, level: 'poor' }] })")
    page.keyboard.press("t")
    page.wait_for_selector("#net-offer:visible")
    check_shape(page)
    page.locator(".stage-floor .tile:not(.is-self)").first.dispatch_event("contextmenu")
    page.wait_for_selector(".menu")
    check_shape(page)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    check_shape(page)
