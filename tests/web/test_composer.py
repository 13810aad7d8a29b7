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


def test_a_private_answer_to_somebody_who_has_gone_goes_to_nobody(open_page: OpenPage) -> None:
    theirs = {"sender": "p-gone", "name": "Bob", "to": "you-0001", "text": "psst"}
    yours = {**YOU, "to": "p-gone", "to_name": "Bob", "text": "what?"}
    page = chat(open_page, chat=[theirs, yours])
    for at in range(2):
        act_on(page, page.locator(".message").nth(at), "#chat-reply")
        expect(chosen(page)).to_have_text("Bob")
        say(page, "I said")
        expect(page.locator("#chat-error")).to_have_text("Bob left. Choose whom to write to.")
        page.select_option("#chat-to", "")
    say(page, "aloud, then")
    expect(page.locator(".message")).to_have_count(3)
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
    page.evaluate("fake.options.failSay = 'not.found'")  # as a server answers where she has just left
    say(page, "are you there?")
    expect(page.locator(".message .error")).to_have_text("Not sent. Ada Lovelace left.")


def test_a_refused_edit_is_edited_further_unless_something_else_has_begun(open_page: OpenPage) -> None:
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
    page.evaluate("fake.options.fail = { edit: 'forbidden' }")
    act_on(page, own, "#chat-edit")
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
    page.clock.pause_at(page.evaluate("Date.now() + 20_000"))
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
    page.unroute_all()
    route = upload(page)
    say(page, "Another")
    page.locator("#chat-text").press_sequentially(", but")  # what is written on is not sent half
    expect(page.locator("#chat-error")).to_be_hidden()
    take(route)
    expect(page.locator(".chat-uploads progress")).to_have_count(0)
    expect(page.locator("#chat-text")).to_have_value("Another, but")
    assert len(sent(page, "say")) == 1


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


def test_who_may_not_export_is_not_offered_it(open_page: OpenPage) -> None:
    page = join(open_page(LINK, role="speaker"))
    page.click("#leave")
    expect(page.locator("#rejoin")).to_be_visible()
    expect(page.locator("#chat-export")).to_be_hidden()
