"""AV1 dependency descriptors as strings of "0" and "1": a reader and a writer (AV1 RTP 1.0, appendix A.8)."""

from dataclasses import dataclass, field
from typing import Any

DISCARDABLE, SWITCH = 1, 2


class Overrun(Exception):
    pass


@dataclass
class Template:
    spatial: int
    temporal: int
    indications: list[int] = field(default_factory=list)


@dataclass
class Structure:
    offset: int
    targets: int
    templates: list[Template]
    chains: int = 0


class Bits:
    def __init__(self, data: bytes) -> None:
        self.left = "".join(f"{byte:08b}" for byte in data)

    def read(self, count: int) -> int:
        if count > len(self.left):
            raise Overrun
        taken, self.left = self.left[:count], self.left[count:]
        return int(taken or "0", 2)

    def below(self, limit: int) -> int:
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.read(width - 1)
        return value if value < short else (value << 1) - short + self.read(1)


def read_templates(bits: Bits) -> list[Template]:
    templates = [Template(0, 0)]
    while (step := bits.read(2)) != 3:
        last = templates[-1]
        spatial = last.spatial + (step == 2)
        temporal = 0 if step == 2 else last.temporal + (step == 1)
        if spatial > 3 or temporal > 7 or len(templates) == 64:
            raise Overrun
        templates.append(Template(spatial, temporal))
    return templates


def read_structure(bits: Bits) -> Structure:
    structure = Structure(bits.read(6), bits.read(5) + 1, read_templates(bits))
    for template in structure.templates:
        template.indications = [bits.read(2) for _ in range(structure.targets)]
    for _ in structure.templates:
        while bits.read(1):
            bits.read(4)
    structure.chains = bits.below(structure.targets + 1)
    if structure.chains:
        for _ in range(structure.targets):
            bits.below(structure.chains)
        bits.read(4 * structure.chains * len(structure.templates))
    if bits.read(1):
        bits.read(32 * (structure.templates[-1].spatial + 1))
    return structure


def mask(indications: list[int], wanted: tuple[int, ...]) -> int:
    return sum(1 << target for target, value in enumerate(indications) if value in wanted)


class Reader:
    def __init__(self) -> None:
        self.structure: Structure | None = None

    @property
    def target_layers(self) -> list[tuple[int, int]]:
        if self.structure is None:
            return []
        layers = []
        for target in range(self.structure.targets):
            members = [t for t in self.structure.templates if t.indications[target]]
            spatial = max((t.spatial for t in members), default=0)
            layers.append((spatial, max((t.temporal for t in members), default=0)))
        return layers

    def parse(self, data: bytes) -> dict[str, Any] | None:
        try:
            return self._parse(Bits(data), extended=len(data) > 3)
        except Overrun:
            return None

    def _parse(self, bits: Bits, *, extended: bool) -> dict[str, Any]:
        start, end, template_id, number = bits.read(1), bits.read(1), bits.read(6), bits.read(16)
        has_structure, has_active, dtis, fdiffs, chains = (bits.read(1) if extended else 0 for _ in range(5))
        structure = read_structure(bits) if has_structure else self.structure
        if structure is None:
            raise Overrun
        active = (1 << structure.targets) - 1 if has_structure else None
        if has_active:
            active = bits.read(structure.targets)
        index = (template_id - structure.offset) % 64
        if index >= len(structure.templates):
            raise Overrun
        template = structure.templates[index]
        indications = template.indications
        if dtis:
            indications = [bits.read(2) for _ in range(structure.targets)]
        if fdiffs:
            while width := bits.read(2):
                bits.read(4 * width)
        if chains:
            bits.read(8 * structure.chains)
        self.structure = structure
        return {
            "frame_start": bool(start),
            "frame_end": bool(end),
            "frame_number": number,
            "has_structure": bool(has_structure),
            "spatial": template.spatial,
            "temporal": template.temporal,
            "present": mask(indications, (1, 2, 3)),
            "switches": mask(indications, (SWITCH,)),
            "discardable": mask(indications, (DISCARDABLE,)),
            "active": active,
        }


def write_bits(text: str) -> bytes:
    padded = text.replace(" ", "") + "0" * (-len(text.replace(" ", "")) % 8)
    return bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))


def mandatory(template_id: int, frame_number: int, start: int = 1, end: int = 1) -> str:
    return f"{start}{end}{template_id:06b}{frame_number:016b}"


def structure_bits(structure: Structure) -> str:
    """Without frame differences, chains and resolutions."""
    text = f"{structure.offset:06b}{structure.targets - 1:05b}"
    for last, following in zip(structure.templates, structure.templates[1:], strict=False):
        if following.spatial > last.spatial:
            text += "10"
        else:
            text += "01" if following.temporal > last.temporal else "00"
    text += "11"
    text += "".join(f"{value:02b}" for template in structure.templates for value in template.indications)
    text += "0" * len(structure.templates)
    text += "0" * ((structure.targets + 1).bit_length() - 1)  # ns(): no chains
    return text + "0"
