"""What one does in a call, in real browsers: mute, share, join where UDP is blocked, mistype a password."""

import pytest

from tests.browser.chromium import Chromium, OpenChromium
from tests.browser.person import QUERY, Person, tile
from tests.browser.server import Server
from tests.browser.window import wait_for

pytestmark = pytest.mark.browser


async def test_muting_stops_the_sound_and_says_so(server: Server, open_chromium: OpenChromium) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
    await bea.sees("Ada")
    await ada.window.click("#mic")
    await bea.until(f"{tile('Ada')}.dataset.muted === 'true'", 2)
    await bea.until(f"{tile('Ada')}.dataset.speaking === 'false'", 5)
    before = await bea.remote("Ada")
    await bea.sees("Ada", frames=before.frames + 15)
    assert (await bea.remote("Ada")).audio_packets == before.audio_packets
    await ada.window.click("#mic")
    await bea.until(f"{tile('Ada')}.dataset.muted === 'false'", 2)
    await bea.hears_more("Ada", before.energy, 5)


async def test_a_shared_screen_is_a_tile_of_its_own(server: Server, open_chromium: OpenChromium) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    bea = await Person.join(await open_chromium("bea"), await ada.invitation(), "Bea")
    await bea.sees("Ada")
    await ada.window.click("#share")
    screen = "document.querySelector('.tile[data-source=screen]')"
    await bea.until(f"{screen}?.dataset.picture === 'on'")
    await bea.until("treble.room.slots.all.filter(s => s.participant).length === 2", 2)
    await ada.window.click("#share-stop")
    await bea.until(f"!{screen}", 3)
    assert [await person.offers_since_entering() for person in (ada, bea)] == [0, 0]


async def test_where_udp_is_blocked_media_goes_by_tcp(server: Server, open_chromium: OpenChromium) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    walled = await open_chromium("bea", "--webrtc-ip-handling-policy=disable_non_proxied_udp")
    bea = await Person.join(walled, await ada.invitation(), "Bea")
    await ada.sees("Bea")
    await bea.sees("Ada")
    protocols = await bea.window.evaluate(
        "treble.pc.getStats().then(all => [...all.values()]"
        ".filter(({type, nominated}) => type === 'candidate-pair' && nominated)"
        ".map(({remoteCandidateId}) => all.get(remoteCandidateId).protocol))"
    )
    assert protocols == ["tcp"]


async def test_a_wrong_password_is_told_and_asked_again(server: Server, chromium: Chromium) -> None:
    await chromium.open(f"{server.url}/r/bcdf-ghjk-mnpq{QUERY}#wrong-wrong-wrong")
    await chromium.fill("#name", "Eve")
    await chromium.click("#join")
    await wait_for(chromium, "document.body.innerText.includes('That link or password is not right.')", 5)
    await wait_for(chromium, "document.querySelector('#password').checkVisibility()", 1)
