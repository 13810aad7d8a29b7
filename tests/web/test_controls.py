"""Leading a meeting, and being led: people's menus, what is asked for, what a host did."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, join, sent, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser


def open_menu(page: Page, at: int = 0) -> list[str]:
    """Of the person who came `at`-th after oneself."""
    if page.locator("#people-panel").is_hidden():
        page.click("#people")
    person = page.evaluate(f"[...fake.people.keys()][{at}]")
    page.click(f'.person[data-participant="{person}"] .person-more')
    expect(page.locator("[role=menuitem]").first).to_be_visible()
    return page.locator("[role=menuitem] span").all_inner_texts()


def test_a_hosts_menu_ends_with_what_destroys(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    words = open_menu(page)
    assert words == [
        "Mute",
        "Stop camera",
        "Private message",
        "Spotlight for everyone",
        "Permissions",
        "Make host",
        "Make co-host",
        "Make viewer",
        "Remove",
    ]


def test_a_speakers_menu_holds_only_what_a_speaker_may(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, role="speaker"))
    assert open_menu(page) == ["Private message"]


def test_a_co_host_does_not_reach_hosts_and_other_co_hosts(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, role="co-host"))
    page.evaluate("fake.change([...fake.people.keys()][0], { role: 'host' })")
    assert open_menu(page) == ["Private message", "Spotlight for everyone"]
    page.keyboard.press("Escape")
    assert "Remove" in open_menu(page, 1)


def test_removing_asks_and_may_keep_them_out(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    open_menu(page)
    page.click("#person-remove")
    expect(page.locator("#remove-dialog h2")).to_have_text("Remove Ada Lovelace?")
    page.check("#remove-ban")
    page.click("#remove-sure")
    [request] = sent(page, "remove")
    assert request["ban"] is True
    assert request["participant"] == page.evaluate("[...fake.people.keys()][0]")


def test_raised_hands_stand_in_their_order(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=4))
    page.evaluate("""[...fake.people.keys()].forEach((id, at) => at && fake.change(id, { hand: 9 - at }))""")
    page.click("#people")
    hands = page.locator("[data-group='people.hands'] .person-name span")
    expect(hands).to_have_text(["Alan Turing", "Grace Hopper"])
    expect(page.locator(".tile-hand:visible")).to_have_text(["2", "1"])


def test_ones_own_hand_shows_its_place(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, role="speaker"))
    page.keyboard.press("r")
    assert sent(page, "hand")[0]["raised"] is True
    page.evaluate("""() => {
      fake.change([...fake.people.keys()][0], { hand: 1 });
      fake.push({ type: "changed", participant: { id: fake.YOU, name: "Eve", role: "speaker", guest: true,
        connection: "connected", tracks: [], hand: 2 } });
    }""")
    expect(page.locator("#hand .count")).to_have_text("2")
    page.evaluate("fake.push({ type: 'loweredhand', by: 'Ada' })")
    expect(page.locator(".toast").last).to_have_text("The host lowered your hand.")


def test_a_menu_gives_the_focus_back_while_the_list_changes(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    open_menu(page)
    page.evaluate("fake.join('Late Guest')")
    page.keyboard.press("Escape")
    expect(page.locator(".person-more:focus")).to_have_count(1)


# --- what is asked for ------------------------------------------------------------------------------------------

FAKE_SCREEN = """() => { navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  canvas.getContext("2d");
  return canvas.captureStream(5);
}; }"""


def test_sharing_is_asked_for_and_starts_by_a_click_once_it_is_allowed(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.evaluate(FAKE_SCREEN)
    page.click("#share")
    expect(page.locator(".hint-card")).to_contain_text("Only hosts may share here.")
    page.click("#ask")
    assert sent(page, "ask")[0]["action"] == "share"
    expect(page.locator(".toast").last).to_have_text("Asked the host.")
    page.evaluate("fake.meeting.setVerdicts({ share: 'allow' }); fake.meeting.decide('share', 'allow')")
    expect(page.locator("[data-alert=granted]")).to_contain_text("The host allowed it.")
    expect(page.locator("#sharing")).to_be_hidden()
    page.click("#granted-start")
    expect(page.locator("#sharing")).to_be_visible()


@pytest.mark.parametrize(
    ("outcome", "words"), [("deny", "The host did not allow it."), ("expired", "No host answered.")]
)
def test_what_is_not_allowed_is_told(open_page: OpenPage, outcome: str, words: str) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.click("#share")
    page.click("#ask")
    expect(page.locator(".toast").last).to_have_text("Asked the host.")
    page.evaluate("(outcome) => fake.meeting.decide('share', outcome)", outcome)
    if outcome == "deny":
        expect(page.locator(".toast").last).to_contain_text(words)
        return
    question = page.locator("[data-alert=granted]")  # it waits for an answer
    expect(question).to_contain_text(words)
    question.get_by_role("button", name="Ask again").click()
    until(page, "fake.sent.filter(({ type }) => type === 'ask').length === 2")
    expect(question).to_have_count(0)


def test_another_name_is_asked_for(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.click("#more")
    page.click("#rename")
    expect(page.locator("#rename-dialog")).to_contain_text("A host has to agree.")
    page.fill("#rename-name", "Evelyn")
    page.press("#rename-name", "Enter")
    assert sent(page, "rename")[0]["name"] == "Evelyn"
    expect(page.locator(".toast").last).to_have_text("Asked the host.")


def test_a_name_that_cannot_be_is_explained_at_its_field(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, fail={"rename": "name.taken"}))
    page.click("#more")
    page.click("#rename")
    page.fill("#rename-name", "Ada")
    page.press("#rename-name", "Enter")
    expect(page.locator("#rename-name-error")).to_contain_text("Choose another.")


def test_a_host_answers_what_is_asked(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    approval = {"participant": "p", "name": "Grace", "since": 1, "expires_at": 2}
    asks = [
        {**approval, "approval": "a", "action": "rename", "value": "Amazing <b>Grace</b>"},
        {**approval, "approval": "b", "action": "share"},
    ]
    page.evaluate("(all) => fake.meeting.approvals(all)", asks)
    banner = page.locator("#asks")
    expect(banner).to_contain_text("Grace asks to be called “Amazing <b>Grace</b>”.")
    page.click("#asks-allow")
    expect(banner).to_contain_text("Grace asks to share a screen.")
    page.click("#asks-refuse")
    expect(banner).to_be_hidden()
    assert [(one["approval"], one["allow"]) for one in sent(page, "decide")] == [("a", True), ("b", False)]


# --- what a host did --------------------------------------------------------------------------------------------


def test_who_is_muted_by_a_host_is_told_and_may_unmute(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.evaluate("fake.push({ type: 'stopped', source: 'microphone', by: 'Ada' })")
    alert = page.locator("[data-alert=stopped-talk]")
    expect(alert).to_contain_text("The host muted you.")
    expect(alert).to_have_attribute("role", "alert")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    page.click("#stopped-talk")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")
    expect(alert).to_have_count(0)


def test_who_may_not_unmute_asks_to_speak(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker", verdicts={"talk": "ask"}))
    page.evaluate("fake.push({ type: 'stopped', source: 'microphone', by: 'Ada' })")
    page.get_by_role("button", name="Ask to speak").click()
    assert sent(page, "ask")[0]["action"] == "talk"


def test_a_stopped_camera_is_closed(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.evaluate("fake.push({ type: 'stopped', source: 'camera', by: 'Ada' })")
    expect(page.locator("#camera")).to_have_attribute("data-on", "false")
    assert page.evaluate("treble.room.localParticipant.track('camera')") is None
    expect(page.locator("[data-alert=stopped-show]")).to_have_attribute("role", "status")


def test_nobody_is_unmuted_without_a_click(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.keyboard.press("m")
    page.evaluate("fake.push({ type: 'askedunmute', by: 'Ada' })")
    expect(page.locator("[data-alert=unmute]")).to_contain_text("The host asks you to unmute.")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")
    page.click("#unmute-now")
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")


def test_what_the_server_does_not_let_through_is_off_here_too(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.keyboard.press("m")
    page.evaluate("fake.options.fail = { mute: 'ask' }")
    page.keyboard.press("m")
    expect(page.locator("[data-alert=stopped-talk]")).to_contain_text("Only hosts may speak here.")
    expect(page.locator("#mic")).to_have_attribute("data-on", "false")


def test_who_may_only_speak_offers_no_picture(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.evaluate("window.first = treble.pc; fake.meeting.setVerdicts({ show: 'deny', share: 'deny' })")
    until(page, "treble.pc !== first && treble.pc.connectionState === 'connected'")
    assert [track["source"] for track in sent(page, "offer")[-1]["tracks"]] == ["microphone"]
    expect(page.locator("#mic")).to_have_attribute("data-on", "true")
    page.click("#camera")
    expect(page.locator(".hint-card")).to_contain_text("You may not do this here.")


def test_who_may_only_watch_has_no_controls_of_devices(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, role="speaker"))
    page.evaluate("fake.meeting.setVerdicts({ talk: 'deny', show: 'deny', share: 'deny' })")
    for control in ("#mic", "#camera", "#share"):
        expect(page.locator(control)).to_be_hidden()
    assert page.evaluate("treble.room.localParticipant.track('microphone')") is None


def test_a_spotlight_is_large_for_all_and_what_one_pins_comes_before(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=4, role="speaker"))
    ids: list[str] = page.evaluate("[...fake.people.keys()]")
    page.evaluate("(id) => fake.meeting.setState({ spotlight: id })", ids[1])
    stage = page.locator(".stage")
    expect(stage).to_have_attribute("data-mode", "speaker")
    expect(page.locator(".stage-floor .tile").first).to_have_attribute("data-participant", ids[1])
    page.locator(f'.tile[data-participant="{ids[2]}"]').hover()
    page.locator(f'.tile[data-participant="{ids[2]}"] .tile-more').click()
    page.click("#tile-pin")
    expect(page.locator(".stage-floor .tile").first).to_have_attribute("data-participant", ids[2])


# --- the room ---------------------------------------------------------------------------------------------------


def test_a_host_locks_and_everybody_sees_it(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    page.click("#more")
    page.click("#lock")
    expect(page.locator("#lock-badge")).to_be_visible()
    page.click("#more")
    expect(page.locator("#lock")).to_have_attribute("aria-checked", "true")


def test_mute_all_names_nobody(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3))
    page.click("#more")
    page.click("#mute-all")
    [request] = sent(page, "stop")
    assert (request["source"], request["participants"]) == ("microphone", None)
    expect(page.locator(".toast").last).to_have_text("Everybody has been muted.")


@pytest.mark.parametrize(("button", "request_"), [("#leave-hand-over", "handover"), ("#leave-end", "end")])
def test_a_host_hands_over_or_ends(open_page: OpenPage, button: str, request_: str) -> None:
    page = join(open_page(LINK, people=3))
    page.click("#leave")
    page.click(button)
    until(page, f"fake.sent.some((m) => m.type === '{request_}')")
    if request_ == "handover":
        expect(page.locator("body[data-screen=left]")).to_have_count(1)


def test_a_host_who_is_alone_just_leaves(open_page: OpenPage) -> None:
    page = join(open_page(LINK))
    page.click("#leave")
    expect(page.locator("h1")).to_have_text("You left the meeting.")


def test_settings_are_a_table_within_bounds_and_saved_together(open_page: OpenPage) -> None:
    settings: dict[str, Any] = {"capacity": 50, "policy": {"viewer": {"talk": "ask"}}}
    page = join(open_page(LINK, people=2, settings=settings, state={"title": "Monday"}))
    page.click("#more")
    page.click("#meeting-settings-open")
    expect(page.locator("#policy-viewer-talk")).to_have_value("ask")
    expect(page.locator("#policy-speaker-share")).to_have_value("ask")
    assert page.locator("#policy-speaker-record option").all_inner_texts() == ["Ask", "Deny"]
    expect(page.locator("#settings-link")).to_have_value(f"{page.url.split('/r/')[0]}/r/blue-otter#kd83-hs7q")
    page.select_option("#policy-speaker-share", "allow")
    page.uncheck("#settings-wait")
    page.fill("#settings-title", "Tuesday")
    page.click("#settings-save")
    expect(page.locator("#meeting-settings")).to_have_count(0)
    [request] = sent(page, "configure")
    assert request["title"] == "Tuesday"
    assert request["settings"]["capacity"] == 50
    assert request["settings"]["wait_for_host"] is False
    assert request["settings"]["policy"] == {"viewer": {"talk": "ask"}, "speaker": {"share": "allow"}}
    expect(page.locator(".strip h1")).to_have_text("Tuesday")


def test_settings_that_cannot_be_say_so_in_their_dialog(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2, fail={"configure": "busy"}))
    page.click("#more")
    page.click("#meeting-settings-open")
    page.click("#settings-save")
    expect(page.locator("#settings-error")).to_contain_text("Not saved. The server is busy.")


def test_the_log_is_read_by_hosts_only(open_page: OpenPage) -> None:
    entries = [{"at": 1, "action": "odd", "actor": "Ada", "subject": "<i>Eve</i>"}]
    page = join(open_page(LINK, people=2, audit=entries))
    page.click("#more")
    page.click("#audit")
    expect(page.locator(".audit li")).to_contain_text("Ada · odd · <i>Eve</i>")
    other = join(open_page(LINK, people=2, role="speaker"))
    other.click("#more")
    expect(other.locator("#audit")).to_have_count(0)
    expect(other.locator("#lock")).to_have_count(0)
