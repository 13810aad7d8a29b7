"""A person in a call: a window that went through the real pre-join, and what its page sees and hears.

Questions go to `window.treble`, which the client exposes with `?debug`; the Slot table says who is where, the
browser's own statistics say what was decoded.
"""

from dataclasses import dataclass
from typing import Any, Self

from tests.browser.behind_link import put_behind
from tests.browser.window import Late, Window, quote, wait_for

QUERY = "?debug&capture=640x360@15&load=off"  # machines are busy; tests/web has what a page does then
JOIN_SECONDS = 60  # of patience, as everywhere here: a busy machine may take its time

# One entry per Slot that carries somebody. Both receivers of a pair come from one report, so of one moment.
HEARD_AND_SEEN = """(async () => {
  const { room, pc } = window.treble;
  const reports = [...(await pc.getStats()).values()].filter(({ type }) => type === "inbound-rtp");
  const inbound = (stream) => reports.find((one) => one.trackIdentifier === stream.getTracks()[0].id) ?? {};
  return room.slots.all.filter(({ participant }) => participant).map((slot) => {
    const [audio, video] = [inbound(slot.audio), inbound(slot.video)];
    return {
      slot: slot.slot, turn: slot.turn, reason: slot.reason,
      participant: slot.participant, source: slot.source,
      name: room.remoteParticipants.get(slot.participant)?.name ?? "",
      frames: video.framesDecoded ?? 0, width: video.frameWidth ?? 0, height: video.frameHeight ?? 0,
      keyframes: video.keyFramesDecoded ?? 0, freezes: video.freezeCount ?? 0,
      video_lost: video.packetsLost ?? 0,
      energy: audio.totalAudioEnergy ?? 0, audio_packets: audio.packetsReceived ?? 0,
      audio_lost: audio.packetsLost ?? 0,
      skew: (audio.estimatedPlayoutTimestamp ?? NaN) - (video.estimatedPlayoutTimestamp ?? NaN) || null,
    };
  });
})()"""

# What a failed test wants to know: per Slot the timestamp waited for and the one of the next frame shown.
PICTURES = """Promise.all([...document.querySelectorAll("video[data-slot]")].map(async (video) => {
  const next = new Promise((shown) => video.requestVideoFrameCallback((_, frame) => shown(frame.rtpTimestamp)));
  const late = new Promise((resolve) => setTimeout(() => resolve("no frame"), 2000));
  const { participant, from, turn } = window.treble.room.slots.all[video.dataset.slot];
  return { slot: video.dataset.slot, participant, from, turn, next: await Promise.race([next, late]),
    paused: video.paused, width: video.videoWidth };
}))"""

WATCH_OFFERS = """(() => {
  const { pc } = window.treble;
  window.offers = { pc, count: 0 };
  pc.addEventListener("signalingstatechange", () => { window.offers.count += 1; });
  return true;
})()"""


@dataclass(frozen=True)
class Remote:
    """Somebody as a receiver sees and hears them; counters are the Slot's own since it was made.

    `skew` is audio minus video in ms by `estimatedPlayoutTimestamp`: None where the browser does not say.
    """

    slot: int
    participant: str
    source: str
    reason: str
    turn: int
    name: str
    frames: int
    width: int
    height: int
    keyframes: int
    freezes: int
    video_lost: int
    energy: float
    audio_packets: int
    audio_lost: int
    skew: float | None


def debug_link(invitation: str) -> str:
    """The same invitation, with what tests need of the page."""
    address, _, password = invitation.partition("#")
    return f"{address.partition('?')[0]}{QUERY}#{password}"


def tile(name: str) -> str:
    """The JavaScript expression of somebody's tile."""
    return f"document.querySelector('.tile[data-source=camera][data-name={quote(name)}]')"


class Person:
    """Somebody in a room."""

    def __init__(self, window: Window, name: str) -> None:
        self.window = window
        self.name = name
        self.id = ""

    @classmethod
    async def start_meeting(cls, window: Window, origin: str, name: str, query: str = QUERY) -> Self:
        return await cls(window, name)._enter(f"{origin}/{query}#new")

    @classmethod
    async def join(cls, window: Window, invitation: str, name: str, link_port: int = 0) -> Self:
        """`invitation`: the link with room and password. `link_port`: of an emulated network to be behind."""
        return await cls(window, name)._enter(debug_link(invitation), link_port)

    async def _enter(self, address: str, link_port: int = 0) -> Self:
        await self.come(address, link_port)
        return await self.be_in()

    async def come(self, address: str, link_port: int = 0) -> None:
        """Through the pre-join, as a user: devices are up, a name is typed, the button is pressed."""
        await self.window.open(address)
        if link_port:
            await put_behind(self.window, link_port)
        await self.until("document.querySelector('#preview-cam:not(.is-off)')?.id")
        await self.until("document.querySelector('#preview-mic:not(.is-off)')?.id")
        await self.window.fill("#name", self.name)
        await self.window.click("#join")

    async def be_in(self) -> Self:
        """Wait until the call is there and connected."""
        await self.until("document.body.dataset.screen === 'call'")
        await self.until("window.treble.pc.connectionState === 'connected'")
        self.id = await self.window.evaluate("window.treble.room.localParticipant.id")
        await self.window.evaluate(WATCH_OFFERS)
        return self

    async def until(self, expression: str, seconds: float = JOIN_SECONDS) -> Any:
        return await wait_for(self.window, expression, seconds)

    async def invitation(self) -> str:
        link: str = await self.window.evaluate("location.href")
        return link

    async def remotes(self) -> dict[str, Remote]:
        """By name: who is in a Slot with microphone and camera."""
        found = [Remote(**fields) for fields in await self.window.evaluate(HEARD_AND_SEEN)]
        return {remote.name: remote for remote in found if remote.source == "camera"}

    async def sees(self, *names: str, frames: int = 1, seconds: float = JOIN_SECONDS) -> None:
        """Wait until each of these has a tile with a picture that moves, and is heard."""
        for name in names:
            who = f"({HEARD_AND_SEEN}).then(all => all.find(r => r.name === {quote(name)}))"
            try:
                await self.until(f"{who}.then(r => r && r.frames >= {frames} && r.energy > 0)", seconds)
                await self.until(f"{tile(name)}?.dataset.picture === 'on'", seconds)
            except Late as late:
                late.add_note(f"Slots: {await self.window.evaluate(PICTURES)}\n{await self.remotes()}")
                raise

    async def hears_more(self, name: str, than: float, seconds: float) -> None:
        """Wait until more of this person's sound was heard than this much energy."""
        who = f"({HEARD_AND_SEEN}).then(all => all.find(r => r.name === {quote(name)}))"
        await self.until(f"{who}.then(r => r?.energy > {than})", seconds)

    async def sees_size(self, name: str, width: int, height: int, seconds: float) -> None:
        """Wait until this person's picture has this size (senders take their time to trust a new path)."""
        await self.until(
            f"({HEARD_AND_SEEN}).then(all => all.find(r => r.name === {quote(name)}))"
            f".then(r => r?.width === {width} && r.height === {height})",
            seconds,
        )

    async def remote(self, name: str) -> Remote:
        return (await self.remotes())[name]

    async def until_gone(self, name: str, seconds: float) -> None:
        """Wait until nothing of this person is left: no tile, no Slot, not in the roster."""
        await self.until(
            f"(({{slots, remoteParticipants: people}}) => !{tile(name)} &&"
            f"![...people.values()].some((one) => one.name === {quote(name)}) &&"
            "slots.all.every(({participant}) => !participant || people.has(participant)))(treble.room)",
            seconds,
        )

    async def until_connection(self, name: str, state: str, seconds: float) -> None:
        """Wait until this person's tile says `connected` or `reconnecting`."""
        await self.until(f"{tile(name)}?.dataset.connection === {quote(state)}", seconds)

    async def offers_since_entering(self) -> int:
        """Changes of the signalling state since this person was connected: any offer or answer makes some."""
        count: int = await self.window.evaluate("window.offers.pc === treble.pc ? window.offers.count : -1")
        return count

    async def leave(self) -> None:
        await self.window.click("#leave")
        dialog = "document.querySelector('#leave-just')?.checkVisibility()"
        await self.until(f"document.body.dataset.screen === 'left' || {dialog}")
        if await self.window.evaluate(f"Boolean({dialog})"):  # a host decides how
            await self.window.click("#leave-just")
        await self.until("document.body.dataset.screen === 'left'")
