"""The stage in Chromium: layouts, pages, order, one's own corner, zoom, volume, full screen, the small window."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.calls import LINK, join, sent, until, waiter
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

FLOOR = ".stage-floor .tile"


def tile_of(page: Page, participant: str) -> Locator:
    return page.locator(f'.tile[data-participant="{participant}"][data-source=camera]')


def others(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...fake.people.keys()]")
    return found


def shown(page: Page) -> list[str]:
    """Whose tiles stand on the floor, in reading order; one's own is `you-0001`."""
    found: list[str] = page.locator(FLOOR).evaluate_all("(all) => all.map((one) => one.dataset.participant)")
    return found


def last_view(page: Page) -> list[str]:
    tiles: list[dict[str, Any]] = sent(page, "view")[-1]["tiles"]
    return [tile["participant"] for tile in tiles]


def speak(page: Page, *participants: str) -> None:
    page.evaluate(
        "(ids) => fake.push({ type: 'speakers', speakers: ids.map((participant) => ({ participant, level: 9 })) })",
        list(participants),
    )


def share(page: Page, participant: str, on: bool) -> None:
    page.evaluate(
        """([id, muted]) => fake.change(id, {
             tracks: fake.people.get(id).tracks.map((t) => (t.source === "screen" ? { ...t, muted } : t)) })""",
        [participant, not on],
    )


def main_is(page: Page, participant: str) -> None:
    """The large one stands first in speaker view."""
    expect(page.locator(".stage")).to_have_attribute("data-mode", "speaker")
    expect(page.locator(FLOOR).first).to_have_attribute("data-participant", participant)


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found is not None
    return dict(found)


# --- layouts ----------------------------------------------------------------------------------------------------


def test_speaker_view_follows_who_speaks_and_the_filmstrip_stays(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=5, cameras=0))
    expect(page.locator(FLOOR)).to_have_count(4)
    first, second, third, fourth = others(page)
    page.keyboard.press("w")
    main_is(page, first)
    expect(page.locator("#layout")).to_have_attribute("aria-label", "Grid view")
    assert shown(page) == [first, "you-0001", second, third, fourth]
    speak(page, third)
    main_is(page, third)
    assert shown(page) == [third, "you-0001", second, first, fourth]
    speak(page, "you-0001")
    speak(page, "you-0001", fourth)
    main_is(page, fourth)
    page.click("#layout")
    expect(page.locator(".stage")).to_have_attribute("data-mode", "grid")
    page.click("#layout")
    main_is(page, fourth)
    assert page.evaluate("JSON.parse(localStorage['treble.prefs']).layout") == "speaker"


def test_a_screen_switches_once_and_back_unless_the_user_chose(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=4, cameras=0))
    stage = page.locator(".stage")
    first, second, _ = others(page)
    share(page, first, True)
    expect(stage).to_have_attribute("data-mode", "speaker")
    share(page, first, False)
    expect(stage).to_have_attribute("data-mode", "grid")
    share(page, first, True)
    expect(stage).to_have_attribute("data-mode", "speaker")
    page.keyboard.press("w")
    expect(stage).to_have_attribute("data-mode", "grid")
    share(page, second, True)
    expect(page.locator(".tile[data-source=screen]")).to_have_count(2)
    expect(stage).to_have_attribute("data-mode", "grid")
    assert shown(page)[:2] == [first, second]
    assert "you-0001" in shown(page), "four people: oneself is in the grid, however many screens"


def test_a_host_spotlights_from_the_tile_and_digits_pin_the_same_tile_twice(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=4, cameras=0))
    _, second, third = others(page)
    tile_of(page, second).hover()
    tile_of(page, second).locator(".tile-more").click()
    page.click("#tile-spotlight")
    main_is(page, second)
    assert sent(page, "spotlight")[-1]["participant"] == second
    page.keyboard.press("3")
    main_is(page, third)
    page.keyboard.press("3")
    main_is(page, second)


# --- pages and order --------------------------------------------------------------------------------------------


def test_forty_people_have_pages_and_the_server_is_told_of_one(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=40, cameras=0, size=(1440, 900)))
    everybody = others(page)
    expect(page.locator(FLOOR)).to_have_count(25)
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 25")
    assert last_view(page) == everybody[:25]
    expect(page.locator(".dots i")).to_have_count(2)
    assert page.locator(".stage-floor.animated").count() == 0, "more than nine tiles do not glide"
    page.keyboard.press("PageDown")
    expect(page.locator(FLOOR)).to_have_count(14)
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles.length === 14")
    assert last_view(page) == everybody[25:]
    expect(page.locator(".dots")).to_have_attribute("aria-label", "Page 2 of 2")
    expect(page.locator("#page-next")).to_be_disabled()
    assert page.locator(".players audio").count() >= 12, "sound does not depend on the page"
    page.locator(FLOOR).first.focus()
    page.keyboard.press("ArrowDown")
    below = page.locator(".tile:focus")
    assert box(below)["y"] > box(page.locator(FLOOR).first)["y"]
    page.keyboard.press("End")
    expect(page.locator(FLOOR).last).to_be_focused()
    page.keyboard.press("Tab")
    assert page.locator(".stage-floor :focus").count() == 0, "the tiles are one stop of the Tab key"


def test_raised_hands_keep_their_places_when_a_speaker_comes(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=8, cameras=0, size=(390, 844)))
    expect(page.locator(FLOOR)).to_have_count(4)
    everybody = others(page)
    for turn, participant in enumerate(everybody[:2] + everybody[3:4]):
        page.evaluate("([id, hand]) => fake.change(id, { hand })", [participant, 1_000 + turn])
    expect(page.locator(".stage-floor .tile-hand:visible")).to_have_count(3)
    speak(page, everybody[6])
    expect(tile_of(page, everybody[6])).to_be_visible()
    assert shown(page) == [everybody[0], everybody[1], everybody[6], everybody[3]]


def test_a_swipe_turns_the_page_and_two_fingers_do_not(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=8, cameras=0, size=(390, 844), touch=True))
    expect(page.locator(FLOOR)).to_have_count(4)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        places = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (300, 300), (320, 500))
    touch("touchMove", (100, 300), (320, 500))
    touch("touchEnd")
    touch("touchStart", (300, 300))
    touch("touchMove", (200, 310))
    touch("touchMove", (120, 310))
    touch("touchEnd")
    expect(page.locator(".dots")).to_have_attribute("aria-label", "Page 2 of 2")
    expect(page.locator(FLOOR)).to_have_count(3)


# --- one's own tile ---------------------------------------------------------------------------------------------


def test_oneself_in_the_corner_is_moved_hidden_and_shown_again(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=6, cameras=0))
    corner = page.locator(".corner-tile")
    expect(corner.locator(".is-self")).to_be_visible()
    assert box(corner)["width"] == 160
    start = box(corner)
    corner.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    moved = box(corner)
    assert moved["x"] < 100 < start["x"]
    assert moved["y"] < 200 < start["y"]
    page.mouse.move(moved["x"] + 80, moved["y"] + 60)
    page.mouse.down()
    page.mouse.move(900, 600, steps=3)
    page.mouse.up()
    assert box(corner) == start
    corner.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#self-hide")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".is-self:visible")).to_have_count(0)
    expect(page.locator("#self-show")).to_be_focused()
    page.keyboard.press("w")
    main_is(page, others(page)[0])
    assert "you-0001" not in shown(page)
    page.keyboard.press("Enter")
    expect(page.locator(".stage-floor .is-self")).to_be_focused()


def test_from_right_to_left_the_first_tile_is_on_the_right(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=4, cameras=0))
    tiles = page.locator(FLOOR)
    expect(tiles).to_have_count(4)
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.set_viewport_size({"width": 1200, "height": 700})
    page.wait_for_function(
        """() => {
          const tiles = [...document.querySelectorAll(".stage-floor .tile")];
          const [a, b] = tiles.map((one) => one.getBoundingClientRect());
          return a.left > b.left && a.top === b.top;
        }"""
    )
    tiles.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(tiles.nth(1)).to_be_focused()


# --- looking closer, hearing less -------------------------------------------------------------------------------


def test_a_screen_is_zoomed_by_wheel_keys_and_two_fingers(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, cameras=0, touch=True))
    first = others(page)[0]
    share(page, first, True)
    screen = page.locator(".tile[data-source=screen]")
    expect(screen).to_have_class(re.compile("can-zoom"))
    expect(screen).to_have_attribute("data-picture", "on")
    until(page, "fake.sent.findLast((m) => m.type === 'view')?.tiles[0]?.source === 'screen'")
    before = sent(page, "view")[-1]["tiles"][0]["width"]
    screen.hover(position={"x": 200, "y": 200})
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(screen).to_have_attribute("data-zoomed", "")
    until(page, f"fake.sent.findLast((m) => m.type === 'view').tiles[0].width > 1.5 * {before}")
    assert page.evaluate("visualViewport.scale") == 1
    screen.focus()
    media = screen.locator(".tile-media")
    at = media.evaluate("(one) => one.style.transform")
    page.keyboard.press("Shift+ArrowRight")
    expect(media).not_to_have_attribute("style", f"transform: {at};")
    page.keyboard.press("Escape")
    expect(screen).not_to_have_attribute("data-zoomed", "")
    page.keyboard.press("+")
    expect(screen).to_have_attribute("data-zoomed", "")
    page.keyboard.press("-")
    expect(screen).not_to_have_attribute("data-zoomed", "")
    fingers = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 40), ("touchMove", 80), ("touchMove", 120), ("touchEnd", None)):
        points = [] if apart is None else [{"x": 400 + side * apart, "y": 300, "id": side} for side in (0, 1)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(screen).to_have_attribute("data-zoomed", "")


def test_a_person_is_made_quieter_and_stays_so_in_another_slot(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, cameras=0))
    first, second = others(page)
    until(page, "fake.slots.length === 12")
    tile_of(page, first).focus()
    page.keyboard.press("Enter")
    page.click("#tile-volume")
    slider = page.locator("#tile-volume-slider")
    expect(slider).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".volume-card output")).to_have_text("5 %")
    page.keyboard.press("Escape")
    expect(slider).to_have_count(0)
    volumes = (
        "[...document.querySelectorAll('.players audio')].slice(0, 3).map(({ volume }) => volume).join()"
    )
    until(page, f"{volumes} === '0.05,1,1'")
    page.evaluate(
        "(id) => fake.assign([{ slot: 0, participant: null }, { slot: 2, participant: id }])", first
    )
    until(page, f"{volumes} === '1,1,0.05'")
    assert second in last_view(page)


# --- full screen and small window -------------------------------------------------------------------------------


def test_on_a_full_screen_the_bar_hides_but_not_while_it_is_needed(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, cameras=0))
    expect(page.locator(FLOOR)).to_have_count(3)
    call, bar = page.locator(".call"), page.locator(".bar")
    page.clock.install()

    def rest() -> None:
        page.clock.fast_forward(4_100)

    page.keyboard.press("s")
    expect(call).to_have_class(re.compile("is-full"))
    page.locator("#mic").focus()
    rest()
    expect(bar).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    rest()
    expect(bar).to_be_hidden()
    page.mouse.move(300, 300)
    expect(bar).to_be_visible()
    page.click("#more")
    expect(page.locator(".menu")).to_be_visible()
    rest()
    expect(bar).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    rest()
    expect(bar).to_be_hidden()
    page.evaluate("(one) => fake.meeting.wait([one])", waiter(1))
    expect(bar).to_be_visible()
    rest()
    expect(bar).to_be_visible()
    page.keyboard.press("s")
    expect(call).not_to_have_class(re.compile("is-full"))


INSIDE = "documentPictureInPicture.window?.document.querySelector('.tile')"


def test_the_small_window_shows_who_speaks_under_their_name(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=4, cameras=3))
    first, _, third = others(page)
    page.click("#more")
    page.click("#small-window")
    until(page, f"{INSIDE}?.dataset.participant === '{first}'")
    until(page, f"{INSIDE}?.dataset.picture === 'on'")
    speak(page, third)
    until(page, f"{INSIDE}?.dataset.participant === '{third}'")
    until(page, f"{INSIDE}?.dataset.picture === 'on'")
    page.evaluate("documentPictureInPicture.window.document.querySelector('button[data-on]').click()")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    page.click("#more")
    expect(page.locator("#small-window")).to_have_attribute("aria-checked", "true")
    page.click("#small-window")
    until(page, "documentPictureInPicture.window === null")


def test_without_windows_for_pages_the_picture_alone_floats(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, cameras=2))
    expect(page.locator(f"{FLOOR}[data-picture=on]")).to_have_count(3)
    page.evaluate("""() => {
      delete window.documentPictureInPicture;
      HTMLVideoElement.prototype.requestPictureInPicture = async function () { window.floating = this; };
    }""")
    page.click("#more")
    page.click("#small-window")
    until(
        page,
        "window.floating?.srcObject === treble.room.slots.find([...fake.people.keys()][0], 'camera').video",
    )
    page.evaluate("floating.dispatchEvent(new Event('leavepictureinpicture'))")
    until(page, "!floating.isConnected")


# --- motion -----------------------------------------------------------------------------------------------------


def test_few_tiles_glide_by_transform_and_not_for_who_wants_calm(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=4, cameras=0))
    expect(page.locator(FLOOR)).to_have_count(4)
    page.evaluate("fake.leave([...fake.people.keys()][0])")
    expect(page.locator(".stage-floor.animated .tile")).to_have_count(3)
    style = """(one) => {
      const { transitionProperty, transitionDuration } = getComputedStyle(one);
      return [transitionProperty, transitionDuration];
    }"""
    tile = page.locator(FLOOR).first
    assert tile.evaluate(style) == ["transform", "0.18s"]
    page.emulate_media(reduced_motion="reduce")
    assert tile.evaluate(style) == ["transform", "0s"]
