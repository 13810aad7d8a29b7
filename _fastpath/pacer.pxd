"""Video that may not leave at once waits here, one queue per receiver; audio never waits."""
from libc.stdint cimport int64_t, uint16_t

from _fastpath.table cimport Arrival, Endpoint, Row, State

# A packet of the Row's current source, as `send_one`: now, or when its turn comes.
cdef void pace(State* state, Row* row, const Arrival* arrival, bint ends) noexcept nogil
# A retransmission that was asked for: now, or before all video that waits.
cdef void pace_resend(State* state, Row* row, uint16_t sequence) noexcept nogil
# Is there a cluster to send? It begins now.
cdef void begin_probe(State* state, Endpoint* endpoint) noexcept nogil
# Everything that is due. Returns when to come again.
cdef void run_pacers(State* state) noexcept nogil
cdef int64_t pacers_due(State* state) noexcept nogil
# Nothing of this Row (of this Endpoint) waits any longer.
cdef void forget_waiting(Row* row) noexcept nogil
cdef void leave_pacer(State* state, Endpoint* endpoint) noexcept nogil
