"""Where packets to send are built, protected in place and handed to the kernel, receiver by receiver."""
from libc.stdint cimport int64_t, uint8_t

from _fastpath.table cimport Address, Endpoint, State

cdef struct Capture:
    # Step mode: what would have been sent, a growing block of (size, address, bytes).
    uint8_t* octets
    size_t size
    size_t capacity

cdef bint new_egress(State* state) noexcept nogil
cdef void free_egress(State* state) noexcept nogil
# Room for one packet of MAX_PACKET bytes and its trailer. Valid until the next reserve.
cdef uint8_t* reserve(State* state) noexcept nogil
cdef void commit(State* state, Endpoint* endpoint, int size) noexcept nogil
cdef void commit_to(State* state, const Address* address, int size) noexcept nogil
# Protect and queue; the size on the wire, 0 where it cannot be sent.
cdef int commit_rtp(State* state, Endpoint* endpoint, uint8_t* packet, int size) noexcept nogil
cdef int commit_rtcp(State* state, Endpoint* endpoint, uint8_t* packet, int size) noexcept nogil
cdef void flush(State* state) noexcept nogil
