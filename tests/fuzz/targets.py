"""One small target per parser: whatever the bytes, it ends, stays inside them and agrees with its twin."""

from collections.abc import Callable

from _fastpath import dependency, packet, payload, red, rtcp, stun, twcc
from tests.fuzz.seeds import DEPENDENCY_KEY, EXTENSIONS, PASSWORD
from tests.oracle import (
    dependency as slow_dependency,
    packet as slow_packet,
    payload as slow_payload,
    red as slow_red,
    rtcp as slow_rtcp,
    stun as slow_stun,
    twcc as slow_twcc,
)
from tests.oracle.guard import guarded

VP8, VP9, H264, AV1 = 1, 2, 3, 4


def fuzz_packet(data: bytes) -> None:
    assert packet.parse(guarded(data), EXTENSIONS) == slow_packet.parse(data, EXTENSIONS)


def fuzz_red(data: bytes) -> None:
    assert red.parse(guarded(data)) == slow_red.parse(data)


def fuzz_stun(data: bytes) -> None:
    assert stun.parse(guarded(data), PASSWORD) == slow_stun.parse(data, PASSWORD)


def fuzz_rtcp(data: bytes) -> None:
    assert rtcp.parse(guarded(data)) == slow_rtcp.parse(data)


def fuzz_twcc(data: bytes) -> None:
    assert twcc.read(guarded(data)) == slow_twcc.read(data)


def codec_target(codec: int) -> Callable[[bytes], None]:
    def fuzz_payload(data: bytes) -> None:
        assert payload.parse(codec, guarded(data)) == slow_payload.parse(codec, data)

    return fuzz_payload


def fuzz_dependency(data: bytes) -> None:
    fast, slow = dependency.Reader(), slow_dependency.Reader()
    for piece in (DEPENDENCY_KEY, data, DEPENDENCY_KEY[:3]):
        assert fast.parse(guarded(piece)) == slow.parse(piece)
        assert fast.target_layers == slow.target_layers


TARGETS: dict[str, Callable[[bytes], None]] = {
    "packet": fuzz_packet,
    "red": fuzz_red,
    "stun": fuzz_stun,
    "rtcp": fuzz_rtcp,
    "twcc": fuzz_twcc,
    "vp8": codec_target(VP8),
    "vp9": codec_target(VP9),
    "h264": codec_target(H264),
    "av1": codec_target(AV1),
    "dependency": fuzz_dependency,
}
