"""An allocation at a relay with one channel to the media server (TURN by UDP, RFC 8656). Sans-I/O.

Allocate, bind the channel, then keep both: one request is under way at a time, sent again until it is answered.
"""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from aioice import stun
from aioice.turn import UDP_TRANSPORT, is_channel_data, make_integrity_key

from signaling.messages import IceServer
from treble.units import MILLISECOND, SECOND

URL: Final = re.compile(r"turn:(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:?]+))(?::(\d{1,5}))?(?:\?transport=udp)?")
PORT: Final = 3478
CHANNEL: Final = 0x4000
CHANNEL_HEADER: Final = 4
LIFETIME_S: Final = 600
BIND_AGAIN_NS: Final = 240 * SECOND  # the permission that comes with it lasts five minutes
AGAIN_NS: Final = 250 * MILLISECOND  # then twice as long each time
MOST_TRIES: Final = 6
UNAUTHORIZED: Final = 401
STALE_NONCE: Final = 438


@dataclass(frozen=True)
class RelayServer:
    host: str
    port: int
    username: str
    credential: str


def relays_of(servers: Iterable[IceServer]) -> list[RelayServer]:
    """Relays that are reached by UDP; `turns:` and those by TCP are left out."""
    return [
        RelayServer(
            found[1] or found[2], int(found[3] or PORT), server.username or "", server.credential or ""
        )
        for server in servers
        for url in server.urls
        if (found := URL.fullmatch(url))
    ]


class Allocation:
    """`is_open`: datagrams of the media server come and go. `failure`: why the relay does not carry us, or no longer."""

    def __init__(self, server: RelayServer, peer: tuple[str, int], now_ns: int) -> None:
        self.is_open = False
        self.failure = ""
        self._server, self._peer = server, peer
        self._realm, self._nonce, self._key = "", b"", b""
        self._is_allocated = False
        self._refresh_ns = self._bind_ns = self._due_ns = 0
        self._tries = 0
        self._request: stun.Message | None = None
        self._ask(stun.Method.ALLOCATE, now_ns)

    def due(self, now_ns: int) -> list[bytes]:
        """What is to be sent to the relay now."""
        if self.failure:
            return []
        if self._request is None:
            if now_ns >= self._refresh_ns:
                self._ask(stun.Method.REFRESH, now_ns)
            elif now_ns >= self._bind_ns:
                self._ask(stun.Method.CHANNEL_BIND, now_ns)
        if self._request is None or now_ns < self._due_ns:
            return []
        if self._tries == MOST_TRIES:
            self._fail("no answer")
            return []
        self._due_ns, self._tries = now_ns + (AGAIN_NS << self._tries), self._tries + 1
        return [bytes(self._request)]

    def handle(self, data: bytes, now_ns: int) -> bytes:
        """A datagram of the relay: what the media server has sent, or b""."""
        if is_channel_data(data):
            return _unwrap(data)
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error):
            return b""
        if self._request is None or message.transaction_id != self._request.transaction_id:
            return b""
        if message.message_class == stun.Class.ERROR:
            self._take_refusal(message, now_ns)
        elif message.message_class == stun.Class.RESPONSE and message.check_message_integrity(self._key):
            self._take_answer(message, now_ns)
        return b""

    def wrap(self, datagram: bytes) -> bytes:
        """As it goes to the relay."""
        return struct.pack("!HH", CHANNEL, len(datagram)) + datagram

    def release(self) -> list[bytes]:
        """Give the allocation back; an answer is not waited for."""
        return [bytes(self._write(stun.Method.REFRESH, LIFETIME=0))] if self._is_allocated else []

    def _ask(self, method: stun.Method, now_ns: int) -> None:
        fields: dict[stun.Method, dict[str, Any]] = {
            stun.Method.ALLOCATE: {"LIFETIME": LIFETIME_S, "REQUESTED-TRANSPORT": UDP_TRANSPORT},
            stun.Method.CHANNEL_BIND: {"CHANNEL-NUMBER": CHANNEL, "XOR-PEER-ADDRESS": self._peer},
            stun.Method.REFRESH: {"LIFETIME": LIFETIME_S},
        }
        self._request = self._write(method, **fields[method])
        self._due_ns, self._tries = now_ns, 0

    def _write(self, method: stun.Method, **attributes: Any) -> stun.Message:
        message = stun.Message(method, stun.Class.REQUEST, attributes=attributes)
        if self._key:
            message.attributes |= {
                "USERNAME": self._server.username,
                "REALM": self._realm,
                "NONCE": self._nonce,
            }
            message.add_message_integrity(self._key)
        return message

    def _take_refusal(self, message: stun.Message, now_ns: int) -> None:
        """The first request is refused for want of a realm and a nonce, a later one where its nonce is too old."""
        code, text = message.attributes.get("ERROR-CODE", (0, ""))
        nonce = message.attributes.get("NONCE", b"")
        is_first = code == UNAUTHORIZED and not self._key and "REALM" in message.attributes
        if nonce and (is_first or (code == STALE_NONCE and self._key and nonce != self._nonce)):
            assert self._request is not None
            self._nonce = nonce
            if is_first:
                self._realm = message.attributes["REALM"]
                self._key = make_integrity_key(self._server.username, self._realm, self._server.credential)
            self._ask(self._request.message_method, now_ns)
        else:
            self._fail(f"{code} {text}".strip())

    def _take_answer(self, message: stun.Message, now_ns: int) -> None:
        self._request = None
        if message.message_method == stun.Method.CHANNEL_BIND:
            self.is_open, self._bind_ns = True, now_ns + BIND_AGAIN_NS
        else:
            self._is_allocated = True
            self._refresh_ns = now_ns + message.attributes.get("LIFETIME", LIFETIME_S) * SECOND // 2

    def _fail(self, why: str) -> None:
        self.is_open, self._request, self.failure = False, None, why


def _unwrap(data: bytes) -> bytes:
    if len(data) < CHANNEL_HEADER:
        return b""
    channel, length = struct.unpack_from("!HH", data)
    if channel != CHANNEL or length > len(data) - CHANNEL_HEADER:
        return b""
    return data[CHANNEL_HEADER : CHANNEL_HEADER + length]
