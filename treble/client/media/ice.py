"""ICE towards an ICE-lite server, from the controlling side (RFC 8445): checks that nominate, and consent (RFC 7675)."""

import os
import secrets
import struct
from dataclasses import dataclass
from typing import Final

from aioice import stun

from treble.units import MILLISECOND, SECOND

CHECK_AGAIN_NS: Final = 50 * MILLISECOND
CONSENT_NS: Final = 2500 * MILLISECOND  # twice as often as RFC 7675 asks for: a lost path is noticed sooner
LOST_NS: Final = 8 * SECOND  # without an answer
PRIORITY: Final = 1845494271  # of a peer-reflexive candidate by UDP


@dataclass(frozen=True)
class Credentials:
    ufrag: str
    password: str


def new_credentials() -> Credentials:
    return Credentials(secrets.token_hex(4), secrets.token_hex(12))


def binding_request(own: Credentials, remote: Credentials) -> bytes:
    """A check that nominates."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, os.urandom(12))
    message.attributes["USERNAME"] = f"{remote.ufrag}:{own.ufrag}"
    message.attributes["PRIORITY"] = PRIORITY
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(remote.password.encode())
    message.add_fingerprint()
    return bytes(message)


def answer_to(request: stun.Message, own: Credentials, address: tuple[str, int]) -> bytes:
    """Other servers check too, even as ICE lite."""
    response = stun.Message(request.message_method, stun.Class.RESPONSE, request.transaction_id)
    response.attributes["XOR-MAPPED-ADDRESS"] = address
    response.add_message_integrity(own.password.encode())
    response.add_fingerprint()
    return bytes(response)


class Checks:
    """One socket's path to one address of the server. Sans-I/O."""

    def __init__(self, own: Credentials, remote: Credentials, address: tuple[str, int], now_ns: int) -> None:
        self.works = False
        self._own, self._remote, self._address = own, remote, address
        self._heard_ns = now_ns
        self._due_ns = now_ns

    def is_lost(self, now_ns: int) -> bool:
        return now_ns - self._heard_ns > LOST_NS

    def due(self, now_ns: int) -> list[bytes]:
        """The next check, where it is time for one."""
        if now_ns < self._due_ns:
            return []
        self._due_ns = now_ns + (CONSENT_NS if self.works else CHECK_AGAIN_NS)
        return [binding_request(self._own, self._remote)]

    def handle(self, data: bytes, now_ns: int) -> list[bytes]:
        """A STUN datagram; what is not well-formed, or not the server's, is dropped."""
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error):
            return []
        is_request = message.message_class == stun.Class.REQUEST
        signer = self._own if is_request else self._remote  # requests are signed with the receiver's password
        if not message.check_message_integrity(signer.password.encode()):
            return []
        if is_request:
            return [answer_to(message, self._own, self._address)]
        if message.message_class == stun.Class.RESPONSE:
            self._heard_ns = now_ns
            if not self.works:
                self.works = True
                self._due_ns = now_ns + CONSENT_NS
        return []
