"""FEC of a Row: outgoing packets are counted into a group, and FEC packets follow where one ends."""
from libc.stdint cimport int64_t, uint8_t

from _fastpath.table cimport Row, State

# An outgoing packet, written and not yet encrypted: summed, and wrapped in RED where its FEC needs that. Returns its size.
cdef int protect(State* state, Row* row, int64_t number, uint8_t* out, int size) noexcept nogil
# After that packet has left: the FEC packets that are due.
cdef void send_parity(State* state, Row* row, int64_t number) noexcept nogil
