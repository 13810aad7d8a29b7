import hashlib
import hmac
import ipaddress

import pytest
from aioice import stun as aioice_stun
from hypothesis import given, strategies as st

from _fastpath import stun
from tests.fastpath.strategies import damaged, every_cut, untimed
from tests.fuzz.seeds import PASSWORD, SEEDS, check
from tests.fuzz.targets import fuzz_stun
from tests.oracle import stun as slow
from tests.vectors import rfc5769


@untimed
@given(damaged("stun"))
def test_agrees_with_its_twin(data: bytes) -> None:
    fuzz_stun(data)


@pytest.mark.parametrize("data", SEEDS["stun"])
def test_agrees_with_its_twin_at_every_cut(data: bytes) -> None:
    for piece in [*every_cut(data), data, data + b"\0\0\0\0"]:
        fuzz_stun(piece)
        assert (stun.parse(piece) is not None) == (piece == data)


@untimed
@given(st.binary(max_size=200), st.binary(max_size=300))
def test_hmac_is_the_standard_one(key: bytes, message: bytes) -> None:
    assert stun.hmac_sha1(key, message) == hmac.new(key, message, hashlib.sha1).digest()


def test_the_request_of_rfc_5769() -> None:
    found = stun.parse(rfc5769.REQUEST, rfc5769.PASSWORD)
    assert found is not None
    assert found["verified"]
    assert found["username"] == rfc5769.USERNAME
    assert found["local_size"] == 4
    assert found["priority"] == 0x6E0001FF
    assert found["has_fingerprint"]
    assert not found["controlling"]


@pytest.mark.parametrize(
    ("address", "mapped"),
    [(rfc5769.ADDRESS_V4, rfc5769.MAPPED_V4), (rfc5769.ADDRESS_V6, rfc5769.MAPPED_V6)],
)
def test_the_mapped_addresses_of_rfc_5769(address: bytes, mapped: bytes) -> None:
    reply = stun.answer(rfc5769.REQUEST, rfc5769.PASSWORD, address, rfc5769.PORT)
    assert reply is not None
    assert reply[20 : 20 + len(mapped)] == mapped
    assert len(reply) == 20 + len(mapped) + 24 + 8


@untimed
@given(
    st.binary(min_size=12, max_size=12),
    st.binary(min_size=22, max_size=90),
    st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)),
    st.integers(0, 65535),
)
def test_the_answer_agrees_with_twin_and_aioice(
    transaction: bytes, password: bytes, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    request = aioice_stun.Message(
        aioice_stun.Method.BINDING, aioice_stun.Class.REQUEST, transaction_id=transaction
    )
    request.attributes["USERNAME"] = "local:remote"
    request.attributes["PRIORITY"] = 77
    request.attributes["ICE-CONTROLLING"] = 5
    request.add_message_integrity(password)
    request.add_fingerprint()
    found = stun.parse(bytes(request), password)
    assert found is not None
    assert found["verified"]
    assert found["controlling"]

    reply = stun.answer(bytes(request), password, address.packed, port)
    assert reply == slow.answer(transaction, password, address.packed, port)
    parsed = aioice_stun.parse_message(reply)
    assert parsed.transaction_id == transaction
    assert parsed.check_message_integrity(password)
    assert parsed.attributes["XOR-MAPPED-ADDRESS"] == (str(address), port)


def test_the_callers_bytes_are_left_alone() -> None:
    data = bytearray(check())
    before = bytes(data)
    assert stun.parse(data, PASSWORD)
    assert data == before


@pytest.mark.parametrize("position", range(len(check(with_fingerprint=False))))
def test_any_changed_byte_is_noticed(position: int) -> None:
    data = bytearray(check(with_fingerprint=False))
    data[position] ^= 0x04
    found = stun.parse(bytes(data), PASSWORD)
    assert found is None or not found["verified"]


def test_a_wrong_password_is_noticed() -> None:
    found = stun.parse(check(), b"another password of 24 c")
    assert found is not None
    assert not found["verified"]


def with_length(message: bytes) -> bytes:
    return message[:2] + (len(message) - 20).to_bytes(2, "big") + message[4:]


def test_no_integrity_no_check() -> None:
    whole = check(with_fingerprint=False)
    assert stun.parse(with_length(whole[:-24])) is None


def test_after_the_integrity_only_a_fingerprint() -> None:
    whole = check(with_fingerprint=False)
    assert stun.parse(with_length(whole + slow.attribute(0x0025, b""))) is None
    assert stun.parse(with_length(whole + slow.attribute(0x8028, b"\0\0\0\0"))) is None


@pytest.mark.parametrize("kind", [0x0011, 0x0101, 0x0111, 0x0003, 0x0000])
def test_only_binding_requests(kind: int) -> None:
    assert stun.parse(check(kind=kind)) is None


def test_unknown_attributes_are_stepped_over() -> None:
    assert stun.parse(check(extra=slow.attribute(0xC057, b"\0\1\0\x0a")), PASSWORD) is not None
