"""ULPFEC and FlexFEC payloads against their slow twins."""

import pytest
from hypothesis import given, strategies as st

from _fastpath import flexfec, ulpfec
from tests.fastpath.strategies import untimed
from tests.oracle import fec as slow

SSRC = 0x12345678


@st.composite
def rtp_packets(draw: st.DrawFn) -> bytes:
    """With CSRCs, extensions, padding, of any size."""
    csrcs = draw(st.integers(0, 3))
    words = draw(st.integers(-1, 3))
    padding = draw(st.integers(0, 4))
    first = 0x80 | csrcs | (0x10 if words >= 0 else 0) | (0x20 if padding else 0)
    head = bytes([first]) + draw(st.binary(min_size=11, max_size=11)) + bytes(4 * csrcs)
    if words >= 0:
        head += (
            b"\xab\xcd" + words.to_bytes(2, "big") + draw(st.binary(min_size=4 * words, max_size=4 * words))
        )
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    return head + draw(st.binary(max_size=60)) + tail


def groups(span: int) -> st.SearchStrategy[dict[int, bytes]]:
    return st.dictionaries(st.integers(0, span - 1), rtp_packets(), min_size=1, max_size=12)


def at(base: int, packets: dict[int, bytes]) -> dict[int, bytes]:
    return {base + bit: packet for bit, packet in packets.items()}


@untimed
@given(groups(48), st.integers(0, 0xFFFF))
def test_ulpfec_is_written_as_its_twin_writes_it(packets: dict[int, bytes], base: int) -> None:
    assert ulpfec.write(packets, base) == slow.write_ulpfec(slow.total(at(base, packets)))


@untimed
@given(groups(64), st.integers(0, 0xFFFF))
def test_flexfec_is_written_as_its_twin_writes_it(packets: dict[int, bytes], base: int) -> None:
    assert flexfec.write(packets, SSRC, base) == slow.write_flexfec(slow.total(at(base, packets)), SSRC)


@untimed
@given(groups(48), st.integers(0, 0xFFFF), st.randoms(use_true_random=False))
def test_any_packet_comes_back_bit_by_bit(packets: dict[int, bytes], base: int, random) -> None:
    lost = random.choice(sorted(packets))
    others = [packet for bit, packet in packets.items() if bit != lost]
    number = base + lost & 0xFFFF
    whole = packets[lost][:2] + number.to_bytes(2, "big") + packets[lost][4:8] + SSRC.to_bytes(4, "big")
    whole += packets[lost][12:]
    flex = slow.read_flexfec(flexfec.write(packets, SSRC, base))
    ulp = slow.read_ulpfec(ulpfec.write(packets, base))
    for each in (flex, ulp):
        assert each.numbers == {base + bit & 0xFFFF for bit in packets}
        assert slow.restored(each, others, number, SSRC) == whole


@pytest.mark.parametrize(("reach", "octets"), [(14, 2), (15, 6), (45, 6), (46, 14), (63, 14)])
def test_flexfec_masks_are_as_short_as_they_can_be(reach: int, octets: int) -> None:
    packet = bytes([0x80]) + bytes(11)
    assert len(flexfec.write({0: packet, reach: packet}, SSRC, 7)) == 18 + octets


def test_the_example_of_rfc_5109() -> None:
    """Section 10.2: packets A, C, D of 200, 100, 340 octets at 8, 10, 11; here all of them in one level."""
    a, c, d = (
        bytes([0x80, marker << 7 | kind]) + number.to_bytes(2, "big") + stamp.to_bytes(4, "big") + bytes(4)
        for number, stamp, marker, kind in ((8, 3, 1, 11), (10, 7, 1, 11), (11, 9, 0, 18))
    )
    packets = {0: a + bytes(200), 2: c + bytes(100), 3: d + bytes(340)}
    payload = ulpfec.write(packets, 8)
    assert payload[:2] == bytes([0x00, 0b0_0010010]), "P, X, CC, M are even; 11, 11 and 18 leave 18"
    assert int.from_bytes(payload[2:4], "big") == 8
    assert int.from_bytes(payload[4:8], "big") == 3 ^ 7 ^ 9
    assert int.from_bytes(payload[8:10], "big") == 200 ^ 100 ^ 340
    assert payload[10:14] == (340).to_bytes(2, "big") + bytes([0b1011_0000, 0])


@untimed
@given(st.binary(max_size=80))
def test_noise_is_read_as_the_twin_reads_it_or_refused(data: bytes) -> None:
    got = ulpfec.read(data)
    try:
        expected = slow.read_ulpfec(data)
    except Exception:
        assert got is None
        return
    if got is None:
        assert not expected.numbers
    else:
        assert got == {name: getattr(expected, name) for name in got}
