"""Windows, people in them, and pictures of what they see."""

from pathlib import Path

from tests.browser.chromium import OpenChromium
from tests.browser.server import Server
from tests.browser.window import BEGIN, DESKTOP, PHONE, PageError, Window
from tests.stories.accounts import become_verified
from tests.stories.actor import Actor
from tests.stories.keyboard import Keyboard
from tests.stories.ledger import Ledger


class Theatre:
    def __init__(
        self, open_chromium: OpenChromium, ledger: Ledger, shots: Path, *, by_keys: bool = False
    ) -> None:
        self._open = open_chromium
        self._ledger = ledger
        self._shots = shots
        self._by_keys = by_keys
        self._windows: dict[str, Window] = {}

    async def window(self, name: str) -> Window:
        """A browser of its own: nobody is known in it."""
        window = await self._open(name)
        self._windows[name] = await Keyboard.of(window) if self._by_keys else window
        return self._windows[name]

    async def host(self, origin: str, name: str) -> Actor:
        """Somebody who has started a meeting and is in it."""
        return await Actor.start_meeting(await self.window(name), origin, name)

    async def guest(self, link: str, name: str) -> Actor:
        """Somebody who has pressed "Join" in a browser of their own."""
        actor = Actor(await self.window(name), name)
        await actor.knock(link)
        return actor

    async def stranger(self, link: str, name: str) -> Actor:
        """Somebody who has pressed "Join" and was refused."""
        actor = Actor(await self.window(name), name)
        await actor.come_again(link)
        return actor

    async def admitted(self, host: Actor, name: str, account: Server | None = None) -> Actor:
        """Somebody whom the host has let in; with a verified account at this server, or a guest."""
        actor = Actor(await self.window(name), name)
        if account is not None:
            await become_verified(account, actor, f"{name.lower()}@example.org")
        await actor.knock(await host.invitation())
        await host.admit(name)
        await actor.be_in()
        return actor

    async def shoot(self, who: Actor | Window, name: str, *, phone: bool = False) -> None:
        """`<name>.png` at 1440x900, and `<name>-phone.png` at 390x844."""
        window = who.window if isinstance(who, Actor) else who
        await window.screenshot(self._shots / f"{name}.png", DESKTOP)
        if phone:
            await window.screenshot(self._shots / f"{name}-phone.png", PHONE)
        await window.screenshot(self._shots / ".last.png", BEGIN)

    async def end(self, story: str) -> None:
        """Errors that no page caught; pictures of all windows where something fell short."""
        uncaught = {
            name: lines
            for name, window in self._windows.items()
            if (lines := [line for line in window.log if line.startswith("uncaught")])
        }
        for name, window in self._windows.items():
            try:
                await window.screenshot(self._shots / "last" / f"{story}-{name}.png", DESKTOP)
            except (PageError, OSError):
                pass  # closed or killed by the story
        assert uncaught == {}, f"errors that no page caught: {uncaught}"
