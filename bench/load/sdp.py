"""As much SDP as a load generator needs: write an offer or an answer, read the other side's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

VIDEO, AUDIO, RTX = 2, 1, 3
"""Kinds of payload as the generator counts them (model.pxd)."""

EXTENSIONS = {
    "mid": "urn:ietf:params:rtp-hdrext:sdes:mid",
    "abs_send_time": "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "transport": "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "level": "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
}
EXTENSION_IDS = {"level": 1, "abs_send_time": 2, "transport": 3, "mid": 4}
VP8, VP8_RTX, OPUS = 96, 97, 111


@dataclass(frozen=True)
class Source:
    """What a sendonly m-line announces."""

    ssrc: int
    rtx_ssrc: int
    cname: str = "bench"
    stream: str = "bench"


@dataclass(frozen=True)
class Line:
    """One m-line of ours."""

    mid: str
    kind: str  # audio or video
    direction: str  # sendonly or recvonly
    source: Source | None = None


@dataclass(frozen=True)
class Credentials:
    ufrag: str
    password: str
    fingerprint: str


@dataclass
class RemoteLine:
    mid: str = ""
    kind: str = ""
    direction: str = "sendrecv"
    rejected: bool = False
    kinds: dict[int, int] = field(default_factory=dict)  # payload type -> VIDEO, AUDIO or RTX
    codec: int = -1
    rtx: int = 0
    extensions: dict[str, int] = field(default_factory=dict)


@dataclass
class Remote:
    """The other side's description."""

    ufrag: str = ""
    password: str = ""
    fingerprint: str = ""
    candidates: list[tuple[str, int]] = field(default_factory=list)  # UDP only
    lines: list[RemoteLine] = field(default_factory=list)

    def line(self, mid: str) -> RemoteLine:
        return next(line for line in self.lines if line.mid == mid)

    @property
    def kinds(self) -> dict[int, int]:
        return {number: kind for line in self.lines for number, kind in line.kinds.items()}

    def extension(self, name: str) -> int:
        """Its id; 0 where no m-line negotiated it."""
        return next((line.extensions[name] for line in self.lines if name in line.extensions), 0)


def codec_lines(kind: str, numbers: tuple[int, int] | None) -> list[str]:
    if kind == "audio":
        number = OPUS if numbers is None else numbers[0]
        return [
            f"a=rtpmap:{number} opus/48000/2",
            f"a=fmtp:{number} minptime=10;useinbandfec=1",
            f"a=rtcp-fb:{number} transport-cc",
            f"a=rtcp-fb:{number} nack",
        ]
    number, rtx = (VP8, VP8_RTX) if numbers is None else numbers
    feedback = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
    lines = [f"a=rtpmap:{number} VP8/90000", *(f"a=rtcp-fb:{number} {name}" for name in feedback)]
    return [*lines, f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={number}"] if rtx else lines


def media_lines(
    line: Line, own: Credentials, setup: str, numbers: tuple[int, int] | None, ids: dict[str, int]
) -> list[str]:
    """One m-section."""
    rtpmaps = codec_lines(line.kind, numbers)
    formats = " ".join(found[1] for text in rtpmaps if (found := re.match(r"a=rtpmap:(\d+) ", text)))
    lines = [
        f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {formats}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{own.ufrag}",
        f"a=ice-pwd:{own.password}",
        "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {own.fingerprint}",
        f"a=setup:{setup}",
        f"a=mid:{line.mid}",
        *(f"a=extmap:{number} {EXTENSIONS[name]}" for name, number in ids.items() if usable(name, line.kind)),
        f"a={line.direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *rtpmaps,
    ]
    if line.source is not None:
        lines.insert(-len(rtpmaps), f"a=msid:{line.source.stream} {line.source.stream}{line.mid}")
        if line.kind == "video":
            lines.append(f"a=ssrc-group:FID {line.source.ssrc} {line.source.rtx_ssrc}")
            lines.append(f"a=ssrc:{line.source.rtx_ssrc} cname:{line.source.cname}")
        lines.append(f"a=ssrc:{line.source.ssrc} cname:{line.source.cname}")
    return lines


def usable(extension: str, kind: str) -> bool:
    return extension != "level" or kind == "audio"


def head(mids: Sequence[str]) -> list[str]:
    return [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(mids)}",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS",
    ]


def write_offer(lines: Sequence[Line], own: Credentials, setup: str = "actpass") -> str:
    text = head([line.mid for line in lines])
    for line in lines:
        text += media_lines(line, own, setup, None, EXTENSION_IDS)
    return "\r\n".join(text) + "\r\n"


def write_answer(offer: Remote, own: Credentials) -> str:
    """Accept everything offered, receiving only, with the offer's numbers; we are the DTLS client."""
    text = head([line.mid for line in offer.lines])
    for theirs in offer.lines:
        line = Line(theirs.mid, theirs.kind, "recvonly")
        text += media_lines(line, own, "active", (theirs.codec, theirs.rtx), theirs.extensions)
    return "\r\n".join(text) + "\r\n"


def read(text: str) -> Remote:
    """The other side's description; trusts it to be well-formed, it is our own server's."""
    remote = Remote()
    names = {uri: name for name, uri in EXTENSIONS.items()}
    line = RemoteLine()
    for row in text.replace("\r", "").split("\n"):
        key, _, value = row[2:].partition(":")
        if row.startswith("m="):
            kind, port, *_ = row[2:].split()
            line = RemoteLine(kind=kind, rejected=port == "0")
            remote.lines.append(line)
        elif key == "ice-ufrag":
            remote.ufrag = value
        elif key == "ice-pwd":
            remote.password = value
        elif key == "fingerprint":
            remote.fingerprint = value.split()[1].upper()
        elif key == "candidate":
            parts = value.split()
            if parts[2].lower() == "udp" and (parts[4], int(parts[5])) not in remote.candidates:
                remote.candidates.append((parts[4], int(parts[5])))
        elif key == "mid":
            line.mid = value
        elif key in ("sendonly", "recvonly", "sendrecv", "inactive"):
            line.direction = key
        elif key == "extmap":
            number, uri = value.split()[:2]
            if uri in names:
                line.extensions[names[uri]] = int(number.split("/")[0])
        elif key == "rtpmap":
            read_rtpmap(line, value)
        elif (
            key == "fmtp" and (found := re.match(r"(\d+) apt=(\d+)$", value)) and int(found[2]) == line.codec
        ):
            line.rtx = int(found[1])
            line.kinds[line.rtx] = RTX
    return remote


def read_rtpmap(line: RemoteLine, value: str) -> None:
    number, encoding = value.split()[:2]
    name = encoding.split("/")[0].lower()
    if name == "vp8" or name == "opus":
        line.kinds[int(number)] = VIDEO if name == "vp8" else AUDIO
        line.codec = int(number)
