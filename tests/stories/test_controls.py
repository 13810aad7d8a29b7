"""Host controls: silence for all, whatever a client sends; out, and never back; the meeting in other hands."""

import os

import pytest
import trio

from tests.browser.server import Server
from tests.stories.actor import Actor, newly_heard
from tests.stories.ledger import Ledger
from tests.stories.theatre import Theatre

pytestmark = pytest.mark.browser
long_only = pytest.mark.skipif(not os.environ.get("TREBLE_STORIES"), reason="one of `make test-stories`")

MEASURED_SECONDS = 3
# A client that does not obey: it puts a living microphone back on the wire by itself.
DISOBEY = """(async () => {
  const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks();
  const sender = treble.pc.getTransceivers().find(({ sender, direction, receiver }) =>
    receiver.track.kind === "audio" && direction !== "recvonly").sender;
  await sender.replaceTrack(track);
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) encoding.active = true;
  await sender.setParameters(parameters);
  return true;
})()"""


async def test_mute_all_is_silence_whatever_a_client_sends(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea")
    await ada.sees("Bea")
    ledger.at_least("packets of sound before", await newly_heard(ada, MEASURED_SECONDS), 50)
    before = (await ada.heard("Bea"))["energy"]
    await ada.more("#mute-all")
    await bea.reads("[data-alert=stopped-talk]", "The host muted you.")
    await theatre.shoot(bea, "mute-1-told", phone=True)
    ledger.equal("the page's own button says", await _mic(bea), "false")
    for _ in range(10):  # what was on its way
        if await newly_heard(ada, 1) == 0:
            break
    ledger.equal("packets of sound after", await newly_heard(ada, MEASURED_SECONDS), 0)
    sent = await bea.sent_packets()
    await bea.window.evaluate(DISOBEY)
    await bea.until(_sent_more_than(sent + 50))
    ledger.equal("... though the client sends on", await newly_heard(ada, MEASURED_SECONDS), 0)
    ledger.at_least("sound heard before, in energy", before, 1e-6)
    await theatre.shoot(ada, "mute-2-host")

    # Nobody unmutes another: the host asks, and the person decides.
    await ada.does_to("Bea", "ask-unmute")
    await bea.reads("[data-alert=unmute]", "asks you to unmute")
    ledger.equal("being asked changes", await _mic(bea), "false")
    await theatre.shoot(bea, "mute-3-asked")
    await bea.press("#unmute-now")
    await ada.until(_packets_after(await ada.packets()))
    ledger.equal("after one's own click the button says", await _mic(bea), "true")


def _sent_more_than(packets: int) -> str:
    """An expression that is true once this browser has sent more packets of sound."""
    return f"""(async () => [...(await treble.pc.getStats()).values()]
      .filter(({{ type, kind }}) => type === "outbound-rtp" && kind === "audio")
      .reduce((sum, {{ packetsSent }}) => sum + packetsSent, 0) > {packets})()"""


async def _mic(actor: Actor) -> str:
    return str(await actor.window.evaluate("document.querySelector('#mic').dataset.on"))


def _packets_after(before: dict[str, int]) -> str:
    """An expression that is true once 50 packets of sound more have come."""
    return f"""(async () => {{
      const reports = [...(await treble.pc.getStats()).values()];
      const now = reports.filter(({{ type, kind }}) => type === "inbound-rtp" && kind === "audio")
        .reduce((sum, {{ packetsReceived }}) => sum + packetsReceived, 0);
      return now > {sum(before.values()) + 50};
    }})()"""


@long_only
async def test_who_is_removed_may_knock_again_and_who_is_banned_never(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea")
    await ada.does_to("Bea", "remove")
    await theatre.shoot(ada, "remove-1-sure")
    began = await ada.press("#remove-sure")
    await bea.until("document.body.dataset.screen === 'left'")
    ledger.at_most("from the click to being out", trio.current_time() - began, 2, " s")
    await bea.reads("h1", "The host removed you from this meeting.")
    await theatre.shoot(bea, "remove-2-out", phone=True)
    await ada.until_gone("Bea", 5)

    await bea.knock(await ada.invitation())
    ledger.equal("who was only removed has to", await bea.screen(), "waiting")
    await ada.admit("Bea")
    await bea.be_in()

    await ada.does_to("Bea", "remove")
    await ada.press("#remove-ban")
    await ada.press("#remove-sure")
    await bea.until("document.body.dataset.screen === 'left'")
    await bea.come_again(await ada.invitation())
    banned = await bea.refusal()
    await theatre.shoot(bea, "remove-3-banned", phone=True)
    stranger = await theatre.stranger((await ada.invitation()).partition("#")[0] + "#wrong-password", "Cleo")
    wrong = await stranger.refusal()
    ledger.equal("who is banned reads", banned, wrong)
    ledger.equal(
        "the words",
        banned,
        "auth.wrong: That link or password is not right. Check both with the person who invited you.",
    )
    ledger.equal("the host sees", await ada.names(), [])


@long_only
async def test_a_host_who_leaves_picks_the_next(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea", account=safe_server)
    cleo = await theatre.admitted(ada, "Cleo")
    await ada.press("#leave")
    await ada.until("document.querySelector('#leave-heir')?.checkVisibility()")
    heirs = await ada.window.evaluate(
        "[...document.querySelector('#leave-heir').options].map(({ text }) => text)"
    )
    ledger.equal("no unverified guest is offered", heirs, ["Bea"])
    await theatre.shoot(ada, "hand-over-1-who-is-next", phone=True)
    refusal = await ada.window.evaluate(
        "treble.room.meeting.handOver([...treble.room.remoteParticipants.values()]"
        ".find(({ name }) => name === 'Cleo').id).then(() => 'done', ({ code }) => code)"
    )
    ledger.equal("... nor taken by the server", refusal, "forbidden")
    began = await ada.press("#leave-hand-over")
    await bea.until("treble.room.localParticipant.role === 'host'")
    ledger.at_most("from the click to the new host", trio.current_time() - began, 3, " s")
    await ada.until("document.body.dataset.screen === 'left'")
    ledger.equal("the other one stays", await cleo.role(), "speaker")
    await theatre.shoot(bea, "hand-over-2-the-new-host")
    dora = await theatre.guest(await bea.link(), "Dora")
    await bea.admit("Dora")
    await dora.be_in()
    ledger.equal("the new host lets in", await bea.names(), ["Cleo", "Dora"])


@long_only
async def test_a_host_whose_browser_dies_is_followed_by_the_co_host(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea", account=safe_server)
    cleo = await theatre.admitted(ada, "Cleo")
    await ada.does_to("Bea", "make-co-host")
    await bea.until("treble.room.localParticipant.role === 'co-host'")
    began = trio.current_time()
    await ada.window.kill()
    await bea.until("treble.room.localParticipant.role === 'host'", 130)
    took = trio.current_time() - began
    ledger.at_least("from the host's death to the next host", took, 55, " s")
    ledger.at_most("from the host's death to the next host", took, 75, " s")
    ledger.equal("the other one stays", await cleo.role(), "speaker")
    await theatre.shoot(bea, "hand-over-3-after-60-s")
