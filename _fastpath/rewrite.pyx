"""Header, extensions and payload descriptor of an outgoing packet (RFC 3550, 8285, 4588, 7741, 9628).

The header is built anew and the payload copied behind it: receivers differ in extension ids, and libsrtp protects in
place, so that each receiver needs its own copy anyway (1200 bytes: 15 ns). The extension block has the same size for all
packets of a Row that carry the same optional extensions, so that a frame's packets stay of one size for GSO.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset

from _fastpath.dependency cimport rewrite_dependency
from _fastpath.packet cimport (
    EXT_ABS_CAPTURE_TIME, EXT_ABS_SEND_TIME, EXT_AUDIO_LEVEL, EXT_DEPENDENCY, EXT_MID, EXT_ORIENTATION,
    EXT_PLAYOUT_DELAY, EXT_TRANSPORT_SEQUENCE, Packet)
from _fastpath.payload cimport CODEC_VP8, Descriptor
from _fastpath.table cimport MAX_PACKET, SOURCES, Arrival, ExtensionTable, Row, RowSource
from _fastpath.wire cimport put16, put24, put32

cdef enum:
    ONE_BYTE = 0xBEDE
    TWO_BYTE = 0x1000
    PASSED_ON = 4
    LONGEST_ONE_BYTE = 16
    LONGEST_DESCRIPTOR = 240    # octets of a dependency descriptor: with a mask it stays below what a length can say

cdef uint32_t PASSED_ON_KINDS = (
    (1u << EXT_AUDIO_LEVEL) | (1u << EXT_ORIENTATION) | (1u << EXT_PLAYOUT_DELAY) | (1u << EXT_ABS_CAPTURE_TIME))
cdef int[PASSED_ON] passed_on = [EXT_AUDIO_LEVEL, EXT_ORIENTATION, EXT_PLAYOUT_DELAY, EXT_ABS_CAPTURE_TIME]


cdef inline uint8_t* put_extension(
    uint8_t* at, uint8_t number, const uint8_t* data, int size, bint two_byte) noexcept nogil:
    if two_byte:
        at[0] = number
        at[1] = <uint8_t>size
        at += 2
    else:
        at[0] = <uint8_t>((number << 4) | (size - 1))
        at += 1
    memcpy(at, data, size)
    return at + size


cdef inline bint needs_two_bytes(
    const ExtensionTable* table, const Packet* packet, uint32_t kinds, uint32_t passed, int descriptor) noexcept nogil:
    cdef int i
    if descriptor > LONGEST_ONE_BYTE or kinds & table.long_ids:
        return True
    for i in range(PASSED_ON if passed else 0):
        if passed & (1u << passed_on[i]) and packet.ext_length[passed_on[i]] > LONGEST_ONE_BYTE:
            return True
    return False


cdef bint takes_descriptor(const Row* row) noexcept nogil:
    return row.extensions & (1u << EXT_DEPENDENCY) != 0 and row.rtx_ssrc != 0


cdef int write_descriptor(
    Row* row, const RowSource* source, const Arrival* arrival, const Stamp* stamp, uint8_t* out) noexcept nogil:
    """The dependency descriptor as this receiver gets it; 0 where it gets none.

    VP8 goes by sequence numbers and picture ids, which every receiver takes. Without RTX there is none: what is sent again
    there must be the same packet byte for byte, and the mask may have changed.
    """
    cdef const Packet* packet = &arrival.packet
    cdef int size = packet.ext_length[EXT_DEPENDENCY]
    if arrival.layer.codec == CODEC_VP8 or not takes_descriptor(row) or size > LONGEST_DESCRIPTOR:
        return 0
    if row.endpoint.extensions.id_of[EXT_DEPENDENCY] == 0:
        return 0
    return rewrite_dependency(
        packet.data + packet.ext_offset[EXT_DEPENDENCY], size, &arrival.dependency,
        <uint16_t>(arrival.dependency.frame_number + source.frame_offset), stamp.targets, out)


cdef uint8_t* put_extensions(
    Row* row, const RowSource* source, const Arrival* arrival, const Stamp* stamp, uint8_t* out) noexcept nogil:
    """Writes the whole block; returns its end, or `out` itself where there is nothing to say."""
    cdef const ExtensionTable* table = row.endpoint.extensions
    cdef const Packet* packet = &arrival.packet
    cdef uint8_t* at = out + 4
    cdef uint8_t[4] value
    cdef uint8_t[LONGEST_DESCRIPTOR + 8] descriptor
    cdef int descriptor_size = 0
    cdef uint32_t kinds
    cdef uint32_t passed
    cdef bint two_byte
    cdef int i
    cdef int kind
    if table == NULL or row.extensions == 0:
        return out
    kinds = row.extensions & table.kinds
    passed = kinds & packet.kinds & PASSED_ON_KINDS
    if arrival.has_dependency:
        descriptor_size = write_descriptor(row, source, arrival, stamp, descriptor)
    two_byte = needs_two_bytes(table, packet, kinds, passed, descriptor_size)
    if kinds & (1u << EXT_MID) and row.mid_size:
        at = put_extension(at, table.id_of[EXT_MID], row.mid, row.mid_size, two_byte)
    if kinds & (1u << EXT_ABS_SEND_TIME):
        put24(value, stamp.send_time)
        at = put_extension(at, table.id_of[EXT_ABS_SEND_TIME], value, 3, two_byte)
    if kinds & (1u << EXT_TRANSPORT_SEQUENCE):
        put16(value, stamp.transport_sequence)
        at = put_extension(at, table.id_of[EXT_TRANSPORT_SEQUENCE], value, 2, two_byte)
    for i in range(PASSED_ON if passed else 0):
        kind = passed_on[i]
        if passed & (1u << kind):
            at = put_extension(at, table.id_of[kind], packet.data + packet.ext_offset[kind], packet.ext_length[kind],
                               two_byte)
    if descriptor_size:
        at = put_extension(at, table.id_of[EXT_DEPENDENCY], descriptor, descriptor_size, two_byte)
    if at == out + 4:
        return out
    while (at - out) & 3:
        at[0] = 0
        at += 1
    put16(out, TWO_BYTE if two_byte else ONE_BYTE)
    put16(out + 2, <uint32_t>((at - out - 4) >> 2))
    return at


cdef void put_picture(
    const RowSource* source, const Descriptor* descriptor, const Stamp* stamp, uint8_t* payload) noexcept nogil:
    """Picture id and TL0PICIDX, so that a decoder sees one stream across sources."""
    cdef uint16_t picture
    if descriptor.picture_id_bits == 15:
        picture = <uint16_t>(descriptor.picture_id + stamp.picture_offset) & 0x7FFF
        put16(payload + descriptor.picture_id_offset, picture | 0x8000)
    elif descriptor.picture_id_bits == 7:
        payload[descriptor.picture_id_offset] = <uint8_t>((descriptor.picture_id + stamp.picture_offset) & 0x7F)
    if descriptor.has_tl0:
        payload[descriptor.tl0_offset] = <uint8_t>(descriptor.tl0 + source.tl0_offset)


cdef int put_header(
    Row* row, const RowSource* source, const Arrival* arrival, const Stamp* stamp, uint8_t* out) noexcept nogil:
    cdef uint8_t* at
    out[1] = <uint8_t>((stamp.marker << 7) | stamp.payload_type)
    put16(out + 2, stamp.sequence)
    put32(out + 4, arrival.packet.timestamp + source.timestamp_offset)
    put32(out + 8, stamp.ssrc)
    at = put_extensions(row, source, arrival, stamp, out + 12)
    out[0] = 0x80 if at == out + 12 else 0x90
    return <int>(at - out)


cdef int rewrite(
    Row* row, const RowSource* source, const Arrival* arrival, const Stamp* stamp, uint8_t* out) noexcept nogil:
    cdef const Packet* packet = &arrival.packet
    cdef uint8_t* at = out + put_header(row, source, arrival, stamp, out)
    if (at - out) + 2 + packet.payload_size > MAX_PACKET:
        return 0
    if stamp.original >= 0:
        put16(at, <uint32_t>stamp.original)
        at += 2
    memcpy(at, packet.data + packet.header_size, packet.payload_size)
    if row.video and packet.payload_size > 0:
        put_picture(source, &arrival.descriptor, stamp, at)
    return <int>(at - out) + packet.payload_size


cdef int write_bare_header(Row* row, const Stamp* stamp, uint32_t timestamp, uint8_t* out) noexcept nogil:
    cdef const RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef Arrival bare
    memset(&bare, 0, sizeof(Arrival))
    bare.packet.timestamp = timestamp - source.timestamp_offset
    return put_header(row, source, &bare, stamp, out)


cdef int write_padding(Row* row, const Stamp* stamp, uint32_t timestamp, int padding, uint8_t* out) noexcept nogil:
    cdef int size = write_bare_header(row, stamp, timestamp, out)
    out[0] |= 0x20
    memset(out + size, 0, padding)
    out[size + padding - 1] = <uint8_t>padding
    return size + padding
