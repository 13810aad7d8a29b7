"""The DTLS 1.2 client of one connection: sans-I/O around OpenSSL's memory BIO (RFC 5763, 5764).

The server is passive, so we begin. The server's certificate is self-signed and compared with the fingerprint of its
answer before the keys are given out.
"""

import hmac
from typing import Final, NamedTuple

from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL

from _fastpath.values import Profile
from sfu.transport.certificate import Certificate
from sfu.wire.dtls_records import MTU, pack_records
from treble.units import MILLISECOND

# First repetition of a flight, as in browsers; OpenSSL's own timer would wait a second.
FLIGHT_AGAIN_NS: Final = 50 * MILLISECOND
MOST_AGAIN_NS: Final = 1600 * MILLISECOND
KEY_BYTES: Final = 16
PROFILES: Final = {
    b"SRTP_AEAD_AES_128_GCM": (Profile.AEAD_AES_128_GCM, 12),
    b"SRTP_AES128_CM_SHA1_80": (Profile.AES128_CM_SHA1_80, 14),
}


class DtlsFailed(Exception):
    """No keys: the text says why."""


class Keys(NamedTuple):
    """SRTP master keys with their salts."""

    profile: Profile
    sending: bytes
    receiving: bytes


class DtlsClient:
    """`fingerprint`: the server's SHA-256, as in `a=fingerprint`. `profiles`: what is offered, OpenSSL's names."""

    def __init__(
        self, certificate: Certificate, fingerprint: str, profiles: bytes = b":".join(PROFILES)
    ) -> None:
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.use_certificate(certificate.certificate)
        context.use_privatekey(certificate.key)
        context.set_tlsext_use_srtp(profiles)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        self.keys: Keys | None = None
        self.is_closed = False
        self._expected = bytes.fromhex(fingerprint.replace(":", ""))
        self._tls = SSL.Connection(context, None)
        self._tls.set_connect_state()
        self._tls.set_ciphertext_mtu(MTU)
        self._flight: list[bytes] = []
        self._again_ns = FLIGHT_AGAIN_NS
        self._due_ns = 0

    def start(self, now_ns: int) -> list[bytes]:
        return self._advance(now_ns)

    def handle(self, datagram: bytes, now_ns: int) -> list[bytes]:
        """What to send; `keys` are there once it is done. Raises `DtlsFailed`."""
        self._tls.bio_write(datagram)
        if self.keys is None:
            return self._advance(now_ns)
        try:
            self._tls.recv(4096)
        except SSL.WantReadError:
            pass
        except SSL.Error:
            self.is_closed = True
        return self._take()

    def handle_timer(self, now_ns: int) -> list[bytes]:
        """The last flight again, where it is due."""
        if self.keys is not None or now_ns < self._due_ns:
            return []
        self._again_ns = min(2 * self._again_ns, MOST_AGAIN_NS)
        self._due_ns = now_ns + self._again_ns
        return self._flight

    def close(self) -> list[bytes]:
        """Say close_notify: the server frees the place at once."""
        try:
            self._tls.shutdown()
        except SSL.Error:
            return []
        return self._take()

    def _advance(self, now_ns: int) -> list[bytes]:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            raise DtlsFailed(f"DTLS: {error}") from None
        else:
            self.keys = self._export()
        made = self._take()
        if made:
            self._flight, self._again_ns = made, FLIGHT_AGAIN_NS
            self._due_ns = now_ns + self._again_ns
        return made

    def _take(self) -> list[bytes]:
        try:
            return pack_records(self._tls.bio_read(65536))
        except SSL.WantReadError:
            return []

    def _export(self) -> Keys:
        shown = self._tls.get_peer_certificate(as_cryptography=True)
        digest = shown.fingerprint(hashes.SHA256()) if shown else b""
        if not hmac.compare_digest(digest, self._expected):
            raise DtlsFailed("the server's certificate is not the one of its answer")
        chosen = PROFILES.get(self._tls.get_selected_srtp_profile())
        if chosen is None:
            raise DtlsFailed("no common SRTP profile")
        profile, salt = chosen
        material = self._tls.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (KEY_BYTES + salt))
        client, server = material[:KEY_BYTES], material[KEY_BYTES : 2 * KEY_BYTES]
        salts = material[2 * KEY_BYTES :]
        return Keys(profile, client + salts[:salt], server + salts[salt:])
