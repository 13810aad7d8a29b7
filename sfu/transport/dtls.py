"""DTLS 1.2 server for one Endpoint: a sans-I/O machine around OpenSSL's memory BIO (RFC 5763, 5764, 6347).

We are always the server, so that the order of SRTP profiles is ours. Datagrams reach this machine only from
an address that answered an ICE check, so no cookies are needed.

Three things OpenSSL does not do for us. A memory BIO loses datagram borders: a flight comes out as one
string and is cut again at its record headers. The client's certificate is self-signed: it is compared with
the fingerprint that came over the authenticated signalling path, inside the handshake, so that a stranger
never sees it finished. And OpenSSL retransmits by its own real clock: `next_timer` says when to call.
"""

import hmac
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL, crypto

from _fastpath.engine import Profile
from sfu.transport.certificate import Certificate
from sfu.wire.dtls_records import MTU, pack_records
from sfu.wire.sdp_model import BadSdp
from treble.units import MILLISECOND, SECOND

# A browser's handshake takes two round trips; with lost flights (1, 2, 4, 8 s) 30 s are generous.
HANDSHAKE_TIMEOUT_NS: Final = 30 * SECOND
# Chromium and Firefox send under 4 kB; retransmissions of everything by a very lossy client stay far below.
MAX_HANDSHAKE_BYTES: Final = 64 * 1024

_PROFILES: Final = {
    b"SRTP_AEAD_AES_128_GCM": (Profile.AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (Profile.AES128_CM_SHA1_80, 16, 14),
}
_CIPHERS: Final = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"
)
_RELEASE_BUFFERS: Final = 0x10  # SSL_MODE_RELEASE_BUFFERS: 74 kB per kept connection instead of 92
_DTLS_1_2: Final = 0xFEFD
_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha-256": hashes.SHA256,
    "sha-384": hashes.SHA384,
    "sha-512": hashes.SHA512,
}


@dataclass(frozen=True, slots=True)
class SendDatagram:
    data: bytes


@dataclass(frozen=True, slots=True)
class KeysReady:
    """SRTP master keys and salts as RFC 5764 section 4.2 lays them out; never logged."""

    profile: Profile
    receive_key: bytes
    send_key: bytes

    def __repr__(self) -> str:
        return f"KeysReady({self.profile!r})"


@dataclass(frozen=True, slots=True)
class DtlsClosed:
    """`close_notify`, or why the handshake failed; nothing follows."""

    reason: str


DtlsEffect = SendDatagram | KeysReady | DtlsClosed


class _State(Enum):
    HANDSHAKE = "handshake"
    ESTABLISHED = "established"
    CLOSED = "closed"


def make_context(certificate: Certificate) -> SSL.Context:
    """The process's one context."""
    context = SSL.Context(SSL.DTLS_SERVER_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    context.set_max_proto_version(_DTLS_1_2)  # a later OpenSSL knows 1.3, whose record headers differ
    context.use_certificate(certificate.certificate)
    context.use_privatekey(certificate.key)
    context.set_cipher_list(_CIPHERS)
    context.set_tlsext_use_srtp(b":".join(_PROFILES))
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_QUERY_MTU)
    context.set_mode(_RELEASE_BUFFERS)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _verify)
    return context


def _verify(connection: SSL.Connection, shown: crypto.X509, _error: int, depth: int, _ok: int) -> bool:
    """Called within the handshake; False ends it with an alert. No chain matters, only the fingerprint."""
    machine: Any = connection.get_app_data()
    return depth > 0 or machine.is_expected(shown.to_cryptography())


def usable_fingerprints(offered: tuple[tuple[str, str], ...]) -> dict[str, bytes]:
    """The offered fingerprints of hashes that we know; raises `BadSdp` where there is none (RFC 8122 section 5)."""
    known = {name: bytes.fromhex(digest.replace(":", "")) for name, digest in offered if name in _HASHES}
    if not known:
        raise BadSdp("no a=fingerprint with sha-256, sha-384 or sha-512")
    return known


class DtlsServer:
    """One handshake, then the watch for its end. After `DtlsClosed` every input is ignored."""

    def __init__(self, context: SSL.Context, fingerprints: dict[str, bytes], now_ns: int) -> None:
        self._fingerprints = fingerprints
        self._state = _State.HANDSHAKE
        self._received = 0
        self._deadline_ns = now_ns + HANDSHAKE_TIMEOUT_NS
        self._retransmit_ns: int | None = None
        self._mismatch = False
        self._connection = SSL.Connection(context, None)
        self._connection.set_app_data(self)
        self._connection.set_accept_state()
        self._connection.set_ciphertext_mtu(MTU)

    @property
    def is_established(self) -> bool:
        return self._state is _State.ESTABLISHED

    def is_expected(self, shown: x509.Certificate) -> bool:
        """Whether the certificate matches the offer: of several hashes one match is enough."""
        match = any(
            hmac.compare_digest(shown.fingerprint(_HASHES[name]()), digest)
            for name, digest in self._fingerprints.items()
        )
        self._mismatch = not match
        return match

    def handle_datagram(self, data: bytes, now_ns: int) -> list[DtlsEffect]:
        if self._state is _State.CLOSED:
            return []
        if self._state is _State.HANDSHAKE:
            self._received += len(data)
            if self._received > MAX_HANDSHAKE_BYTES:
                return self._close("handshake too long")
        if not data:
            return []
        self._connection.bio_write(data)
        return self._advance(now_ns)

    def next_timer(self) -> int | None:
        if self._state is not _State.HANDSHAKE:
            return None
        return (
            self._deadline_ns if self._retransmit_ns is None else min(self._deadline_ns, self._retransmit_ns)
        )

    def handle_timer(self, now_ns: int) -> list[DtlsEffect]:
        if self._state is not _State.HANDSHAKE:
            return []
        if now_ns >= self._deadline_ns:
            return self._close("handshake timed out")
        if self._retransmit_ns is None or now_ns < self._retransmit_ns:
            return []
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error:
            return self._close("handshake failed")
        self._set_timer(now_ns)
        return self._flush()

    def close(self) -> list[DtlsEffect]:
        """Say goodbye: a close_notify where there was a handshake."""
        if self._state is not _State.ESTABLISHED:
            self._state = _State.CLOSED
            return []
        self._state = _State.CLOSED
        try:
            self._connection.shutdown()
        except SSL.Error:
            pass
        return self._flush()

    def _advance(self, now_ns: int) -> list[DtlsEffect]:
        if self._state is _State.ESTABLISHED:
            return self._read()
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            self._set_timer(now_ns)
            return self._flush()
        except SSL.Error:
            return self._close("fingerprint mismatch" if self._mismatch else "handshake failed")
        return self._finish()

    def _finish(self) -> list[DtlsEffect]:
        """Handshake done: take the keys (client_write, server_write, client salt, server salt) and let them go."""
        connection = self._connection
        chosen = _PROFILES.get(connection.get_selected_srtp_profile())
        if chosen is None:
            return self._close("no common SRTP profile")
        assert connection.get_protocol_version() == _DTLS_1_2
        profile, key_size, salt_size = chosen
        material = connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key_size + salt_size))
        client_key, server_key = material[:key_size], material[key_size : 2 * key_size]
        client_salt = material[2 * key_size : 2 * key_size + salt_size]
        server_salt = material[2 * key_size + salt_size :]
        self._state = _State.ESTABLISHED
        self._retransmit_ns = None
        keys = KeysReady(profile, receive_key=client_key + client_salt, send_key=server_key + server_salt)
        return [*self._flush(), keys, *self._read()]

    def _read(self) -> list[DtlsEffect]:
        """After the handshake only its repetitions and its end are of interest; application data is dropped."""
        try:
            while True:
                self._connection.recv(4096)
        except SSL.WantReadError:
            return self._flush()
        except SSL.ZeroReturnError:
            return [*self.close(), DtlsClosed("close_notify")]
        except SSL.Error:
            return self._close("alert")

    def _close(self, reason: str) -> list[DtlsEffect]:
        effects = self._flush()
        self._state = _State.CLOSED
        return [*effects, DtlsClosed(reason)]

    def _set_timer(self, now_ns: int) -> None:
        seconds = self._connection.DTLSv1_get_timeout()
        self._retransmit_ns = None if seconds is None else now_ns + int(seconds * SECOND) + MILLISECOND

    def _flush(self) -> list[DtlsEffect]:
        chunks = []
        try:
            while True:
                chunks.append(self._connection.bio_read(65536))
        except SSL.WantReadError:
            pass
        return [SendDatagram(datagram) for datagram in pack_records(b"".join(chunks))]
