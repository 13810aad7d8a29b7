"""RTP header and extension block, read once and kept as offsets (RFC 3550 section 5.1, RFC 8285).

    0                   1                   2                   3
    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
    |                           timestamp                           |
    |                             SSRC                              |
    |                    CSRC x CC, then with X:                    |
    |   0xBEDE or 0x100x            |      length (words)           |
    |   elements: id, length, data ... zero bytes between and after |

Nothing is copied: `Packet` points into the caller's buffer. What the header does not say (`arrival_ns`) is
left alone. Where an extension comes twice the later one counts.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint16_t
from libc.string cimport memset

from _fastpath.wire cimport get16, get32

cdef enum:
    FIXED_HEADER = 12
    ONE_BYTE_PROFILE = 0xBEDE
    TWO_BYTE_PROFILE = 0x1000   # low four bits are the application's
    ONE_BYTE_STOP = 15          # RFC 8285 4.2: nothing after this id may be read


cdef inline void keep_extension(
    const ExtensionMap* extensions, int number, int offset, int length, Packet* packet
) noexcept nogil:
    cdef int kind = extensions.type_of[number] if extensions != NULL else 0
    if 0 < kind <= EXT_COUNT:
        packet.ext_offset[kind - 1] = <uint16_t>offset
        packet.ext_length[kind - 1] = <uint8_t>length
        packet.kinds |= <uint16_t>(1u << (kind - 1))


cdef bint parse_one_byte(
    const uint8_t* data, int begin, int end, const ExtensionMap* extensions, Packet* packet
) noexcept nogil:
    cdef int position = begin
    cdef int number, length
    while position < end:
        if data[position] == 0:
            position += 1
            continue
        number = data[position] >> 4
        length = (data[position] & 0x0F) + 1
        if number == 0 or number == ONE_BYTE_STOP:
            return True
        position += 1
        if length > end - position:
            return False
        keep_extension(extensions, number, position, length, packet)
        position += length
    return True


cdef bint parse_two_byte(
    const uint8_t* data, int begin, int end, const ExtensionMap* extensions, Packet* packet
) noexcept nogil:
    cdef int position = begin
    cdef int number, length
    while position < end:
        number = data[position]
        position += 1
        if number == 0:
            continue
        if position == end:
            return False
        length = data[position]
        position += 1
        if length > end - position:
            return False
        keep_extension(extensions, number, position, length, packet)
        position += length
    return True


cdef bint parse_rtp_header(
    uint8_t* data, int size, const ExtensionMap* extensions, Packet* packet
) noexcept nogil:
    cdef int header = FIXED_HEADER
    cdef int begin, profile
    cdef bint well_formed = True
    if size < FIXED_HEADER or data[0] >> 6 != 2 or size > 0xFFFF:
        return False
    header += 4 * (data[0] & 0x0F)
    if header > size:
        return False
    memset(packet.ext_length, 0, sizeof(packet.ext_length))
    packet.kinds = 0
    if data[0] & 0x10:
        begin = header + 4
        if begin > size:
            return False
        profile = get16(data + header)
        header = begin + 4 * get16(data + header + 2)
        if header > size:
            return False
        if profile == ONE_BYTE_PROFILE:
            well_formed = parse_one_byte(data, begin, header, extensions, packet)
        elif profile & 0xFFF0 == TWO_BYTE_PROFILE:
            well_formed = parse_two_byte(data, begin, header, extensions, packet)
        if not well_formed:
            return False
    packet.data = data
    packet.size = size
    packet.header_size = header
    packet.padding_size = 0
    packet.payload_size = size - header
    packet.marker = data[1] >> 7
    packet.payload_type = data[1] & 0x7F
    packet.sequence = get16(data + 2)
    packet.timestamp = get32(data + 4)
    packet.ssrc = get32(data + 8)
    return True


cdef bint settle_padding(Packet* packet, int size) noexcept nogil:
    cdef int room = size - packet.header_size
    cdef int padding = 0
    if room < 0:
        return False
    if packet.data[0] & 0x20:
        if room == 0:
            return False
        padding = packet.data[size - 1]
        if padding == 0 or padding > room:
            return False
    packet.size = size
    packet.padding_size = padding
    packet.payload_size = room - padding
    return True


cdef bint parse_rtp(uint8_t* data, int size, const ExtensionMap* extensions, Packet* packet) noexcept nogil:
    return parse_rtp_header(data, size, extensions, packet) and settle_padding(packet, size)


# For tests.

EXTENSION_COUNT = EXT_COUNT


def parse(data, extensions=None):
    cdef Py_buffer view
    cdef ExtensionMap known
    cdef Packet packet
    cdef uint8_t* start
    memset(&known, 0, sizeof(known))
    for number, kind in (extensions or {}).items():
        known.type_of[<uint8_t>number] = kind + 1
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if not parse_rtp(<uint8_t*>view.buf, <int>view.len, &known, &packet):
            return None
        start = packet.data
        return {
            "header_size": packet.header_size,
            "payload_size": packet.payload_size,
            "padding_size": packet.padding_size,
            "payload_type": packet.payload_type,
            "marker": packet.marker,
            "sequence": packet.sequence,
            "timestamp": packet.timestamp,
            "ssrc": packet.ssrc,
            "extensions": {
                index: bytes((start + packet.ext_offset[index])[:packet.ext_length[index]])
                for index in range(EXT_COUNT) if packet.ext_length[index]
            },
        }
    finally:
        PyBuffer_Release(&view)
