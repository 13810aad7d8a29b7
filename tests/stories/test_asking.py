"""What needs a host's word: another name, a shared screen."""

import os

import pytest
import trio

from tests.browser.person import tile
from tests.browser.server import Server
from tests.stories.ledger import Ledger
from tests.stories.theatre import Theatre

pytestmark = pytest.mark.browser
long_only = pytest.mark.skipif(not os.environ.get("TREBLE_STORIES"), reason="one of `make test-stories`")


async def test_a_new_name_is_asked_for_and_approved(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea")
    await bea.more("#rename")
    await bea.window.fill("#rename-name", "Beatrice")
    await theatre.shoot(bea, "rename-1-asks")
    await bea.press("#rename-save")
    await ada.reads("#asks", "Beatrice")
    await theatre.shoot(ada, "rename-2-host-is-asked", phone=True)
    ledger.equal("the words", await ada.text("#asks p"), "Bea asks to be called “Beatrice”.")
    ledger.equal("before the answer the others see", await ada.names(), ["Bea"])
    began = await ada.press("#asks-allow")
    await ada.until_named("Bea", "Beatrice")
    ledger.at_most("from the answer to the new name", trio.current_time() - began, 2, " s")
    ledger.equal("the others see", await ada.names(), ["Beatrice"])
    await theatre.shoot(ada, "rename-3-renamed")


@long_only
async def test_a_new_name_that_is_refused_stays_as_it_was(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea")
    await bea.more("#rename")
    await bea.window.fill("#rename-name", "Ada the Host")
    await bea.press("#rename-save")
    await ada.press("#asks-refuse")
    await bea.reads(".toast", "The host did not allow it.")
    ledger.equal("the others see", await ada.names(), ["Bea"])


@long_only
async def test_a_forbidden_share_is_asked_for_and_granted(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea")
    await bea.press("#share")
    await bea.until("document.querySelector('#ask')?.checkVisibility()")
    await theatre.shoot(bea, "share-1-not-without-asking", phone=True)
    if not await bea.window.evaluate("document.querySelector('#ask')?.checkVisibility()"):
        await bea.press("#share")  # another size of the window closes the hint
    # A client that does not ask: its capture is offered, and goes nowhere.
    await bea.window.evaluate("treble.room.localParticipant.setScreenShareEnabled(true).then(() => true)")
    await trio.sleep(3)
    ledger.equal("frames of a screen that nobody allowed", await ada.screen_frames("Bea"), 0)
    await bea.window.evaluate("treble.room.localParticipant.setScreenShareEnabled(false).then(() => true)")
    if not await bea.window.evaluate("document.querySelector('#ask')?.checkVisibility() ?? false"):
        await bea.press("#share")
    await bea.press("#ask")
    await ada.reads("#asks", "Bea")
    await theatre.shoot(ada, "share-2-host-is-asked")
    await ada.press("#asks-allow")
    await bea.reads("[data-alert=granted]", "The host allowed it.")
    await theatre.shoot(bea, "share-3-granted")
    began = await bea.press("#granted-start")
    await ada.until(f"{tile('Bea').replace('camera', 'screen')}?.dataset.picture === 'on'")
    ledger.at_most("from the click to the picture", trio.current_time() - began, 10, " s")
    ledger.at_least("frames of the allowed screen", await ada.screen_frames("Bea"), 1)
    await theatre.shoot(ada, "share-4-host-sees-it", phone=True)
    # And a host stops it.
    await ada.does_to("Bea", "stop-share")
    await bea.is_rid_of("#sharing")
    ledger.equal(
        "the page still captures the screen",
        await bea.window.evaluate("treble.room.localParticipant.isScreenShareEnabled"),
        False,
    )
