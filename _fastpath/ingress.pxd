"""What came and what is missing, per Layer (RFC 3550 appendix A, RFC 4585, RFC 4588)."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from _fastpath.packet cimport Packet
from _fastpath.rtcp cimport ReportBlock
from _fastpath.table cimport SEEN, Arrival, Endpoint, Layer, State

cdef enum:
    # Wait this long for a packet that is only out of order before asking for it.
    REORDER_NS = 10000000
    # Between two requests for one packet: the round trip, but not less than this.
    RETRY_NS = 20000000
    # Taken while no round trip has been measured.
    UNKNOWN_RTT_NS = 60000000
    MAX_TRIES = 10

# The Layer that a packet belongs to, or NULL. `rtx` is set where it is a retransmission of that Layer.
cdef Layer* find_layer(Endpoint* endpoint, const Packet* packet, bint* rtx) noexcept nogil
# Learn the SSRC of an authenticated packet; False where the Layer has changed its SSRC too often.
cdef bint bind_layer(State* state, Endpoint* endpoint, Layer* layer, uint32_t ssrc, bint rtx) noexcept nogil
cdef void unbind_layer(Endpoint* endpoint, Layer* layer) noexcept nogil
cdef Layer* layer_of_ssrc(Endpoint* endpoint, uint32_t ssrc, bint* rtx) noexcept nogil
# Number the packet, note gaps; True where it goes on to the Rows.
cdef bint take(State* state, Arrival* arrival, bint recovered) noexcept nogil
# Sequence numbers to ask for now, at most `capacity`; sets when to look again.
cdef int due_nacks(State* state, Layer* layer, unsigned short* out, int capacity) noexcept nogil
cdef void report_block(State* state, Layer* layer, ReportBlock* out) noexcept nogil
# `sequence` less the padding-only packets before it; -1 where that is no longer known.
cdef int64_t without_padding(Layer* layer, int64_t sequence) noexcept nogil


cdef inline bint is_seen(Layer* layer, int64_t sequence) noexcept nogil:
    return (layer.seen[(sequence & (SEEN - 1)) >> 6] >> (sequence & 63)) & 1
