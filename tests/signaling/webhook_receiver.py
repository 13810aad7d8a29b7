"""A receiver of webhooks on a loopback port, as an operator would write one."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import trio

from tests.signaling.gateway_world import HUNG_SECONDS
from treble.webhook_signature import HEADER, is_signed

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Post:
    """One request. Header names are in lower case."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body)

    def is_signed(self, secret: str, now_s: int) -> bool:
        return is_signed(secret, self.headers[HEADER.lower()], self.body, now_s)


@dataclass
class Receiver:
    """`statuses`: what it answers, one after the other; then 200."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    more_headers: str = ""
    gate: trio.Event | None = None  # answers wait for it
    tls: ssl.SSLContext | None = None
    _came: trio.Event = field(default_factory=trio.Event)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook?of=treble"

    @property
    def events(self) -> list[str]:
        return [post.event["type"] for post in self.posts]

    async def heard(self, count: int) -> list[Post]:
        """Wait until there are so many requests."""
        with trio.fail_after(HUNG_SECONDS):
            while len(self.posts) < count:
                self._came = trio.Event()
                await self._came.wait()
        return self.posts

    async def _serve(self, plain: trio.SocketStream) -> None:
        stream: trio.abc.Stream = plain
        if self.tls is not None:
            stream = trio.SSLStream(plain, self.tls, server_side=True, https_compatible=True)
        try:
            await self._answer(stream)
        except (trio.BrokenResourceError, ssl.SSLError):
            pass  # the certificate was refused
        finally:
            await trio.aclose_forcefully(stream)

    async def _answer(self, stream: trio.abc.Stream) -> None:
        async with stream:
            data = b""
            while b"\r\n\r\n" not in data:
                piece = await stream.receive_some()
                if not piece:
                    return
                data += piece
            head, _, body = data.partition(b"\r\n\r\n")
            line, *rest = head.decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
            while len(body) < int(headers["content-length"]):
                body += await stream.receive_some()
            self.posts.append(Post(line.split()[1], headers, body))
            self._came.set()
            if self.gate is not None:
                await self.gate.wait()
            status = self.statuses.pop(0) if self.statuses else 200
            await stream.send_all(
                f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n{self.more_headers}\r\n".encode()
            )


@asynccontextmanager
async def receiving(receiver: Receiver | None = None) -> AsyncIterator[Receiver]:
    """`port` 0: a free one, which it keeps when it is opened again."""
    receiver = receiver or Receiver()
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, receiver._serve, receiver.port, host=HOST)
        listeners = await nursery.start(serve)
        receiver.port = listeners[0].socket.getsockname()[1]
        yield receiver
        nursery.cancel_scope.cancel()
