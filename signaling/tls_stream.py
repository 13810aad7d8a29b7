"""TLS over TCP whose buffers stay small: OpenSSL's memory BIOs never shrink below what once went through them at once.

An offer of 68 kB and its answer would leave 170 kB with each idle socket.
"""

from typing import Final

import trio

# Read and written at once; larger saves system calls and costs every idle socket twice as much.
PIECE_BYTES: Final = 8192


class SmallReads(trio.abc.HalfCloseableStream):
    """A socket that gives at most a piece where nobody says how much."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self.socket = stream.socket

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._stream.receive_some(PIECE_BYTES if max_bytes is None else max_bytes)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        await self._stream.send_eof()

    async def aclose(self) -> None:
        await self._stream.aclose()


TlsStream = trio.SSLStream[SmallReads]


async def send_in_pieces(stream: TlsStream, data: bytes | bytearray | memoryview) -> None:
    """The caller keeps others from sending in between."""
    whole = memoryview(data)
    for at in range(0, len(whole), PIECE_BYTES):
        await stream.send_all(whole[at : at + PIECE_BYTES])
