"""Offers, parsed untrusted and bounded (RFC 8866, RFC 9429).

An offer of 30 Slot pairs is 200 kB and 6,300 lines, but its recvonly m-lines differ in nothing but their
MID (and, in Firefox, their SSRC). So those few lines are taken out of each section, the rest is parsed once
per distinct text, and equal sections share the result.
"""

import re
from dataclasses import replace
from typing import Final

from sfu.wire.sdp_lines import TOKEN, Draft, number, read_lines
from sfu.wire.sdp_model import BadSdp, Direction, ExtensionLine, Format, Offer, Section

__all__ = [
    "BadSdp",
    "Direction",
    "ExtensionLine",
    "Format",
    "Offer",
    "Section",
    "parse_ice_fragment_untrusted",
    "parse_offer_untrusted",
]

# Chromium's untrimmed offer with 30 Slot pairs is 197 kB and 6,293 lines; 64 Slots of it still fit.
MAX_OFFER_CHARS: Final = 400_000
MAX_LINES: Final = 20_000
MAX_SECTIONS: Final = 256
MAX_FORMATS: Final = 128  # as many as there are payload types; Chromium offers 35 on a video m-line
# RFC 9725 section 4.3.2: credentials and a few candidates.
MAX_FRAGMENT_CHARS: Final = 16_384

_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_PROTOCOL = re.compile(r"[0-9A-Za-z/-]{1,64}")
_OWN_LINES: Final = ("a=mid:", "a=ssrc:", "a=ssrc-group:")
_NOT_KEPT: Final = ("a=candidate:", "a=rtcp:", "a=msid:")

# Static payload types may come without a=rtpmap (RFC 3551 table 4).
_STATIC: Final = {0: ("PCMU", 8000, 1), 8: ("PCMA", 8000, 1), 9: ("G722", 8000, 1)}


def parse_offer_untrusted(text: str) -> Offer:
    """Parse an offer; raises `BadSdp` and nothing else. Linear in the length of the text."""
    if len(text) > MAX_OFFER_CHARS:
        raise BadSdp(f"longer than {MAX_OFFER_CHARS} characters")
    if text.count("\n") > MAX_LINES:
        raise BadSdp(f"more than {MAX_LINES} lines")
    if not text.startswith("v=0"):
        raise BadSdp("does not begin with v=0")
    head, *bodies = _clean(text).split("\nm=")
    if not bodies:
        raise BadSdp("no m-line")
    if len(bodies) > MAX_SECTIONS:
        raise BadSdp(f"more than {MAX_SECTIONS} m-lines")
    session = read_lines(head.split("\n"))
    seen: dict[str, Section] = {}
    return _join(session, tuple(_parse_section(body, session, seen) for body in bodies))


def parse_ice_fragment_untrusted(text: str) -> tuple[str, str] | None:
    """The new ICE user fragment and password in a trickle-ice-sdpfrag; None where it only brings candidates.

    An ICE-lite agent needs no candidates: it learns addresses from checks. Raises `BadSdp` only.
    """
    if len(text) > MAX_FRAGMENT_CHARS:
        raise BadSdp(f"longer than {MAX_FRAGMENT_CHARS} characters")
    draft = read_lines(
        line for line in _clean(text).split("\n") if line.startswith(("a=ice-ufrag:", "a=ice-pwd:"))
    )
    if draft.ice_ufrag is None and draft.ice_pwd is None:
        return None
    if draft.ice_ufrag is None or draft.ice_pwd is None:
        raise BadSdp("a=ice-ufrag and a=ice-pwd come together")
    return draft.ice_ufrag, draft.ice_pwd


def _clean(text: str) -> str:
    if bad := _CONTROL.search(text):
        raise BadSdp(f"control character at {bad.start()}")
    return text.replace("\r\n", "\n")


def _parse_section(body: str, session: Draft, seen: dict[str, Section]) -> Section:
    """One section; `seen` holds what is common to those of this offer and lives no longer."""
    common: list[str] = []
    own: list[str] = []
    for line in body.split("\n"):
        if line.startswith(_OWN_LINES):
            own.append(line)
        elif not line.startswith(_NOT_KEPT):
            common.append(line)
    key = "\n".join(common)
    section = seen.get(key)
    if section is None:
        section = seen[key] = _build_section(common, session)
    draft = read_lines(own)
    return replace(section, mid=draft.mid, ssrcs=tuple(draft.ssrcs), rtx_ssrcs=tuple(draft.groups))


def _build_section(lines: list[str], session: Draft) -> Section:
    kind, port, protocol, format_list = _media_line(lines[0])
    draft = read_lines(lines[1:])
    is_rtp = kind in ("audio", "video") and "RTP/SAVP" in protocol
    return Section(
        kind=kind,
        port=port,
        protocol=protocol,
        format_list=format_list,
        direction=draft.direction or session.direction or Direction.SENDRECV,
        is_bundle_only="bundle-only" in draft.flags,
        formats=_formats(format_list, draft) if is_rtp else (),
        extensions=tuple({**session.extensions, **draft.extensions}.values()),
        allows_mixed="extmap-allow-mixed" in draft.flags or "extmap-allow-mixed" in session.flags,
        has_rtcp_mux="rtcp-mux" in draft.flags,
        has_rtcp_rsize="rtcp-rsize" in draft.flags,
        send_rids=_send_rids(draft),
        ice_ufrag=draft.ice_ufrag or session.ice_ufrag,
        ice_pwd=draft.ice_pwd or session.ice_pwd,
        fingerprints=tuple(draft.fingerprints or session.fingerprints),
        setup=draft.setup or session.setup,
    )


def _media_line(line: str) -> tuple[str, int, str, str]:
    """`audio 9 UDP/TLS/RTP/SAVPF 111 63`, the `m=` already gone."""
    kind, port, protocol, formats = (line.split(" ", 3) + [""] * 3)[:4]
    format_list = formats.split()
    if not (TOKEN.fullmatch(kind) and _PROTOCOL.fullmatch(protocol) and format_list):
        raise BadSdp("malformed m-line")
    if len(format_list) > MAX_FORMATS or not all(TOKEN.fullmatch(each) for each in format_list):
        raise BadSdp("malformed format list in an m-line")
    return kind, number(port.partition("/")[0], 65535, "port"), protocol, " ".join(format_list)


def _formats(format_list: str, draft: Draft) -> tuple[Format, ...]:
    formats: dict[int, Format] = {}
    for text in format_list.split(" "):
        payload_type = number(text, 127, "payload type")
        known = draft.rtpmaps.get(payload_type) or _STATIC.get(payload_type)
        if known is None:
            continue
        spelling, clock_rate, channels = known
        feedback = dict.fromkeys(draft.feedback.get(payload_type, []) + draft.common_feedback)
        formats[payload_type] = Format(
            number=payload_type,
            name=spelling.lower(),
            spelling=spelling,
            clock_rate=clock_rate,
            channels=channels,
            parameters=draft.parameters.get(payload_type, ""),
            feedback=tuple(feedback),
        )
    return tuple(formats.values())


def _send_rids(draft: Draft) -> tuple[str, ...]:
    """RIDs in the order of a=simulcast (RFC 8853); of alternatives the first, `~` (starts paused) without its mark."""
    rids = (choice.split(",")[0].lstrip("~") for choice in draft.simulcast)
    return tuple(dict.fromkeys(rid for rid in rids if rid in draft.rids))


def _join(session: Draft, sections: tuple[Section, ...]) -> Offer:
    mids = [section.mid for section in sections if section.mid is not None]
    if len(set(mids)) != len(mids):
        raise BadSdp("two m-lines with the same a=mid")
    live = [section for section in sections if section.is_offered]
    if any(section.mid is None for section in live):
        raise BadSdp("an m-line without a=mid")
    if session.bundle is None and len(live) > 1:
        raise BadSdp("no a=group:BUNDLE: all media must share one transport")
    bundle = session.bundle if session.bundle is not None else tuple(section.mid or "" for section in live)
    for (
        section
    ) in live:  # transport attributes stand with the first m-line of the group (RFC 9143 section 7.1)
        if section.ice_ufrag and section.ice_pwd and section.fingerprints:
            return Offer(
                sections=sections,
                bundle=bundle,
                ice_ufrag=section.ice_ufrag,
                ice_pwd=section.ice_pwd,
                fingerprints=section.fingerprints,
                setup=section.setup,
                allows_mixed="extmap-allow-mixed" in session.flags,
            )
    raise BadSdp("no m-line with ICE credentials and a fingerprint")
