"""The offer of a Python client: sendonly m-lines for what may be published, then Slots in pairs of recvonly ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from _fastpath.values import Extension
from sfu.wire.sdp_model import Direction
from treble.api import PublishedTrack, SlotPair, Source
from treble.client.media.ice import Credentials

EXTENSIONS: Final = {
    Extension.AUDIO_LEVEL: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    Extension.TRANSPORT_SEQUENCE: (
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    ),
    Extension.MID: "urn:ietf:params:rtp-hdrext:sdes:mid",
}
EXTENSION_IDS: Final = {Extension.AUDIO_LEVEL: 1, Extension.TRANSPORT_SEQUENCE: 3, Extension.MID: 4}
OPUS: Final = 111
AUDIO: Final = (
    f"a=rtpmap:{OPUS} opus/48000/2",
    f"a=rtcp-fb:{OPUS} transport-cc",
    f"a=rtcp-fb:{OPUS} nack",
    f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
)
VIDEO_NUMBERS: Final = {"vp8": (96, 97), "h264": (102, 103)}  # codec: its payload type, that of its RTX
VIDEO_FEEDBACK: Final = ("transport-cc", "ccm fir", "nack", "nack pli")
SPELLING: Final = {"vp8": "VP8", "h264": "H264"}
PARAMETERS: Final = {"h264": "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"}
KIND_OF: Final = {
    Source.MICROPHONE: "audio",
    Source.CAMERA: "video",
    Source.SCREEN: "video",
    Source.SCREEN_AUDIO: "audio",
}


@dataclass(frozen=True)
class Sending:
    """What a sendonly m-line announces; `rtx_ssrc` 0 for audio."""

    source: Source
    ssrc: int
    rtx_ssrc: int = 0


@dataclass(frozen=True)
class OfferLine:
    mid: str
    kind: str
    direction: Direction
    codecs: tuple[str, ...] = ()  # of video, the preferred first
    sending: Sending | None = None


def plan_lines(
    sending: Sequence[Sending], slots: int, video_codec: str, *, only: bool = False
) -> list[OfferLine]:
    """`video_codec`: what is sent, and wanted first, or `only` this."""
    received = (
        (video_codec,) if only else tuple(sorted(VIDEO_NUMBERS, key=lambda codec: codec != video_codec))
    )
    lines = [
        OfferLine(str(index), KIND_OF[one.source], Direction.SENDONLY, (video_codec,), one)
        for index, one in enumerate(sending)
    ]
    for kind in ("audio", "video") * slots:
        lines.append(OfferLine(str(len(lines)), kind, Direction.RECVONLY, received))
    return lines


def tracks_of(lines: Sequence[OfferLine]) -> list[PublishedTrack]:
    return [PublishedTrack(mid=line.mid, source=line.sending.source) for line in lines if line.sending]


def pairs_of(lines: Sequence[OfferLine]) -> list[SlotPair]:
    mids = [line.mid for line in lines if not line.sending]
    pairs = zip(mids[::2], mids[1::2], strict=True)
    return [SlotPair(slot=slot, audio_mid=a, video_mid=v) for slot, (a, v) in enumerate(pairs)]


def write_offer(lines: Sequence[OfferLine], own: Credentials, fingerprint: str, cname: str) -> str:
    """`fingerprint`: "sha-256 AB:CD:..."."""
    transport = [
        f"a=ice-ufrag:{own.ufrag}",
        f"a=ice-pwd:{own.password}",
        "a=ice-options:trickle",
        f"a=fingerprint:{fingerprint}",
        "a=setup:actpass",
    ]
    text = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    text += [f"a=group:BUNDLE {' '.join(line.mid for line in lines)}", "a=msid-semantic: WMS *"]
    for line in lines:
        text += _section(line, transport, cname)
    return "\r\n".join(text) + "\r\n"


def _section(line: OfferLine, transport: list[str], cname: str) -> list[str]:
    formats = list(AUDIO) if line.kind == "audio" else _video_formats(line.codecs)
    numbers = [each.split(":")[1].split(" ")[0] for each in formats if each.startswith("a=rtpmap:")]
    text = [
        f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(numbers)}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        *transport,
        f"a=mid:{line.mid}",
    ]
    for kind, number in EXTENSION_IDS.items():
        if line.kind == "audio" or kind is not Extension.AUDIO_LEVEL:
            text.append(f"a=extmap:{number} {EXTENSIONS[kind]}")
    text += [f"a={line.direction}", "a=rtcp-mux", "a=rtcp-rsize", *formats]
    if line.sending:
        text += _sources(line.sending, line.mid, cname)
    return text


def _video_formats(codecs: Sequence[str]) -> list[str]:
    text = []
    for codec in codecs:
        number, rtx = VIDEO_NUMBERS[codec]
        text.append(f"a=rtpmap:{number} {SPELLING[codec]}/90000")
        text += [f"a=rtcp-fb:{number} {feedback}" for feedback in VIDEO_FEEDBACK]
        if codec in PARAMETERS:
            text.append(f"a=fmtp:{number} {PARAMETERS[codec]}")
        text += [f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={number}"]
    return text


def _sources(sending: Sending, mid: str, cname: str) -> list[str]:
    text = [f"a=msid:{cname} {cname}-{mid}"]
    if sending.rtx_ssrc:
        text.append(f"a=ssrc-group:FID {sending.ssrc} {sending.rtx_ssrc}")
    return text + [f"a=ssrc:{ssrc} cname:{cname}" for ssrc in (sending.ssrc, sending.rtx_ssrc) if ssrc]
