"""Retransmission to a receiver that asks for it."""
from libc.stdint cimport uint16_t

from _fastpath.table cimport Endpoint, Row, State

# Answer one NACK; False where the packet is unknown, too old, or was sent less than a round trip ago.
cdef bint retransmit(State* state, Row* row, uint16_t sequence) noexcept nogil
# Does the number belong to a source before the present one?
cdef bint is_former(Row* row, uint16_t sequence) noexcept nogil
# One packet of about this size that carries nothing new; False where the receiver has no RTX.
cdef bint fill(State* state, Endpoint* endpoint, int size) noexcept nogil
