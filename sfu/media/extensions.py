"""Which header extensions (RFC 8285) an m-line gets.

Left out on purpose: video orientation, because not everybody can turn pictures (Firefox does not offer it),
and without it the publisher turns them before encoding. Receivers get the AV1 dependency descriptor only where
they take both header forms: its structure is longer than the one-byte form can say, and without it the rest is
unreadable.
"""

from collections.abc import Iterable
from typing import Final

from _fastpath.engine import Extension
from sfu.wire.sdp_model import BadSdp, ExtensionLine, Section

_AV1: Final = "https://aomediacodec.github.io/av1-rtp-spec/"
_URIS: Final = {
    "urn:ietf:params:rtp-hdrext:sdes:mid": Extension.MID,
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id": Extension.RID,
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id": Extension.REPAIRED_RID,
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time": Extension.ABS_SEND_TIME,
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01": Extension.TRANSPORT_SEQUENCE,
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level": Extension.AUDIO_LEVEL,
    _AV1 + "#dependency-descriptor-rtp-header-extension": Extension.DEPENDENCY,
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time": Extension.ABS_CAPTURE_TIME,
}
_FROM_PUBLISHER: Final = frozenset(_URIS.values())
_TO_RECEIVER: Final = frozenset(
    {
        Extension.MID,
        Extension.ABS_SEND_TIME,
        Extension.TRANSPORT_SEQUENCE,
        Extension.AUDIO_LEVEL,
        Extension.ABS_CAPTURE_TIME,
        Extension.DEPENDENCY,
    }
)
_LONG: Final = Extension.DEPENDENCY
# Higher ids need the two-byte form, 15 is reserved (RFC 8285 section 4.2).
_HIGHEST_ONE_BYTE: Final = 14


def publisher_extensions(section: Section) -> tuple[ExtensionLine, ...]:
    """Those that the offerer may send here and the engine reads."""
    return tuple(
        line
        for line in section.extensions
        if _URIS.get(line.uri) in _FROM_PUBLISHER
        and (line.direction is None or line.direction.sends)
        and (line.number <= _HIGHEST_ONE_BYTE or section.allows_mixed)
    )


def receiver_extensions(section: Section) -> tuple[ExtensionLine, ...]:
    """Those that the offerer wants to receive here and the engine writes."""
    return tuple(
        line
        for line in section.extensions
        if _URIS.get(line.uri) in _TO_RECEIVER
        and (line.direction is None or line.direction.receives)
        and line.number <= _HIGHEST_ONE_BYTE
        and (_URIS[line.uri] != _LONG or section.allows_mixed)
    )


def extension_ids(lines: Iterable[ExtensionLine]) -> dict[int, Extension]:
    """One transport, one meaning for each id (RFC 9143 section 8); raises `BadSdp` for two."""
    ids: dict[int, Extension] = {}
    for line in lines:
        if ids.setdefault(line.number, _URIS[line.uri]) != _URIS[line.uri]:
            raise BadSdp(f"extmap {line.number} means two things in one bundle")
    return ids
