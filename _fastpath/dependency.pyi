"""Test face of the AV1 dependency descriptor; the engine calls `parse_dependency`, nobody else this."""

from typing import TypedDict

from typing_extensions import Buffer

class Dependency(TypedDict):
    frame_start: bool
    frame_end: bool
    frame_number: int
    has_structure: bool
    spatial: int
    temporal: int
    present: int
    """Bit per decode target, as the three that follow."""
    switches: int
    discardable: int
    active: int | None

class Reader:
    """One stream's structure and the frames that refer to it."""

    @property
    def target_layers(self) -> list[tuple[int, int]]:
        """(spatial, temporal) that each decode target reaches."""
    def parse(self, data: Buffer) -> Dependency | None: ...
    def rewrite(self, data: Buffer, frame_number: int, active: int = -1) -> bytes | None:
        """What a receiver gets; `active`: the mask of decode targets, -1 leaves it as it is."""
