"""The way in: a guest knocks, is refused, knocks again, is let in; and what a host sees of those who wait."""

import os

import pytest
import trio

from tests.browser.server import Server
from tests.stories.actor import Actor
from tests.stories.ledger import Ledger
from tests.stories.theatre import Theatre

pytestmark = pytest.mark.browser
long_only = pytest.mark.skipif(not os.environ.get("TREBLE_STORIES"), reason="one of `make test-stories`")

# Everything that a client at the door may be told (contracts 3).
ALLOWED_AT_THE_DOOR = {"waiting", "refused", "expired", "admitted", "failed", "done", "elsewhere", "ended"}

WIRETAP = """(() => {
  window.received = [];
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => window.received.push(JSON.parse(data).type));
    }
  };
  return true;
})()"""


AGAIN_SECONDS = 75  # a refused guest may not knock again at once


async def test_a_guest_knocks_and_is_admitted(safe_server: Server, theatre: Theatre, ledger: Ledger) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.guest(await ada.invitation(), "Bea")
    await bea.reads("#waiting-text", "Asking to join")
    ledger.equal("a guest with the password stands at", await bea.screen(), "waiting")
    ledger.equal("a waiting guest sees of the others", await bea.names(), [])
    began = await ada.admit("Bea")
    await bea.be_in()
    ledger.at_most("from the click to being connected", trio.current_time() - began, 6, " s")
    await ada.sees("Bea")
    await bea.sees("Ada")
    ledger.equal("the host sees", await ada.names(), ["Bea"])


@long_only
async def test_a_guest_knocks_is_refused_knocks_again_and_is_admitted(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    await theatre.shoot(ada, "door-1-host-alone", phone=True)
    ledger.equal("who made the room is its", await ada.role(), "host")

    bea = await theatre.guest(await ada.invitation(), "Bea")
    await bea.reads("#waiting-text", "Asking to join")
    ledger.equal("a guest with the password stands at", await bea.screen(), "waiting")
    ledger.equal("a waiting guest sees of the others", await bea.names(), [])
    await ada.reads("#door", "Bea")
    await theatre.shoot(ada, "door-2-host-is-told", phone=True)
    await theatre.shoot(bea, "door-3-guest-waits", phone=True)

    await ada.refuse("Bea")
    await bea.reads("#waiting-text", "The host did not let you in.")
    await theatre.shoot(bea, "door-4-refused")
    ledger.equal("who is refused stands at", await bea.screen(), "waiting")
    await ada.is_rid_of("#door")

    await bea.press("#knock-again", AGAIN_SECONDS)
    await ada.admit("Bea")
    await bea.be_in()
    ledger.equal("who is admitted is there as", await bea.role(), "speaker")
    await ada.sees("Bea")
    await bea.sees("Ada")
    await theatre.shoot(ada, "door-5-together", phone=True)
    ledger.equal("the host sees", await ada.names(), ["Bea"])


@long_only
async def test_a_waiting_client_is_told_nothing_of_the_meeting(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    link = await ada.invitation()
    window = await theatre.window("Bea")
    await window.open(safe_server.url)
    bea = Actor(window, "Bea")
    await window.evaluate(WIRETAP)
    code = link.split("/r/")[1].split("?")[0] + "#" + link.partition("#")[2]
    await window.fill("#code", code)
    await bea.press("#join-code")
    await bea.until("document.querySelector('#preview-mic:not(.is-off)')?.id")
    await window.fill("#name", "Bea")
    await bea.press("#join")
    await bea.reads("#waiting-text", "Asking to join")
    await ada.refuse("Bea")
    await bea.reads("#waiting-text", "did not let you in")
    told = set(await window.evaluate("window.received"))
    ledger.equal("messages beyond the allow-list", sorted(told - ALLOWED_AT_THE_DOOR), [])
    ledger.equal(
        "the title of the waiting page", await window.evaluate("document.title.includes('Ada')"), False
    )


@long_only
async def test_three_wait_and_are_let_in_together(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    link = await ada.invitation()
    guests = [await theatre.guest(link, name) for name in ("Bea", "Cleo", "Dora")]
    await ada.until("treble.room.meeting.waiters.length === 3")
    await ada.until("document.querySelector('#door-admit-all')?.checkVisibility()")
    await theatre.shoot(ada, "banner-1-three-wait", phone=True)
    title = await ada.window.evaluate("document.title")
    ledger.equal("the tab's title begins with", title[:3], "(3)")
    await ada.press("#door-see-all")
    await ada.until("document.querySelector('#people-panel')?.checkVisibility()")
    await theatre.shoot(ada, "banner-2-see-all", phone=True)
    await ada.press("#people-admit-all")
    for guest in guests:
        await guest.be_in()
    ledger.equal("the host sees", await ada.names(), ["Bea", "Cleo", "Dora"])
    await ada.is_rid_of("#door")


@long_only
async def test_who_comes_before_the_host_waits_for_the_host(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    link = await ada.invitation()
    await ada.leave()
    bea = await theatre.guest(link, "Bea")
    await bea.reads("#waiting-text", "The meeting starts when the host joins.")
    await theatre.shoot(bea, "early-1-no-host")
    await ada.press("#rejoin")
    await ada.press("#join")
    await ada.be_in()
    ledger.equal("the owner comes back as", await ada.role(), "host")
    await ada.admit("Bea")
    await bea.be_in()
    ledger.equal("the host sees", await ada.names(), ["Bea"])
