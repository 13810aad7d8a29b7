"""The keyboard of the stories finds what it is there to find: pages that it has to refuse."""

from urllib.parse import quote

import pytest

from tests.browser.chromium import OpenChromium
from tests.browser.window import wait_for
from tests.stories.keyboard import Keyboard, Unreachable

pytestmark = pytest.mark.browser

GOOD = """
  <button id=first onclick="this.textContent = 'pressed'">First</button>
  <button id=opens onclick="menu.showPopover(); one.focus()">Menu</button>
  <div id=menu role=menu popover=auto>
    <button id=one role=menuitem tabindex=-1>One</button>
    <button id=two role=menuitem tabindex=-1 onclick="menu.hidePopover(); first.textContent = 'two'">Two</button>
  </div>
  <input id=field><input id=box type=checkbox>
  <script>
    menu.onkeydown = ({ key }) => {
      if (key.startsWith("Arrow")) (document.activeElement === one ? two : one).focus();
    };
  </script>
"""
BAD = {
    "Tab does not leave #trap": "<button id=trap onblur='setTimeout(() => trap.focus())' "
    "onkeydown='event.preventDefault()'>Trap</button><button id=goal>Goal</button>",
    "80 keys do not lead to #goal": "<button id=trap>Trap</button><button>More</button>"
    "<button id=goal tabindex=-1>Goal</button>",
    "has no outline": "<button id=trap style='outline: none'>Trap</button><button id=goal>Goal</button>",
    "is under the control bar": "<button id=trap>Trap</button><button id=goal>Goal</button>"
    "<div class=bar style='position: fixed; inset: 0; background: black'></div>",
    "is covered": "<button id=trap>Trap</button><button id=goal>Goal</button>"
    "<div style='position: fixed; inset: 0; background: black'></div>",
    "the focus is lost": "<button id=trap>Trap</button><button id=goal onclick='this.remove()'>Goal</button>",
    "Escape does not close #over": "<button id=trap>Trap</button><button id=goal>Goal</button>"
    "<div id=over popover=auto onkeydown='event.preventDefault()'><button id=inside>Inside</button></div>"
    "<script>over.showPopover(); inside.focus()</script>",
}


def page(content: str) -> str:
    return "data:text/html," + quote(f"<!doctype html><body>{content}</body>")


async def test_what_can_be_reached_is_pressed_and_written_by_keys(open_chromium: OpenChromium) -> None:
    window = await Keyboard.of(await open_chromium("keyboard"))
    await window.open(page(GOOD))
    await window.click("#first")
    assert await window.evaluate("first.textContent") == "pressed"
    await window.fill("#field", "Zoë")
    assert await window.evaluate("field.value") == "Zoë"
    await window.click("#opens")
    await window.click("#two")
    assert await window.evaluate("first.textContent + document.activeElement.id") == "twoopens"
    await window.click("#opens")
    await window.click("#box")  # closes the menu first
    assert await window.evaluate("box.checked && !menu.matches(':popover-open')")


async def test_what_cannot_be_reached_or_seen_is_refused(open_chromium: OpenChromium) -> None:
    window = await Keyboard.of(await open_chromium("keyboard"), patience=0.5)
    for words, content in BAD.items():
        await window.open(page(content))
        with pytest.raises(Unreachable, match=words):
            await window.click("#goal")


async def test_a_pointer_is_refused(open_chromium: OpenChromium) -> None:
    chromium = await open_chromium("pointer")
    window = await Keyboard.of(chromium)
    await window.open(page("<button id=goal>Goal</button>"))
    await chromium.click("#goal")
    for _ in range(100):
        await wait_for(window, "true", 1)
        if told := [line for line in window.log if "a pointer was used" in line]:
            break
    assert told
    with pytest.raises(AssertionError, match="not by keys"):
        await window.evaluate("document.querySelector('#goal').click()")
