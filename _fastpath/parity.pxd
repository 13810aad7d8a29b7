"""XOR of RTP packets: what a FEC packet carries, and what a lost packet is got back from (RFC 5109 section 8)."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from _fastpath.packet cimport Packet

cdef enum:
    PARITY_OCTETS = 1504        # a packet of MAX_PACKET without its fixed header, and room to round up

cdef struct Parity:
    uint64_t mask               # bit i: the packet numbered base + i is in it; 0 while empty
    uint8_t first               # XOR of the header's first byte, its second, the timestamp, the length behind the header
    uint8_t second
    uint32_t timestamp
    uint16_t length
    int longest                 # how much of `octets` is used
    uint8_t octets[PARITY_OCTETS]   # XOR of everything behind the fixed header; zero from `longest` on

cdef void parity_clear(Parity* parity) noexcept nogil
# False, and nothing changed, where the packet is longer than fits.
cdef bint parity_add(Parity* parity, int bit, const Packet* packet) noexcept nogil
cdef void parity_merge(Parity* into, const Parity* other) noexcept nogil
# The one packet that is still in it; returns its size, 0 where the lengths do not fit. `out` has MAX_PACKET octets.
cdef int parity_restore(const Parity* parity, uint16_t sequence, uint32_t ssrc, uint8_t* out) noexcept nogil
