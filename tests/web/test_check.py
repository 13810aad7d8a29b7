"""The connection test that is left in the middle."""

import pytest

from tests.web.calls import until
from tests.web.conftest import OpenPage
from tests.web.test_devices import TONE
from tests.web.test_preview import HANDLES

pytestmark = pytest.mark.browser

# A way to the server that hangs, and what is asked of it.
HANGS = """() => {
  window.WebSocket = class { constructor() { window.socket = this; } send() {} close() {} };
  const { fetch } = window;
  window.requests = [];
  window.fetch = (url, ...rest) => { requests.push(String(url)); return fetch(url, ...rest); };
}"""


def test_what_is_left_in_the_middle_goes_no_further(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate(HANDLES)
    page.evaluate("""() => {
      hold();
      history.pushState(null, "", "/check");
      dispatchEvent(new PopStateEvent("popstate"));
    }""")
    page.wait_for_selector("body[data-screen=check]")
    page.evaluate(HANGS)
    page.click("#check-start")
    until(page, "pending === 1 && socket.onclose")
    page.go_back()
    page.wait_for_selector("body[data-screen=home]")
    page.evaluate("release(); socket.onclose()")
    until(page, "pending === 0")
    assert page.evaluate("[asked, live('video'), live('audio')]") == [1, 0, 0]
    assert not [url for url in page.evaluate("requests") if "/api/check" in url]


def test_the_microphone_that_is_listened_to_is_closed_with_the_page(open_page: OpenPage) -> None:
    page = open_page("/")
    page.evaluate(TONE)  # silent: it is listened to for five seconds
    page.evaluate(HANDLES)
    page.evaluate("history.pushState(null, '', '/check'); dispatchEvent(new PopStateEvent('popstate'))")
    page.wait_for_selector("body[data-screen=check]")
    page.evaluate(HANGS)
    page.click("#check-start")
    until(page, "live('audio') === 1")
    page.go_back()
    page.wait_for_selector("body[data-screen=home]")
    assert page.evaluate("live('audio')") == 0
