"""Chromium windows with a cold cache that note, by the page's own clock, when they can be used."""

import contextlib
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

from tests.chromium import EXECUTABLE, FAKE_DEVICES, QUIET

FLAGS = [*QUIET, f"{FAKE_DEVICES}=fps=15"]
TIMEOUT_MS = 60_000

# In ms since the navigation began: `ready`, when there is a field to type in; `clicked` and `seen`, from the click on
# "Join" to the first picture of somebody else.
CLOCK = """
performance.setResourceTimingBufferSize(2000);
window.clock = {};
new MutationObserver(() => {
  const now = performance.now();
  if (document.querySelector("#code, #name")) window.clock.ready ??= now;
  const host = '.tile[data-name="Host"][data-picture="on"]';
  if (window.clock.clicked && document.querySelector(host)) window.clock.seen ??= now;
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-picture"] });
addEventListener("click", ({ target }) => {
  if (target.closest?.("#join")) window.clock.clicked = performance.now();
}, true);
"""

# Every answer of the server's files: address, and its body's length as it came and as it is.
LOADED = """performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource")).map(
  ({ name, encodedBodySize, decodedBodySize }) =>
    ({ path: new URL(name).pathname, encoded: encodedBodySize, decoded: decodedBodySize }))"""


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)


@contextlib.contextmanager
def window(browser: Browser) -> Iterator[Page]:
    """A page of a context of its own: nothing is cached, nothing is remembered."""
    context = browser.new_context(
        ignore_https_errors=True,
        locale="en-GB",
        viewport={"width": 1280, "height": 720},
        permissions=["camera", "microphone"],
    )
    context.set_default_timeout(TIMEOUT_MS)
    context.add_init_script(CLOCK)
    try:
        yield context.new_page()
    finally:
        context.close()


def clock(page: Page, name: str) -> float:
    """Wait until the page has noted it."""
    handle = page.wait_for_function(f"() => window.clock.{name}")
    return float(handle.json_value())


def join(page: Page, name: str) -> None:
    """From the pre-join into the call, with camera and microphone on."""
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.wait_for_selector("#preview-mic:not(.is-off)")
    page.fill("#name", name)
    page.click("#join")
    page.wait_for_selector("body[data-screen=call]")


def loaded(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(LOADED)
    return found
