"""A window whose encryption worker keeps what passes: the server's bytes, the frames that they open to, and its keys."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.chromium import Chromium

HERE = Path(__file__).parent
WORKER = HERE.parents[1] / "web" / "sdk" / "e2ee-worker.js"
# Nobody ends the worker when the Room is over: whoever is removed keeps its keys.
KEEP_WORKER = "Worker.prototype.terminate = () => {};"
ASK = """(async () => {
  const channel = new BroadcastChannel("tap");
  const answer = new Promise((resolve) => { channel.onmessage = ({ data }) => resolve(data.answer); });
  channel.postMessage(%s);
  const given = await answer;
  channel.close();
  return given;
})()"""


@dataclass(frozen=True)
class Frame:
    """Of a received camera: as it came from the server, and what it was opened to."""

    key: bool
    came: bytes
    opened: bytes | None


class Tap:
    def __init__(self, window: Chromium) -> None:
        self._window = window

    @classmethod
    async def put(cls, window: Chromium) -> "Tap":
        """Before the window loads a page."""
        source = (HERE / "tap.js").read_text() + WORKER.read_text()

        async def fulfill(route: Any) -> None:
            await route.fulfill(body=source, content_type="text/javascript")

        await window._driver.call(window._page.context.route("**/sdk/e2ee-worker.js*", fulfill))
        await window._driver.call(window._page.add_init_script(KEEP_WORKER))
        return cls(window)

    async def video(self, most: int) -> list[Frame]:
        found = await self._ask(ask="video", most=most)
        return [
            Frame(
                frame["key"],
                base64.b64decode(frame["came"]),
                base64.b64decode(frame["opened"]) if frame["opened"] else None,
            )
            for frame in found
        ]

    async def opens(self, participant: str, source: int, frames: list[bytes]) -> int:
        """How many of these frames the keys in this worker open, as frames of that participant."""
        encoded = [base64.b64encode(frame).decode() for frame in frames]
        answer = await self._ask(ask="open", participant=participant, source=source, frames=encoded)
        return int(answer["opened"])

    async def times(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._ask(ask="times")
        return found

    async def clear(self) -> None:
        await self._window.evaluate('new BroadcastChannel("tap").postMessage({ ask: "clear" }) ?? true')

    async def _ask(self, **what: Any) -> Any:
        return await self._window.evaluate(ASK % json.dumps(what))
