"""The chat panel: what is said, to whom, what became of it; nothing of it can become markup."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.calls import LINK, check_no_overflow, join, sent, until
from tests.web.conftest import OpenPage

pytestmark = pytest.mark.browser

ADA = {"sender": "p-0001-Ada", "name": "Ada Lovelace"}
YOU = {"sender": "you-0001", "name": "You Yourself"}


def chat(open_page: OpenPage, **options: object) -> Page:
    page = join(open_page(LINK, people=3, **options))
    page.keyboard.press("c")
    expect(page.locator("#chat-panel")).to_be_visible()
    return page


def say(page: Page, text: str) -> None:
    page.fill("#chat-text", text)
    page.press("#chat-text", "Enter")


def test_what_one_says_stands_once_and_with_a_key(open_page: OpenPage) -> None:
    page = chat(open_page)
    expect(page.locator("#chat-panel")).to_contain_text("No messages yet.")
    page.fill("#chat-text", "か")
    prevented = page.locator("#chat-text").evaluate("""(field) => !field.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))""")
    assert not prevented  # it confirms a composed word
    expect(page.locator("#chat-text")).to_have_value("か")
    say(page, "Hello\nall")
    message = page.locator(".message")
    expect(message).to_have_count(1)
    expect(message).to_have_attribute("data-state", "said")
    [request] = sent(page, "say")
    assert len(request["key"]) == 22
    assert "to" not in request


def test_a_message_whose_answer_was_lost_is_said_once(open_page: OpenPage) -> None:
    page = chat(open_page)
    page.evaluate("fake.options.loseAnswers = true")
    say(page, "Hello")
    expect(page.locator(".message")).to_have_attribute(
        "data-state", "said"
    )  # by its event, which all are sent
    page.evaluate("fake.options.loseAnswers = false; fake.forget(); fake.dropSockets()")
    until(page, "fake.sent.filter((m) => m.type === 'say').length === 2")
    first, second = sent(page, "say")
    assert first["key"] == second["key"]
    expect(page.locator(".message")).to_have_count(1)
    assert sent(page, "hello")[1]["last_seq"] == 1


def test_what_was_said_while_one_was_away_comes_in_order(open_page: OpenPage) -> None:
    page = chat(open_page, chat=[{**ADA, "text": "one"}])
    page.evaluate("""() => {
      fake.options.unreachable = true;
      fake.dropSockets();
      for (const text of ["two", "three"]) fake.meeting.event({ sender: "p-0001-Ada", name: "Ada", text });
      fake.options.unreachable = false;
      treble.room.retryNow();
    }""")
    expect(page.locator(".message-text")).to_have_text(["one", "two", "three"])


def test_markup_is_text_and_only_web_links_are_links(open_page: OpenPage) -> None:
    text = "<img src=x onerror=alert(1)> javascript:alert(1) see https://example.org/a_(b)."
    page = chat(open_page, chat=[{**ADA, "text": text}])
    body = page.locator(".message-text")
    expect(body).to_have_text(text)
    assert body.locator("img").count() == 0
    link = body.locator("a")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "https://example.org/a_(b)")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")


def test_messages_of_one_sender_stand_together_for_three_minutes(open_page: OpenPage) -> None:
    said = [{**ADA, "text": "a", "at": 0}, {**ADA, "text": "b", "at": 60_000}]
    said += [{**ADA, "text": "c", "at": 600_000}, {**YOU, "text": "d", "at": 610_000}]
    page = chat(open_page, chat=said)
    expect(page.locator(".message.is-first .message-text")).to_have_text(["a", "c", "d"])
    expect(page.locator(".message.is-own .message-text")).to_have_text(["d"])


def test_unread_are_counted_on_the_button_and_marked_in_the_panel(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=3, read=1, chat=[{**ADA, "text": text} for text in "abc"]))
    expect(page.locator("#chat .count")).to_have_text("2")
    page.evaluate("fake.meeting.say({ sender: 'p-0001-Ada', name: 'Ada', text: 'd' })")
    expect(page.locator("#chat .count")).to_have_text("3")
    page.click("#chat")
    expect(page.locator(".chat-rule.is-new + .message .message-text")).to_have_text("b")
    expect(page.locator("#chat .count")).to_be_hidden()
    until(page, "fake.sent.some((m) => m.type === 'read' && m.seq === 4)")


def test_who_reads_above_is_offered_the_way_down(open_page: OpenPage) -> None:
    page = chat(open_page, read=60, chat=[{**ADA, "text": f"message {n}"} for n in range(60)])
    log = page.locator(".chat-log")
    until(page, "document.querySelector('.chat-log').scrollTop > 0")
    log.evaluate("(one) => { one.scrollTop = 0; }")
    pill = page.locator("#chat-latest")
    page.evaluate("fake.meeting.say({ sender: 'p-0001-Ada', name: 'Ada', text: 'down here' })")
    expect(pill).to_have_text("1 new")
    pill.click()
    expect(pill).to_be_hidden()
    expect(page.get_by_text("down here")).to_be_in_viewport()


def test_earlier_messages_come_by_the_page(open_page: OpenPage) -> None:
    page = chat(open_page, chat=[{**ADA, "text": f"message {n}"} for n in range(70)])
    expect(page.locator(".message")).to_have_count(50)
    page.locator(".chat-log").evaluate("(one) => { one.scrollTop = 0; }")
    page.click("#chat-earlier")
    expect(page.locator(".message")).to_have_count(70)
    expect(page.locator("#chat-earlier")).to_be_hidden()


def test_who_may_see_all_from_now_on_can_ask_for_it(open_page: OpenPage) -> None:
    said = [{**ADA, "text": text} for text in ("before one came", "after")]
    page = chat(open_page, role="speaker", chat=said, firstSeq=1)
    expect(page.locator(".message-text")).to_have_text(["after"])
    expect(page.locator("#chat-earlier")).to_be_hidden()
    page.evaluate("fake.meeting.setVerdicts({ history: 'allow' })")
    page.click("#chat-earlier")
    expect(page.locator(".message-text")).to_have_text(["before one came", "after"])
    expect(page.locator("#chat-earlier")).to_be_hidden()


def test_a_message_that_is_refused_stays_and_is_tried_again(open_page: OpenPage) -> None:
    page = chat(open_page, failSay="forbidden")
    say(page, "Hello")
    message = page.locator(".message")
    expect(message).to_contain_text("Not sent.")
    page.evaluate("fake.options.failSay = null")
    page.get_by_role("button", name="Retry").click()
    expect(message).to_have_attribute("data-state", "said")
    first, second = sent(page, "say")
    assert first["key"] == second["key"]


def test_a_private_message_names_whom_it_is_for(open_page: OpenPage) -> None:
    page = chat(open_page)
    person = page.evaluate("[...fake.people.keys()][1]")
    page.select_option("#chat-to", person)
    say(page, "psst")
    assert sent(page, "say")[0]["to"] == person
    expect(page.locator(".message-private")).to_have_text("Only to Grace Hopper")
    page.evaluate(
        """fake.meeting.say({ sender: "p-0002-Gra", name: "Grace Hopper", text: "yes?", to: fake.YOU })"""
    )
    expect(page.locator(".message-private").last).to_have_text("Only to you")


def test_edit_reply_react_and_delete(open_page: OpenPage) -> None:
    page = chat(open_page, chat=[{**ADA, "text": "Question?"}, {**YOU, "text": "Anser"}], role="speaker")
    own = page.locator(".message.is-own")
    own.hover()
    own.locator(".message-more").click()
    page.click("#chat-edit")
    expect(page.locator("#chat-text")).to_have_value("Anser")
    say(page, "Answer")
    expect(own).to_contain_text("Answer edited")
    others = page.locator(".message:not(.is-own)")
    others.hover()
    others.locator(".message-more").click()
    expect(page.locator("#chat-erase")).to_have_count(0)
    page.get_by_role("menuitem", name="React with 👍").click()
    chip = others.locator(".reaction")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    expect(chip).to_have_count(0)
    others.locator(".message-more").click()
    page.click("#chat-reply")
    say(page, "Because.")
    assert sent(page, "say")[0]["reply"] == 1
    expect(page.locator(".message-quote").last).to_contain_text("Ada Lovelace Question?")
    own.first.locator(".message-more").click()
    page.click("#chat-erase")
    page.click("#erase-sure")
    expect(own.first).to_contain_text("Message deleted")


def test_who_may_not_write_may_ask(open_page: OpenPage) -> None:
    page = chat(open_page, role="speaker", verdicts={"chat": "ask"})
    expect(page.locator(".chat-form")).to_be_hidden()
    page.click("#chat-ask")
    assert sent(page, "ask")[0]["action"] == "chat"


def test_escape_closes_the_chat_and_the_focus_goes_back(open_page: OpenPage) -> None:
    page = chat(open_page)
    expect(page.locator("#chat-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#chat-panel")).to_be_hidden()
    expect(page.locator("#chat")).to_be_focused()


def test_new_messages_are_announced_together(open_page: OpenPage) -> None:
    page = join(open_page(LINK, people=2))
    say = "fake.meeting.say({ sender: 'p-0001-Ada', name: 'Ada', text: 'x' })"
    page.evaluate(f"() => {{ {say}; {say}; {say}; }}")
    expect(page.locator(".unseen", has_text="messages")).to_have_text("3 new messages", timeout=15_000)


@pytest.mark.parametrize("size", [(320, 568), (844, 390), (1440, 900)])
def test_the_panels_fit(open_page: OpenPage, size: tuple[int, int]) -> None:
    words = "x" * 300
    page = join(open_page(LINK, people=3, size=size, chat=[{**ADA, "text": words}, {**YOU, "text": words}]))
    page.click("#chat")
    check_no_overflow(page)
    page.click("#panel-close")
    page.click("#people")
    check_no_overflow(page)
    page.click("#panel-close")
    page.click("#more")
    page.click("#meeting-settings-open")
    check_no_overflow(page)
