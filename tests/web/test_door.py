"""At the door: what a waiting guest sees and can do, and what a host hears of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, knock, sent, until, waiter
from tests.web.conftest import OpenPage
from tests.web.test_devices import fail_devices

pytestmark = pytest.mark.browser


def wait(open_page: OpenPage, reason: str = "knock", **options: object) -> Page:
    page = knock(open_page(LINK, waiting=reason, role="speaker", **options))
    page.wait_for_selector("body[data-screen=waiting]")
    return page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("knock", "Asking to join… The host has been told."),
        ("host", "The meeting starts when the host joins. This page goes on by itself."),
    ],
)
def test_who_waits_is_told_for_whom_and_sees_oneself(open_page: OpenPage, reason: str, words: str) -> None:
    page = wait(open_page, reason)
    expect(page.locator("#waiting-text")).to_have_text(words)
    until(page, "document.querySelector('.waiting video').videoWidth > 0")
    assert "blue-otter" not in page.locator("main").inner_text()


def test_who_is_admitted_enters_by_itself(open_page: OpenPage) -> None:
    page = wait(open_page, people=2)
    page.evaluate("fake.meeting.admit()")
    page.wait_for_selector("body[data-screen=call]")
    until(page, "treble.pc?.connectionState === 'connected'")
    assert len(sent(page, "enter")) == 1


def test_a_second_meeting_by_its_door_has_its_own_invitation(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.click("#leave")
    page.click("#home")
    page.evaluate("fake.forget(); fake.options.waiting = 'knock'")
    page.fill("#code", "/r/red-fox#another")
    page.press("#code", "Enter")
    knock(page)
    page.wait_for_selector("body[data-screen=waiting]")
    page.evaluate("fake.meeting.admit()")
    page.wait_for_selector("body[data-screen=call]")
    page.click("#more")
    page.click("#copy-invitation")
    expect(page.locator(".toast")).to_have_text("Invitation copied.")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/r/red-fox#another")
    assert page.evaluate("JSON.parse(localStorage['treble.recent']).map(({ room }) => room)") == [
        "red-fox",
        "blue-otter",
    ]


def test_who_is_refused_may_ask_again_after_a_while(open_page: OpenPage) -> None:
    page = wait(open_page)
    page.evaluate("fake.meeting.refuse(5)")
    expect(page.locator("#waiting-text")).to_have_text("The host did not let you in.")
    again = page.locator("#knock-again")
    expect(again).to_have_text(re.compile(r"^Ask again in \d s$"))
    expect(again).to_be_disabled()
    expect(again).to_have_text("Ask again")
    again.click()
    expect(page.locator("#waiting-text")).to_have_text("Asking to join… The host has been told.")
    assert len(sent(page, "knock")) == 1
    expect(again).to_be_hidden()


def test_who_is_refused_for_good_may_only_leave(open_page: OpenPage) -> None:
    page = wait(open_page)
    page.evaluate("fake.meeting.refuse()")
    expect(page.locator("#waiting-text")).to_have_text("The host did not let you in.")
    expect(page.locator("#knock-again")).to_be_hidden()


def test_nobody_answered(open_page: OpenPage) -> None:
    page = wait(open_page)
    page.evaluate("fake.meeting.expire()")
    expect(page.locator("#waiting-text")).to_have_text("Nobody answered.")
    expect(page.locator("#knock-again")).to_be_enabled()


def test_leaving_the_door_closes_the_devices(open_page: OpenPage) -> None:
    page = wait(open_page)
    page.evaluate("window.mic = treble.room.localParticipant.track('microphone')")
    page.click("#waiting-leave")
    expect(page.locator("body[data-screen=left] h1")).to_have_text("You left the meeting.")
    assert page.evaluate("mic.readyState") == "ended"


def test_a_socket_lost_at_the_door_says_hello_again(open_page: OpenPage) -> None:
    page = wait(open_page)
    page.evaluate("fake.dropSockets()")
    until(page, "fake.sent.filter((m) => m.type === 'hello').length === 2")
    expect(page.locator("#waiting-text")).to_have_text("Asking to join… The host has been told.")
    assert "resume" not in sent(page, "hello")[1]


def test_the_microphone_is_switched_at_the_door_and_stays_so(open_page: OpenPage) -> None:
    page = wait(open_page)
    page.click("#waiting-mic")
    expect(page.locator("#waiting-mic")).to_have_class(re.compile("is-off"))
    page.evaluate("fake.meeting.admit()")
    page.wait_for_selector("body[data-screen=call]")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")


def test_a_camera_that_fails_at_the_door_says_so_at_its_button_and_can_be_tried_again(
    open_page: OpenPage,
) -> None:
    page = wait(open_page)
    camera = page.locator("#waiting-cam")
    camera.click()
    expect(camera).to_have_class(re.compile("is-off"))
    fail_devices(page, "NotReadableError")
    camera.click()
    expect(page.locator(".hint-card")).to_contain_text("Another program uses your camera.")
    page.evaluate("mend()")
    page.click("#device-again")
    expect(camera).not_to_have_class(re.compile("is-off"))
    expect(page.locator(".hint-card")).to_have_count(0)
    page.evaluate("treble.room.localParticipant.track('camera').dispatchEvent(new Event('ended'))")
    expect(page.locator("#waiting-lost")).to_have_text(re.compile("was unplugged. Using fake_device_0"))


def test_a_camera_that_is_being_blurred_is_not_called_off_at_the_door(open_page: OpenPage) -> None:
    page = open_page("/?debug&capture=320x180@10&load=off", waiting="knock", role="speaker")
    page.context.route("**/blur/processor.js", lambda route: None)  # it does not come
    page.evaluate("localStorage.setItem('treble.prefs', JSON.stringify({ background: 'blur' }))")
    page.goto(LINK)
    knock(page)
    page.wait_for_selector("body[data-screen=waiting]")
    expect(page.locator(".preview-cover")).to_have_text("Blurring your background…")


def test_a_session_that_is_gone_may_lead_to_the_door_and_back(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.evaluate("fake.options.waiting = 'host'; fake.forget(); fake.dropSockets()")
    page.wait_for_selector("body[data-screen=waiting]")
    page.evaluate("fake.meeting.admit()")
    page.wait_for_selector("body[data-screen=call]")
    until(page, "treble.pc?.connectionState === 'connected'")


# --- the host's side --------------------------------------------------------------------------------------------


def test_a_host_admits_one_from_the_banner_and_the_tab_counts(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(1, email="kay@example.org")])
    door = page.locator("#door")
    expect(door).to_contain_text("Waiter 1 wants to join")
    expect(door).to_contain_text("kay@example.org")
    expect(door.get_by_role("status")).to_have_text("Waiter 1 wants to join")  # not how long, each 5 s
    assert page.title().startswith("(1) ")
    page.click("#door-admit")
    assert sent(page, "admit")[0]["participants"] == ["w1"]
    page.evaluate("fake.meeting.wait([])")
    expect(door).to_be_hidden()
    assert not page.title().startswith("(")


def test_from_three_on_all_are_admitted_together_or_looked_at(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(n) for n in (1, 2, 3)])
    expect(page.locator("#door")).to_contain_text("Waiter 1 and 2 more want to join")
    page.click("#door-admit-all")
    assert sent(page, "admit")[0]["participants"] is None
    page.click("#door-see-all")
    expect(page.locator("[data-group='people.waiting'] .waiter")).to_have_count(3)
    expect(page.locator("#people-admit-all")).to_be_visible()
    page.fill("#people-search", "waiter")
    expect(page.locator("#people-admit-all")).to_be_visible()
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(n) for n in (1, 2, 3)] + [waiter(4, name="Zoe")])
    expect(page.locator("#people-admit-all")).to_be_hidden()  # it would admit Zoe, too
    page.fill("#people-search", "")
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(n) for n in (1, 2, 3)])
    page.locator(".waiter").nth(1).get_by_role("button", name="Refuse Waiter 2").click()
    assert sent(page, "refuse")[0]["participants"] == ["w2"]


def test_a_key_leads_to_who_waits(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.evaluate("(all) => fake.meeting.wait(all)", [waiter(1)])
    page.keyboard.press("Control+Shift+L")
    expect(page.locator(".waiter .button").first).to_be_focused()


def test_who_waits_is_shown_to_nobody_else(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    expect(page.locator("#door")).to_be_hidden()
    page.click("#people")
    expect(page.locator("[data-group='people.waiting']")).to_be_hidden()
