"""People go: by the button, by a crash, and by a socket that breaks while media flows."""

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.cuttable import cuttable_proxy
from tests.browser.patience import STRICT
from tests.browser.person import Person
from tests.browser.server import Server

pytestmark = pytest.mark.browser


async def two_people(origin: str, open_chromium: OpenChromium) -> tuple[Person, Person]:
    ada = await Person.start_meeting(await open_chromium("ada"), origin, "Ada")
    bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
    await ada.sees("Bea")
    await bea.sees("Ada")
    return ada, bea


async def test_leaving_frees_the_tile_within_a_second(server: Server, open_chromium: OpenChromium) -> None:
    ada, bea = await two_people(server.url, open_chromium)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bea.window.click, "#leave")
        await ada.until_gone("Bea", 1)


async def test_closing_the_window_is_leaving(server: Server, open_chromium: OpenChromium) -> None:
    ada, bea = await two_people(server.url, open_chromium)
    await bea.window.close()
    await ada.until_gone("Bea", 1)


async def test_a_killed_browser_is_shown_as_reconnecting_then_gone(
    server: Server, open_chromium: OpenChromium
) -> None:
    ada, bea = await two_people(server.url, open_chromium)
    killed = trio.current_time()
    await bea.window.kill()
    await ada.until_connection("Bea", "reconnecting", killed + 3 - trio.current_time())
    slot_free = f"!treble.room.slots.all.some(s => s.participant === {bea.id!r})"
    await ada.until(slot_free, killed + 10 - trio.current_time())
    assert bea.id in await ada.window.evaluate("[...treble.room.remoteParticipants.keys()]")
    await ada.until_gone("Bea", killed + 32 - trio.current_time())
    assert trio.current_time() - killed > 20


async def test_the_call_goes_on_when_the_server_has_been_restarted(
    server: Server, open_chromium: OpenChromium
) -> None:
    ada, bea = await two_people(server.url, open_chromium)
    await server.restart()
    for one, other in ((ada, "Bea"), (bea, "Ada")):
        await one.until("treble.room.state === 'connected'", 40)
        await one.sees(other, seconds=40)


async def test_media_outlives_the_socket_and_the_session_resumes(
    server: Server, open_chromium: OpenChromium
) -> None:
    async with cuttable_proxy(server.port) as proxy:
        ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
        link = (await ada.invitation()).replace(server.url, proxy.url)
        bea = await Person.join(await open_chromium("bea"), link, "Bea")
        await ada.sees("Bea")
        await bea.sees("Ada")
        await note_connections(ada)

        proxy.cut()
        await bea.until("treble.room.state === 'reconnecting'", 3)
        before = (await bea.remotes())["Ada"], (await ada.remotes())["Bea"]
        await bea.until("document.querySelector('#banner:not([hidden])')?.id", 3)
        await trio.sleep(4)  # longer than it takes to call somebody silent
        for person, then in zip((bea, ada), before, strict=True):
            await person.sees(then.name, frames=then.frames + 4 * 8, seconds=4)
            await person.hears_more(then.name, then.energy, 4)
        assert await bea.window.evaluate("treble.room.state") == "reconnecting"
        proxy.mend()
        await bea.until("treble.room.state === 'connected'", 10)

        assert await bea.window.evaluate("treble.room.localParticipant.id") == bea.id
        assert await bea.offers_since_entering() == 0
        told = await ada.window.evaluate("connections")
        assert (told if STRICT else [each for each in told if each[0] != "participantChanged"]) == []
        await ada.window.click(
            "#mic"
        )  # pushes reach the new socket, requests of the new socket reach the others
        await bea.until("document.querySelector('.tile[data-name=Ada]').dataset.muted === 'true'", 3)
        await bea.window.click("#mic")
        await ada.until("document.querySelector('.tile[data-name=Bea]').dataset.muted === 'true'", 3)


async def note_connections(person: Person) -> None:
    """From now on, collect every state other than connected that this page is told of others."""
    await person.window.evaluate(
        "(() => { window.connections = [];"
        "for (const event of ['participantChanged', 'participantDisconnected'])"
        "treble.room.on(event, (p) => { if (p.connection !== 'connected' || event !== 'participantChanged')"
        "connections.push([event, p.name, p.connection]); }); return true; })()"
    )
