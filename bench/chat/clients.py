"""Hundreds of chat clients in one process: raw TLS sockets and one epoll loop, as light as Python can.

Not the Python client: that takes 0.17 ms for each of 500 deliveries that are due at once, so that half of the delivery
times were its own work (figures in bench/README.md). Like it, and like the page, each client sends a `ping` after 5 to 10 s
without a message.
"""

import base64
import os
import selectors
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Callable

import msgspec

_decode = msgspec.json.Decoder().decode
MASK = b"\0\0\0\0"  # allowed, and saves the masking
LOOK_EVERY_S, PING_AFTER_S = 10.0, 5.0


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """A client's frame."""
    length = len(payload)
    if length < 126:
        head = bytes((0x80 | opcode, 0x80 | length))
    else:
        head = bytes((0x80 | opcode, 0x80 | 126)) + struct.pack("!H", length)
    return head + MASK + payload


class Client:
    """One WebSocket; `heard` is called with each text message."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext, token: str) -> None:
        plain = socket.create_connection(address, timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain)
        self._received = bytearray()
        key = base64.b64encode(os.urandom(16)).decode()
        host = f"{address[0]}:{address[1]}"
        self.socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: treble.v1\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._received:
            self._fill()
        head, _, rest = bytes(self._received).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        self._received = bytearray(rest)
        self.heard_at = time.monotonic()
        self.say({"type": "hello", "id": 1, "token": token})
        self.welcome = next(
            m for m in iter(self._next, None) if m["type"] in ("welcome", "failed", "waiting")
        )
        assert self.welcome["type"] == "welcome", self.welcome
        self.socket.setblocking(False)

    def say(self, message: dict[str, object]) -> None:
        self.socket.sendall(frame(msgspec.json.encode(message)))

    def take(self) -> list[bytes]:
        """All whole text messages that have come; pings are answered."""
        try:
            while True:
                data = self.socket.recv(16384)
                if not data:
                    raise ConnectionError(f"closed after {bytes(self._received[-80:])!r}")
                self._received += data
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        return list(self._frames())

    def _next(self) -> dict[str, object]:
        while True:
            for payload in self._frames():
                return _decode(payload)
            self._fill()

    def _fill(self) -> None:
        data = self.socket.recv(16384)
        if not data:
            raise ConnectionError("closed")
        self._received += data

    def _frames(self):
        while len(self._received) >= 2:
            opcode, length, start = self._received[0] & 15, self._received[1] & 127, 2
            if length == 126:
                length, start = int.from_bytes(self._received[2:4], "big"), 4
            elif length == 127:
                length, start = int.from_bytes(self._received[2:10], "big"), 10
            if len(self._received) < start + length:
                return
            payload = bytes(self._received[start : start + length])
            del self._received[: start + length]
            if opcode == 9:
                self.socket.sendall(frame(payload, 10))
            elif opcode == 8:
                raise ConnectionError(f"closed by the server: {payload!r}")
            elif opcode == 1:
                self.heard_at = time.monotonic()
                yield payload


def run(
    clients: list[Client], seconds: float, period: float, heard: Callable[[bytes], None], said: list[int]
) -> None:
    """For so long one client after another says what time it is; `period` 0: nobody says anything."""
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    speakers, pingers, number = deque(clients), deque(clients), 0
    end = time.monotonic() + seconds
    due = time.monotonic() + period
    ping_period = LOOK_EVERY_S / len(clients)
    ping_due = time.monotonic() + ping_period
    while (now := time.monotonic()) < end:
        if now >= ping_due:
            ping_due += ping_period
            pingers.rotate(-1)
            if now - pingers[0].heard_at >= PING_AFTER_S:
                pingers[0].say({"type": "ping", "id": 99})
        if period and now >= due:
            due += period
            number += 1
            speakers.rotate(-1)
            said.append(time.monotonic_ns())
            key = f"{said[-1]:022}{number:05}"
            message = {"type": "say", "id": 100 + number, "key": key, "text": f"at {said[-1]} said"}
            speakers[0].say(message)
        wait = min(end, ping_due, due if period else end) - time.monotonic()
        for key_, _ in selector.select(max(0.0, wait)):
            for payload in key_.data.take():
                heard(payload)
    for client in clients:
        selector.unregister(client.socket)
    selector.close()
