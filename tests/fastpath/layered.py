"""Publishers of layered streams, packet by packet, as Chromium sends them; every payload says what it is.

VP8 L1T3 (RFC 7741), VP9 L3T3 and L3T3_KEY in flexible mode (RFC 9628), AV1 with a dependency descriptor.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.fastpath.table import payload_of
from tests.oracle.dependency import Structure, Template, mandatory, structure_bits, write_bits

DESCRIPTOR = 12
"""Id of the dependency descriptor."""
VP8, VP9, AV1, BARE_VP8 = 96, 102, 45, 196
"""Payload types of publishers; bare VP8, of the same type, says all in the dependency descriptor."""
PATTERN = (0, 2, 1, 2)
NOT_PRESENT, OPTIONAL, SWITCH, REQUIRED = range(4)


@dataclass(frozen=True)
class Frame:
    picture: int
    spatial: int
    temporal: int
    key: bool
    last: bool
    """Of its picture."""
    references: frozenset[tuple[int, int]]
    """(picture, spatial)."""

    @property
    def identity(self) -> tuple[int, int]:
        return self.picture, self.spatial

    @property
    def name(self) -> bytes:
        return b"P%05d S%d T%d" % (self.picture, self.spatial, self.temporal)


def identity_of(packet: bytes) -> tuple[int, int, int]:
    """(picture, spatial, temporal) of a packet from here."""
    payload = payload_of(packet)
    at = payload.index(b"P")
    while not payload[at + 1 : at + 6].isdigit():
        at = payload.index(b"P", at + 1)
    picture, spatial, temporal = payload[at : at + 12].split()
    return int(picture[1:]), int(spatial[1:]), int(temporal[1:])


def frames(spatial_layers: int, *, key_only: bool, keys: frozenset[int] = frozenset()) -> Iterator[Frame]:
    """T0 refers to the last T0, T1 to T0, T2 to what stands before it; a key picture starts the pattern anew."""
    newest: list[int] = []  # picture of each temporal layer
    since = 0
    picture = 0
    while True:
        key = picture == 0 or picture in keys
        since = 0 if key else since + 1
        temporal = PATTERN[since % 4]
        if key:
            newest = [picture]
        for spatial in range(spatial_layers):
            references = set()
            if not key:
                references.add((newest[min(temporal, 1 if since % 4 == 3 else 0)], spatial))
            if spatial and (key or not key_only):
                references.add((picture, spatial - 1))
            last = spatial == spatial_layers - 1
            yield Frame(picture, spatial, temporal, key, last, frozenset(references))
        newest = [picture, picture] if temporal == 0 else [newest[0], picture if temporal == 1 else newest[1]]
        picture += 1


def vp8_payload(frame: Frame, since: int) -> bytes:
    pattern = since % 4
    sync = frame.key or pattern in {1, 2}
    head = bytes([0x90, 0xE0]) + (frame.picture & 0x7FFF | 0x8000).to_bytes(2, "big")
    head += bytes([(frame.picture - pattern) // 4 & 0xFF, frame.temporal << 6 | sync << 5])
    return head + bytes([0 if frame.key else 1]) + frame.name


def vp9_payload(frame: Frame, since: int, *, begin: bool, end: bool, key_only: bool) -> bytes:
    """I P L F B E V Z; flexible mode, one P_DIFF. U not at the second T2: it refers to T1."""
    earlier = [frame.picture - picture for picture, spatial in frame.references if picture != frame.picture]
    first = 0x80 | bool(earlier) << 6 | 0x20 | 0x10 | begin << 3 | end << 2
    below = frame.spatial > 0 and (frame.key or not key_only)
    out = bytes([first]) + (frame.picture & 0x7FFF | 0x8000).to_bytes(2, "big")
    out += bytes([frame.temporal << 5 | (since % 4 != 3) << 4 | frame.spatial << 1 | below])
    return out + (bytes([earlier[0] << 1]) if earlier else b"") + frame.name


def av1_structure(spatial_layers: int, *, key_only: bool) -> Structure:
    """A template for the key frame and one for the others of each layer pair."""
    targets = [(s, t) for s in range(spatial_layers) for t in range(3)]
    templates = []
    for spatial in range(spatial_layers):
        for temporal, key in ((0, True), (0, False), (1, False), (2, False)):
            indications = []
            for s, t in targets:
                if s < spatial or t < temporal or (key_only and not key and s != spatial):
                    indications.append(NOT_PRESENT)
                elif key or (s == spatial and temporal == 0):
                    indications.append(SWITCH)
                elif s > spatial:
                    indications.append(REQUIRED)
                else:
                    indications.append(SWITCH if t > temporal else OPTIONAL)
            templates.append(Template(spatial, temporal, indications))
    return Structure(7, len(targets), templates)


def av1_descriptor(frame: Frame, number: int, structure: Structure, *, start: bool, end: bool) -> bytes:
    index = frame.spatial * 4 + (0 if frame.key else frame.temporal + 1)
    text = mandatory((structure.offset + index) % 64, number & 0xFFFF, int(start), int(end))
    if frame.key and frame.spatial == 0 and start:
        text += "10000" + structure_bits(structure)
    return write_bits(text)


def av1_payload(frame: Frame, *, start: bool) -> bytes:
    new = frame.key and frame.spatial == 0 and start
    body = bytes([0x32 if start else 0x30]) + frame.name
    return bytes([(0 if start else 0x80) | 0x10 | new << 3]) + body


@dataclass(frozen=True)
class Piece:
    """A packet before it has a number on the wire."""

    frame: Frame
    payload: bytes
    marker: bool
    descriptor: bytes = b""


def pieces(
    codec: int,
    frame: Frame,
    since: int,
    number: int,
    structure: Structure,
    *,
    key_only: bool,
    packets: int = 2,
) -> list[Piece]:
    out = []
    for index in range(packets):
        start, end = index == 0, index == packets - 1
        marker = end and frame.last
        if codec == VP8:
            payload = vp8_payload(frame, since)
            out.append(Piece(frame, payload if start else b"\x80" + payload[1:], marker))
        elif codec == VP9:
            payload = vp9_payload(frame, since, begin=start, end=end, key_only=key_only)
            out.append(Piece(frame, payload, marker))
        elif codec == BARE_VP8:
            descriptor = av1_descriptor(frame, number, structure, start=start, end=end)
            payload = bytes([0x10 if start else 0, 0 if frame.key else 1]) + frame.name
            out.append(Piece(frame, payload, marker, descriptor))
        else:
            descriptor = av1_descriptor(frame, number, structure, start=start, end=end)
            out.append(Piece(frame, av1_payload(frame, start=start), marker, descriptor))
    return out


def stream(
    codec: int, pictures: int, *, key_only: bool = False, keys: frozenset[int] = frozenset()
) -> list[Piece]:
    """The first pictures; single temporal layers of one spatial layer for VP8."""
    out: list[Piece] = []
    since = 0
    spatial_layers = 1 if codec in {VP8, BARE_VP8} else 3
    structure = av1_structure(spatial_layers, key_only=key_only)
    for number, frame in enumerate(frames(spatial_layers, key_only=key_only, keys=keys)):
        if frame.picture == pictures:
            return out
        if frame.spatial == 0:
            since = 0 if frame.key else since + 1
        out += pieces(codec, frame, since, number, structure, key_only=key_only)
    return out


def wire(piece: Piece, codec: int, sequence: int) -> bytes:
    """Two-byte header extensions: a structure needs them."""
    block = bytes([1, 1]) + b"1"
    if piece.descriptor:
        block += bytes([DESCRIPTOR, len(piece.descriptor)]) + piece.descriptor
    block += bytes(-len(block) % 4)
    head = bytes([0x90, piece.marker << 7 | (VP8 if codec == BARE_VP8 else codec)]) + (
        sequence & 0xFFFF
    ).to_bytes(2, "big")
    head += (piece.frame.picture * 3000 & 0xFFFFFFFF).to_bytes(4, "big") + (1000).to_bytes(4, "big")
    return head + b"\x10\x00" + (len(block) // 4).to_bytes(2, "big") + block + piece.payload
