"""Offers as Chromium writes them (the codecs cut down to VP8 and Opus), and what is needed of an answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from treble.api import PublishedTrack, SlotPair, Source

VP8, RTX, VIDEO_RED, RED_RTX, ULPFEC, FLEXFEC = 96, 97, 118, 119, 120, 49
OPUS, AUDIO_RED = 111, 63
RIDS = ("l", "m", "h")
FINGERPRINT = ":".join(["5A"] * 32)

_AUDIO_EXTENSIONS = (
    "1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "4 urn:ietf:params:rtp-hdrext:sdes:mid",
)
_VIDEO_EXTENSIONS = (
    "14 urn:ietf:params:rtp-hdrext:toffset",
    "2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "13 urn:3gpp:video-orientation",
    "3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
)
_FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")


@dataclass(frozen=True)
class Shape:
    """What a synthetic browser offers."""

    microphone: bool = True
    layers: int = 3
    """Of the camera: simulcast by RID where more than one; 0: no camera."""
    ssrc: int = 1000
    """Of the camera without simulcast; its RTX has the next one. The microphone's is ten higher."""
    slots: int = 3
    fec: bool = True
    """RED, ULPFEC and FlexFEC on video m-lines."""
    red: bool = True
    """RFC 2198 on audio m-lines."""
    audio_nack: bool = True
    """Whether it asks again for audio: Chromium does where the answer says so, Firefox never."""

    @property
    def tracks(self) -> list[PublishedTrack]:
        found = [PublishedTrack(mid="0", source=Source.MICROPHONE)] if self.microphone else []
        return [*found, PublishedTrack(mid="1", source=Source.CAMERA)] if self.layers else found

    @property
    def pairs(self) -> list[SlotPair]:
        return [
            SlotPair(slot=index, audio_mid=str(2 + 2 * index), video_mid=str(3 + 2 * index))
            for index in range(self.slots)
        ]


def write_offer(shape: Shape, ufrag: str, password: str) -> str:
    sections: list[tuple[str, list[str]]] = []
    if shape.microphone:
        sections.append(("0", _audio(shape, "sendonly")))
    if shape.layers:
        sections.append(("1", _video(shape, "sendonly")))
    for pair in shape.pairs:
        sections.append((pair.audio_mid or "", _audio(shape, "recvonly")))
        sections.append((pair.video_mid or "", _video(shape, "recvonly")))
    lines = ["v=0", "o=- 5162213921927398301 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines += [f"a=group:BUNDLE {' '.join(mid for mid, _ in sections)}", "a=extmap-allow-mixed"]
    lines += ["a=msid-semantic: WMS stream"]
    transport = [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}", "a=ice-options:trickle"]
    transport += [f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:actpass"]
    for mid, (head, *rest) in sections:
        lines += [head, "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", *transport, f"a=mid:{mid}", *rest]
    return "\r\n".join(lines) + "\r\n"


def _audio(shape: Shape, direction: str) -> list[str]:
    numbers = f"{OPUS} {AUDIO_RED}" if shape.red else f"{OPUS}"
    lines = [f"m=audio 9 UDP/TLS/RTP/SAVPF {numbers}", *_extmaps(_AUDIO_EXTENSIONS), f"a={direction}"]
    lines += ["a=rtcp-mux", "a=rtcp-rsize", "a=rtcp-xr:rcvr-rtt=all"]
    lines += [f"a=rtpmap:{OPUS} opus/48000/2", f"a=rtcp-fb:{OPUS} transport-cc"]
    lines += [f"a=fmtp:{OPUS} minptime=10;useinbandfec=1"]
    if shape.red:
        lines += [f"a=rtpmap:{AUDIO_RED} red/48000/2", f"a=fmtp:{AUDIO_RED} {OPUS}/{OPUS}"]
    if direction == "sendonly":
        lines += [f"a=ssrc:{shape.ssrc + 10} cname:sim"]
    return lines


def _video(shape: Shape, direction: str) -> list[str]:
    is_sender = direction == "sendonly"
    numbers = [VP8, RTX, *((VIDEO_RED, RED_RTX, ULPFEC) if shape.fec else ())]
    numbers += [FLEXFEC] if shape.fec and not is_sender else []
    lines = [f"m=video 9 UDP/TLS/RTP/SAVPF {' '.join(str(number) for number in numbers)}"]
    lines += [*_extmaps(_VIDEO_EXTENSIONS), f"a={direction}", "a=rtcp-mux", "a=rtcp-rsize"]
    lines += [f"a=rtpmap:{VP8} VP8/90000", *(f"a=rtcp-fb:{VP8} {name}" for name in _FEEDBACK)]
    lines += [f"a=rtpmap:{RTX} rtx/90000", f"a=fmtp:{RTX} apt={VP8}"]
    if shape.fec:
        lines += [f"a=rtpmap:{VIDEO_RED} red/90000", f"a=rtpmap:{RED_RTX} rtx/90000"]
        lines += [f"a=fmtp:{RED_RTX} apt={VIDEO_RED}", f"a=rtpmap:{ULPFEC} ulpfec/90000"]
    if FLEXFEC in numbers:
        lines += [f"a=rtpmap:{FLEXFEC} flexfec-03/90000", f"a=rtcp-fb:{FLEXFEC} goog-remb"]
        lines += [f"a=rtcp-fb:{FLEXFEC} transport-cc", f"a=fmtp:{FLEXFEC} repair-window=10000000"]
    if is_sender and shape.layers > 1:
        rids = RIDS[: shape.layers]
        lines += [*(f"a=rid:{rid} send" for rid in rids), f"a=simulcast:send {';'.join(rids)}"]
    elif is_sender:
        lines += [f"a=ssrc-group:FID {shape.ssrc} {shape.ssrc + 1}"]
        lines += [f"a=ssrc:{shape.ssrc} cname:sim", f"a=ssrc:{shape.ssrc + 1} cname:sim"]
    return lines


def _extmaps(extensions: Iterable[str]) -> list[str]:
    return [f"a=extmap:{line}" for line in extensions]


@dataclass
class AnsweredLine:
    kind: str = ""
    mid: str = ""
    ssrcs: list[int] = field(default_factory=list)
    groups: dict[str, list[int]] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=dict)
    feedback: set[str] = field(default_factory=set)

    @property
    def rtx_ssrc(self) -> int:
        return self.groups.get("FID", [0, 0])[1]

    @property
    def flexfec_ssrc(self) -> int:
        return self.groups.get("FEC-FR", [0, 0])[1]


@dataclass
class Answered:
    ufrag: str = ""
    password: str = ""
    lines: list[AnsweredLine] = field(default_factory=list)

    def line(self, mid: str) -> AnsweredLine:
        return next(line for line in self.lines if line.mid == mid)


def read_answer(text: str) -> Answered:
    """Trusts it to be well-formed: it is our own server's."""
    answered = Answered()
    line = AnsweredLine()
    for row in text.split("\r\n"):
        key, _, value = row[2:].partition(":")
        words = value.split()
        if row.startswith("m="):
            line = AnsweredLine(kind=row[2:7])
            answered.lines.append(line)
        elif key == "ice-ufrag":
            answered.ufrag = value
        elif key == "ice-pwd":
            answered.password = value
        elif key == "mid":
            line.mid = value
        elif key == "ssrc-group":
            line.groups[words[0]] = [int(word) for word in words[1:]]
        elif key == "ssrc" and int(words[0]) not in line.ssrcs:
            line.ssrcs.append(int(words[0]))
        elif key == "rtpmap":
            line.formats[int(words[0])] = words[1].split("/")[0].lower()
        elif key == "rtcp-fb":
            line.feedback.add(" ".join(words[1:]))
    return answered
