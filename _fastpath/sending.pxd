"""One packet of a Row's source to the Row's receiver."""
from libc.stdint cimport int64_t, uint8_t

from _fastpath.table cimport Arrival, Layer, Row, State

# The Row carries `layer` from this packet on.
cdef void begin_source(State* state, Row* row, Layer* layer, const Arrival* arrival) noexcept nogil
# A packet of the Row's current source; nothing where it was sent already, was left out, or is older than the source's
# first. `ends`: it is the picture's last for this receiver.
cdef void send_one(State* state, Row* row, const Arrival* arrival, bint ends) noexcept nogil
# Padding under the number that was kept for a packet which is not wanted now that it has come.
cdef void send_empty(State* state, Row* row, const Arrival* arrival) noexcept nogil
# A stored packet as it was when it arrived.
cdef bint read_stored(Layer* layer, int64_t sequence, uint8_t* data, int size, Arrival* arrival) noexcept nogil
