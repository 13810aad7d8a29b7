"""One peer's way to keys by the Python client's ICE and DTLS machines.

Trio moves the datagrams; afterwards the socket and the SRTP sessions belong to the generator's thread.
"""

import os
import socket
from dataclasses import dataclass
from functools import cache

import trio
from pylibsrtp import Session

from bench import rig
from bench.load import srtp
from bench.load.sdp import Credentials, Remote
from sfu.transport.certificate import Certificate
from treble.client.media import ice
from treble.client.media.connection import new_certificate
from treble.client.media.dtls import DtlsClient, DtlsFailed
from treble.client.media.paths import now_ns

CONSENT_REQUESTS = 32
"""Ready-made STUN requests per peer; at one in 5 s they last for minutes before a transaction id comes
again."""
TICK_S = 0.02
HANDSHAKE_S = 15.0


class NotConnected(Exception):
    """The server did not answer as it should; the text says at which step."""


@dataclass
class Connected:
    """A keyed path to the server, ready for the generator."""

    sock: socket.socket
    sending: Session
    receiving: Session
    consent: list[bytes]
    profile: str


@cache
def certificate() -> Certificate:
    """One for all peers of the process, as a browser keeps one per page."""
    return new_certificate()


def credentials() -> Credentials:
    own = ice.new_credentials()
    return Credentials(own.ufrag, own.password, certificate().fingerprint.removeprefix("sha-256 "))


async def check(sock: trio.socket.SocketType, checks: ice.Checks) -> None:
    """Send checks until one is answered with success."""
    while not checks.works:
        for request in checks.due(now_ns()):
            await sock.send(request)
        with trio.move_on_after(TICK_S):
            data = await sock.recv(2048)
            if data[0] < 4:
                for answer in checks.handle(data, now_ns()):
                    await sock.send(answer)


async def handshake(sock: trio.socket.SocketType, checks: ice.Checks, dtls: DtlsClient) -> None:
    """Until `dtls` has keys; checks of the server's own are answered meanwhile. Raises `NotConnected`."""
    flight = dtls.start(now_ns())
    while True:
        for datagram in flight:
            await sock.send(datagram)
        if dtls.keys is not None:
            return
        flight = dtls.handle_timer(now_ns())
        with trio.move_on_after(TICK_S):
            data = await sock.recv(4096)
            try:
                flight = take(data, checks, dtls)
            except DtlsFailed as error:
                raise NotConnected(str(error)) from error


def take(data: bytes, checks: ice.Checks, dtls: DtlsClient) -> list[bytes]:
    if data[0] < 4:
        return checks.handle(data, now_ns())
    return dtls.handle(data, now_ns()) if 20 <= data[0] <= 63 else []


async def connect(
    bind: str, own: Credentials, remote: Remote, profile: str, material: bytes | None = None
) -> Connected:
    """ICE and DTLS on a socket of its own (no DTLS where the key material is given); raises
    `NotConnected`."""
    candidate = next((each for each in remote.candidates if ":" not in each[0]), None)
    if candidate is None:
        raise NotConnected("no UDP candidate in the server's SDP")
    sock = trio.socket.from_stdlib_socket(rig.udp_socket(bind, candidate))
    checks = ice.Checks(own, remote, candidate, now_ns())
    dtls = DtlsClient(certificate(), remote.fingerprint, srtp.PROFILES[profile][0])
    with trio.move_on_after(HANDSHAKE_S):
        await check(sock, checks)
        if material is None:
            await handshake(sock, checks, dtls)
    if not checks.works:
        raise NotConnected("no answer to ICE checks")
    if material is not None:
        sending, receiving = srtp.sessions(profile, material)
    elif dtls.keys is not None:
        sending, receiving = srtp.pair(profile, dtls.keys.sending, dtls.keys.receiving)
    else:
        raise NotConnected("DTLS handshake timed out")
    consent = [ice.binding_request(own, remote) for _ in range(CONSENT_REQUESTS)]
    plain = socket.socket(fileno=os.dup(sock.fileno()))
    plain.setblocking(False)
    sock.close()
    return Connected(plain, sending, receiving, consent, profile)
