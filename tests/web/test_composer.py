"""Where one writes: nothing private becomes public, nothing that one wrote is lost, what takes its time says so."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.web.calls import LINK, join, sent
from tests.web.conftest import OpenPage
from tests.web.test_chat import YOU, chat, say

pytestmark = pytest.mark.browser

FILE = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"three hundred metres of cable"}


def person(page: Page, at: int) -> str:
    found: str = page.evaluate(f"[...fake.people.keys()][{at}]")
    return found


def chosen(page: Page) -> Locator:
    return page.locator("#chat-to option:checked")


def act_on(page: Page, message: Locator, item: str) -> None:
    message.hover()
    message.locator(".message-more").click()
    page.click(item)


def hold_uploads(page: Page) -> list[Route]:
    """What the page uploads from now on; each waits until the test answers it."""
    held: list[Route] = []
    page.route("**/api/rooms/*/files", lambda route: held.append(route))
    return held


def upload(page: Page) -> Route:
    """A file on its way that the server has not answered."""
    held = hold_uploads(page)
    with page.expect_request("**/api/rooms/*/files"):
        page.set_input_files("#chat-files", [FILE])
    expect(page.locator(".chat-uploads progress")).to_be_visible()
    [route] = held
    return route


def take(route: Route) -> None:
    route.fulfill(status=201, json={"file": "f1", "name": "plan.txt", "media_type": "text/plain", "size": 29})


def test_what_is_meant_for_somebody_who_leaves_goes_to_nobody(open_page: OpenPage) -> None:
    page = chat(open_page)
    ada, grace = person(page, 0), person(page, 1)
    page.select_option("#chat-to", grace)
    page.fill("#chat-text", "psst")
    page.evaluate("(id) => fake.leave(id)", grace)
    expect(chosen(page)).to_be_disabled()
    expect(chosen(page)).to_have_text("Grace Hopper")
    page.press("#chat-text", "Enter")
    expect(page.locator("#chat-error")).to_have_text("Grace Hopper left. Choose whom to write to.")
    expect(page.locator("#chat-text")).to_have_value("psst")
    page.select_option("#chat-to", ada)
    expect(page.locator("#chat-error")).to_be_hidden()
    page.press("#chat-text", "Enter")
    expect(page.locator(".message-private")).to_have_text("Only to Ada Lovelace")
    assert [one["to"] for one in sent(page, "say")] == [ada]
    expect(page.locator("#chat-to option")).to_have_text(["Everyone", "Ada Lovelace"])


def test_where_whispering_is_taken_away_a_whisper_is_not_said_aloud(open_page: OpenPage) -> None:
    page = chat(open_page, role="speaker")
    page.select_option("#chat-to", person(page, 1))
    page.fill("#chat-text", "psst")
    page.evaluate("fake.meeting.setVerdicts({ whisper: 'deny' })")
    expect(chosen(page)).to_be_disabled()
    page.press("#chat-text", "Enter")
    expect(page.locator("#chat-error")).to_have_text("You may not do this here. Ask the host.")
    page.select_option("#chat-to", "")
    page.fill("#chat-text", "aloud")
    page.press("#chat-text", "Enter")
    expect(page.locator(".message")).to_have_attribute("data-state", "said")
    assert [(one["text"], one.get("to")) for one in sent(page, "say")] == [("aloud", None)]
    expect(page.locator("#chat-to")).to_be_hidden()


@pytest.mark.parametrize("own", [False, True])
def test_a_private_answer_to_somebody_who_has_gone_goes_to_nobody(open_page: OpenPage, own: bool) -> None:
    bob = {"sender": "p-gone", "name": "Bob"}
    yours = {**YOU, "to": "p-gone", "to_name": "Bob"}
    page = chat(open_page, chat=[{**(yours if own else {**bob, "to": "you-0001"}), "text": "psst"}])
    act_on(page, page.locator(".message"), "#chat-reply")
    expect(chosen(page)).to_have_text("Bob")
    say(page, "what?")
    expect(page.locator("#chat-error")).to_have_text("Bob left. Choose whom to write to.")
    page.select_option("#chat-to", "")
    say(page, "aloud, then")
    expect(page.locator(".message")).to_have_count(2)
    assert [one["text"] for one in sent(page, "say")] == ["aloud, then"]


def test_changing_a_private_message_does_not_choose_everyone_for_the_next(open_page: OpenPage) -> None:
    page = chat(open_page)
    ada = person(page, 0)
    page.select_option("#chat-to", ada)
    say(page, "psst")
    own = page.locator(".message.is-own")
    expect(own).to_have_attribute("data-state", "said")
    act_on(page, own, "#chat-edit")
    say(page, "psst!")
    expect(own).to_contain_text("psst! edited")
    expect(page.locator("#chat-to")).to_have_value(ada)


def test_whoever_leaves_just_before_is_named_with_the_message(open_page: OpenPage) -> None:
    page = chat(open_page, failSay="not.found")
    page.select_option("#chat-to", person(page, 1))
    say(page, "psst")
    expect(page.locator(".message .error")).to_have_text("Not sent. Grace Hopper left.")


def test_the_enter_that_confirms_a_composed_word_does_not_send(open_page: OpenPage) -> None:
    page = chat(open_page)
    page.fill("#chat-text", "か")
    prevented = page.locator("#chat-text").evaluate("""(field) => !field.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))""")
    assert not prevented
    expect(page.locator("#chat-text")).to_have_value("か")
    page.press("#chat-text", "Enter")
    expect(page.locator(".message")).to_have_count(1)


def test_a_refused_edit_is_edited_further(open_page: OpenPage) -> None:
    page = chat(open_page, chat=[{**YOU, "text": "Anser"}], role="speaker", fail={"edit": "forbidden"})
    own = page.locator(".message.is-own")
    act_on(page, own, "#chat-edit")
    say(page, "Answer, and much more")
    expect(page.locator("#chat-error")).to_have_text("You may not do this here. Ask the host.")
    expect(page.locator("#chat-text")).to_have_value("Answer, and much more")
    expect(page.locator(".chat-about")).to_contain_text("Edit your message")
    page.evaluate("fake.options.fail = {}")
    page.press("#chat-text", "Enter")
    expect(own).to_contain_text("Answer, and much more edited")
    expect(page.locator(".chat-about")).to_be_hidden()


def test_a_refused_edit_does_not_take_the_place_of_what_was_begun_since(open_page: OpenPage) -> None:
    page = chat(open_page, chat=[{**YOU, "text": "Anser"}], role="speaker", fail={"edit": "forbidden"})
    act_on(page, page.locator(".message.is-own"), "#chat-edit")
    page.fill("#chat-text", "Answer")
    page.locator("#chat-text").evaluate("""(field) => {
      field.form.requestSubmit();
      field.value = "Another thing";
    }""")
    expect(page.locator(".toast")).to_have_text("You may not do this here. Ask the host.")
    expect(page.locator("#chat-text")).to_have_value("Another thing")
    expect(page.locator(".chat-about")).to_be_hidden()


def test_a_message_says_that_it_takes_its_time_only_when_it_does(open_page: OpenPage) -> None:
    page = chat(open_page)
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.evaluate("fake.options.transit = 3_600_000")
    say(page, "Hello")
    message = page.locator(".message")
    expect(message).to_have_attribute("data-state", "sending")
    expect(message.locator(".message-state")).to_be_empty()
    page.clock.fast_forward(400)
    expect(message.locator(".message-state")).to_have_text("Sending…")
    page.clock.fast_forward(10_000)
    expect(message.locator(".message-state")).to_have_text("Still sending. The server answers slowly.")


def test_enter_while_a_file_is_on_its_way_sends_both_when_it_is_there(open_page: OpenPage) -> None:
    page = chat(open_page)
    route = upload(page)
    say(page, "Here it is")
    expect(page.locator("#chat-error")).to_have_text("Sent as soon as the file is uploaded.")
    take(route)
    expect(page.locator(".message")).to_have_attribute("data-state", "said")
    [request] = sent(page, "say")
    assert (request["text"], request["files"]) == ("Here it is", ["f1"])
    expect(page.locator("#chat-text")).to_have_value("")


def test_what_is_written_on_meanwhile_is_not_sent_half(open_page: OpenPage) -> None:
    page = chat(open_page)
    route = upload(page)
    say(page, "Here it is")
    page.locator("#chat-text").press_sequentially(", but")
    expect(page.locator("#chat-error")).to_be_hidden()
    take(route)
    expect(page.locator(".chat-uploads progress")).to_have_count(0)
    expect(page.locator("#chat-text")).to_have_value("Here it is, but")
    page.locator("#chat-text").press("Enter")
    expect(page.locator(".message-text")).to_have_text("Here it is, but")
    assert [one["text"] for one in sent(page, "say")] == ["Here it is, but"]


def test_a_file_is_taken_back_or_fails_with_its_reason(open_page: OpenPage) -> None:
    page = chat(open_page)
    route = upload(page)
    page.get_by_role("button", name="Remove plan.txt").click()
    expect(page.locator(".chat-uploads li")).to_have_count(0)
    route.abort()
    page.unroute_all()
    upload(page).fulfill(status=413, json={"code": "bad.size"})
    expect(page.locator("#chat-error")).to_have_text("plan.txt: This file is too large.")
    expect(page.locator(".chat-uploads li")).to_have_count(0)


# --- after the call ---------------------------------------------------------------------------------------------


def test_a_host_who_has_left_downloads_the_chat(open_page: OpenPage) -> None:
    page = join(open_page(LINK, state={"title": "Monday"}))
    page.click("#leave")
    save = page.get_by_role("button", name="Download chat")
    with page.expect_download() as download:
        save.click()
    assert download.value.suggested_filename == "Monday.txt"
    page.evaluate("fake.options.failExport = 'auth.expired'")
    save.click()
    expect(page.locator("#left-error")).to_have_text("Your invitation has expired. Enter the meeting again.")


@pytest.mark.parametrize(
    ("role", "reason", "offered"),
    [("host", "ended", True), ("host", "removed", False), ("speaker", "ended", False)],
)
def test_the_chat_is_offered_to_who_may_have_it(
    open_page: OpenPage, role: str, reason: str, offered: bool
) -> None:
    page = join(open_page(LINK, people=2, role=role))
    page.evaluate("(reason) => fake.push({ type: 'ended', reason })", reason)
    expect(page.locator("body[data-screen=left] h1")).to_be_visible()
    expect(page.locator("#chat-export")).to_be_visible(visible=offered)
