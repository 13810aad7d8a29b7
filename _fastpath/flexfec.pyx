"""FlexFEC headers, draft 03 ("flexfec-03" in SDP). RFC 8627 turned the meaning of the k bits round and is another format.

    0                   1                   2                   3
    |R|F|P|X|  CC   |M| PT recovery |        length recovery        |
    |                          TS recovery                          |
    |   SSRC count  |                    reserved                   |
    |                        protected SSRC                         |
    |            SN base            |k|          mask [0-14]        |
    |k|                         mask [15-45]                        |
    |k|                                                             |
    |                          mask [46-108]                        |

A set k bit says that the mask ends with this part: 2, 6 or 14 octets.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from _fastpath.parity cimport Parity
from _fastpath.ulpfec cimport sum_packets
from _fastpath.wire cimport put16, put32, put64

cdef enum:
    MASK_OFFSET = 18


cdef inline uint64_t part(uint64_t mask, int begin, int bits) noexcept nogil:
    """`bits` bits of the mask from `begin` on, the first one highest; a mask has 64."""
    cdef uint64_t out = 0
    cdef int i
    for i in range(begin, begin + bits):
        out = (out << 1) | ((mask >> i) & 1 if i < 64 else 0)
    return out


cdef int write_flexfec(const Parity* parity, uint32_t ssrc, uint16_t base, uint8_t* out) noexcept nogil:
    cdef uint64_t mask = parity.mask
    cdef int header
    while mask and not mask & 1:
        mask >>= 1
        base += 1
    out[0] = parity.first & 0x3F
    out[1] = parity.second
    put16(out + 2, parity.length)
    put32(out + 4, parity.timestamp)
    put32(out + 8, 1u << 24)
    put32(out + 12, ssrc)
    put16(out + 16, base)
    put16(out + MASK_OFFSET, <uint32_t>part(mask, 0, 15))
    if mask >> 15 == 0:
        out[MASK_OFFSET] |= 0x80
        header = MASK_OFFSET + 2
    else:
        put32(out + MASK_OFFSET + 2, <uint32_t>part(mask, 15, 31))
        if mask >> 46 == 0:
            out[MASK_OFFSET + 2] |= 0x80
            header = MASK_OFFSET + 6
        else:
            put64(out + MASK_OFFSET + 6, part(mask, 46, 63) | <uint64_t>1 << 63)
            header = MASK_OFFSET + 14
    memcpy(out + header, parity.octets, parity.longest)
    return header + parity.longest


# For tests.


def write(packets, uint32_t ssrc, uint16_t base):
    cdef uint8_t out[2048]
    cdef Parity parity
    sum_packets(packets, &parity)
    return bytes(out[:write_flexfec(&parity, ssrc, base, out)])
