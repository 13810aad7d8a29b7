"""Which of an m-line's formats we take, and how the engine is told of them.

One variant of each codec is enough: a room then has one payload type per codec and receiver, and a picture
that one can decode is the picture that all are sent.
"""

from dataclasses import replace
from typing import Final, NamedTuple

from _fastpath.engine import Codec, PayloadType, RowCodec
from sfu.wire.sdp_model import Format, Section

CODECS: Final = {
    "vp8": Codec.VP8,
    "vp9": Codec.VP9,
    "h264": Codec.H264,
    "av1": Codec.AV1,
    "opus": Codec.OPUS,
    "g722": Codec.G722,
    "pcmu": Codec.PCMU,
    "pcma": Codec.PCMA,
    "red": Codec.RED,
    "ulpfec": Codec.ULPFEC,
}
_PROTECTION: Final = frozenset({"red", "ulpfec", "flexfec-03"})
# What all browsers and libraries decode; put first in every answer, so that a room speaks it.
_FIRST: Final = {"audio": "opus", "video": "vp8"}
_OF_KIND: Final = {
    "audio": frozenset({"opus", "g722", "pcmu", "pcma"}),
    "video": frozenset({"vp8", "vp9", "h264", "av1"}),
}
_UNUSABLE: Final = 1000


def display_name(codec: int) -> str:
    """As users know it: "VP8", "H264"."""
    return Codec(codec).name if codec != Codec.OPUS else "Opus"


def choose_formats(section: Section) -> tuple[Format, ...]:
    """The formats to answer, each followed by its RTX (RFC 4588); empty where nothing is common."""
    known = _OF_KIND[section.kind]
    best: dict[str, Format] = {}
    for each in section.formats:
        if each.name not in known or _rank(each) == _UNUSABLE:
            continue
        if each.name not in best or _rank(each) < _rank(best[each.name]):
            best[each.name] = each
    first = _FIRST[section.kind]
    resends = {_apt(each): each for each in reversed(section.formats) if each.name == "rtx"}
    chosen: list[Format] = []
    for each in sorted(best.values(), key=lambda each: each.name != first):  # stable: else as offered
        chosen.append(_with_nack(each) if each.name == "opus" else each)
        if resend := resends.get(each.number):
            chosen.append(resend)
    if chosen and section.kind == "video":
        chosen += _protection(section, resends)
    if "opus" in best:
        chosen += _repetition(section, best["opus"])
    return tuple(chosen)


def _protection(section: Section, resends: dict[int, Format]) -> list[Format]:
    """FEC behind the codecs. ULPFEC travels in RED, so both or neither; the RTX of RED is what publishers resend in."""
    by_name = {each.name: each for each in reversed(section.formats) if each.name in _PROTECTION}
    kept = []
    if {"red", "ulpfec"} <= by_name.keys():
        red = by_name["red"]
        kept = [red, *filter(None, (resends.get(red.number),)), by_name["ulpfec"]]
    return [*kept, *filter(None, (by_name.get("flexfec-03"),))]


def _repetition(section: Section, opus: Format) -> list[Format]:
    """RED with nothing but this Opus in it (RFC 2198), last: publishers then send plain Opus, and we repeat it for
    each receiver as its network needs."""
    found = [each for each in section.formats if each.name == "red" and each.clock_rate == opus.clock_rate]
    return [each for each in found if set(each.parameters.split("/")) == {str(opus.number)}][:1]


class Protection(NamedTuple):
    """Payload types of a Row's protection, -1 where there is none."""

    red: int = -1
    ulpfec: int = -1
    flexfec: int = -1

    @property
    def has_fec(self) -> bool:
        return self.ulpfec >= 0 or self.flexfec >= 0


def row_protection(formats: tuple[Format, ...]) -> Protection:
    by_name = {each.name.removesuffix("-03"): each.number for each in formats if each.name in _PROTECTION}
    return Protection(**by_name)


def _with_nack(opus: Format) -> Format:
    """No browser offers NACK for Opus, but Chromium acts on it in an answer; others ignore it."""
    if "nack" in opus.feedback:
        return opus
    return replace(opus, feedback=(*opus.feedback, "nack"))


def _rank(each: Format) -> int:
    """Lower is better, `_UNUSABLE` not at all."""
    match each.name:
        case "vp9":
            return 0 if each.parameter("profile-id") in (None, "0") else _UNUSABLE
        case "av1":
            return 0 if each.parameter("profile") in (None, "0") else _UNUSABLE
        case "h264":
            return _h264_rank(each)
        case "opus":
            return 0 if each.clock_rate == 48000 else _UNUSABLE
        case _:
            return 0


def _h264_rank(each: Format) -> int:
    """Packetization mode 1 before 0, then the profile most widely decoded (RFC 6184 section 8.1)."""
    mode = each.parameter("packetization-mode")
    if mode not in (None, "0", "1"):
        return _UNUSABLE
    profile = (each.parameter("profile-level-id") or "42000a")[:4]
    order = ("42e0", "42c0", "4200", "4d00", "4d40", "6400", "640c")
    return (0 if mode == "1" else 100) + (order.index(profile) if profile in order else len(order))


def payload_types(formats: tuple[Format, ...]) -> list[PayloadType]:
    """Entries of an Endpoint's receive map."""
    entries = []
    by_number = {each.number: each for each in formats}
    for each in formats:
        if each.name in CODECS:
            entries.append(PayloadType(each.number, CODECS[each.name], each.clock_rate))
        elif each.name == "rtx" and (base := by_number.get(_apt(each))):
            entries.append(PayloadType(each.number, CODECS[base.name], each.clock_rate, rtx_for=base.number))
    return entries


def row_codecs(formats: tuple[Format, ...]) -> list[RowCodec]:
    """How a Row sends each codec."""
    rtx = {_apt(each): each.number for each in formats if each.name == "rtx"}
    return [
        RowCodec(CODECS[each.name], each.number, each.clock_rate, rtx.get(each.number, -1))
        for each in formats
        if each.name != "rtx" and each.name not in _PROTECTION
    ]


def _apt(rtx: Format) -> int:
    text = rtx.parameter("apt") or ""
    return int(text) if text.isascii() and text.isdigit() else -1
