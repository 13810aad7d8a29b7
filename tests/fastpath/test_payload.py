import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given, strategies as st

from _fastpath import payload
from tests.fastpath.strategies import damaged, every_cut, untimed
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

VP8, VP9, H264, AV1, OPUS = 1, 2, 3, 4, 5
CODECS = ["vp8", "vp9", "h264", "av1"]


@pytest.mark.parametrize("codec", CODECS)
@untimed
@given(data=st.data())
def test_agrees_with_its_twin(codec: str, data: st.DataObject) -> None:
    TARGETS[codec](data.draw(damaged(codec)))


@pytest.mark.parametrize("codec", CODECS)
def test_agrees_with_its_twin_at_every_cut(codec: str) -> None:
    for example in SEEDS[codec]:
        for piece in [*every_cut(example), example, example + b"\xff" * 3]:
            TARGETS[codec](piece)


def flags(codec: int, data: str) -> set[str]:
    found = payload.parse(codec, bytes.fromhex(data))
    assert found is not None
    names = ("keyframe", "frame_start", "frame_end", "switch_point", "discardable")
    return {name for name in names if found[name]}  # type: ignore[literal-required]


KEY = {"keyframe", "switch_point"}
START = {"frame_start"}
END = {"frame_end"}


@pytest.mark.parametrize(
    ("codec", "data", "expected"),
    [
        pytest.param(VP8, "10 00", KEY | START, id="vp8 key"),
        pytest.param(VP8, "10 01", START, id="vp8 inter"),
        pytest.param(VP8, "00 00", set(), id="vp8 continuation of a key"),
        pytest.param(VP8, "11 00", set(), id="vp8 second partition"),
        pytest.param(VP8, "90 20 60 01", START | {"switch_point"}, id="vp8 layer sync"),
        pytest.param(VP8, "30 01", START | {"discardable"}, id="vp8 non-reference"),
        pytest.param(VP9, "0c ff", KEY | START | END, id="vp9 key in one packet"),
        pytest.param(VP9, "48 ff", START, id="vp9 inter"),
        pytest.param(VP9, "44 ff", END, id="vp9 last packet"),
        pytest.param(VP9, "38 02 ff", START, id="vp9 upper spatial layer of a key"),
        pytest.param(VP9, "68 30 07 ff", START | {"switch_point"}, id="vp9 up-switch"),
        pytest.param(H264, "67 42 00", KEY | START, id="h264 SPS"),
        pytest.param(H264, "65 b8", KEY | START, id="h264 IDR"),
        pytest.param(H264, "41 e0", START, id="h264 slice"),
        pytest.param(H264, "41 60", set(), id="h264 later slice"),
        pytest.param(H264, "18 0002 6742 0002 68ce", KEY | START, id="h264 STAP-A with SPS"),
        pytest.param(H264, "7c 85 b8", KEY | START, id="h264 IDR fragment, first"),
        pytest.param(H264, "7c 05 b8", set(), id="h264 IDR fragment, later"),
        pytest.param(H264, "01 e0", START | {"discardable"}, id="h264 non-reference slice"),
        pytest.param(AV1, "18 0a 0b", KEY | START, id="av1 new sequence"),
        pytest.param(AV1, "10 32 00", START, id="av1 inter"),
        pytest.param(AV1, "90 32 00", set(), id="av1 continuation"),
        pytest.param(OPUS, "78", KEY | START | END, id="audio"),
    ],
)
def test_marks(codec: int, data: str, expected: set[str]) -> None:
    assert flags(codec, data) == expected


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        pytest.param(VP8, "90 80 81 1e", id="vp8 nothing after the descriptor"),
        pytest.param(VP8, "90 80 81", id="vp8 half a picture id"),
        pytest.param(VP9, "50 02 ff", id="vp9 references without a picture id"),
        pytest.param(VP9, "d0 05 03 03 03 03 ff", id="vp9 four references"),
        pytest.param(VP9, "0a 08 ff 00", id="vp9 structure larger than the packet"),
        pytest.param(H264, "18 0009 6742", id="h264 STAP-A past the end"),
        pytest.param(H264, "18 0000", id="h264 empty unit"),
        pytest.param(H264, "7d 00 00", id="h264 FU-B"),
        pytest.param(AV1, "98 0a 0b", id="av1 new sequence continued"),
        pytest.param(AV1, "00 7f 00", id="av1 element past the end"),
        pytest.param(AV1, "30 01 0a", id="av1 fewer elements than said"),
        pytest.param(OPUS, "", id="empty audio"),
        pytest.param(0, "00", id="no codec"),
    ],
)
def test_malformed(codec: int, data: str) -> None:
    assert payload.parse(codec, bytes.fromhex(data)) is None


def test_layers() -> None:
    found = payload.parse(VP9, bytes.fromhex("a8 05 52 07 ff"))
    assert found is not None
    assert (found["temporal"], found["spatial"], found["tl0"], found["tl0_offset"]) == (2, 1, 7, 3)
    found = payload.parse(AV1, bytes.fromhex("10 34 48 aa"))
    assert found is not None
    assert (found["temporal"], found["spatial"]) == (2, 1)


@untimed
@given(
    st.none() | st.integers(0, 0x7FFF),
    st.none() | st.integers(0, 255),
    st.none() | st.tuples(st.integers(0, 3), st.integers(0, 1)),
    st.none() | st.integers(0, 31),
    st.integers(0, 1),
    st.integers(0, 7),
)
def test_vp8_agrees_with_aiortc(
    picture: int | None, tl0: int | None, tid: tuple[int, int] | None, key: int | None, start: int, part: int
) -> None:
    descriptor = VpxPayloadDescriptor(start, part, picture_id=picture, tl0picidx=tl0, tid=tid, keyidx=key)
    data = bytes(descriptor)
    found = payload.parse(VP8, data + b"\x00")
    assert found is not None
    assert (found["picture_id"] if found["picture_id_bits"] else None) == picture
    assert found["tl0"] == tl0
    assert found["temporal"] == (tid[0] if tid else 0)
    assert found["keyframe"] == (start == 1 and part == 0)
    if found["picture_id_bits"]:
        width = 1 if found["picture_id_bits"] == 7 else 2
        at = found["picture_id_offset"]
        assert int.from_bytes(data[at : at + width], "big") & (0x7F if width == 1 else 0x7FFF) == picture
    if tl0 is not None:
        assert data[found["tl0_offset"]] == tl0
