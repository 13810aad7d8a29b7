"""Captions between two people, from the first word to the end of who started them."""

import pytest

from tests.browser.chromium import OpenChromium
from tests.browser.person import Person
from tests.browser.server import Server
from tests.browser.window import quote

pytestmark = pytest.mark.browser

BADGE = "document.querySelector('#captions-badge')"
PATIENCE_S = 60  # on a busy machine
SPOKEN = "We begin at nine."
# Who has said it, once all of it is there.
READ = f"""(() => {{
  const line = document.querySelector(".caption");
  const isSaid = line?.querySelector("[data-final=true]")?.textContent === {quote(SPOKEN)};
  return isSaid && line.querySelector(".caption-name").textContent;
}})()"""


def shown(selector: str) -> str:
    return f"document.querySelector({quote(selector)})?.checkVisibility()"


async def test_one_types_and_the_other_reads_until_the_first_leaves(
    server: Server, open_chromium: OpenChromium
) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
    for button in ("#more", "#captions-start", "#captions-start-do"):
        await ada.until(shown(button), PATIENCE_S)
        await ada.window.click(button)
    await bea.until(f"{BADGE}?.ariaPressed === 'false'", PATIENCE_S)
    await bea.window.click("#captions-badge")
    await bea.until(shown("#captions"), PATIENCE_S)
    await bea.window.evaluate(
        "treble.room.captions.want(true).then(() => true)"
    )  # answered after the click's

    await ada.until("!document.querySelector('#captions-start-dialog')", PATIENCE_S)
    for button in ("#more", "#captions-type"):
        await ada.until(shown(button), PATIENCE_S)
        await ada.window.click(button)
    await ada.until(shown("#caption-text"), PATIENCE_S)
    await ada.window.evaluate(
        "document.querySelector('#caption-speaker').value = treble.room.localParticipant.id"
    )
    await ada.window.fill("#caption-text", SPOKEN)
    await ada.window.click("#caption-send")
    assert await bea.until(READ, PATIENCE_S) == "Ada"

    await ada.leave()
    await bea.until(f"!{BADGE}.checkVisibility() && !document.querySelector('#captions')", PATIENCE_S)
    assert await bea.window.evaluate("treble.room.captions.language") is None
