"""Answers, written from what was offered and what was chosen of it (RFC 9429 section 5.3).

We are ICE-lite and always the DTLS server (`setup:passive`), so that the order of SRTP profiles is ours.
Everything shares one transport (BUNDLE, rtcp-mux).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sfu.wire.sdp_model import Direction, ExtensionLine, Format, Section


@dataclass(frozen=True, slots=True)
class LocalTransport:
    """Our end: ICE credentials, certificate, candidates (`candidate_lines`)."""

    ufrag: str
    password: str
    fingerprint: str  # "sha-256 AB:CD:..."
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SendStream:
    """What we send on a Slot's m-line; `stream` pairs a Slot's audio and video for lip-sync."""

    stream: str
    track: str
    ssrc: int
    rtx_ssrc: int = 0
    fec_ssrc: int = 0  # FlexFEC


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """The answer to one m-line. Without formats it is a rejection."""

    offered: Section
    direction: Direction = Direction.INACTIVE
    formats: tuple[Format, ...] = ()
    extensions: tuple[ExtensionLine, ...] = ()
    receive_rids: tuple[str, ...] = ()
    sends: SendStream | None = None


def write_answer(
    session_id: int,
    version: int,
    transport: LocalTransport,
    sections: Sequence[AnswerSection],
    *,
    allows_mixed: bool,
) -> str:
    """The whole answer. `version` grows with each answer of the session (RFC 8866 section 5.2)."""
    accepted = [section for section in sections if section.formats]
    lines = [
        "v=0",
        f"o=- {session_id} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=msid-semantic: WMS *",
    ]
    if allows_mixed:
        lines.append("a=extmap-allow-mixed")
    if accepted:
        lines.append("a=group:BUNDLE " + " ".join(section.offered.mid or "" for section in accepted))
    for section in sections:
        if section.formats:
            # Candidates stand once, with the first m-line of the bundle.
            lines.extend(_accepted(section, transport, has_candidates=section is accepted[0]))
        else:
            lines.extend(_rejected(section.offered))
    return "\r\n".join(lines) + "\r\n"


def write_ice_fragment(transport: LocalTransport, mid: str) -> str:
    """The answer to a trickle-ice-sdpfrag that restarts ICE (RFC 9725 section 4.3.2)."""
    lines = ["a=ice-lite", f"a=ice-ufrag:{transport.ufrag}", f"a=ice-pwd:{transport.password}"]
    lines += [
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        f"a=mid:{mid}",
        *(f"a={line}" for line in transport.candidates),
    ]
    return "\r\n".join([*lines, "a=end-of-candidates"]) + "\r\n"


def _accepted(section: AnswerSection, transport: LocalTransport, *, has_candidates: bool) -> Iterator[str]:
    offered = section.offered
    numbers = " ".join(str(each.number) for each in section.formats)
    yield f"m={offered.kind} 9 {offered.protocol} {numbers}"
    yield "c=IN IP4 0.0.0.0"
    yield "a=rtcp:9 IN IP4 0.0.0.0"
    yield f"a=ice-ufrag:{transport.ufrag}"
    yield f"a=ice-pwd:{transport.password}"
    yield f"a=fingerprint:{transport.fingerprint}"
    yield "a=setup:passive"
    yield f"a=mid:{offered.mid}"
    for extension in section.extensions:
        way = f"/{extension.direction.mirrored}" if extension.direction else ""
        yield f"a=extmap:{extension.number}{way} {extension.uri}"
    yield f"a={section.direction}"
    if section.sends:
        yield f"a=msid:{section.sends.stream} {section.sends.track}"
    yield "a=rtcp-mux"
    if offered.has_rtcp_rsize:
        yield "a=rtcp-rsize"
    for each in section.formats:
        yield from _format(each)
    if section.receive_rids:
        yield from (f"a=rid:{rid} recv" for rid in section.receive_rids)
        yield "a=simulcast:recv " + ";".join(section.receive_rids)
    if section.sends:
        yield from _sources(section.sends)
    if has_candidates:
        yield from (f"a={line}" for line in transport.candidates)
        yield "a=end-of-candidates"


def _format(each: Format) -> Iterator[str]:
    channels = f"/{each.channels}" if each.channels > 1 else ""
    yield f"a=rtpmap:{each.number} {each.spelling}/{each.clock_rate}{channels}"
    yield from (f"a=rtcp-fb:{each.number} {kind}" for kind in each.feedback)
    if each.parameters:
        yield f"a=fmtp:{each.number} {each.parameters}"


def _sources(sends: SendStream) -> Iterator[str]:
    if sends.rtx_ssrc:
        yield f"a=ssrc-group:FID {sends.ssrc} {sends.rtx_ssrc}"
    if sends.fec_ssrc:
        yield f"a=ssrc-group:FEC-FR {sends.ssrc} {sends.fec_ssrc}"
    for ssrc in filter(None, (sends.ssrc, sends.rtx_ssrc, sends.fec_ssrc)):
        yield f"a=ssrc:{ssrc} cname:{sends.stream}"


def _rejected(offered: Section) -> Iterator[str]:
    yield f"m={offered.kind} 0 {offered.protocol} {offered.format_list}"
    yield "c=IN IP4 0.0.0.0"
    if offered.mid is not None:
        yield f"a=mid:{offered.mid}"
    yield "a=inactive"
