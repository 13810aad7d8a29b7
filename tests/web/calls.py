"""What tests of the call share: into it, what was sent, somebody at the door."""

from typing import Any

from playwright.sync_api import Page

# What a busy machine does to a call is tested with a link of its own.
LINK = "/r/blue-otter?debug&capture=320x180@10&load=off#kd83-hs7q"


def until(page: Page, expression: str, timeout: float = 20_000) -> None:
    """Wait for a true value. (As a function: the page's policy forbids evaluating strings.)"""
    page.wait_for_function(f"() => ({expression})", timeout=timeout)


def until_resolved(page: Page, expression: str, seconds: float = 20) -> None:
    """Wait until a promise gives a true value: a promise itself would be one to `until`."""
    for _ in range(int(seconds * 10)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}")


def knock(page: Page, name: str = "Eve") -> Page:
    """Through the pre-join."""
    page.wait_for_selector("#preview-cam:not(.is-off)")
    page.fill("#name", name)
    page.click("#join")
    return page


def join(page: Page, name: str = "Eve") -> Page:
    """Into the call, until media flows."""
    knock(page, name)
    page.wait_for_selector("body[data-screen=call]")
    until(page, "treble.pc?.connectionState === 'connected'")
    return page


def sent(page: Page, kind: str) -> list[dict[str, Any]]:
    """All that the page has sent of this kind, once there is any and nothing is underway."""
    until(page, f"fake.underway === 0 && fake.sent.some((m) => m.type === '{kind}')")
    found: list[dict[str, Any]] = page.evaluate(f"fake.sent.filter((m) => m.type === '{kind}')")
    return found


def waiter(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "participant": f"w{number}",
        "name": f"Waiter {number}",
        "guest": True,
        "since": 1_000 + number,
        **changes,
    }


def check_no_overflow(page: Page) -> None:
    """Nothing scrolls sideways, and no control stands outside the window."""
    found = page.evaluate("""() => {
      const all = [...document.querySelectorAll("button, a, input, select, textarea")];
      const shown = all.filter((one) => one.checkVisibility());
      const outside = ({ left, right }) => left < -1 || right > innerWidth + 1;
      return {
        over: document.documentElement.scrollWidth - innerWidth,
        outside: shown.filter((one) => outside(one.getBoundingClientRect())).map((one) => one.id || one.className),
      };
    }""")
    assert found == {"over": 0, "outside": []}
