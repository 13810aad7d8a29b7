"""What one packet's payload says about its picture, for every codec the same `Descriptor`.

|      | keyframe                   | frame_start           | frame_end | temporal, spatial   | switch_point |
|------|----------------------------|-----------------------|-----------|---------------------|--------------|
| VP8  | P = 0 in the frame header  | S and partition 0     | (marker)  | TID                 | Y            |
| VP9  | P = 0, B = 1, layer 0      | B                     | E         | TID, SID            | U            |
| H264 | IDR or SPS, first fragment | may be: see below     | (marker)  | -                   | -            |
| AV1  | N of the aggregation header| may be: Z = 0         | (marker)  | OBU extension       | -            |

(marker): the payload does not say it, the RTP marker does, `frame_end` stays 0. H264's and AV1's payloads do
not say for sure where a picture begins: `frame_start` is true where it may (a parameter set or a slice with
first macroblock 0; an OBU that is no continuation); AV1's sure answer is the dependency descriptor
(`dependency`). A keyframe is always a switch point. Audio: every packet stands alone and carries all four
marks.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t
from libc.string cimport memset

from _fastpath.wire cimport get16

cdef enum:
    # RFC 6184 table 1 and ISO 14496-10 table 7-1
    NAL_SLICE = 1
    NAL_IDR = 5
    NAL_SEI = 6
    NAL_SPS = 7
    NAL_PPS = 8
    NAL_DELIMITER = 9
    NAL_LAST_SINGLE = 23
    NAL_STAP_A = 24
    NAL_FU_A = 28
    MAX_VP9_REFERENCES = 3      # RFC 9628 4.2: up to three P_DIFF


cdef int read_picture_id(const uint8_t* payload, int size, int position, Descriptor* out) noexcept nogil:
    """Seven or fifteen bits by the M bit; the next position, -1 where cut short. Same in VP8 and VP9."""
    if position >= size:
        return -1
    out.picture_id_offset = position
    if payload[position] & 0x80 == 0:
        out.picture_id_bits = 7
        out.picture_id = payload[position]
        return position + 1
    if position + 1 >= size:
        return -1
    out.picture_id_bits = 15
    out.picture_id = get16(payload + position) & 0x7FFF
    return position + 2


cdef int read_tl0(const uint8_t* payload, int size, int position, Descriptor* out) noexcept nogil:
    if position >= size:
        return -1
    out.has_tl0 = True
    out.tl0 = payload[position]
    out.tl0_offset = position
    return position + 1


cdef bint describe_vp8(const uint8_t* payload, int size, Descriptor* out) noexcept nogil:
    """RFC 7741 4.2 and 4.3: X R N S R PID | I L T K | picture id | tl0 | TID Y KEYIDX | frame header."""
    cdef int position = 1
    cdef int flags
    if size < 1:
        return False
    out.discardable = (payload[0] >> 5) & 1
    out.frame_start = payload[0] & 0x10 != 0 and payload[0] & 0x07 == 0
    if payload[0] & 0x80:
        if size < 2:
            return False
        flags = payload[1]
        position = 2
        if flags & 0x80:
            position = read_picture_id(payload, size, position, out)
        if position > 0 and flags & 0x40:
            position = read_tl0(payload, size, position, out)
        if position > 0 and flags & 0x30:
            if position >= size:
                return False
            if flags & 0x20:
                out.has_layers = True
                out.temporal = payload[position] >> 6
                out.switch_point = (payload[position] >> 5) & 1
            position += 1
    if position < 0 or position >= size:
        return False
    out.keyframe = out.frame_start and payload[position] & 1 == 0
    return True


cdef int skip_vp9_structure(const uint8_t* payload, int size, int position) noexcept nogil:
    """The scalability structure (RFC 9628 4.2.1); the position after it, -1 where cut short."""
    cdef int flags, pictures, _index
    if position >= size:
        return -1
    flags = payload[position]
    position += 1
    if flags & 0x10:    # Y: width and height of each spatial layer
        position += 4 * ((flags >> 5) + 1)
    if flags & 0x08:    # G: the pictures of a group
        if position >= size:
            return -1
        pictures = payload[position]
        position += 1
        for _index in range(pictures):
            if position >= size:
                return -1
            position += 1 + ((payload[position] >> 2) & 3)
    return position if position <= size else -1


cdef int skip_vp9_references(const uint8_t* payload, int size, int position) noexcept nogil:
    cdef int _index
    for _index in range(MAX_VP9_REFERENCES):
        if position >= size:
            return -1
        position += 1
        if payload[position - 1] & 1 == 0:
            return position
    return -1


cdef bint describe_vp9(const uint8_t* payload, int size, Descriptor* out) noexcept nogil:
    """RFC 9628 4.2: I P L F B E V Z | picture id | TID U SID D | tl0 (F = 0) | P_DIFF (F = 1) | SS."""
    cdef int position = 1
    cdef int flags
    if size < 1:
        return False
    flags = payload[0]
    if flags & 0x80:
        position = read_picture_id(payload, size, position, out)
    if position > 0 and flags & 0x20:
        if position >= size:
            return False
        out.has_layers = True
        out.temporal = payload[position] >> 5
        out.switch_point = (payload[position] >> 4) & 1
        out.spatial = (payload[position] >> 1) & 7
        out.inter_layer = payload[position] & 1
        position += 1
        if flags & 0x10 == 0:
            position = read_tl0(payload, size, position, out)
    if position > 0 and flags & 0x50 == 0x50:
        if flags & 0x80 == 0:   # a difference of picture ids without one
            return False
        position = skip_vp9_references(payload, size, position)
    if position > 0 and flags & 0x02:
        position = skip_vp9_structure(payload, size, position)
    if position < 0 or position >= size:
        return False
    out.frame_start = (flags >> 3) & 1
    out.frame_end = (flags >> 2) & 1
    out.inter_picture = (flags >> 6) & 1
    out.keyframe = out.frame_start and flags & 0x40 == 0 and out.spatial == 0
    return True


cdef void note_nal(const uint8_t* nal, int size, bint first, Descriptor* out) noexcept nogil:
    """One NAL unit (or the start of one): a keyframe by any of them, the frame's start by the first."""
    cdef int kind = nal[0] & 0x1F
    if kind == NAL_IDR or kind == NAL_SPS:
        out.keyframe = True
    if kind == NAL_SLICE and nal[0] & 0x60 == 0 and first:
        out.discardable = True
    elif kind <= NAL_IDR and nal[0] & 0x60:
        out.discardable = False
    if first:
        out.frame_start = NAL_SEI <= kind <= NAL_DELIMITER
        if kind == NAL_SLICE or kind == NAL_IDR:    # first_mb_in_slice 0 is the one-bit Exp-Golomb code "1"
            out.frame_start = size > 1 and nal[1] & 0x80 != 0


cdef bint describe_h264(const uint8_t* payload, int size, Descriptor* out) noexcept nogil:
    """RFC 6184: single NAL unit, STAP-A, FU-A; the others need packetization mode 2: nobody has it."""
    cdef int kind, position, length
    cdef uint8_t fragment[2]
    if size < 2:
        return False
    kind = payload[0] & 0x1F
    if 1 <= kind <= NAL_LAST_SINGLE:
        note_nal(payload, size, True, out)
        return True
    if kind == NAL_FU_A:
        if size < 3:
            return False
        if payload[1] & 0x80:
            fragment[0] = (payload[0] & 0x60) | (payload[1] & 0x1F)
            fragment[1] = payload[2]
            note_nal(fragment, 2, True, out)
        elif payload[0] & 0x60 == 0:
            out.discardable = True
        return True
    if kind != NAL_STAP_A:
        return False
    position = 1
    while position < size:
        if position + 2 > size:
            return False
        length = get16(payload + position)
        position += 2
        if length == 0 or length > size - position:
            return False
        note_nal(payload + position, length, position == 3, out)
        position += length
    return True


cdef int read_leb128(const uint8_t* payload, int size, int position, int* value) noexcept nogil:
    """AV1 4.10.5, at most four bytes (no packet is longer); the next position, -1 where cut short."""
    cdef int index
    value[0] = 0
    for index in range(4):
        if position >= size:
            return -1
        value[0] |= (payload[position] & 0x7F) << (7 * index)
        position += 1
        if payload[position - 1] & 0x80 == 0:
            return position
    return -1


cdef bint describe_av1(const uint8_t* payload, int size, Descriptor* out) noexcept nogil:
    """AV1 RTP 4.4: Z Y W(2) N, then OBU elements; with W the last of them has no length."""
    cdef int position = 1
    cdef int elements, index = 0, length
    cdef bint named = False
    if size < 2:
        return False
    elements = (payload[0] >> 4) & 3
    if payload[0] & 0x88 == 0x88:   # a new sequence cannot begin with the rest of an old OBU
        return False
    out.keyframe = (payload[0] >> 3) & 1
    out.frame_start = payload[0] & 0x80 == 0
    while position < size:
        index += 1
        if elements and index > elements:
            return False
        length = size - position
        if index != elements:
            position = read_leb128(payload, size, position, &length)
            if position < 0 or length > size - position:
                return False
        # OBU: forbidden(1) type(4) extension(1) has_size(1); then TID(3) SID(2). None in a continued one.
        if not named and length >= 2 and payload[position] & 0x04 and not (index == 1 and payload[0] & 0x80):
            out.temporal = payload[position + 1] >> 5
            out.spatial = (payload[position + 1] >> 3) & 3
            named = True
        position += length
    return elements == 0 or index == elements


cdef bint describe(Codec codec, const uint8_t* payload, int size, Descriptor* out) noexcept nogil:
    cdef bint well_formed
    memset(out, 0, sizeof(Descriptor))
    if codec == CODEC_VP8:
        well_formed = describe_vp8(payload, size, out)
    elif codec == CODEC_VP9:
        well_formed = describe_vp9(payload, size, out)
    elif codec == CODEC_H264:
        well_formed = describe_h264(payload, size, out)
    elif codec == CODEC_AV1:
        well_formed = describe_av1(payload, size, out)
    elif codec == CODEC_NONE or size < 1:
        return False
    else:
        out.keyframe = out.frame_start = out.frame_end = True
        well_formed = True
    out.switch_point |= out.keyframe
    return well_formed


# For tests.

def parse(int codec, data):
    cdef Py_buffer view
    cdef Descriptor descriptor
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if not describe(<Codec>codec, <const uint8_t*>view.buf, <int>view.len, &descriptor):
            return None
        return {
            "keyframe": bool(descriptor.keyframe),
            "frame_start": bool(descriptor.frame_start),
            "frame_end": bool(descriptor.frame_end),
            "spatial": descriptor.spatial,
            "temporal": descriptor.temporal,
            "switch_point": bool(descriptor.switch_point),
            "inter_picture": bool(descriptor.inter_picture),
            "inter_layer": bool(descriptor.inter_layer),
            "discardable": bool(descriptor.discardable),
            "picture_id_bits": descriptor.picture_id_bits,
            "picture_id": descriptor.picture_id,
            "picture_id_offset": descriptor.picture_id_offset,
            "tl0": descriptor.tl0 if descriptor.has_tl0 else None,
            "tl0_offset": descriptor.tl0_offset,
        }
    finally:
        PyBuffer_Release(&view)
