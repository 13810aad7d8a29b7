"""The header of an encrypted frame (RFC 9605 4.3) and where it stands: behind the frame, so that what a codec needs in
clear comes first.

    clear bytes | ciphertext and tag | header | length of the clear bytes | length of the header

Key id: `epoch << 10 | step << 2 | source`. Browsers count in numbers below 2^53, and so does this.
"""

from typing import Final, NamedTuple

from treble.api import Source

SOURCES: Final = (Source.MICROPHONE, Source.CAMERA, Source.SCREEN, Source.SCREEN_AUDIO)
MAX_STEP: Final = 255
_MOST: Final = 2**53
_MAX_EPOCH: Final = 2**42
_TAG: Final = 16
_TAIL: Final = 2
_MAX_HEADER: Final = 17
_CLEAR_OF_VP8: Final = {True: 10, False: 3}  # of a keyframe, of another (RFC 6386 9.1)


class KeyName(NamedTuple):
    epoch: int
    step: int
    source: Source

    @property
    def key_id(self) -> int:
        return self.epoch << 10 | self.step << 2 | SOURCES.index(self.source)


class Split(NamedTuple):
    """The parts of an encrypted frame."""

    clear: bytes
    sealed: bytes
    header: bytes
    key_id: int
    counter: int


def key_name(key_id: int) -> KeyName:
    return KeyName(key_id >> 10, key_id >> 2 & 255, SOURCES[key_id & 3])


def encode_header(key_id: int, counter: int) -> bytes:
    (key_bits, key), (counter_bits, count) = _encode(key_id), _encode(counter)
    return bytes([key_bits << 4 | counter_bits]) + key + count


def decode_header(data: bytes) -> tuple[int, int] | None:
    """Key id and counter; None where it is no header, or beyond what is used."""
    if not data:
        return None
    key_bits, counter_bits = data[0] >> 4, data[0] & 15
    key_size, counter_size = _size(key_bits), _size(counter_bits)
    if len(data) != 1 + key_size + counter_size:
        return None
    key_id = int.from_bytes(data[1 : 1 + key_size], "big") if key_size else key_bits
    counter = int.from_bytes(data[1 + key_size :], "big") if counter_size else counter_bits
    known = key_id < _MOST and counter < _MOST and key_name(key_id).epoch < _MAX_EPOCH
    return (key_id, counter) if known else None


def clear_length(codec: str, frame: bytes) -> int:
    """How much of a frame stays in clear."""
    if codec != "vp8" or not frame:
        return 0
    return min(len(frame), _CLEAR_OF_VP8[frame[0] & 1 == 0])


def join(clear: bytes, sealed: bytes, header: bytes) -> bytes:
    return clear + sealed + header + bytes([len(clear), len(header)])


def split(whole: bytes) -> Split | None:
    """None where it is no encrypted frame."""
    if len(whole) < _TAIL:
        return None
    clear_size, header_size = whole[-_TAIL:]
    header_at = len(whole) - _TAIL - header_size
    if not 1 <= header_size <= _MAX_HEADER or header_at < clear_size + _TAG:
        return None
    header = whole[header_at:-_TAIL]
    found = decode_header(header)
    return Split(whole[:clear_size], whole[clear_size:header_at], header, *found) if found else None


def _encode(value: int) -> tuple[int, bytes]:
    """Four bits of the first byte, and as few bytes as hold the value where it is none of 0 to 7."""
    if value < 8:
        return value, b""
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return 8 | len(data) - 1, data


def _size(bits: int) -> int:
    return (bits & 7) + 1 if bits & 8 else 0
