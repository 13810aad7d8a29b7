import pytest
from hypothesis import given, strategies as st

from _fastpath import srtp
from tests.oracle import srtp as oracle

GALLIA = b"Gallia est omnis divisa in partes tres"


def rtp(sequence: int, payload: bytes, ssrc: int = 0xCAFEBABE, extension: bytes = b"") -> bytes:
    block = b""
    if extension:
        extension += bytes(-len(extension) % 4)
        block = b"\xbe\xde" + (len(extension) // 4).to_bytes(2, "big") + extension
    first = 0x90 if block else 0x80
    return (
        bytes([first, 96])
        + sequence.to_bytes(2, "big")
        + bytes(4)
        + ssrc.to_bytes(4, "big")
        + block
        + payload
    )


def test_oracle_derives_the_keys_of_rfc_3711_appendix_b3():
    key = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139")
    salt = bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")
    assert oracle.derive(key, salt, 0, 16) == bytes.fromhex("C61E7A93744F39EE10734AFE3FF7A087")
    assert oracle.derive(key, salt, 2, 14) == bytes.fromhex("30CBBC08863D8C85D49DB34A9AE1")
    assert oracle.derive(key, salt, 1, 16) == bytes.fromhex("CEBE321F6FF7716B6FD4AB49AF256A15")


def test_oracle_seals_the_packet_of_rfc_7714_section_16_1_1():
    key = bytes(range(16))
    salt = b"Quid pro quo"
    packet = bytes.fromhex("8040f17b8041f8d35501a0b2") + GALLIA
    assert oracle.gcm_with(key, salt, packet)[12:] == bytes.fromhex(
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
        "899d7f27beb16a9152cf765ee4390cce"
    )


@pytest.mark.parametrize(("profile", "seal"), [(1, oracle.protect_cm), (7, oracle.protect_gcm)])
@given(
    key=st.binary(min_size=30, max_size=30),
    payload=st.binary(max_size=1200),
    extension=st.binary(max_size=24),
    sequence=st.integers(0, 30000),
)
def test_protecting_by_pointer_agrees_with_the_rfcs(profile, seal, key, payload, extension, sequence):
    key = key[: srtp.KEY_BYTES[profile]]
    packet = rtp(sequence, payload, extension=extension)
    assert srtp.protect(srtp.create_session(profile, key, False), packet) == seal(key, packet)


def test_a_key_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match="28 bytes"):
        srtp.create_session(1, bytes(28), True)
