"""A person in a story: what one does in the page, and what one sees there."""

import json
from pathlib import Path
from typing import Any

import trio

from tests.browser.chromium import Chromium
from tests.browser.person import HEARD_AND_SEEN, Person, debug_link, tile
from tests.browser.window import quote
from tests.stories.keyboard import Keyboard

STORY_SECONDS = 60  # of patience on a busy machine; what has to be quick is measured


class Actor(Person):
    """A `Person` who can also wait, lead and talk."""

    async def knock(self, link: str) -> None:
        """Through the pre-join, until somebody has to let one in, or one is in."""
        await self.come(debug_link(link))
        await self.until("['waiting', 'call'].includes(document.body.dataset.screen)")

    async def until(self, expression: str, seconds: float = STORY_SECONDS) -> Any:
        return await super().until(expression, seconds)

    async def come_again(self, link: str) -> None:
        """Press "Join" and wait until it is refused."""
        await self.come(debug_link(link))
        await self.until("document.querySelector('#join-error[data-code]')?.checkVisibility()")

    async def refusal(self) -> str:
        """Why one may not come in: its code and its words."""
        found: str = await self.window.evaluate(
            "(({ dataset, textContent }) => `${dataset.code}: ${textContent}`)(document.querySelector('#join-error'))"
        )
        return found

    async def link(self) -> str:
        """The invitation as "Copy invitation" gives it."""
        return await self.invitation()

    # --- what is seen -----------------------------------------------------------------------------------------

    async def screen(self) -> str:
        return str(await self.window.evaluate("document.body.dataset.screen"))

    async def reads(self, selector: str, words: str, seconds: float = STORY_SECONDS) -> None:
        """Wait until an element that is shown says this."""
        await self.until(
            f"[...document.querySelectorAll({quote(selector)})].some((one) =>"
            f" one.checkVisibility() && one.textContent.includes({quote(words)}))",
            seconds,
        )

    async def is_rid_of(self, selector: str, seconds: float = STORY_SECONDS) -> None:
        await self.until(
            f"[...document.querySelectorAll({quote(selector)})].every((one) => !one.checkVisibility())",
            seconds,
        )

    async def text(self, selector: str) -> str:
        return str(
            await self.window.evaluate(f"document.querySelector({quote(selector)})?.textContent ?? ''")
        )

    async def role(self) -> str:
        return str(await self.window.evaluate("treble.room.localParticipant.role"))

    async def names(self) -> list[str]:
        """Everybody else, as the roster says."""
        found: list[str] = await self.window.evaluate(
            "[...treble.room.remoteParticipants.values()].map(({ name }) => name).sort()"
        )
        return found

    async def until_named(self, old: str, new: str) -> None:
        """Wait until somebody's tile bears the new name and none the old one."""
        await self.until(f"{tile(new)} && !{tile(old)}")

    async def packets(self) -> dict[str, int]:
        """Audio packets received so far in each Slot, whoever sits in it: nothing is missed by a change of Slots."""
        found: dict[str, int] = await self.window.evaluate("""(async () => {
          const reports = [...(await treble.pc.getStats()).values()];
          const audio = reports.filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
          return Object.fromEntries(audio.map(({ mid, packetsReceived }) => [mid, packetsReceived]));
        })()""")
        return found

    async def sent_packets(self) -> int:
        """Audio packets that this browser has sent."""
        count: int = await self.window.evaluate("""(async () => {
          const reports = [...(await treble.pc.getStats()).values()];
          return reports.filter(({ type, kind }) => type === "outbound-rtp" && kind === "audio")
            .reduce((sum, { packetsSent }) => sum + packetsSent, 0);
        })()""")
        return count

    async def heard(self, name: str) -> dict[str, Any]:
        """What the statistics of this person's Slot say; empty where they are in none."""
        found: dict[str, Any] = await self.window.evaluate(
            f"({HEARD_AND_SEEN}).then((all) => all.find((one) => one.name === {quote(name)}) ?? {{}})"
        )
        return found

    async def screen_frames(self, name: str) -> int:
        """Decoded frames of this person's screen."""
        frames: int = await self.window.evaluate(
            f"({HEARD_AND_SEEN}).then((all) => all.find((one) => one.source === 'screen' &&"
            f" one.name === {quote(name)})?.frames ?? 0)"
        )
        return frames

    # --- what is done -----------------------------------------------------------------------------------------

    async def press(self, selector: str, seconds: float = STORY_SECONDS) -> float:
        """Wait for a button that is shown and may be pressed, and press it; returns when (Trio's clock)."""
        await self.until(
            f"(() => {{ const one = document.querySelector({quote(selector)});"
            " return one?.checkVisibility() && !one.disabled && one.ariaDisabled !== 'true'; })()",
            seconds,
        )
        if isinstance(self.window, Keyboard):
            await self.window.go_to(selector)
            return await self.window.press_here(selector)
        began = trio.current_time()
        await self.window.click(selector)
        return began

    async def admit(self, name: str) -> float:
        """By the banner, when this person stands first in it; with the list of people open it stands there."""
        await self._close_people()
        await self.reads("#door", name)
        return await self.press("#door-admit")

    async def refuse(self, name: str) -> None:
        await self._close_people()
        await self.reads("#door", name)
        await self.press("#door-refuse")

    async def _close_people(self) -> None:
        if await self.window.evaluate("document.querySelector('#people-panel')?.checkVisibility()"):
            await self.press("#panel-close")

    async def more(self, item: str) -> None:
        """An item of the menu "More"."""
        await self.press("#more")
        await self.press(item)

    async def open_people(self) -> None:
        if not await self.window.evaluate("document.querySelector('#people-panel')?.checkVisibility()"):
            await self.press("#people")
            await self.until("document.querySelector('#people-panel')?.checkVisibility()")

    async def does_to(self, name: str, action: str) -> None:
        """An action of somebody's menu in the list of people."""
        await self.open_people()
        ident = await self.until(
            f"[...treble.room.remoteParticipants.values()].find((one) => one.name === {quote(name)})?.id"
        )
        await self.press(f"#people-panel [data-participant='{ident}'] .person-more")
        await self.press(f"#person-{action}")

    async def open_chat(self) -> None:
        if not await self.window.evaluate("document.querySelector('#chat-panel')?.checkVisibility()"):
            await self.press("#chat")
            await self.until("document.querySelector('#chat-text')?.checkVisibility()")

    async def sends_file(self, path: Path) -> None:
        """Pick it where the page asks for files, and send it once it is with the server."""
        await self.open_chat()
        window = self.window
        assert isinstance(window, Chromium | Keyboard)
        await window.offer_file(path)
        await self.press("#chat-attach")
        await self.until(
            f"document.querySelector('.chat-uploads li')?.textContent.includes({quote(path.name)})"
        )
        await self.until("!document.querySelector('.chat-uploads progress')")
        await self.press("#chat-send")

    async def pins(self, name: str) -> None:
        """By the menu of their tile: with the mouse at its button, by keys on the tile itself."""
        of = f".tile[data-source=camera][data-name={quote(name)}]"
        await self.press(of if isinstance(self.window, Keyboard) else f"{of} .tile-more")
        await self.press("#tile-pin")

    async def says(self, text: str) -> None:
        """Write it into the chat and send it; does not wait for the server."""
        await self.open_chat()
        await self.window.fill("#chat-text", text)
        await self.press("#chat-send")

    async def chat(self) -> list[str]:
        """The texts that stand in the chat, in order."""
        found: list[str] = await self.window.evaluate(
            "[...document.querySelectorAll('#chat-panel .message-text')].map((one) => one.textContent.trim())"
        )
        return found

    async def until_chat(self, texts: list[str], seconds: float = STORY_SECONDS) -> None:
        await self.until(
            "JSON.stringify([...document.querySelectorAll('#chat-panel .message-text')].map((one) =>"
            f" one.textContent.trim())) === {quote(_json(texts))}",
            seconds,
        )


def _json(texts: list[str]) -> str:
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))


async def newly_heard(listener: Actor, seconds: float) -> int:
    """Audio packets that reach this browser in so many seconds."""
    before = await listener.packets()
    await trio.sleep(seconds)
    after = await listener.packets()
    return sum(count - before.get(mid, 0) for mid, count in after.items())
