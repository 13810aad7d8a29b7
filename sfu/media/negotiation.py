"""From an offer to a plan: which m-line publishes what, which belongs to which Slot, and what of it is
answered.

Pure: nothing here touches the engine. `sfu/peer.py` carries a plan out and then writes the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from _fastpath.engine import Extension, Kind, PayloadType
from sfu.media.codecs import choose_formats, payload_types
from sfu.media.extensions import extension_ids, publisher_extensions, receiver_extensions
from sfu.media.layers import order_rids
from sfu.wire.sdp_answer import AnswerSection, SendStream
from sfu.wire.sdp_model import BadSdp, Direction, ExtensionLine, Format, Offer, Section
from treble.api import PublishedTrack, SlotPair, Source

MAX_SLOTS: Final = 64
MAX_LAYERS: Final = 4  # of the engine; browsers send three
KIND_OF: Final = {
    Source.MICROPHONE: Kind.AUDIO,
    Source.CAMERA: Kind.VIDEO,
    Source.SCREEN: Kind.VIDEO,
    Source.SCREEN_AUDIO: Kind.AUDIO,
}
_KINDS: Final = {"audio": Kind.AUDIO, "video": Kind.VIDEO}


@dataclass(frozen=True, slots=True)
class Publishing:
    """An m-line that sends us a source."""

    section: Section
    source: Source
    rids: tuple[str, ...]  # smallest Layer first; empty without simulcast
    formats: tuple[Format, ...]
    extensions: tuple[ExtensionLine, ...]


@dataclass(frozen=True, slots=True)
class Receiving:
    """An m-line of a Slot."""

    section: Section
    slot: int
    kind: Kind
    formats: tuple[Format, ...]
    extensions: tuple[ExtensionLine, ...]


@dataclass(frozen=True, slots=True)
class Idle:
    """An m-line that carries nothing now (`inactive`), or, without formats, never will (rejected)."""

    section: Section
    formats: tuple[Format, ...] = ()


Role = Publishing | Receiving | Idle


@dataclass(frozen=True, slots=True)
class Plan:
    roles: tuple[Role, ...]  # one per m-line of the offer, in its order
    payload_types: tuple[PayloadType, ...]
    extensions: Mapping[int, Extension]

    @property
    def publishing(self) -> list[Publishing]:
        return [role for role in self.roles if isinstance(role, Publishing)]

    @property
    def receiving(self) -> list[Receiving]:
        return [role for role in self.roles if isinstance(role, Receiving)]


def make_plan(offer: Offer, tracks: Sequence[PublishedTrack], slots: Sequence[SlotPair]) -> Plan:
    """Decide each m-line's role; raises `BadSdp` where the offer and what was said about it do not fit."""
    if not tracks and not slots:
        tracks, slots = _infer(offer)
    sources = _sources(offer, tracks)
    places = _places(offer, slots)
    chosen: dict[
        int, tuple[Format, ...]
    ] = {}  # equal m-lines share their formats, see `parse_offer_untrusted`
    for section in offer.sections:
        if section.kind in _KINDS and id(section.formats) not in chosen:
            chosen[id(section.formats)] = choose_formats(section)
    roles = tuple(_role(section, offer, sources, places, chosen) for section in offer.sections)
    lines = [line for role in roles if not isinstance(role, Idle) for line in role.extensions]
    return Plan(roles, _receive_map(roles), extension_ids(lines))


def answer_sections(plan: Plan, streams: Mapping[str, SendStream]) -> list[AnswerSection]:
    """`streams`: what we send on each Slot's m-line, by MID."""
    return [_answer(role, streams) for role in plan.roles]


def _answer(role: Role, streams: Mapping[str, SendStream]) -> AnswerSection:
    match role:
        case Publishing(section, _, _, formats, extensions):
            return AnswerSection(
                section, Direction.RECVONLY, formats, extensions, receive_rids=section.send_rids
            )
        case Receiving(section, _, _, formats, extensions):
            return AnswerSection(
                section, Direction.SENDONLY, formats, extensions, sends=streams[section.mid or ""]
            )
        case Idle(section, formats):
            return AnswerSection(section, Direction.INACTIVE, formats)


def _role(
    section: Section,
    offer: Offer,
    sources: Mapping[str, Source],
    places: Mapping[str, tuple[int, Kind]],
    chosen: Mapping[int, tuple[Format, ...]],
) -> Role:
    mid = section.mid
    if mid is None or not section.is_offered or section.kind not in _KINDS or mid not in offer.bundle:
        return Idle(section)
    formats = chosen[id(section.formats)]
    if not formats:
        return Idle(section)
    if mid in sources and section.direction.sends:
        rids = order_rids(section.send_rids)
        if len(rids) > MAX_LAYERS:
            raise BadSdp(f"more than {MAX_LAYERS} simulcast layers")
        # FlexFEC has an SSRC of its own that browsers do not announce with simulcast: not from publishers.
        formats = tuple(each for each in formats if each.name != "flexfec-03")
        return Publishing(section, sources[mid], rids, formats, publisher_extensions(section))
    if mid in places and section.direction.receives:
        slot, kind = places[mid]
        return Receiving(section, slot, kind, formats, receiver_extensions(section))
    return Idle(section, formats)


def _infer(offer: Offer) -> tuple[list[PublishedTrack], list[SlotPair]]:
    """WHIP and WHEP say nothing: first audio the microphone, first video the camera, recvonly m-lines in pairs."""
    live = [section for section in offer.sections if section.is_offered and section.mid is not None]
    tracks = []
    for kind, source in (("audio", Source.MICROPHONE), ("video", Source.CAMERA)):
        senders = [section.mid for section in live if section.kind == kind and section.direction.sends]
        tracks += [PublishedTrack(mid=mid, source=source) for mid in senders[:1] if mid]
    receivers = [section for section in live if section.direction is Direction.RECVONLY]
    audio = [section.mid for section in receivers if section.kind == "audio"]
    video = [section.mid for section in receivers if section.kind == "video"]
    pairs = enumerate(zip_longest(audio, video))
    return tracks, [SlotPair(slot=slot, audio_mid=a, video_mid=v) for slot, (a, v) in pairs][:MAX_SLOTS]


def _sources(offer: Offer, tracks: Sequence[PublishedTrack]) -> dict[str, Source]:
    kinds = {section.mid: _KINDS.get(section.kind) for section in offer.sections}
    sources: dict[str, Source] = {}
    for track in tracks:
        if kinds.get(track.mid) is not KIND_OF[track.source]:
            raise BadSdp(f"no m-line of the right kind for the {track.source} track")
        if track.mid in sources or track.source in sources.values():
            raise BadSdp(f"two tracks for one m-line, or two for {track.source}")
        sources[track.mid] = track.source
    return sources


def _places(offer: Offer, slots: Sequence[SlotPair]) -> dict[str, tuple[int, Kind]]:
    kinds = {section.mid: _KINDS.get(section.kind) for section in offer.sections}
    places: dict[str, tuple[int, Kind]] = {}
    numbers = set()
    for pair in slots:
        if not 0 <= pair.slot < MAX_SLOTS or pair.slot in numbers:
            raise BadSdp(f"slot numbers are 0 to {MAX_SLOTS - 1}, each once")
        numbers.add(pair.slot)
        for mid, kind in ((pair.audio_mid, Kind.AUDIO), (pair.video_mid, Kind.VIDEO)):
            if mid is None:
                continue
            if kinds.get(mid) is not kind or mid in places:
                raise BadSdp(f"no m-line of the right kind for slot {pair.slot}")
            places[mid] = (pair.slot, kind)
    return places


def _receive_map(roles: Sequence[Role]) -> tuple[PayloadType, ...]:
    """One transport, one meaning for each payload type (RFC 9143 section 9.1); raises `BadSdp` for two."""
    entries: dict[int, PayloadType] = {}
    for role in roles:
        if not isinstance(role, Publishing):
            continue
        for entry in payload_types(role.formats):
            if entries.setdefault(entry.number, entry) != entry:
                raise BadSdp(f"payload type {entry.number} means two things in one bundle")
    return tuple(entries.values())
