"""The payload of a ULPFEC packet, level 0 only (RFC 5109 section 7)."""
from libc.stdint cimport uint8_t, uint16_t

from _fastpath.parity cimport Parity

cdef enum:
    ULPFEC_SPAN = 48            # sequence numbers that the long mask covers

# Header and parity; returns the size. `mask` covers at most ULPFEC_SPAN numbers from `base` on.
cdef int write_ulpfec(const Parity* parity, uint16_t base, uint8_t* out) noexcept nogil
# What a FEC payload says, parity included; False where it is malformed.
cdef bint read_ulpfec(const uint8_t* payload, int size, Parity* out, uint16_t* base) noexcept nogil
# For tests: the sum of packets, each at its bit of the mask.
cdef int sum_packets(packets, Parity* parity) except -1
