"""Somebody who only looks: the SDK without a page, as a viewer, so that its offer has receiving m-lines only."""

import json
import re
from dataclasses import dataclass
from typing import Any, Self

import trio

from tests.browser.patience import patient
from tests.browser.server import Server
from tests.browser.window import POLL_SECONDS, Late, Window, quote

# Elements for all Slots: a picture that nobody shows is not decoded everywhere.
ENTER = """(async (token, secret) => {
  const { Room } = await import("/sdk/index.js");
  const room = window.room = new Room({ slots: 1, encryption: secret ? { secret } : undefined });
  room.on("slotsChanged", (slots) => {
    for (const { slot, video } of slots) {
      if (document.getElementById(`far-${slot}`)) continue;
      const element = Object.assign(document.createElement("video"), { autoplay: true, muted: true, id: `far-${slot}` });
      element.srcObject = video;
      document.body.append(element);
    }
  });
  await room.connect(location.origin, token);
  return true;
})"""
SEEN = """(async (participant) => {
  const { room } = window;
  const slot = room.slots.find(participant, "camera");
  if (!slot) return null;
  const [track] = slot.video.getTracks();
  const reports = [...(await room.peerConnection.getStats()).values()];
  const inbound = reports.find((one) => one.type === "inbound-rtp" && one.trackIdentifier === track.id) ?? {};
  return { frames: inbound.framesDecoded ?? 0, height: inbound.frameHeight ?? 0, layer: slot.layer,
    reason: slot.reason, codec: slot.codec, decoder: reports.find(({ id }) => id === inbound.codecId)?.mimeType ?? "" };
})"""


@dataclass(frozen=True)
class Picture:
    frames: int  # decoded so far
    height: int  # of the last one
    layer: int | None  # as the server says, like the reasons
    reason: str
    codec: str | None
    decoder: str  # MIME type


class Viewer:
    """Watches one participant's camera."""

    def __init__(self, window: Window, participant: str) -> None:
        self.window = window
        self._participant = participant

    @classmethod
    async def join(
        cls, window: Window, server: Server, invitation: str, participant: str, secret: str = ""
    ) -> Self:
        """`secret`: of end-to-end encryption."""
        room = re.search(r"/r/([^?#]+)", invitation)
        assert room is not None
        token = await server.token(room[1], window.name, "viewer")
        await window.open(server.url)
        await window.evaluate(f"{ENTER}({quote(token)}, {quote(secret)})")
        return cls(window, participant)

    async def show(self, height: int) -> None:
        """In a tile of so many lines."""
        tile = {"participant": self._participant, "source": "camera", "priority": 0, "cap": 0}
        size = {"width": height * 16 // 9, "height": height}
        await self.window.evaluate(f"window.room.setView([{json.dumps(tile | size)}]) ?? true")

    async def seen(self) -> Picture | None:
        found = await self.window.evaluate(f"{SEEN}({quote(self._participant)})")
        return Picture(**found) if found else None

    async def until(self, seconds: float, **wanted: Any) -> Picture:
        """Wait until what is seen is so; raises `Late`."""
        picture: Picture | None = None
        with trio.move_on_after(patient(seconds)):
            while True:
                picture = await self.seen()
                if picture and all(getattr(picture, name) == value for name, value in wanted.items()):
                    return picture
                await trio.sleep(POLL_SECONDS)
        raise Late(f"{self.window.name}: {wanted} expected, seen {picture}")

    async def until_frames(self, frames: int, seconds: float) -> None:
        """Wait until so many have been decoded; raises `Late`."""
        picture: Picture | None = None
        with trio.move_on_after(patient(seconds)):
            while True:
                picture = await self.seen()
                if picture and picture.frames >= frames:
                    return
                await trio.sleep(POLL_SECONDS)
        raise Late(f"{self.window.name}: {frames} frames expected, seen {picture}")

    async def can_decode(self, codec: str) -> bool:
        able = "RTCRtpReceiver.getCapabilities('video').codecs.map((one) => one.mimeType)"
        return codec in await self.window.evaluate(able)

    async def goes_on(self, frames: int, seconds: float) -> None:
        """Wait until so many more have been decoded; raises `Late`."""
        before = await self.seen()
        await self.until_frames((before.frames if before else 0) + frames, seconds)
