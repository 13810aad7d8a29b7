"""Sessions of the Python client without its media: logged in and kept alive as every client's is."""

import ssl
from functools import cache
from typing import Final

import trio

from signaling.host_messages import Waiting
from signaling.message import Message
from signaling.messages import Answer, Offer, Welcome
from treble.api import PublishedTrack, SlotPair
from treble.client.errors import TrebleError
from treble.client.signal import Options, Signal

PING_S: Final = 20.0  # of thousands in one process on a busy machine: who is late has not gone


@cache
def trusting() -> ssl.SSLContext:
    """The development CA is the server's own and seconds old. One for all: each would load the system's CAs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Session:
    """`server`: `https://host:port`. Pushes are let go; `lost` counts sockets that another had to follow."""

    def __init__(self, server: str, token: str) -> None:
        self.lost = 0
        self._signal = Signal(server, token, self, Options(trusting(), ping_s=PING_S))
        self._settled = trio.Event()
        self._over: TrebleError | None = None

    async def log_in(self, nursery: trio.Nursery) -> None:
        """It lives as long as the nursery. Raises `TrebleError` where the server refuses."""
        nursery.start_soon(self._run)
        await self._settled.wait()
        if self._over:
            raise self._over

    async def offer(self, sdp: str, tracks: list[PublishedTrack], slots: list[SlotPair]) -> str:
        """The server's answer; raises `TrebleError`."""
        answer: Answer = await self._signal.request(Offer, sdp=sdp, tracks=tracks, slots=slots)
        return answer.sdp

    async def _run(self) -> None:
        self._over = await self._signal.run()
        self._settled.set()

    # --- what the signalling says

    def on_welcome(self, welcome: Welcome) -> None:
        self._settled.set()

    def on_waiting(self, waiting: Waiting) -> None:
        self._over = TrebleError("forbidden", f"waits at the door: {waiting.reason}")
        self._settled.set()

    def on_push(self, push: Message) -> None:
        pass

    def on_lost(self) -> None:
        self.lost += 1

    def on_retrying(self, seconds: float) -> None:
        pass
