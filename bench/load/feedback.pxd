"""RTCP as browsers speak it: reports, transport-wide feedback, NACK out; reports and requests in."""
from libc.stdint cimport int64_t, uint16_t

from bench.load.model cimport Peer, Stream, World

# A packet with this transport-wide sequence number came.
cdef void arrived(Peer* peer, uint16_t sequence, int64_t arrival_ns) noexcept nogil
# Send what is due for one peer: consent checks, reports, transport-wide feedback, NACKs.
cdef void feedback_due(World* world, int peer) noexcept nogil
# A compound packet from the server, already decrypted.
cdef void read_rtcp(World* world, int peer, const unsigned char* data, int size) noexcept nogil
