"""One Peer: an Endpoint, the Tracks that it publishes and the Slots in which it receives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from OpenSSL import SSL

from _fastpath.engine import Engine, Extension, Kind
from sfu.media.codecs import row_codecs, row_protection
from sfu.media.extensions import extension_ids
from sfu.media.layer_table import LayerTable
from sfu.media.negotiation import KIND_OF, Plan, Publishing, Receiving, answer_sections, make_plan
from sfu.media.slots import View
from sfu.media.track import Lane, Track
from sfu.receiver import Receiver
from sfu.slot import Slot
from sfu.slot_table import SlotTable
from sfu.transport.endpoint import Endpoint, Entropy
from sfu.wire.sdp_answer import LocalTransport, SendStream, write_answer, write_ice_fragment
from sfu.wire.sdp_model import BadSdp, Format, Offer
from treble.api import LayerShape, PeerState, PublishedTrack, SlotPair, Source

PRESENT: Final = frozenset({PeerState.CONNECTED, PeerState.SILENT})
"""Who is shown, and shown to."""

MakeEndpoint = Callable[[Engine, SSL.Context, Offer, Entropy, int], Endpoint]


@dataclass(frozen=True, slots=True)
class Site:
    """What all Peers of a Worker share."""

    engine: Engine
    context: SSL.Context
    fingerprint: str
    candidates: tuple[str, ...]
    entropy: Entropy
    make_endpoint: MakeEndpoint = Endpoint
    """Another one brings its keys itself, without DTLS: over a control channel, or in a simulation."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a source's packets go no further. `by_host`: not because its owner says so."""

    is_shut: bool = False
    by_host: bool = False
    epoch: int = 0  # of the participant's permissions: an older one changes nothing


OPEN: Final = Gate()


@dataclass(slots=True)
class Directory:
    """Whose the engine's ids are; the Peers keep it."""

    endpoints: dict[int, "Peer"] = field(default_factory=dict)
    tracks: dict[int, tuple["Peer", Track]] = field(default_factory=dict)
    rows: dict[int, tuple["Peer", Lane]] = field(default_factory=dict)


class Peer:
    def __init__(
        self,
        site: Site,
        directory: Directory,
        room: str,
        name: str,
        participant: str,
        offer: Offer,
        now_ns: int,
    ) -> None:
        self.room = room
        self.name = name
        self.participant = participant
        self._site = site
        self._engine = site.engine
        self._directory = directory
        self._session_id = int.from_bytes(site.entropy(8), "big") >> 2
        self._version = 0
        self._ssrcs: set[int] = set()
        self._bundle_mid = "0"  # of the m-line that the transport stands with
        self._gates: dict[Source, Gate] = {}  # also of Tracks that are not there yet
        self.tracks: dict[str, Track] = {}  # by MID
        self.table = SlotTable(site.engine, site.entropy)
        self.view: View | None = None
        self.silent_since_ns: int | None = None
        self.is_away = False  # silent for so long that its Slots elsewhere are given to others
        self.endpoint = site.make_endpoint(site.engine, site.context, offer, site.entropy, now_ns)
        self.receiver = Receiver(site.engine, self.endpoint.id)
        directory.endpoints[self.endpoint.id] = self

    def negotiate(
        self, offer: Offer, tracks: Sequence[PublishedTrack], slots: Sequence[SlotPair], now_ns: int
    ) -> str:
        """Make what the offer says true and answer it; raises `BadSdp` with nothing changed."""
        plan = make_plan(offer, tracks, slots)
        self._check_slots(plan)
        self.endpoint.accept(offer)
        self._bundle_mid = offer.bundle[0] if offer.bundle else "0"
        self._engine.set_payload_types(self.endpoint.id, plan.payload_types)
        self._engine.set_extensions(self.endpoint.id, plan.extensions)
        self._update_tracks(plan.publishing, now_ns)
        self._update_slots(plan.receiving)
        self._version += 1
        return write_answer(
            self._session_id,
            self._version,
            self._transport(),
            answer_sections(plan, self._streams()),
            allows_mixed=offer.allows_mixed,
        )

    def restart_ice(self, remote_ufrag: str) -> str:
        """Answer a trickle-ice-sdpfrag with new credentials; ours."""
        self.endpoint.restart(remote_ufrag)
        return write_ice_fragment(self._transport(), self._bundle_mid)

    def find_track(self, source: Source) -> Track | None:
        return next((track for track in self.tracks.values() if track.source is source), None)

    def set_gate(self, source: Source, gate: Gate) -> int | None:
        """Open or close the gate of this source's Tracks; the number of the engine's last command, None where nothing
        was to do."""
        known = self._gates.get(source)
        if known is not None and gate.epoch < known.epoch:
            return None
        self._gates[source] = gate
        number = None
        for track in [track for track in self.tracks.values() if track.source is source]:
            track.is_muted, track.is_muted_by_host = gate.is_shut, gate.is_shut and gate.by_host
            number = self._engine.set_gate(track.id, not gate.is_shut)
        return number

    def set_layers(self, source: Source, shapes: Sequence[LayerShape], now_ns: int) -> None:
        """What the publisher says that this Track offers; nothing where it is not published."""
        track = self.find_track(source)
        if track and track.video:
            track.video.handle_shapes(shapes, now_ns)

    def close(self) -> None:
        self.endpoint.close()
        for track in self.tracks.values():
            del self._directory.tracks[track.id]
        for slot in self.table.slots.values():
            for lane in filter(None, (slot.audio, slot.video)):
                del self._directory.rows[lane.row]
        del self._directory.endpoints[self.endpoint.id]
        self.tracks.clear()

    def published(self) -> list[PublishedTrack]:
        return [PublishedTrack(mid=track.mid, source=track.source) for track in self.tracks.values()]

    # --- Tracks

    def _update_tracks(self, publishing: list[Publishing], now_ns: int) -> None:
        wanted = {role.section.mid: role for role in publishing}
        for mid, track in list(self.tracks.items()):
            role = wanted.get(mid)
            if role is None or _shape(role) != track.shape:
                self._remove_track(track)
        for role in publishing:
            if role.section.mid is not None and role.section.mid not in self.tracks:
                self._add_track(role, role.section.mid, now_ns)

    def _add_track(self, role: Publishing, mid: str, now_ns: int) -> None:
        kind = KIND_OF[role.source]
        number = self._engine.add_track(self.endpoint.id, kind)
        for layer, rid in enumerate(role.rids):
            self._engine.add_layer(number, layer, mid=mid.encode(), rid=rid.encode())
        if not role.rids:
            ssrc, rtx_ssrc = _first_ssrcs(role)
            self._engine.add_layer(number, 0, mid=mid.encode(), ssrc=ssrc, rtx_ssrc=rtx_ssrc)
        gate = self._gates.get(role.source, OPEN)
        if gate.is_shut:
            self._engine.set_gate(number, False)
        layers = max(1, len(role.rids))
        track = Track(
            number,
            self.participant,
            role.source,
            kind,
            mid,
            layers,
            _shape(role),
            is_muted=gate.is_shut,
            is_muted_by_host=gate.is_shut and gate.by_host,
        )
        if kind is Kind.VIDEO:
            track.video = LayerTable(layers, is_text=role.source is Source.SCREEN, now_ns=now_ns)
        self.tracks[mid] = track
        self._directory.tracks[number] = (self, track)

    def _remove_track(self, track: Track) -> None:
        self._engine.remove_track(track.id)
        del self.tracks[track.mid]
        del self._directory.tracks[track.id]

    # --- Slots

    def _check_slots(self, plan: Plan) -> None:
        """A Slot keeps its m-lines: their Rows and SSRCs live as long as the Peer."""
        for role in plan.receiving:
            slot = self.table.slots.get(role.slot)
            lane = slot and (slot.audio if role.kind is Kind.AUDIO else slot.video)
            if lane and lane.mid != role.section.mid:
                raise BadSdp(f"slot {role.slot} cannot change its m-lines")

    def _update_slots(self, receiving: list[Receiving]) -> None:
        offered = {role.slot for role in receiving}
        for number, slot in self.table.slots.items():
            slot.is_open = number in offered
        self.receiver.gives_feedback = any(map(_gives_feedback, receiving))
        self.receiver.has_red = any(each.name == "red" for role in receiving for each in _audio_formats(role))
        self.receiver.has_fec = any(row_protection(role.formats).has_fec for role in receiving)
        for role in receiving:
            slot = self.table.slots.setdefault(role.slot, Slot(role.slot))
            if role.kind is Kind.AUDIO and slot.audio is None:
                slot.audio = self._add_lane(role)
            elif role.kind is Kind.VIDEO and slot.video is None:
                slot.video = self._add_lane(role)

    def _add_lane(self, role: Receiving) -> Lane:
        codecs = row_codecs(role.formats)
        protection = row_protection(role.formats)
        has_rtx = any(codec.rtx_number >= 0 for codec in codecs)
        stream = SendStream(
            stream=f"slot{role.slot}",
            track=f"{'audio' if role.kind is Kind.AUDIO else 'video'}{role.slot}",
            ssrc=self._new_ssrc(),
            rtx_ssrc=self._new_ssrc() if has_rtx else 0,
            fec_ssrc=self._new_ssrc() if protection.flexfec >= 0 else 0,
        )
        mid = role.section.mid or ""
        extensions = set(extension_ids(role.extensions).values())
        row = self._engine.add_row(
            self.endpoint.id,
            role.kind,
            ssrc=stream.ssrc,
            rtx_ssrc=stream.rtx_ssrc,
            mid=mid.encode(),
            cname=stream.stream.encode(),
            codecs=codecs,
            extensions=extensions,
            nack=any("nack" in each.feedback for each in role.formats),
            red=protection.red,
            ulpfec=protection.ulpfec,
            flexfec=protection.flexfec,
            flexfec_ssrc=stream.fec_ssrc,
        )
        takes_descriptor = has_rtx and Extension.DEPENDENCY in extensions  # as the engine has it
        lane = Lane(row, role.kind, mid, stream, takes_descriptor=takes_descriptor)
        self._directory.rows[row] = (self, lane)
        return lane

    def _streams(self) -> dict[str, SendStream]:
        lanes = [lane for slot in self.table.slots.values() for lane in (slot.audio, slot.video)]
        return {lane.mid: lane.stream for lane in lanes if lane}

    def _new_ssrc(self) -> int:
        """Random, not 0, once per Peer; receivers tell streams apart by it (RFC 3550 section 8.1)."""
        while True:
            ssrc = int.from_bytes(self._site.entropy(4), "big")
            if ssrc and ssrc not in self._ssrcs:
                self._ssrcs.add(ssrc)
                return ssrc

    def _transport(self) -> LocalTransport:
        endpoint = self.endpoint
        return LocalTransport(
            endpoint.ufrag, endpoint.password, self._site.fingerprint, self._site.candidates
        )


def _gives_feedback(role: Receiving) -> bool:
    """Whether the receiver tells what arrives, so that its bandwidth can be estimated."""
    has_sequence = Extension.TRANSPORT_SEQUENCE in extension_ids(role.extensions).values()
    return has_sequence or any("goog-remb" in each.feedback for each in role.formats)


def _audio_formats(role: Receiving) -> tuple[Format, ...]:
    return role.formats if role.kind is Kind.AUDIO else ()


def _shape(role: Publishing) -> tuple[object, ...]:
    return (role.source, role.rids, () if role.rids else _first_ssrcs(role))


def _first_ssrcs(role: Publishing) -> tuple[int, int]:
    """Media and RTX SSRC as far as the offer names them; 0 where it does not."""
    section = role.section
    if section.rtx_ssrcs:
        return section.rtx_ssrcs[0]
    return (section.ssrcs[0] if section.ssrcs else 0), 0
