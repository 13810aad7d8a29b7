"""One peer's way to keys: an ICE check, a DTLS handshake as client, keys exported (RFC 5764).

Trio moves the datagrams; afterwards the socket and the SRTP sessions belong to the generator's thread.
"""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import trio
from aioice import stun
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from pylibsrtp import Session

from bench import rig
from bench.load import srtp
from bench.load.sdp import Credentials, Remote

CONSENT_REQUESTS = 32
"""Ready-made STUN requests per peer; at one in 5 s they last for minutes before a transaction id comes
again."""
MTU = 1200
CHECK_AGAIN_S = 0.05
HANDSHAKE_S = 15.0
FLIGHT_AGAIN_S = 0.05
"""First retransmission of a flight, as in browsers; OpenSSL's own timer would wait a second."""


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
def certificate() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """One for all peers of the process, as a browser keeps one per page."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now().astimezone()
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    return builder.sign(key, hashes.SHA256()), key


def credentials() -> Credentials:
    digest = certificate()[0].fingerprint(hashes.SHA256())
    return Credentials(
        secrets.token_hex(4), secrets.token_hex(12), ":".join(f"{byte:02X}" for byte in digest)
    )


@cache
def context(profile: str) -> SSL.Context:
    """A DTLS client that offers exactly one SRTP profile, so that both servers must take it."""
    made = SSL.Context(SSL.DTLS_METHOD)
    own, key = certificate()
    made.use_certificate(crypto.X509.from_cryptography(own))
    made.use_privatekey(crypto.PKey.from_cryptography_key(key))
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    made.set_tlsext_use_srtp(srtp.PROFILES[profile][0])
    return made


def binding_request(own: Credentials, remote: Remote) -> bytes:
    """A check that nominates (RFC 8445 section 7.1), from the controlling side."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, os.urandom(12))
    message.attributes["USERNAME"] = f"{remote.ufrag}:{own.ufrag}"
    message.attributes["PRIORITY"] = 1845494271
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(remote.password.encode())
    message.add_fingerprint()
    return bytes(message)


async def answer_check(sock: trio.socket.SocketType, own: Credentials, data: bytes) -> None:
    """Answer a check of the server's own (libnice sends them even as ICE lite)."""
    request = stun.parse_message(data)
    if request.message_class != stun.Class.REQUEST:
        return
    response = stun.Message(request.message_method, stun.Class.RESPONSE, request.transaction_id)
    response.attributes["XOR-MAPPED-ADDRESS"] = sock.getpeername()
    response.add_message_integrity(own.password.encode())
    response.add_fingerprint()
    await sock.send(bytes(response))


async def check(sock: trio.socket.SocketType, own: Credentials, remote: Remote) -> None:
    """Send checks until one is answered with success."""
    for _ in range(60):
        await sock.send(binding_request(own, remote))
        with trio.move_on_after(CHECK_AGAIN_S):
            while True:
                data = await sock.recv(2048)
                if data[0] > 3:
                    continue
                if stun.parse_message(data).message_class == stun.Class.RESPONSE:
                    return
                await answer_check(sock, own, data)
    raise NotConnected("no answer to ICE checks")


def datagrams(flight: bytes) -> list[bytes]:
    """Cut what a memory BIO returns at DTLS record borders and pack records up to the MTU."""
    packed: list[bytes] = []
    while flight:
        size = 13 + int.from_bytes(flight[11:13], "big")
        if packed and len(packed[-1]) + size <= MTU:
            packed[-1] += flight[:size]
        else:
            packed.append(flight[:size])
        flight = flight[size:]
    return packed


def next_flight(tls: SSL.Connection) -> list[bytes]:
    try:
        return datagrams(tls.bio_read(65536))
    except SSL.WantReadError:
        return []


async def handshake(sock: trio.socket.SocketType, own: Credentials, profile: str) -> SSL.Connection:
    """A DTLS client's handshake; raises `NotConnected`."""
    tls = SSL.Connection(context(profile), None)
    tls.set_connect_state()
    tls.set_ciphertext_mtu(MTU)
    flight: list[bytes] = []
    again_s = FLIGHT_AGAIN_S
    while True:
        try:
            tls.do_handshake()
        except SSL.WantReadError:
            done = False
        except SSL.Error as error:
            raise NotConnected(f"DTLS: {error}") from error
        else:
            done = True
        flight = next_flight(tls) or flight
        for datagram in flight:
            await sock.send(datagram)
        if done:
            return tls
        with trio.move_on_after(again_s) as scope:
            tls.bio_write(await next_record(sock, own))
        again_s = 2 * again_s if scope.cancelled_caught else FLIGHT_AGAIN_S


async def next_record(sock: trio.socket.SocketType, own: Credentials) -> bytes:
    """The next DTLS datagram; checks that come meanwhile are answered."""
    while True:
        data = await sock.recv(4096)
        if data[0] < 4:
            await answer_check(sock, own, data)
        elif 20 <= data[0] <= 63:
            return data


def export(tls: SSL.Connection, remote: Remote, profile: str) -> bytes:
    """Key material, once the server's certificate and profile are what was agreed on."""
    peer = tls.get_peer_certificate()
    digest = b"" if peer is None else peer.digest("sha256")
    if digest.decode().upper() != remote.fingerprint:
        raise NotConnected("the server's certificate is not the one in its SDP")
    name, _, salt = srtp.PROFILES[profile]
    if tls.get_selected_srtp_profile() != name:
        raise NotConnected(f"SRTP profile {tls.get_selected_srtp_profile()!r} instead of {name!r}")
    return tls.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (srtp.KEY_BYTES + salt))


async def connect(
    bind: str, own: Credentials, remote: Remote, profile: str, material: bytes | None = None
) -> Connected:
    """ICE and DTLS on a socket of its own (no DTLS where the key material is given); raises
    `NotConnected`."""
    candidate = next((each for each in remote.candidates if ":" not in each[0]), None)
    if candidate is None:
        raise NotConnected("no UDP candidate in the server's SDP")
    sock = trio.socket.from_stdlib_socket(rig.udp_socket(bind, candidate))
    with trio.move_on_after(HANDSHAKE_S) as scope:
        await check(sock, own, remote)
        if material is None:
            material = export(await handshake(sock, own, profile), remote, profile)
    if scope.cancelled_caught or material is None:
        raise NotConnected("DTLS handshake timed out")
    sending, receiving = srtp.sessions(profile, material)
    consent = [binding_request(own, remote) for _ in range(CONSENT_REQUESTS)]
    plain = socket.socket(fileno=os.dup(sock.fileno()))
    plain.setblocking(False)
    sock.close()
    return Connected(plain, sending, receiving, consent, profile)
