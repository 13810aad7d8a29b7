"""What a Python client needs of the server's answer. Raises `BadSdp` only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aioice import Candidate

from _fastpath.values import Extension
from sfu.wire.sdp import parse_offer_untrusted
from sfu.wire.sdp_model import BadSdp, Section
from treble.client.media.ice import Credentials
from treble.client.media.offer import EXTENSIONS, OfferLine
from treble.client.media.sending import Outlet


@dataclass(frozen=True)
class Remote:
    """The server's end."""

    ice: Credentials
    fingerprint: str  # SHA-256, "AB:CD:..."
    addresses: tuple[tuple[str, int], ...]  # by UDP, the preferred first


class Stream(NamedTuple):
    """One SSRC that the server sends: who sits in its Slot is said by signalling."""

    slot: int
    kind: str
    is_rtx: bool
    media_ssrc: int


@dataclass(frozen=True)
class Answer:
    remote: Remote
    outlets: dict[str, Outlet]  # by source
    streams: dict[int, Stream]  # by SSRC
    codecs: dict[int, str]  # payload type -> "vp8", "h264", "opus", "rtx"
    rtx_for: dict[int, int]  # payload type of RTX -> of what is in it
    extensions: dict[int, Extension]  # id -> kind


def read_answer(text: str, lines: Sequence[OfferLine]) -> Answer:
    parsed = parse_offer_untrusted(text)
    digests = [digest for name, digest in parsed.fingerprints if name == "sha-256"]
    if not digests:
        raise BadSdp("no sha-256 fingerprint")
    remote = Remote(Credentials(parsed.ice_ufrag, parsed.ice_pwd), digests[0], tuple(_addresses(text)))
    by_mid = {section.mid: section for section in parsed.sections if section.is_offered}
    answer = Answer(remote, {}, {}, {}, {}, {})
    receiving = [line for line in lines if not line.sending]
    for line in lines:
        section = by_mid.get(line.mid)
        if section is None or not section.formats:
            continue
        _note_formats(answer, section)
        if line.sending:
            outlet = _outlet(line, section)
            answer.outlets[line.sending.source] = outlet
        else:
            _note_streams(answer, section, receiving.index(line) // 2, line.kind)
    return answer


def _addresses(text: str) -> Iterator[tuple[str, int]]:
    found = []
    for row in dict.fromkeys(text.replace("\r", "").split("\n")):
        if row.startswith("a=candidate:"):
            try:
                candidate = Candidate.from_sdp(row.removeprefix("a=candidate:"))
            except (ValueError, IndexError):
                continue
            if candidate.transport.lower() == "udp" and candidate.component == 1:
                found.append(candidate)
    for candidate in sorted(found, key=lambda each: -each.priority):
        yield candidate.host, candidate.port


def _note_formats(answer: Answer, section: Section) -> None:
    for each in section.formats:
        answer.codecs[each.number] = each.name
        if each.name == "rtx" and (apt := each.parameter("apt")) and apt.isdecimal():
            answer.rtx_for[each.number] = int(apt)
    kinds = {uri: kind for kind, uri in EXTENSIONS.items()}
    for extension in section.extensions:
        if extension.uri in kinds:
            answer.extensions[extension.number] = kinds[extension.uri]


def _note_streams(answer: Answer, section: Section, slot: int, kind: str) -> None:
    rtx = {resend: media for media, resend in section.rtx_ssrcs}
    for ssrc in section.ssrcs:
        answer.streams[ssrc] = Stream(slot, kind, ssrc in rtx, rtx.get(ssrc, ssrc))


def _outlet(line: OfferLine, section: Section) -> Outlet:
    assert line.sending is not None
    media = section.formats[0]
    rtx = [each.number for each in section.formats if each.parameter("apt") == str(media.number)]
    kinds = {uri: kind for kind, uri in EXTENSIONS.items()}
    ids = {kinds[each.uri]: each.number for each in section.extensions if each.uri in kinds}
    return Outlet(
        mid=line.mid,
        payload_type=media.number,
        clock_rate=media.clock_rate,
        ssrc=line.sending.ssrc,
        rtx_payload_type=rtx[0] if rtx else -1,
        rtx_ssrc=line.sending.rtx_ssrc if rtx else 0,
        extensions=ids,
    )
