"""The allocation at a relay, against a relay that is written by the RFC here."""

import pytest
from aioice import stun
from aioice.turn import make_integrity_key

from signaling.messages import IceServer
from treble.client.media.turn import Allocation, RelayServer, relays_of
from treble.units import MILLISECOND, SECOND

SERVER = RelayServer("relay.example", 3478, "ada", "secret")
PEER = ("192.0.2.7", 7882)
KEY = make_integrity_key("ada", "example", "secret")
CHANNEL_DATA = b"\x40\x00\x00\x05hello"


class Relay:
    """Answers as RFC 8656 asks; `nonce` is what it takes."""

    def __init__(self, lifetime=600):
        self.nonce = b"first"
        self.lifetime = lifetime
        self.asked = []

    def answer(self, data):
        request = stun.parse_message(data)
        self.asked.append(request.message_method)
        given = request.attributes.get("NONCE")
        if not request.check_message_integrity(KEY):
            return self._refuse(request, 401, "Unauthorized")
        if given != self.nonce:
            return self._refuse(request, 438, "Stale Nonce")
        reply = stun.Message(request.message_method, stun.Class.RESPONSE, request.transaction_id)
        if request.message_method == stun.Method.CHANNEL_BIND:
            assert request.attributes["XOR-PEER-ADDRESS"] == PEER
        else:
            reply.attributes["LIFETIME"] = self.lifetime
        reply.add_message_integrity(KEY)
        return bytes(reply)

    def _refuse(self, request, code, text):
        reply = stun.Message(request.message_method, stun.Class.ERROR, request.transaction_id)
        reply.attributes |= {"ERROR-CODE": (code, text), "REALM": "example", "NONCE": self.nonce}
        return bytes(reply)


def talk(allocation, relay, now_ns):
    """Until neither has anything to say."""
    while requests := allocation.due(now_ns):
        for request in requests:
            assert allocation.handle(relay.answer(request), now_ns) == b""


def test_a_channel_is_opened_carries_datagrams_and_is_given_back():
    relay, allocation = Relay(), Allocation(SERVER, PEER, 0)
    assert allocation.release() == []
    talk(allocation, relay, 0)
    assert allocation.is_open
    assert relay.asked == [stun.Method.ALLOCATE, stun.Method.ALLOCATE, stun.Method.CHANNEL_BIND]
    assert allocation.wrap(b"hello") == CHANNEL_DATA
    assert allocation.handle(CHANNEL_DATA + b"\0\0\0", 1) == b"hello"  # padding may follow
    for bad in (b"\x40\x00\x00\x06hello", b"\x40\x01\x00\x05hello", b"\x40\x00", b"\x01"):
        assert allocation.handle(bad, 1) == b""
    (last,) = allocation.release()
    message = stun.parse_message(last)
    assert (message.message_method, message.attributes["LIFETIME"]) == (stun.Method.REFRESH, 0)


def test_it_is_kept_alive_also_when_the_nonce_changes():
    relay, allocation = Relay(lifetime=600), Allocation(SERVER, PEER, 0)
    talk(allocation, relay, 0)
    relay.asked.clear()
    talk(allocation, relay, 239 * SECOND)
    assert relay.asked == []
    relay.nonce = b"second"
    talk(allocation, relay, 240 * SECOND)
    assert relay.asked == [stun.Method.CHANNEL_BIND, stun.Method.CHANNEL_BIND]
    talk(allocation, relay, 300 * SECOND)
    assert relay.asked[2:] == [stun.Method.REFRESH]
    assert allocation.is_open


def test_what_is_lost_is_asked_again_and_then_given_up():
    allocation = Allocation(SERVER, PEER, 0)
    sent = [now for now in range(0, 20 * SECOND, 10 * MILLISECOND) for _ in allocation.due(now)]
    assert [now // MILLISECOND for now in sent] == [0, 250, 750, 1750, 3750, 7750]
    assert allocation.failure == "no answer"
    assert not allocation.is_open


def test_what_the_relay_refuses_is_said():
    allocation = Allocation(RelayServer("relay.example", 3478, "ada", "wrong"), PEER, 0)
    talk(allocation, Relay(), 0)
    assert allocation.failure == "401 Unauthorized"
    assert allocation.due(60 * SECOND) == []


def test_answers_of_others_change_nothing():
    allocation, relay = Allocation(SERVER, PEER, 0), Relay()
    (first,) = allocation.due(0)
    allocation.handle(relay.answer(first), 0)
    (second,) = allocation.due(0)
    asked = stun.parse_message(second)
    forged = stun.Message(asked.message_method, stun.Class.RESPONSE, asked.transaction_id)
    forged.attributes["LIFETIME"] = 600
    forged.add_message_integrity(b"another key")
    other = stun.Message(asked.message_method, stun.Class.ERROR)
    other.attributes["ERROR-CODE"] = (403, "Forbidden")
    for data in (bytes(forged), bytes(other), second[:-3], b"\0"):
        assert allocation.handle(data, 0) == b""
    assert not allocation.failure
    allocation.handle(relay.answer(second), 0)
    talk(allocation, relay, 0)
    assert allocation.is_open


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("turn:relay.example", ("relay.example", 3478)),
        ("turn:relay.example:5349?transport=udp", ("relay.example", 5349)),
        ("turn:[2001:db8::1]:3479", ("2001:db8::1", 3479)),
        ("turn:relay.example?transport=tcp", None),
        ("turns:relay.example", None),
        ("stun:relay.example", None),
    ],
)
def test_relays_by_udp_are_taken_from_the_welcome(url, address):
    found = relays_of([IceServer(urls=[url], username="u", credential="c")])
    assert [(each.host, each.port) for each in found] == ([address] if address else [])
