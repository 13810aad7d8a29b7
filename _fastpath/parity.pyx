"""Sums without carry over RTP packets.

A fixed header is summed field by field (sequence number and SSRC are told otherwise), the rest octet by octet, shorter
packets as if zeros followed. Header extensions that are written at the moment of sending, and differ in what the
receiver holds, are summed as zeros: libwebrtc does so on both sides, and a packet got back has zeros there.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset

from _fastpath.packet cimport EXT_ABS_SEND_TIME, EXT_TRANSPORT_SEQUENCE, Packet
from _fastpath.wire cimport get32, put16, put32

cdef enum:
    FIXED_HEADER = 12


cdef inline void add_octets(uint8_t* into, const uint8_t* other, int size) noexcept nogil:
    cdef int i
    for i in range(size):
        into[i] ^= other[i]


cdef void parity_clear(Parity* parity) noexcept nogil:
    if parity.mask == 0 and parity.longest == 0:
        return
    memset(parity.octets, 0, parity.longest)
    parity.mask = 0
    parity.first = parity.second = 0
    parity.timestamp = parity.length = 0
    parity.longest = 0


cdef inline void leave_out(Parity* parity, const Packet* packet, int kind) noexcept nogil:
    """Summed once more, an extension's value is gone again."""
    if packet.ext_length[kind]:
        add_octets(parity.octets + packet.ext_offset[kind] - FIXED_HEADER, packet.data + packet.ext_offset[kind],
                   packet.ext_length[kind])


cdef bint parity_add(Parity* parity, int bit, const Packet* packet) noexcept nogil:
    cdef int length = packet.size - FIXED_HEADER
    if length > PARITY_OCTETS:
        return False
    parity.mask |= <unsigned long long>1 << bit
    parity.first ^= packet.data[0]
    parity.second ^= packet.data[1]
    parity.timestamp ^= get32(packet.data + 4)
    parity.length ^= <uint16_t>length
    add_octets(parity.octets, packet.data + FIXED_HEADER, length)
    leave_out(parity, packet, EXT_ABS_SEND_TIME)
    leave_out(parity, packet, EXT_TRANSPORT_SEQUENCE)
    if length > parity.longest:
        parity.longest = length
    return True


cdef void parity_merge(Parity* into, const Parity* other) noexcept nogil:
    if other.mask == 0:
        return
    into.mask |= other.mask
    into.first ^= other.first
    into.second ^= other.second
    into.timestamp ^= other.timestamp
    into.length ^= other.length
    add_octets(into.octets, other.octets, other.longest)
    if other.longest > into.longest:
        into.longest = other.longest


cdef int parity_restore(const Parity* parity, uint16_t sequence, uint32_t ssrc, uint8_t* out) noexcept nogil:
    if parity.length > parity.longest:
        return 0
    out[0] = 0x80 | (parity.first & 0x3F)
    out[1] = parity.second
    put16(out + 2, sequence)
    put32(out + 4, parity.timestamp)
    put32(out + 8, ssrc)
    memcpy(out + FIXED_HEADER, parity.octets, parity.length)
    return FIXED_HEADER + parity.length
