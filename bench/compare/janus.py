"""Debian's Janus (videoroom plugin) as a second server under the same load.

Its own configuration folder, one event loop, ICE lite, no STUN or TURN, logs at warnings only; WebSocket API
inside the namespace. Subscribers get an offer from Janus and answer it.
https://janus.conf.meetecho.com/docs/videoroom.html
"""

import contextlib
import itertools
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import trio
import trio_websocket

from bench import rig
from bench.load.load import Load, LoadPeer

PORT = 8188
ROOM = 1234
PLUGIN = "janus.plugin.videoroom"
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu/janus")

CONFIG = """
general: {{
    configs_folder = "{folder}"
    plugins_folder = "{libraries}/plugins"
    transports_folder = "{libraries}/transports"
    events_folder = "{libraries}/events"
    loggers_folder = "{libraries}/loggers"
    debug_level = 3
    event_loops = 1
    session_timeout = 0
}}
media: {{
    ipv6 = false
    rtp_port_range = "20000-40000"
}}
nat: {{
    nice_debug = false
    full_trickle = false
    ice_lite = true
}}
plugins: {{ disable = "{other_plugins}" }}
transports: {{ disable = "{other_transports}" }}
"""
WEBSOCKETS = """
general: {{ json = "compact"; ws = true; ws_port = {port}; wss = false; ws_ip = "{address}" }}
admin: {{ admin_ws = false; admin_wss = false }}
"""


class JanusError(Exception):
    """Janus refused; the text is its reason."""


def installed() -> bool:
    return shutil.which("janus") is not None


def others(folder: str, keep: str) -> str:
    """Every library of a folder but one, as the `disable` lists want them."""
    return ",".join(sorted(path.name for path in (LIBRARIES / folder).glob("*.so") if keep not in path.name))


@contextlib.contextmanager
def server(wire: rig.Wire) -> Iterator[int]:
    """A running Janus; gives its pid."""
    with tempfile.TemporaryDirectory() as folder:
        config = CONFIG.format(
            folder=folder,
            libraries=LIBRARIES,
            other_plugins=others("plugins", "videoroom"),
            other_transports=others("transports", "websockets"),
        )
        Path(folder, "janus.jcfg").write_text(config)
        Path(folder, "janus.transport.websockets.jcfg").write_text(
            WEBSOCKETS.format(port=PORT, address=wire.server)
        )
        Path(folder, "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
        with rig.process(wire.inside(["janus", "-F", folder, "-o"]), "") as child:
            rig.wait_for_port(wire.server, PORT)
            yield child.pid


class Janus:
    """One API session; every publisher and subscriber is a handle of it."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self._transactions = itertools.count(1)
        self._waiting: dict[str, trio.MemorySendChannel[dict[str, Any]]] = {}
        self._session = 0
        self.feed = 0

    async def read(self) -> None:
        """Hand every answer and event to whoever waits for its transaction; the rest (webrtcup, media) is
        ignored."""
        with contextlib.suppress(trio_websocket.ConnectionClosed):
            while True:
                message = json.loads(await self._socket.get_message())
                waiting = self._waiting.get(message.get("transaction", ""))
                if waiting is not None and message["janus"] != "ack":
                    waiting.send_nowait(message)

    async def keep_alive(self) -> None:
        while True:
            await trio.sleep(20)
            await self._socket.send_message(json.dumps(self._request("keepalive")))

    def _request(self, janus: str, **more: Any) -> dict[str, Any]:
        request = {"janus": janus, "transaction": str(next(self._transactions)), **more}
        return {**request, "session_id": self._session} if self._session else request

    async def ask(self, janus: str, **more: Any) -> dict[str, Any]:
        """The answer, or for asynchronous requests the event."""
        request = self._request(janus, **more)
        sender, receiver = trio.open_memory_channel[dict[str, Any]](4)
        self._waiting[request["transaction"]] = sender
        try:
            await self._socket.send_message(json.dumps(request))
            with trio.fail_after(15):
                message = await receiver.receive()
        finally:
            del self._waiting[request["transaction"]]
        problem = message.get("error") or message.get("plugindata", {}).get("data", {}).get("error")
        if problem:
            raise JanusError(str(problem))
        return message

    async def message(
        self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        more: dict[str, Any] = {"handle_id": handle, "body": body}
        if jsep is not None:
            more["jsep"] = jsep
        return await self.ask("message", **more)

    async def attach(self) -> int:
        handle: int = (await self.ask("attach", plugin=PLUGIN))["data"]["id"]
        return handle

    async def begin(self, bitrate_bps: int) -> None:
        """A session and a room with everything on that a browser would negotiate."""
        self._session = (await self.ask("create"))["data"]["id"]
        handle = await self.attach()
        room = {
            "request": "create",
            "room": ROOM,
            "permanent": False,
            "publishers": 100,
            "bitrate": max(8_000_000, 4 * bitrate_bps),
            "videocodec": "vp8",
            "audiocodec": "opus",
            "transport_wide_cc_ext": True,
            "fir_freq": 0,
            "notify_joining": False,
        }
        await self.message(handle, room)

    async def publish(self, load: Load) -> LoadPeer:
        handle = await self.attach()
        joined = await self.message(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
        self.feed = joined["plugindata"]["data"]["id"]

        async def exchange(offer: str) -> str:
            event = await self.message(handle, {"request": "publish"}, {"type": "offer", "sdp": offer})
            answer: str = event["jsep"]["sdp"]
            return answer

        return await load.offer(exchange, load.source_lines(), setup="active")

    async def subscribe(self, load: Load) -> LoadPeer:
        asked_ns = time.monotonic_ns()
        handle = await self.attach()
        body = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": self.feed}]}
        attached = await self.message(handle, body)

        async def exchange(answer: str) -> str:
            await self.message(handle, {"request": "start"}, {"type": "answer", "sdp": answer})
            return ""

        return await load.answer(attached["jsep"]["sdp"], exchange, asked_ns)

    async def participate(self, load: Load, others: int) -> LoadPeer:
        raise JanusError(
            "only the fan-out is compared: a videoroom participant is one publisher and N subscribers"
        )


@contextlib.asynccontextmanager
async def session(wire: rig.Wire, bitrate_bps: int) -> AsyncIterator[Janus]:
    url = f"ws://{wire.server}:{PORT}/"
    async with (
        trio_websocket.open_websocket_url(url, subprotocols=["janus-protocol"]) as socket,
        trio.open_nursery() as nursery,
    ):
        janus = Janus(socket)
        nursery.start_soon(janus.read)
        await janus.begin(bitrate_bps)
        nursery.start_soon(janus.keep_alive)
        yield janus
        nursery.cancel_scope.cancel()
