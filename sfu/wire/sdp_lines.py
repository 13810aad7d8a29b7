"""The `a=` lines of one section of an offer, each read by a function of its own into a `Draft`.

Whatever an answer may repeat is checked here, so that no offer can write lines of its own into an answer;
whatever a peer may send many of is counted here.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from sfu.wire.sdp_model import BadSdp, Direction, ExtensionLine

# Chromium offers 13 extensions and 3 RIDs on a video m-line, Firefox 6 SSRCs.
MAX_EXTENSIONS: Final = 64
MAX_RIDS: Final = 8
MAX_SSRCS: Final = 64
MAX_FINGERPRINTS: Final = 8
MAX_BUNDLE: Final = 256

TOKEN: Final = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,256}")
# 16 bytes are what a one-byte header extension holds (RFC 8285 section 4.2).
MID: Final = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,16}")
_RID = re.compile(r"[0-9A-Za-z_-]{1,16}")
_ICE = re.compile(r"[0-9A-Za-z+/=_-]{4,256}")  # RFC 8839 section 5.4, and the base64url that some send
_URI = re.compile(r"[!-~]{1,256}")
_PARAMETERS = re.compile(r"[ -~]{0,512}")
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}")
_FLAGS: Final = frozenset({"rtcp-mux", "rtcp-rsize", "bundle-only", "extmap-allow-mixed"})
_FEEDBACK: Final = frozenset({"nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"})
_DIRECTIONS: Final = {direction.value: direction for direction in Direction}


@dataclass(slots=True)
class Draft:
    """A section while its lines are being read."""

    rtpmaps: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    parameters: dict[int, str] = field(default_factory=dict)
    feedback: dict[int, list[str]] = field(default_factory=dict)
    common_feedback: list[str] = field(default_factory=list)
    extensions: dict[int, ExtensionLine] = field(default_factory=dict)
    rids: list[str] = field(default_factory=list)
    simulcast: list[str] = field(default_factory=list)
    ssrcs: dict[int, None] = field(default_factory=dict)
    groups: list[tuple[int, int]] = field(default_factory=list)
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    mid: str | None = None
    direction: Direction | None = None
    ice_ufrag: str | None = None
    ice_pwd: str | None = None
    setup: str | None = None
    bundle: tuple[str, ...] | None = None


def read_lines(lines: Iterable[str]) -> Draft:
    """Read the lines of a section, or of the session part; unknown ones are skipped. Raises `BadSdp` only."""
    draft = Draft()
    for line in lines:
        if not line.startswith("a="):
            continue
        name, _, value = line[2:].partition(":")
        if name in _FLAGS:
            draft.flags.add(name)
        elif name in _DIRECTIONS:
            draft.direction = _DIRECTIONS[name]
        elif reader := _READERS.get(name):
            reader(draft, value)
    return draft


def number(text: str, highest: int, what: str) -> int:
    """A decimal number of 0 to `highest`; `int()` alone would take signs, spaces, underscores and other scripts."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10) or int(text) > highest:
        raise BadSdp(f"{what} is not a number of 0 to {highest}")
    return int(text)


def _rtpmap(draft: Draft, value: str) -> None:
    payload_type, _, encoding = value.partition(" ")
    name, _, rest = encoding.strip().partition("/")
    rate_text, _, channels_text = rest.partition("/")
    if not TOKEN.fullmatch(name):
        raise BadSdp("malformed a=rtpmap")
    rate = number(rate_text, 10_000_000, "clock rate")
    if rate == 0:
        raise BadSdp("clock rate 0")
    channels = number(channels_text, 255, "channels") if channels_text else 1
    draft.rtpmaps[number(payload_type, 127, "payload type")] = (name, rate, channels)


def _fmtp(draft: Draft, value: str) -> None:
    payload_type, _, parameters = value.partition(" ")
    if not _PARAMETERS.fullmatch(parameters):
        raise BadSdp("a=fmtp is longer than 512 characters or not ASCII")
    if payload_type != "*":
        draft.parameters[number(payload_type, 127, "payload type")] = parameters


def _rtcp_fb(draft: Draft, value: str) -> None:
    payload_type, _, kind = value.partition(" ")
    if kind not in _FEEDBACK:  # what we do not speak is not answered
        return
    if payload_type == "*":
        target = draft.common_feedback
    else:
        target = draft.feedback.setdefault(number(payload_type, 127, "payload type"), [])
    if kind not in target:
        target.append(kind)


def _extmap(draft: Draft, value: str) -> None:
    number_text, _, rest = value.partition(" ")
    number_text, slash, direction = number_text.partition("/")
    extension = number(number_text, 65535, "extmap")
    uri = rest.split(" ")[0]
    if not _URI.fullmatch(uri) or (slash and direction not in _DIRECTIONS):
        raise BadSdp("malformed a=extmap")
    if not 1 <= extension <= 255:  # 4096 and up ask the answerer to choose (RFC 8285 section 6): not taken
        return
    if len(draft.extensions) >= MAX_EXTENSIONS:
        raise BadSdp(f"more than {MAX_EXTENSIONS} a=extmap lines")
    draft.extensions[extension] = ExtensionLine(extension, uri, _DIRECTIONS[direction] if slash else None)


def _rid(draft: Draft, value: str) -> None:
    rid, _, rest = value.partition(" ")
    if rest.split(" ")[0] != "send":
        return
    if not _RID.fullmatch(rid):
        raise BadSdp("malformed a=rid")
    if len(draft.rids) >= MAX_RIDS:
        raise BadSdp(f"more than {MAX_RIDS} a=rid lines")
    draft.rids.append(rid)


def _simulcast(draft: Draft, value: str) -> None:
    words = value.split()
    for direction, streams in zip(words[::2], words[1::2], strict=False):
        if direction == "send":
            draft.simulcast = streams.split(";", MAX_RIDS)[:MAX_RIDS]


def _ssrc(draft: Draft, value: str) -> None:
    ssrc = number(value.partition(" ")[0], 0xFFFFFFFF, "SSRC")
    draft.ssrcs[ssrc] = None
    if len(draft.ssrcs) > MAX_SSRCS:
        raise BadSdp(f"more than {MAX_SSRCS} SSRCs on an m-line")


def _ssrc_group(draft: Draft, value: str) -> None:
    semantics, *members = value.split(" ")
    if semantics != "FID" or len(members) != 2:
        return
    if len(draft.groups) >= MAX_SSRCS:
        raise BadSdp(f"more than {MAX_SSRCS} SSRC groups on an m-line")
    draft.groups.append((number(members[0], 0xFFFFFFFF, "SSRC"), number(members[1], 0xFFFFFFFF, "SSRC")))


def _ice_ufrag(draft: Draft, value: str) -> None:
    if not _ICE.fullmatch(value):
        raise BadSdp("malformed a=ice-ufrag")
    draft.ice_ufrag = value


def _ice_pwd(draft: Draft, value: str) -> None:
    if not _ICE.fullmatch(value) or len(value) < 22:
        raise BadSdp("malformed a=ice-pwd")
    draft.ice_pwd = value


def _fingerprint(draft: Draft, value: str) -> None:
    algorithm, _, digest = value.partition(" ")
    if not _FINGERPRINT.fullmatch(digest):
        raise BadSdp("malformed a=fingerprint")
    if len(draft.fingerprints) >= MAX_FINGERPRINTS:
        raise BadSdp(f"more than {MAX_FINGERPRINTS} a=fingerprint lines")
    draft.fingerprints.append((algorithm.lower(), digest.upper()))


def _setup(draft: Draft, value: str) -> None:
    if value not in ("active", "passive", "actpass", "holdconn"):
        raise BadSdp("malformed a=setup")
    draft.setup = value


def _mid(draft: Draft, value: str) -> None:
    if not MID.fullmatch(value):
        raise BadSdp("a=mid is not a token of 1 to 16 characters")
    draft.mid = value


def _group(draft: Draft, value: str) -> None:
    semantics, *mids = value.split(" ")
    if semantics != "BUNDLE" or draft.bundle is not None:
        return
    mids = [mid for mid in mids if mid]
    if len(mids) > MAX_BUNDLE or not all(MID.fullmatch(mid) for mid in mids):
        raise BadSdp("malformed a=group:BUNDLE")
    draft.bundle = tuple(mids)


_READERS: Final[dict[str, Callable[[Draft, str], None]]] = {
    "rtpmap": _rtpmap,
    "fmtp": _fmtp,
    "rtcp-fb": _rtcp_fb,
    "extmap": _extmap,
    "rid": _rid,
    "simulcast": _simulcast,
    "ssrc": _ssrc,
    "ssrc-group": _ssrc_group,
    "ice-ufrag": _ice_ufrag,
    "ice-pwd": _ice_pwd,
    "fingerprint": _fingerprint,
    "setup": _setup,
    "mid": _mid,
    "group": _group,
}
