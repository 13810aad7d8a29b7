import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given, strategies as st

from _fastpath import packet
from tests.fastpath.strategies import damaged, every_cut, untimed
from tests.fuzz.seeds import EXTENSIONS, SEEDS, rtp
from tests.fuzz.targets import fuzz_packet

MID, RID, TRANSPORT, LEVEL = 0, 1, 4, 5


@untimed
@given(damaged("packet"))
def test_agrees_with_its_twin(data: bytes) -> None:
    fuzz_packet(data)


@pytest.mark.parametrize("data", SEEDS["packet"])
def test_agrees_with_its_twin_at_every_cut(data: bytes) -> None:
    for piece in [*every_cut(data), data, data + b"\0", data + b"\xff" * 9]:
        fuzz_packet(piece)


@untimed
@given(
    st.binary(max_size=40),
    st.integers(0, 15),
    st.integers(0, 200),
    st.lists(st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)), max_size=6),
)
def test_agrees_with_aiortc(payload: bytes, csrcs: int, padding: int, found: list[tuple[int, bytes]]) -> None:
    block = b"".join(bytes([number << 4 | len(value) - 1]) + value for number, value in found)
    data = rtp(payload, csrcs=csrcs, padding=padding, extension=block)
    theirs = RtpPacket.parse(data)
    ours = packet.parse(data, EXTENSIONS)
    assert ours is not None
    assert (ours["sequence"], ours["timestamp"], ours["ssrc"]) == (
        theirs.sequence_number,
        theirs.timestamp,
        theirs.ssrc,
    )
    assert (ours["marker"], ours["payload_type"]) == (theirs.marker, theirs.payload_type)
    assert data[ours["header_size"] :][: ours["payload_size"]] == theirs.payload
    assert ours["padding_size"] == theirs.padding_size
    assert ours["extensions"] == {EXTENSIONS[n]: value for n, value in found if n in EXTENSIONS}


def extensions_of(block: str, profile: int = 0xBEDE) -> dict[int, bytes] | None:
    found = packet.parse(rtp(extension=bytes.fromhex(block), profile=profile), EXTENSIONS)
    return None if found is None else found["extensions"]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("10 61 00 00", {MID: b"a"}),
        ("00 00 10 61 00 31 beef 00", {MID: b"a", TRANSPORT: b"\xbe\xef"}),
        ("10 61 f0 00 40 ff 0000", {MID: b"a"}),  # id 15 stops
        ("10 61 03 00 40 ff 0000", {MID: b"a"}),  # id 0 with a length stops
        ("90 61 40 ff", {LEVEL: b"\xff"}),  # id 9 is not negotiated
        ("10 61 10 62", {MID: b"b"}),  # the later one counts
        ("10 61 3f ff", None),  # longer than the block
    ],
)
def test_one_byte_extensions(block: str, expected: dict[int, bytes] | None) -> None:
    assert extensions_of(block) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("01 02 6162", {MID: b"ab"}),
        ("00 01 01 61 04 01 ff 00", {MID: b"a", LEVEL: b"\xff"}),
        ("01 00 04 01 ff", {LEVEL: b"\xff"}),  # an empty element is no value
        ("0e 01 7a", {RID: b"z"}),
        ("01 03 6162", None),
        ("00 00 00 01", None),  # an id without a length
    ],
)
@pytest.mark.parametrize("profile", [0x1000, 0x100F])
def test_two_byte_extensions(block: str, profile: int, expected: dict[int, bytes] | None) -> None:
    assert extensions_of(block, profile) == expected


def test_an_unknown_profile_is_stepped_over() -> None:
    assert extensions_of("10 61 00 00", profile=0xABCD) == {}


@pytest.mark.parametrize(
    ("padding", "well_formed"), [(0, False), (1, True), (7, True), (8, False), (255, False)]
)
def test_padding_stays_inside_the_payload(padding: int, well_formed: bool) -> None:
    data = bytearray(rtp(bytes(6) + bytes([padding])))
    data[0] |= 0x20
    found = packet.parse(bytes(data))
    assert (found is not None) == well_formed
    if found is not None:
        assert (found["payload_size"], found["padding_size"]) == (7 - padding, padding)


@pytest.mark.parametrize("first", [0x00, 0x40, 0xC0])
def test_only_version_two(first: int) -> None:
    assert packet.parse(bytes([first]) + rtp()[1:]) is None
