"""The payload of a FlexFEC packet as draft-ietf-payload-flexible-fec-scheme-03 has it, which is what Chromium reads."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from _fastpath.parity cimport Parity

# Header and parity; returns the size. One protected SSRC.
cdef int write_flexfec(const Parity* parity, uint32_t ssrc, uint16_t base, uint8_t* out) noexcept nogil
