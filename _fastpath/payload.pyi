"""Test face of the payload descriptors; the engine calls `describe` (payload.pxd), nobody else this."""

from typing import TypedDict

from typing_extensions import Buffer

class Descriptor(TypedDict):
    keyframe: bool
    frame_start: bool
    frame_end: bool
    spatial: int
    temporal: int
    switch_point: bool
    inter_picture: bool
    inter_layer: bool
    discardable: bool
    picture_id_bits: int
    picture_id: int
    picture_id_offset: int
    tl0: int | None
    tl0_offset: int

def parse(codec: int, data: Buffer) -> Descriptor | None:
    """`codec`: CODEC_* number. None: malformed."""
