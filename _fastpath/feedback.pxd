"""RTCP that comes in: reports, NACKs, keyframe requests (RFC 3550, 4585, 5104)."""
from libc.stdint cimport uint8_t, uint64_t

from _fastpath.table cimport Endpoint, State

cdef void handle_rtcp(State* state, Endpoint* endpoint, const uint8_t* data, int size) noexcept nogil
# True where this sender of RTCP is known or may be added: each costs libsrtp a stream.
cdef bint admit_sender(Endpoint* endpoint, const uint8_t* data, int size) noexcept nogil
cdef uint64_t ntp_of(State* state, long long engine_ns) noexcept nogil
