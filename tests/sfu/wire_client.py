"""A WebRTC client made of other people's code: aioice's STUN, OpenSSL's DTLS, libsrtp. Sans-I/O.

`datagrams_from_start` begins ICE; every datagram that arrives goes into `handle`, which returns what to send.
"""

import re
import struct
from collections.abc import Iterator

import aioice.stun as stun
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from sfu.transport.certificate import Certificate
from sfu.wire.dtls_records import pack_records
from tests.sfu.offers import offer

_EXPORTER = b"EXTRACTOR-dtls_srtp"


class WireClient:
    """Publishes and receives by hand-made RTP once `is_keyed`."""

    def __init__(
        self, certificate: Certificate, ufrag: str = "cl1e", fixture: str = "chromium_slots3"
    ) -> None:
        self.certificate = certificate
        self.ufrag = ufrag
        self.fixture = fixture
        self.is_keyed = False
        self.was_closed = False
        self.received: list[bytes] = []
        self._remote = ("", "")
        self._transaction = 0
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.use_certificate(certificate.certificate)
        context.use_privatekey(certificate.key)
        context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM")
        context.set_options(SSL.OP_NO_QUERY_MTU)
        self._dtls = SSL.Connection(context, None)
        self._dtls.set_connect_state()
        self._dtls.set_ciphertext_mtu(1200)
        self._started = False

    def offer(self) -> str:
        """A browser's offer with this client's credentials and certificate."""
        text = re.sub(r"a=ice-ufrag:\S+", f"a=ice-ufrag:{self.ufrag}", offer(self.fixture))
        return re.sub(r"a=fingerprint:sha-256 \S+", f"a=fingerprint:{self.certificate.fingerprint}", text)

    def start(self, answer: str) -> list[bytes]:
        ufrag = re.search(r"a=ice-ufrag:(\S+)", answer)
        password = re.search(r"a=ice-pwd:(\S+)", answer)
        assert ufrag
        assert password
        self._remote = (ufrag[1], password[1])
        return [self.check()]

    def check(self) -> bytes:
        """A nominating ICE check, which also keeps consent (RFC 7675)."""
        self._transaction += 1
        request = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            transaction_id=self._transaction.to_bytes(12, "big"),
        )
        request.attributes["USERNAME"] = f"{self._remote[0]}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1845501695
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote[1].encode())
        return bytes(request)

    def handle(self, datagram: bytes) -> list[bytes]:
        if datagram[0] < 4:
            return self._handshake() if not self._started else []
        if 20 <= datagram[0] < 64:
            self._dtls.bio_write(datagram)
            return self._read() if self.is_keyed else self._handshake()
        if self.is_keyed and 128 <= datagram[0] < 192 and not 192 <= datagram[1] <= 223:
            self.received.append(self._receiving.unprotect(datagram))
        return []

    def rtp(
        self,
        payload_type: int,
        ssrc: int,
        sequence: int,
        timestamp: int,
        payload: bytes,
        *,
        mid: str,
        rid: str = "",
        level: int | None = None,
    ) -> bytes:
        """A protected packet with the MID, RID and level extensions, whose ids are 4, 10 and 1 in the Chromium fixture."""
        extension = b"".join(
            bytes([number << 4 | len(text) - 1]) + text.encode()
            for number, text in ((4, mid), (10, rid))
            if text
        )
        extension += bytes([0x10, level]) if level is not None else b""
        extension += bytes(-len(extension) % 4)
        header = struct.pack("!BBHII", 0x90, 0x80 | payload_type, sequence, timestamp, ssrc)
        header += struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension
        return self._sending.protect(header + payload)

    def close(self) -> list[bytes]:
        self._dtls.shutdown()
        return list(self._take())

    def _handshake(self) -> list[bytes]:
        self._started = True
        try:
            self._dtls.do_handshake()
        except SSL.WantReadError:
            return list(self._take())
        self._set_keys()
        return list(self._take())

    def _read(self) -> list[bytes]:
        try:
            self._dtls.recv(4096)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.was_closed = True
        return list(self._take())

    def _take(self) -> Iterator[bytes]:
        try:
            yield from pack_records(self._dtls.bio_read(65536))
        except SSL.WantReadError:
            return

    def _set_keys(self) -> None:
        assert self._dtls.get_selected_srtp_profile() == b"SRTP_AEAD_AES_128_GCM"
        material = self._dtls.export_keying_material(_EXPORTER, 56)
        client, server = material[:16] + material[32:44], material[16:32] + material[44:]
        profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
        self._sending = Session(Policy(client, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))
        self._receiving = Session(Policy(server, Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
        self.is_keyed = True
