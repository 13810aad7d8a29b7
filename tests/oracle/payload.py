"""Payload descriptors, slowly: a reader that raises where bytes are missing (RFC 7741, 9628, 6184, AV1)."""

from collections.abc import Callable
from typing import Any


class Short(Exception):
    pass


class Bytes:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int = 1) -> int:
        if self.at + count > len(self.data):
            raise Short
        self.at += count
        return int.from_bytes(self.data[self.at - count : self.at], "big")

    def peek(self) -> int:
        value = self.take()
        self.at -= 1
        return value

    @property
    def left(self) -> int:
        return len(self.data) - self.at


def empty() -> dict[str, Any]:
    flags = (
        "keyframe",
        "frame_start",
        "frame_end",
        "switch_point",
        "inter_picture",
        "inter_layer",
        "discardable",
    )
    numbers = ("spatial", "temporal", "picture_id_bits", "picture_id", "picture_id_offset", "tl0_offset")
    return {**dict.fromkeys(flags, False), **dict.fromkeys(numbers, 0), "tl0": None}


def picture_id(data: Bytes) -> dict[str, int]:
    offset = data.at
    if data.peek() < 128:
        return {"picture_id_bits": 7, "picture_id": data.take(), "picture_id_offset": offset}
    return {"picture_id_bits": 15, "picture_id": data.take(2) & 0x7FFF, "picture_id_offset": offset}


def tl0(data: Bytes) -> dict[str, int]:
    return {"tl0_offset": data.at, "tl0": data.take()}


def vp8(data: Bytes) -> dict[str, Any]:
    out = empty()
    first = data.take()
    flags = data.take() if first & 0x80 else 0
    if flags & 0x80:
        out |= picture_id(data)
    if flags & 0x40:
        out |= tl0(data)
    if flags & 0x30:
        layer = data.take()
        if flags & 0x20:
            out |= {"temporal": layer >> 6, "switch_point": bool(layer & 0x20)}
    out["discardable"] = bool(first & 0x20)
    out["frame_start"] = first & 0x17 == 0x10
    out["keyframe"] = data.peek() & 1 == 0 and out["frame_start"]
    return out


def vp9(data: Bytes) -> dict[str, Any]:
    out = empty()
    first = data.take()
    has_id, inter, layers, flexible, begin, end, structure, _ = (first >> bit & 1 for bit in range(7, -1, -1))
    if has_id:
        out |= picture_id(data)
    if layers:
        byte = data.take()
        out |= {"temporal": byte >> 5, "switch_point": bool(byte & 0x10), "spatial": byte >> 1 & 7}
        out["inter_layer"] = bool(byte & 1)
        if not flexible:
            out |= tl0(data)
    if inter and flexible:
        references = [data.take()]
        while references[-1] & 1:
            references.append(data.take())
        if not has_id or len(references) > 3:
            raise Short
    if structure:
        byte = data.take()
        if byte & 0x10:
            data.take(4 * ((byte >> 5) + 1))
        for _ in range(data.take() if byte & 0x08 else 0):
            data.take(data.take() >> 2 & 3)
    data.peek()
    out |= {"frame_start": bool(begin), "frame_end": bool(end), "inter_picture": bool(inter)}
    out["keyframe"] = bool(begin) and not inter and out["spatial"] == 0
    return out


def nal_units(data: Bytes) -> list[bytes]:
    """The NAL units that begin in this packet; of a fragment its header and first byte."""
    whole = data.data
    kind = whole[0] & 31
    if 1 <= kind <= 23:
        return [whole]
    if kind == 28:
        if len(whole) < 3:
            raise Short
        return [bytes([whole[0] & 0x60 | whole[1] & 31, whole[2]])] if whole[1] & 0x80 else []
    if kind != 24:
        raise Short
    data.take()
    units = []
    while data.left:
        length = data.take(2)
        start = data.at
        if length == 0:
            raise Short
        data.take(length)
        units.append(whole[start : start + length])
    return units


def h264(data: Bytes) -> dict[str, Any]:
    out = empty()
    if len(data.data) < 2:
        raise Short
    units = nal_units(data)
    kinds = [unit[0] & 31 for unit in units]
    out["keyframe"] = 5 in kinds or 7 in kinds
    if units:
        slice_starts = kinds[0] in (1, 5) and len(units[0]) > 1 and units[0][1] >= 128
        out["frame_start"] = slice_starts or 6 <= kinds[0] <= 9
        later_references = any(unit[0] & 31 <= 5 and unit[0] & 0x60 for unit in units[1:])
        out["discardable"] = kinds[0] == 1 and not units[0][0] & 0x60 and not later_references
    elif data.data[0] & 31 == 28:
        out["discardable"] = not data.data[0] & 0x60
    return out


def av1(data: Bytes) -> dict[str, Any]:
    out = empty()
    header = data.take()
    continues, elements = header >> 7, header >> 4 & 3
    if not data.left or (continues and header & 8):
        raise Short
    units = []
    while data.left:
        last = len(units) + 1 == elements
        if elements and len(units) == elements:
            raise Short
        length = data.left if last else leb128(data)
        start = data.at
        data.take(length)
        units.append(data.data[start : data.at])
    if elements and len(units) < elements:
        raise Short
    out["keyframe"] = bool(header & 8)
    out["frame_start"] = not continues
    for unit in units[continues:]:
        if len(unit) >= 2 and unit[0] & 4:
            out |= {"temporal": unit[1] >> 5, "spatial": unit[1] >> 3 & 3}
            break
    return out


def leb128(data: Bytes) -> int:
    value = 0
    for index in range(4):
        byte = data.take()
        value |= (byte & 127) << 7 * index
        if byte < 128:
            return value
    raise Short


def audio(data: Bytes) -> dict[str, Any]:
    data.peek()
    return empty() | {"keyframe": True, "frame_start": True, "frame_end": True}


READERS: dict[int, Callable[[Bytes], dict[str, Any]]] = {1: vp8, 2: vp9, 3: h264, 4: av1}


def parse(codec: int, data: bytes) -> dict[str, Any] | None:
    if codec == 0:
        return None
    try:
        out = READERS.get(codec, audio)(Bytes(data))
    except Short:
        return None
    out["switch_point"] |= out["keyframe"]
    return out
