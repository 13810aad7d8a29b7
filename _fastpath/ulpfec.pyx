"""ULPFEC headers.

    0                   1                   2                   3
    |E|L|P|X|  CC   |M| PT recovery |            SN base            |
    |                          TS recovery                          |
    |        length recovery        |       protection length       |
    |             mask              |  mask, continued, where L is 1 (4 octets more)

Everything is protected in one level, as libwebrtc does it: the protection length is that of the longest packet.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from _fastpath.packet cimport Packet, parse_rtp
from _fastpath.parity cimport PARITY_OCTETS, Parity, parity_add
from _fastpath.wire cimport get16, get32, put16, put32

cdef enum:
    SHORT_HEADER = 14
    LONG_HEADER = 18
    LONG = 0x40


cdef int write_ulpfec(const Parity* parity, uint16_t base, uint8_t* out) noexcept nogil:
    cdef uint64_t mask = parity.mask
    cdef uint64_t wire = 0
    cdef int header
    cdef int i
    while mask and not mask & 1:  # SN base is the lowest number that is protected
        mask >>= 1
        base += 1
    for i in range(ULPFEC_SPAN):
        wire = (wire << 1) | ((mask >> i) & 1)
    header = LONG_HEADER if mask >> 16 else SHORT_HEADER
    out[0] = (parity.first & 0x3F) | (LONG if header == LONG_HEADER else 0)
    out[1] = parity.second
    put16(out + 2, base)
    put32(out + 4, parity.timestamp)
    put16(out + 8, parity.length)
    put16(out + 10, parity.longest)
    put16(out + 12, <uint32_t>(wire >> 32))
    if header == LONG_HEADER:
        put32(out + 14, <uint32_t>wire)
    memcpy(out + header, parity.octets, parity.longest)
    return header + parity.longest


cdef bint read_ulpfec(const uint8_t* payload, int size, Parity* out, uint16_t* base) noexcept nogil:
    cdef int header
    cdef uint64_t wire
    cdef int i
    memset(out, 0, sizeof(Parity))
    if size < SHORT_HEADER or payload[0] & 0x80:
        return False
    header = LONG_HEADER if payload[0] & LONG else SHORT_HEADER
    if size < header:
        return False
    wire = <uint64_t>get16(payload + 12) << 32
    if header == LONG_HEADER:
        wire |= get32(payload + 14)
    out.longest = get16(payload + 10)
    if out.longest > size - header or out.longest > PARITY_OCTETS:
        out.longest = 0
        return False
    for i in range(ULPFEC_SPAN):
        out.mask |= ((wire >> (ULPFEC_SPAN - 1 - i)) & 1) << i
    base[0] = get16(payload + 2)
    out.first = payload[0] & 0x3F
    out.second = payload[1]
    out.timestamp = get32(payload + 4)
    out.length = get16(payload + 8)
    memcpy(out.octets, payload + header, out.longest)
    return out.mask != 0


# For tests.


cdef int sum_packets(packets, Parity* parity) except -1:
    """`packets`: what each bit of the mask protects."""
    cdef Packet packet
    memset(parity, 0, sizeof(Parity))
    for bit, data in packets.items():
        if not parse_rtp(<uint8_t*><bytes>data, len(data), NULL, &packet):
            raise ValueError("no RTP packet")
        parity_add(parity, bit, &packet)
    return 0


def write(packets, uint16_t base):
    cdef uint8_t out[2048]
    cdef Parity parity
    sum_packets(packets, &parity)
    return bytes(out[:write_ulpfec(&parity, base, out)])


def read(data):
    cdef Py_buffer view
    cdef Parity parity
    cdef uint16_t base
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if not read_ulpfec(<const uint8_t*>view.buf, <int>view.len, &parity, &base):
            return None
        return {
            "numbers": frozenset((base + i) & 0xFFFF for i in range(ULPFEC_SPAN) if (parity.mask >> <int>i) & 1),
            "first": parity.first,
            "second": parity.second,
            "timestamp": parity.timestamp,
            "length": parity.length,
            "octets": bytes(parity.octets[:parity.longest]),
        }
    finally:
        PyBuffer_Release(&view)
