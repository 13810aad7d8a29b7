"""Our DTLS server against an independent client (OpenSSL's, driven over memory BIOs), with loss and small datagrams."""

import datetime
import random
from dataclasses import dataclass, field

import pytest
from OpenSSL import SSL

from _fastpath.engine import Profile
from sfu.transport.certificate import Certificate, make_certificate
from sfu.transport.dtls import (
    HANDSHAKE_TIMEOUT_NS,
    MAX_HANDSHAKE_BYTES,
    DtlsClosed,
    DtlsEffect,
    DtlsServer,
    KeysReady,
    SendDatagram,
    make_context,
    usable_fingerprints,
)
from sfu.wire.dtls_records import MTU, pack_records
from sfu.wire.sdp_model import BadSdp
from treble.units import SECOND

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def server_certificate() -> Certificate:
    return make_certificate(NOW)


@pytest.fixture(scope="module")
def client_certificate() -> Certificate:
    return make_certificate(NOW)


class Client:
    """A browser's end."""

    def __init__(self, certificate: Certificate, profiles: bytes, mtu: int = 1200) -> None:
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.use_certificate(certificate.certificate)
        context.use_privatekey(certificate.key)
        context.set_tlsext_use_srtp(profiles)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        self.connection = SSL.Connection(context, None)
        self.connection.set_connect_state()
        self.connection.set_ciphertext_mtu(mtu)
        self.mtu = mtu
        self.done = False

    def handshake(self, datagrams: list[bytes]) -> list[bytes]:
        for datagram in datagrams:
            self.connection.bio_write(datagram)
            if self.done:
                break
            self._step()
        if not datagrams:
            self._step()
        return self.take()

    def _step(self) -> None:
        try:
            self.connection.do_handshake()
            self.done = True
        except SSL.WantReadError:
            pass

    def take(self) -> list[bytes]:
        try:
            return pack_records(self.connection.bio_read(65536), self.mtu)
        except SSL.WantReadError:
            return []

    def keys(self, key_size: int, salt_size: int) -> tuple[bytes, bytes]:
        """(client, server) master key and salt."""
        size = 2 * (key_size + salt_size)
        material = self.connection.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
        keys, salts = material[: 2 * key_size], material[2 * key_size :]
        return keys[:key_size] + salts[:salt_size], keys[key_size:] + salts[salt_size:]


@dataclass
class Outcome:
    keys: list[KeysReady] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def take(self, effects: list[DtlsEffect]) -> list[bytes]:
        out = []
        for effect in effects:
            match effect:
                case SendDatagram(data):
                    self.sizes.append(len(data))
                    out.append(data)
                case KeysReady():
                    self.keys.append(effect)
                case DtlsClosed(reason):
                    self.closed.append(reason)
        return out


def server_for(certificate: Certificate, client: Certificate) -> DtlsServer:
    name, _, digest = client.fingerprint.partition(" ")
    return DtlsServer(make_context(certificate), usable_fingerprints(((name, digest),)), 0)


def shake(server: DtlsServer, client: Client) -> Outcome:
    outcome = Outcome()
    to_server = client.handshake([])
    for _ in range(10):
        to_client = [out for data in to_server for out in outcome.take(server.handle_datagram(data, 0))]
        if outcome.closed:
            try:
                client.handshake(to_client)
            except SSL.Error:
                pass
            break
        if not to_client:
            break
        to_server = client.handshake(to_client)
    return outcome


@pytest.mark.parametrize(
    ("offered", "chosen", "sizes"),
    [
        (
            b"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM",
            Profile.AEAD_AES_128_GCM,
            (16, 12),
        ),
        (b"SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", Profile.AES128_CM_SHA1_80, (16, 14)),
    ],
)
def test_our_order_of_profiles_wins_and_both_ends_hold_the_same_keys(
    server_certificate: Certificate,
    client_certificate: Certificate,
    offered: bytes,
    chosen: Profile,
    sizes: tuple[int, int],
) -> None:
    client = Client(client_certificate, offered)
    outcome = shake(server_for(server_certificate, client_certificate), client)
    assert client.done
    assert client.connection.get_protocol_version_name() == "DTLSv1.2"
    [keys] = outcome.keys
    assert keys.profile == chosen
    assert (keys.receive_key, keys.send_key) == client.keys(*sizes)
    assert max(outcome.sizes) <= MTU
    assert "receive_key" not in repr(keys)


def test_hello_in_small_pieces(server_certificate: Certificate, client_certificate: Certificate) -> None:
    client = Client(client_certificate, b"SRTP_AEAD_AES_128_GCM", mtu=256)
    assert shake(server_for(server_certificate, client_certificate), client).keys


def test_another_certificate_than_the_offered_one_gets_an_alert_and_no_keys(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    stranger = Client(make_certificate(NOW), b"SRTP_AEAD_AES_128_GCM")
    server = server_for(server_certificate, client_certificate)
    outcome = shake(server, stranger)
    assert outcome.keys == []
    assert outcome.closed == ["fingerprint mismatch"]
    assert not stranger.done
    assert server.handle_datagram(b"\x16" * 40, 1) == []


def test_without_srtp_there_are_no_keys(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    outcome = shake(
        server_for(server_certificate, client_certificate),
        Client(client_certificate, b"SRTP_AES128_CM_SHA1_32"),
    )
    assert outcome.keys == []
    assert outcome.closed == ["no common SRTP profile"]


def test_close_notify_is_noticed_and_answered_once(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    client = Client(client_certificate, b"SRTP_AEAD_AES_128_GCM")
    server = server_for(server_certificate, client_certificate)
    shake(server, client)
    client.connection.shutdown()
    outcome = Outcome()
    for datagram in client.take():
        outcome.take(server.handle_datagram(datagram, 0))
    assert outcome.closed == ["close_notify"]
    assert server.next_timer() is None


def test_our_close_reaches_the_client(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    client = Client(client_certificate, b"SRTP_AEAD_AES_128_GCM")
    server = server_for(server_certificate, client_certificate)
    shake(server, client)
    for datagram in Outcome().take(server.close()):
        client.connection.bio_write(datagram)
    with pytest.raises(SSL.ZeroReturnError):
        client.connection.recv(100)


def test_silence_ends_the_handshake_after_its_time(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    server = server_for(server_certificate, client_certificate)
    assert server.next_timer() == HANDSHAKE_TIMEOUT_NS
    assert server.handle_timer(HANDSHAKE_TIMEOUT_NS - 1) == []
    assert server.handle_timer(HANDSHAKE_TIMEOUT_NS) == [DtlsClosed("handshake timed out")]


def test_garbage_is_dropped_and_bounded(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    server = server_for(server_certificate, client_certificate)
    rng = random.Random(1)
    closed = []
    for _ in range(2 * MAX_HANDSHAKE_BYTES // 1000):
        for effect in server.handle_datagram(b"\x16\xfe\xfd" + rng.randbytes(997), 0):
            if isinstance(effect, DtlsClosed):
                closed.append(effect.reason)
    assert closed == ["handshake too long"]


@pytest.mark.parametrize("seed", range(3))
def test_garbage_beside_a_handshake_does_not_end_it(
    server_certificate: Certificate, client_certificate: Certificate, seed: int
) -> None:
    rng = random.Random(seed)
    server = server_for(server_certificate, client_certificate)
    for _ in range(20):
        assert server.handle_datagram(rng.randbytes(rng.randrange(1, 200)), 0) == []
    assert shake(server, Client(client_certificate, b"SRTP_AEAD_AES_128_GCM")).keys


def test_a_lost_flight_is_sent_again(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    """OpenSSL's retransmission timer runs on the real clock: this test waits for it once (about 1 s)."""
    import time

    client = Client(client_certificate, b"SRTP_AEAD_AES_128_GCM")
    server = server_for(server_certificate, client_certificate)
    outcome = Outcome()
    for datagram in client.handshake([]):
        outcome.take(server.handle_datagram(datagram, 0))  # the server's flight is lost
    timer = server.next_timer()
    assert timer is not None
    assert timer < 2 * SECOND
    time.sleep(timer / SECOND)
    again = outcome.take(server.handle_timer(timer))
    to_server = client.handshake(again)
    for datagram in to_server:
        outcome.take(server.handle_datagram(datagram, timer))
    assert outcome.keys


def test_fingerprints_need_a_known_hash() -> None:
    with pytest.raises(BadSdp):
        usable_fingerprints((("sha-1", "AB:" * 19 + "AB"),))


def test_records_are_packed_up_to_the_mtu_and_never_cut() -> None:
    records = [
        bytes([22, 254, 253]) + bytes(8) + size.to_bytes(2, "big") + bytes(size)
        for size in (50, 700, 400, 90)
    ]
    assert pack_records(b"".join(records), 800) == [records[0] + records[1], records[2] + records[3]]
    assert pack_records(b"") == []
