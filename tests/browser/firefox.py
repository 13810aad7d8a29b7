"""Firefox windows by WebDriver BiDi: JSON commands with ids on a WebSocket that the browser listens on.

Debian has no geckodriver, and none is needed: with `--remote-debugging-port` Firefox speaks BiDi itself.
"""

import base64
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from tests.browser.processes import POLL_SECONDS, Process, ProcessFailed
from tests.browser.window import AT_REST, BEGIN, PageError, quote

EXECUTABLE = os.environ.get("TREBLE_FIREFOX") or shutil.which("firefox-esr") or "firefox"
COMMAND_SECONDS = 60
START_SECONDS = 60
BEGIN_SECONDS = 90  # it answers once its first window stands, late on a busy machine
MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # screenshots

PREFS: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "services.settings.server": "",
}


class Firefox:
    """A `Window`; made by `open_firefox`."""

    def __init__(self, name: str, process: Process, socket: WebSocketConnection) -> None:
        self.name = name
        self.log: list[str] = []
        self._process = process
        self._socket = socket
        self._answers: dict[int, trio.MemorySendChannel[dict[str, Any]]] = {}
        self._next = 1
        self._context = ""

    async def begin(self) -> None:
        """A BiDi session and the one tab that the browser starts with."""
        wanted = {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}}
        await self._ask("session.new", wanted, BEGIN_SECONDS)
        await self._ask("session.subscribe", {"events": ["log.entryAdded"]})
        contexts = (await self._ask("browsingContext.getTree", {}))["contexts"]
        self._context = contexts[0]["context"]
        await self.set_size(BEGIN)

    async def listen(self) -> None:
        """Take what the browser says until it is gone."""
        try:
            while True:
                self._take(json.loads(await self._socket.get_message()))
        except ConnectionClosed:
            for channel in self._answers.values():
                channel.close()

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("type") == "event":
            entry = message["params"]
            self.log.append(f"{entry.get('level')}: {entry.get('text')}")
        elif channel := self._answers.pop(message.get("id") or 0, None):
            channel.send_nowait(message)

    async def _ask(
        self, method: str, params: dict[str, Any], seconds: float = COMMAND_SECONDS
    ) -> dict[str, Any]:
        """One command; raises `PageError` where the browser refuses, is gone or takes too long."""
        number, self._next = self._next, self._next + 1
        send, receive = trio.open_memory_channel[dict[str, Any]](1)
        self._answers[number] = send
        try:
            with trio.fail_after(seconds):
                await self._socket.send_message(
                    json.dumps({"id": number, "method": method, "params": params})
                )
                message = await receive.receive()
        except (ConnectionClosed, trio.EndOfChannel):
            raise PageError(f"{self.name} is gone") from None
        except trio.TooSlowError:
            raise PageError(f"{self.name} did not answer {method}") from None
        finally:
            self._answers.pop(number, None)
            send.close()
            receive.close()
        if message["type"] == "error":
            raise PageError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result

    async def open(self, url: str) -> None:
        await self._ask(
            "browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"}
        )

    async def before_load(self, script: str) -> str:
        """Run `script` in every page that is loaded from now on, before its own; gives what `forget_before_load` takes."""
        body = f"() => {{ {script}\n}}"
        added = await self._ask("script.addPreloadScript", {"functionDeclaration": body})
        return str(added["script"])

    async def forget_before_load(self, script: str) -> None:
        await self._ask("script.removePreloadScript", {"script": script})

    async def evaluate(self, expression: str) -> Any:
        result = await self._ask(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify((await ({expression})) ?? null))()",
                "target": {"context": self._context},
                "awaitPromise": True,
            },
        )
        if result["type"] == "exception":
            raise PageError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    async def click(self, selector: str) -> None:
        x, y = await self._middle(selector)
        pointer = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        await self._act({"type": "pointer", "id": "mouse", "actions": pointer})

    async def _middle(self, selector: str) -> tuple[int, int]:
        with trio.move_on_after(COMMAND_SECONDS):
            while True:
                middle = await self.evaluate(
                    f"(() => {{ const e = document.querySelector({quote(selector)});"
                    "if (!e || e.disabled) return null;"
                    "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                    "return r.width && r.height ? [r.x + r.width / 2, r.y + r.height / 2] : null; })()"
                )
                if middle:
                    return int(middle[0]), int(middle[1])
                await trio.sleep(POLL_SECONDS)
        raise PageError(f"{self.name}: nothing to click at {selector}")

    async def fill(self, selector: str, text: str) -> None:
        await self.click(selector)
        await self.evaluate(f"document.querySelector({quote(selector)}).select()")
        keys = [{"type": kind, "value": char} for char in text for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": keys})

    async def _act(self, source: dict[str, Any]) -> None:
        await self._ask("input.performActions", {"context": self._context, "actions": [source]})

    async def set_size(self, size: tuple[int, int]) -> None:
        """The viewport, in CSS pixels."""
        viewport = {"width": size[0], "height": size[1]}
        await self._ask("browsingContext.setViewport", {"context": self._context, "viewport": viewport})

    async def screenshot(self, path: Path, size: tuple[int, int]) -> None:
        await self.set_size(size)
        await self.evaluate(AT_REST)
        result = await self._ask("browsingContext.captureScreenshot", {"context": self._context})
        await trio.Path(path.parent).mkdir(parents=True, exist_ok=True)
        await trio.Path(path).write_bytes(base64.b64decode(result["data"]))

    async def close(self) -> None:
        """The page unloads; the browser's own shutdown (4 s) is of no interest."""
        try:
            await self.open("about:blank")
        except PageError:
            pass
        self._process.kill()

    async def kill(self) -> None:
        self._process.kill()


@asynccontextmanager
async def open_firefox(folder: Path, name: str = "firefox") -> AsyncIterator[Firefox]:
    """A Firefox with a fresh profile below `folder`; closed at the end."""
    profile = folder / f"{name}-profile"
    profile.mkdir()
    prefs = (f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in PREFS.items())
    (profile / "user.js").write_text("".join(prefs))
    process = Process(
        [EXECUTABLE, "--headless", "--remote-debugging-port=0", "--no-remote", "--profile", str(profile)],
        folder / f"{name}.log",
        env={**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
    )
    try:
        host, port = await _address(profile, process)
        async with await trio.open_tcp_stream(host, port) as stream, trio.open_nursery() as nursery:
            socket = await wrap_client_stream(
                nursery, stream, f"{host}:{port}", "/session", max_message_size=MAX_MESSAGE_BYTES
            )
            window = Firefox(name, process, socket)
            nursery.start_soon(window.listen)
            await window.begin()
            yield window
            with trio.CancelScope(shield=True):
                await window.close()
            nursery.cancel_scope.cancel()
    finally:
        process.kill()


async def _address(profile: Path, process: Process) -> tuple[str, int]:
    """Where the browser listens: it writes the port into its profile."""
    file = profile / "WebDriverBiDiServer.json"
    with trio.move_on_after(START_SECONDS):
        while process.running:
            try:
                server = json.loads(file.read_text())
                return server["ws_host"], server["ws_port"]
            except (OSError, ValueError):
                await trio.sleep(POLL_SECONDS)
    raise ProcessFailed(f"Firefox did not start:\n{process.output[-4000:]}")
