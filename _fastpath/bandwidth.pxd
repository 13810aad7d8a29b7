"""What an Endpoint's Estimator is told, and who is told what it thinks."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t

from _fastpath.table cimport Endpoint, State

# An RTP packet with this transport-wide number has left; `size` in octets of UDP payload.
cdef void note_sent(State* state, Endpoint* endpoint, uint16_t transport_sequence, int size) noexcept nogil
# Sent again under its old number: it counts against the pace, the Estimator knows it already.
cdef void note_repeated(Endpoint* endpoint, int size) noexcept nogil
cdef void note_feedback(State* state, Endpoint* endpoint, const uint8_t* data, int size) noexcept nogil
cdef void note_report(State* state, Endpoint* endpoint, int fraction_lost, int64_t rtt_ns) noexcept nogil
cdef void note_remb(State* state, Endpoint* endpoint, uint64_t bps) noexcept nogil
# The Endpoint is reached by another path: what was known of the old one says nothing.
cdef void begin_route(State* state, Endpoint* endpoint) noexcept nogil
cdef void set_wish(State* state, Endpoint* endpoint, uint64_t bps) noexcept nogil
# What time moves: the Estimator's own clock, a probe that is due, the rate of the last second.
cdef void run_bandwidth(State* state, Endpoint* endpoint) noexcept nogil
